package sim

import "slices"

// runExternal lets a client join by an external Commit, with a GroupInfo of the
// first member that can give one (RFC 9420, Section 12.4.3.2).
func (s *script) runExternal(step ScriptStep) error {
	if len(s.epochs) == 0 {
		return illegal("there is no group yet: a script begins with create")
	}
	c := s.introduce(step.Who)
	if c.frozen {
		return illegalf("%s is frozen: thaw %s first", c.name, c.name)
	}
	in, err := s.external(c, step)
	if err != nil {
		return err
	}
	info, err := s.describe(c)
	if err != nil {
		return err
	}
	id := s.newStep(stepCommit)
	out, err := s.backend.JoinExternal(id, c.id, info, in)
	if err != nil {
		return own(err)
	}
	joining := &staged{step: id, message: out.Send, next: out.Next, path: true, psks: len(in.PSKs), cost: out.Cost, external: true}
	s.note(DidCommit, c, id)
	s.observe(out.Send) // before what it begins is read off the device
	s.exposeNew(c, joining, out.Consumed)
	s.drawn(c, id)
	return s.deliver(entry{kind: isCommit, author: c, epoch: s.service.epoch, step: id, message: out.Send, commit: joining})
}

// external reads what the Commit holds beside the new leaf.
func (s *script) external(c *client, step ScriptStep) (External, error) {
	var in External
	if step.Resync {
		m := s.member(c)
		if m == nil {
			return in, illegalf("%s is not a member and has no leaf to remove", c.name)
		}
		in.Remove = &m.Leaf
	}
	psks, err := s.mixed(step)
	if err != nil {
		return in, err
	}
	if i := slices.IndexFunc(psks, func(p PSK) bool { return p.ID == "" }); i >= 0 {
		return in, illegalf("who joins has not got %s (RFC 9420, Section 12.4.3.2)", step.PSKs[i])
	}
	in.PSKs = psks
	return in, s.giveAll(c)
}

// describe lets a member make a GroupInfo, for all to see.
func (s *script) describe(not *client) (Message, error) {
	for _, m := range s.epochs[s.service.epoch].members {
		o := s.clients[m.Client]
		if o == not || s.canAct(o) != nil {
			continue
		}
		out, err := s.step(o, Describe{})
		if err != nil {
			return nil, own(err)
		}
		s.observe(out.Send)
		return out.Send, nil
	}
	return nil, illegal("no member can give a GroupInfo")
}

// exposeNew is expose for one whose Commit is on its way, and who may be in no group.
func (w *world) exposeNew(c *client, joining *staged, consumed []Name) {
	before := c.staged
	c.staged = joining
	w.expose(c, consumed)
	c.staged = before
}

// enterByCommit lets a client go on with the state that its external Commit has
// brought it. Whatever it was in before, it is that no more.
func (w *world) enterByCommit(e entry) {
	c := e.author
	c.machine, c.staged, c.pending = e.commit.next, nil, 0
	c.cursor, c.epoch = len(w.service.log), w.service.epoch
	w.note(DidJoin, c, e.step)
	w.expose(c, nil)
}
