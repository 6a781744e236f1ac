package sim

import "slices"

// A keptPackage is a KeyPackage that the delivery service has for others to use.
type keptPackage struct {
	KeyPackage
	last   bool // of last resort
	forged bool // by the adversary, in the client's name
}

// introduce returns the client of a name, new if nobody had it.
func (s *script) introduce(name string) *client {
	c := s.byName[name]
	if c == nil {
		c = s.newClient(name)
		s.byName[name] = c
	}
	return c
}

// runKeyPackage lets a client publish a KeyPackage.
func (s *script) runKeyPackage(step ScriptStep) error {
	c := s.introduce(step.Who)
	if c.frozen {
		return illegalf("%s is frozen: thaw %s first", c.name, c.name)
	}
	make := s.backend.Publish
	if step.Last {
		make = s.backend.PublishLast
	}
	kp, err := s.publishBy(c, make)
	if err != nil {
		return err
	}
	s.packages[c] = append(s.packages[c], keptPackage{KeyPackage: kp, last: step.Last})
	return nil
}

// packageOf returns a KeyPackage of a client: one that the adversary has put in its
// place, the oldest that is not used, one of last resort, or a new one.
func (s *script) packageOf(c *client) (keptPackage, error) {
	kept := s.packages[c]
	once := slices.IndexFunc(kept, func(k keptPackage) bool { return k.forged })
	if once < 0 {
		once = slices.IndexFunc(kept, func(k keptPackage) bool { return !k.last })
	}
	if once >= 0 {
		s.packages[c] = slices.Delete(slices.Clone(kept), once, once+1)
		return kept[once], nil
	}
	if len(kept) > 0 {
		return kept[len(kept)-1], nil
	}
	kp, err := s.publish(c)
	return keptPackage{KeyPackage: kp}, err
}

// runSteal takes the keys of a client's KeyPackages.
func (s *script) runSteal(c *client) error {
	some, err := s.snapshot(c, []string{"store"})
	if err == nil && !some {
		err = illegalf("%s has no KeyPackage that is not used up: keypackage makes one", c.name)
	}
	return err
}
