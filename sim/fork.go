package sim

// Branches of one group: a delivery service that lets two Commits follow the same
// epoch. Each member keeps the state of that epoch for each branch and goes on in
// both, until the branch is closed.

// A Branch is what was measured on a branch, from the epoch after the fork on, or in
// a group of its own.
type Branch struct {
	Name   string        `json:"name"`
	Group  bool          `json:"group,omitempty"` // it is another group, and shares no epoch
	From   uint64        `json:"from"`            // the last epoch that it shares with the others
	Epochs []EpochRecord `json:"epochs"`
}

// branch is a group that was forked off another.
type branch struct {
	name   string
	from   uint64
	shared *epoch // number from
	closed bool
	apart  bool // it is a group of its own
	*group
}

// fork returns a branch of the present group, with the states of all its members.
func (w *world) fork(name string) *branch {
	b := &branch{name: name, from: w.service.epoch, shared: w.epochs[w.service.epoch], group: &group{
		service: delivery{log: w.service.log[:len(w.service.log):len(w.service.log)], epoch: w.service.epoch},
		epochs:  w.epochs[:len(w.epochs):len(w.epochs)],
	}}
	for _, seat := range w.seats {
		mine := *seat
		b.seats = append(b.seats, &mine)
	}
	return b
}

// within lets steps be carried out on a branch.
func (s *script) within(b *branch, carry func() error) error {
	return s.inside(b.group, b.name, carry)
}

// inside lets steps be carried out in a group, which is the trunk if it has no name.
func (s *script) inside(g *group, name string, carry func() error) error {
	outer, at := s.group, s.at
	s.enterGroup(g)
	s.at = name
	err := carry()
	s.enterGroup(outer)
	s.at = at
	return err
}

// open returns a branch on which steps can be carried out.
func (s *script) open(name string) (*branch, error) {
	for _, b := range s.branches {
		switch {
		case b.name != name:
		case b.closed:
			return nil, illegalf("branch %s is closed: its members have deleted what they kept for it", name)
		default:
			return b, nil
		}
	}
	return nil, illegalf("there is no branch %s", name)
}

// runFork begins a branch. Members have what it takes only of their present epoch.
func (s *script) runFork(step ScriptStep) error {
	if len(s.clients) == 0 {
		return illegal("there is no group yet: a script begins with create")
	}
	if err := s.noBranch(step.Name); err != nil {
		return err
	}
	if step.Epoch != nil && *step.Epoch != s.service.epoch {
		return illegalf("the group is in epoch %d: of others its members have kept nothing to go on from", s.service.epoch)
	}
	s.tampered = true
	s.branches = append(s.branches, s.fork(step.Name))
	s.add(Record{At: s.now, What: DidFork, Whom: []string{step.Name}, Epoch: s.service.epoch})
	return nil
}

// runClose ends a branch: its members delete what they have kept for it.
func (s *script) runClose(step ScriptStep) error {
	b, err := s.open(step.Name)
	if err != nil {
		return err
	}
	b.closed = true
	for _, seat := range b.seats {
		*seat = seatOff(seat)
	}
	s.add(Record{At: s.now, What: DidClose, Whom: []string{step.Name}, Epoch: b.service.epoch})
	return nil
}

// seatOff returns the place of one who has left.
func seatOff(s *seat) seat { return seat{epoch: s.epoch, cursor: s.cursor} }

// everywhere carries something out in the group and in every branch that is open, in
// the order in which they began.
func (s *script) everywhere(carry func() error) error {
	if err := s.inside(s.trunk, "", carry); err != nil {
		return err
	}
	for _, b := range s.branches {
		if b.closed {
			continue
		}
		if err := s.within(b, carry); err != nil {
			return err
		}
	}
	return nil
}

// sharesKeys refuses to protect application data in an epoch that two branches
// share: both would encrypt under the same keys (RFC 9420, Section 9.1).
func (s *script) sharesKeys(c *client) error {
	if b := s.sharing(c); b != nil {
		return illegalf("%s is in epoch %d, whose message keys it has on branch %s as well (RFC 9420, Section 9.1)", c.name, c.epoch, b.name)
	}
	return nil
}

// sharing returns a branch that begins at the epoch in which a client is, or nil.
func (s *script) sharing(c *client) *branch {
	for _, b := range s.branches {
		if b.from == c.epoch && s.epochs[c.epoch] == b.shared {
			return b
		}
	}
	return nil
}

// A framing is a client's sending of handshake messages as PrivateMessages in an epoch
// that several branches have.
type framing struct {
	by *client
	in *epoch
}

// framesOnce refuses a PrivateMessage with a proposal or a Commit by one who has sent
// such a message of the same epoch on another branch, under the same keys.
func (s *script) framesOnce(c *client) error {
	if !s.private || s.sharing(c) == nil {
		return nil
	}
	f := framing{c, s.epochs[c.epoch]}
	if at, ok := s.framed[f]; ok && at != s.at {
		return illegalf("%s has sent a PrivateMessage of epoch %d on another branch, under the same keys (RFC 9420, Section 9.1)", c.name, c.epoch)
	}
	s.framed[f] = s.at
	return nil
}

// elsewhere returns where a client stands in the group and on branches, but for
// where the present step is carried out.
func (w *world) elsewhere(c *client) []*seat {
	var all []*seat
	for _, g := range w.groupsOfForks() {
		if int(c.id) < len(g.seats) && g.seats[c.id] != c.seat {
			all = append(all, g.seats[c.id])
		}
	}
	for i := range c.kept {
		if c.kept[i].until > w.now {
			all = append(all, &c.kept[i].seat)
		}
	}
	return all
}

// groupsOfForks returns the group and its branches, if it has any.
func (w *world) groupsOfForks() []*group {
	if len(w.branches) == 0 {
		return nil
	}
	all := []*group{w.trunk}
	for _, b := range w.branches {
		all = append(all, b.group)
	}
	return all
}

// measuredBranches returns what was measured on branches.
func (w *world) measuredBranches() []Branch {
	var all []Branch
	for _, b := range w.branches {
		m := Branch{Name: b.name, From: b.from, Group: b.apart, Epochs: []EpochRecord{}}
		for _, e := range b.own() {
			m.Epochs = append(m.Epochs, e.EpochRecord)
		}
		all = append(all, m)
	}
	return all
}

// readBranches asks about the messages of branches.
func (w *world) readBranches() {
	for _, b := range w.branches {
		for _, e := range b.own() {
			w.readable(e)
		}
	}
}

// add writes a record of what happened on the present branch.
func (w *world) add(r Record) {
	r.Branch = w.at
	w.history.add(r)
}
