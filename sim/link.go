package sim

import "slices"

// Groups that come from others: by ReInit (RFC 9420, Section 11.2), and as subgroups
// (Section 11.3). Each is carried out as another group is.

// A link is where a group comes from.
type link struct {
	from     *group
	founding entry // the Commit that has added all but its creator
	ended    bool  // from is used no more
}

// runReInit lets a member set up the group which follows its own, with all members.
func (s *script) runReInit(c *client, step ScriptStep) error {
	v := c.machine.View()
	if v.Follows == "" {
		return illegal("the group has not been ended: commit A reinit G does that (RFC 9420, Section 11.2)")
	}
	if err := s.noBranch(v.Follows); err != nil {
		return err
	}
	var others []*client
	for _, m := range v.Members {
		if m.Leaf != v.Leaf {
			others = append(others, s.clients[m.Client])
		}
	}
	return s.found(c, v.Follows, others, Found{NoPath: step.NoPath})
}

// runSubgroup lets a member set up a group with some of the members of its own.
func (s *script) runSubgroup(c *client, step ScriptStep) error {
	if err := s.noBranch(step.Name); err != nil {
		return err
	}
	others, err := s.named(step.Others)
	if err != nil {
		return err
	}
	for _, o := range others {
		if o.frozen {
			return illegalf("%s is frozen: when it thaws it leaves the epoch that the subgroup comes from", o.name)
		}
	}
	return s.found(c, step.Name, others, Found{Group: step.Name, NoPath: step.NoPath})
}

// found lets a client set up a group that comes from the present one, and the others
// join it.
func (s *script) found(c *client, name string, others []*client, in Found) error {
	var joiners []*client
	for _, o := range others {
		kp, joins, err := s.invited(o)
		if err != nil {
			return err
		}
		in.Adds = append(in.Adds, kp)
		if joins {
			joiners = append(joiners, o)
		}
	}
	in.First, in.Step = s.newStep(stepCreate), s.newStep(stepCommit)
	out, err := s.step(c, in)
	if err != nil {
		return own(err)
	}
	e := entry{kind: isCommit, author: c, step: in.Step, commit: &staged{
		step: in.Step, welcome: out.Welcome, next: out.Next, joiners: joiners, path: !in.NoPath, psks: 1, cost: out.Cost}}
	b := &branch{name: name, apart: true, group: &group{link: &link{s.group, e, in.Group == ""}}}
	s.branches = append(s.branches, b)
	return s.within(b, func() error { return s.begun(c, in, out, e) })
}

// begun carries out in a new group what its creator has done.
func (s *script) begun(c *client, in Found, out Output, e entry) error {
	c.machine = out.First
	s.note(DidCreate, c, in.First)
	s.beginFirst(c, in.First)
	s.expose(c, nil)
	c.staged = e.commit
	var names []string
	for _, j := range e.commit.joiners {
		names = append(names, j.name)
	}
	s.note(DidCommit, c, in.Step, names...)
	s.expose(c, out.Consumed)
	s.drawn(c, in.First, in.Step)
	return s.deliver(e)
}

// invited returns a KeyPackage of a client, and whether the client then joins: not by
// one of the adversary's making, nor if it is the adversary's own.
func (s *script) invited(c *client) (kp KeyPackage, joins bool, err error) {
	if c.frozen && len(s.packages[c]) == 0 {
		return nil, false, illegalf("%s is frozen, and has published no KeyPackage that is left", c.name)
	}
	kept, err := s.packageOf(c)
	if err == nil && c.owned {
		s.adversary.Take(s.held(c))
		s.learn()
	}
	return kept.KeyPackage, !c.owned && !kept.forged, err
}

// enter lets a client use a Welcome. It tells whether the client has accepted it.
func (w *world) enter(c *client) (Machine, Output, bool, error) {
	if w.link == nil {
		m, out, err := w.backend.Join(c.id, c.welcome)
		if w.tampered && refused(err) { // such as of a tree with a leaf of the adversary's
			w.note(DidReject, c, 0)
			return nil, Output{}, false, nil
		}
		if err != nil {
			err = w.failed(c, "join", 0, err)
		}
		return m, out, err == nil, err
	}
	m, out, err := joinFrom(w.backend, c.id, c.welcome, w.link.seat(c).machine)
	ok, err := w.judged(c, "join", w.link.founding, err)
	return m, out, ok, err
}

// leaveBehind wipes what a client holds of a group that has ended, once it is in the
// one that follows.
func (w *world) leaveBehind(c *client) {
	if w.link != nil && w.link.ended {
		old := w.link.seat(c)
		*old = seatOff(old)
	}
}

// seat returns where a client stands in the group that this one comes from: nowhere, if
// it came only later.
func (l *link) seat(c *client) *seat {
	if int(c.id) >= len(l.from.seats) {
		return &seat{}
	}
	return l.from.seats[c.id]
}

// followedBy returns the name of the group that has taken the place of this one; empty
// if none has.
func (s *script) followedBy() string {
	i := slices.IndexFunc(s.branches, func(b *branch) bool { return b.link != nil && b.link.ended && b.link.from == s.group })
	if i < 0 {
		return ""
	}
	return s.branches[i].name
}

// runProposeReInit proposes to end the group.
func (s *script) runProposeReInit(c *client, step ScriptStep) error {
	if err := s.noBranch(step.Name); err != nil {
		return err
	}
	id := s.newStep(stepPropose)
	e, err := s.propose(c, stepPropose, id, ProposeReInit{Step: id, Group: step.Name, Private: s.private}, step.Name)
	if err != nil {
		return own(err)
	}
	return s.deliver(e)
}
