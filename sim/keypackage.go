package sim

import "slices"

// A keptPackage is a KeyPackage that the delivery service has for others to use.
type keptPackage struct {
	KeyPackage
	last bool // of last resort
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
	s.packages[c] = append(s.packages[c], keptPackage{kp, step.Last})
	return nil
}

// packageOf returns a KeyPackage of a client: the oldest that is not used, one of
// last resort, or a new one.
func (s *script) packageOf(c *client) (KeyPackage, error) {
	kept := s.packages[c]
	if i := slices.IndexFunc(kept, func(k keptPackage) bool { return !k.last }); i >= 0 {
		s.packages[c] = slices.Delete(slices.Clone(kept), i, i+1)
		return kept[i].KeyPackage, nil
	}
	if len(kept) > 0 {
		return kept[len(kept)-1].KeyPackage, nil
	}
	return s.publish(c)
}

// runSteal takes the keys of a client's KeyPackages.
func (s *script) runSteal(c *client) error {
	some, err := s.snapshot(c, []string{"store"})
	if err == nil && !some {
		err = illegalf("%s has no KeyPackage that is not used up: keypackage makes one", c.name)
	}
	return err
}
