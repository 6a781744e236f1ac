package sim

import "slices"

// Who makes a group, and who is added.

func (s *script) runCreate(step ScriptStep) error {
	if len(s.epochs) > 0 {
		return illegalf("the group exists already: add brings %s into it", step.Who)
	}
	c := s.introduce(step.Who)
	if c.frozen {
		return illegalf("%s is frozen: thaw %s first", c.name, c.name)
	}
	if err := s.admit(step.Others); err != nil {
		return err
	}
	return s.create(c)
}

// runAdd commits the Adds of newcomers alone, by KeyPackages that they have published
// or now publish.
func (s *script) runAdd(c *client, step ScriptStep) error {
	if len(step.Others) == 0 {
		return illegal("add needs the names of those to be added")
	}
	for i, name := range step.Others {
		if slices.Contains(step.Others[:i], name) {
			return illegalf("%s is named twice", name)
		}
		if err := s.canJoin(name); err != nil {
			return err
		}
	}
	var joiners []*client
	var adds []KeyPackage
	for _, name := range step.Others {
		j := s.introduce(name)
		kp, err := s.packageOf(j)
		if err != nil {
			return err
		}
		adds = append(adds, kp.KeyPackage)
		if !kp.forged { // else the Welcome opens for the adversary alone
			joiners = append(joiners, j)
		}
	}
	psks, err := s.mixed(step)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(psks, func(p PSK) bool { return p.ID == "" }); i >= 0 {
		return illegalf("who joins has not got %s (RFC 9420, Section 12.4.3.1)", step.PSKs[i])
	}
	in := Commit{Step: s.newStep(stepCommit), Adds: adds, PSKs: psks, NoPath: step.NoPath, Omit: true, Private: s.private}
	return s.ownCommit(c, in, joiners, step.Others)
}

// canJoin refuses newcomers who are in the group, or still think that they are.
func (s *script) canJoin(name string) error {
	switch j := s.byName[name]; {
	case j == nil || j.machine == nil:
		return nil
	case slices.ContainsFunc(s.packages[j], func(k keptPackage) bool { return k.forged }):
		return nil // whether it can be used is for the group to say
	case s.member(j) == nil:
		return illegalf("%s was removed while frozen and still holds its old state: thaw %s first", name, name)
	default:
		return illegalf("%s is a member already", name)
	}
}

// member returns a client's place in the current epoch, or nil.
func (s *script) member(c *client) *Member {
	e := s.epochs[s.service.epoch]
	i := slices.IndexFunc(e.members, func(m Member) bool { return m.Client == c.id })
	if i < 0 {
		return nil
	}
	return &e.members[i]
}
