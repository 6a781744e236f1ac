package sim

import "slices"

// Commits and proposals of a script.

func (s *script) runCommit(c *client, step ScriptStep) error {
	if step.Name != "" {
		if err := s.noBranch(step.Name); err != nil {
			return err
		}
		step.Omit = true // a ReInit suffers nothing beside it (RFC 9420, Section 12.2)
	}
	bare := len(step.PSKs) == 0 && step.Name == ""
	if covers := c.pending > 0 && !step.Omit; step.NoPath && (covers || len(step.Others) > 0 || bare) {
		return s.needsPath(c, step)
	}
	psks, err := s.mixed(step)
	if err != nil {
		return err
	}
	in := Commit{Private: s.private, Omit: step.Omit, NoPath: step.NoPath, PSKs: psks, ReInit: step.Name}
	for i, name := range step.Others {
		if slices.Contains(step.Others[:i], name) {
			return illegalf("%s is named twice", name)
		}
		leaf, err := s.removable(c, name)
		if err != nil {
			return err
		}
		in.Removes = append(append(in.Removes, leaf), s.doubles(name, leaf)...)
	}
	if step.Rotate {
		c.keys++
		in.Signature = c.keys
	}
	in.Step = s.newStep(stepCommit)
	return s.ownCommit(c, in, nil, step.Others)
}

// needsPath says why a Commit cannot go without a path: of the proposals that a
// script can make, Adds, PSKs and ReInits alone do not need one.
func (s *script) needsPath(c *client, step ScriptStep) error {
	const only = "nopath belongs to a step that adds, or whose only proposals are PSKs or a ReInit (RFC 9420, Section 12.4)"
	if len(step.Others) > 0 || c.pending > 0 && !step.Omit {
		return illegal("a Commit that covers an Update or a Remove must have a path: " + only)
	}
	return illegal("a Commit without proposals must have a path: " + only)
}

// removable returns the leaf of a member that c may remove by value.
func (s *script) removable(c *client, name string) (uint32, error) {
	r := s.byName[name]
	if r == nil {
		return 0, s.unknown(name)
	}
	m := s.member(r)
	switch {
	case m == nil:
		return 0, illegalf("%s is not a member", name)
	case r == c:
		return 0, illegalf("%s cannot commit its own removal (RFC 9420, Section 12.2): let another member remove it", name)
	}
	return m.Leaf, nil
}

// doubles returns the other leaves in a client's name: the others cannot tell which
// of them is the client's own.
func (s *script) doubles(name string, leaf uint32) []uint32 {
	var all []uint32
	for _, m := range s.epochs[s.service.epoch].members {
		if m.Client == s.byName[name].id && m.Leaf != leaf {
			all = append(all, m.Leaf)
		}
	}
	return all
}

// ownCommit commits and lets everyone process it. A refusal here is the fault
// of the step: it names the requirement.
func (s *script) ownCommit(c *client, in Commit, joiners []*client, whom []string) error {
	e, err := s.commit(c, in, joiners, whom)
	if err != nil {
		return own(err)
	}
	return s.deliver(e)
}

func (s *script) runProposeUpdate(c *client) error {
	id := s.newStep(stepUpdate)
	e, err := s.propose(c, stepUpdate, id, ProposeUpdate{Step: id, Private: s.private})
	if err != nil {
		return own(err)
	}
	return s.deliver(e)
}

func (s *script) runProposeRemove(c *client, step ScriptStep) error {
	for _, name := range step.Others {
		r := s.byName[name]
		if r == nil {
			return s.unknown(name)
		}
		m := s.member(r)
		if m == nil {
			return illegalf("%s is not a member", name)
		}
		id := s.newStep(stepPropose)
		e, err := s.propose(c, stepPropose, id, ProposeRemove{Step: id, Leaf: m.Leaf, Private: s.private}, name)
		if err != nil {
			return own(err)
		}
		if err := s.deliver(e); err != nil {
			return err
		}
	}
	return nil
}
