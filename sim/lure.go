package sim

// What becomes of those who join by a GroupInfo that is false, or too old: nobody but
// the adversary meets them where they arrive.

// runGroupInfo lets a member give a GroupInfo, for all to see.
func (s *script) runGroupInfo(c *client) error {
	out, err := s.step(c, Describe{})
	if err != nil {
		return own(err)
	}
	s.observe(out.Send)
	s.keepInfo(c, 0, out.Send)
	return nil
}

// keepInfo keeps a GroupInfo that was made, if the script says so.
func (s *script) keepInfo(c *client, step StepID, info Message) {
	s.offer.sent++
	if s.offer.keep != "" {
		s.kept[s.offer.keep] = []entry{{kind: isInfo, author: c, epoch: s.service.epoch, step: step, message: info}}
	}
}

// prepareExternal gives an external Commit of the adversary's what everybody can have.
func (s *script) prepareExternal(c *client, step ScriptStep, f *Forgery) error {
	if step.Resync {
		m := s.member(c)
		if m == nil {
			return illegalf("%s is not a member and has no leaf to remove", c.name)
		}
		f.Removes = []uint32{m.Leaf}
	}
	info, err := s.describe(c)
	f.Info = info
	return err
}

// runLure lets a client join by a GroupInfo that was kept. Where it arrives nobody
// else is: that is a branch. What it had in the group before is wiped if it comes back
// in place of its own leaf.
func (s *script) runLure(step ScriptStep) error {
	kept := s.kept[step.ID]
	if len(kept) != 1 || kept[0].kind != isInfo {
		return illegalf("%s is not the name of a GroupInfo that was kept", step.ID)
	}
	if err := s.noBranch(step.Name); err != nil {
		return err
	}
	c := s.introduce(step.Who)
	if c.frozen {
		return illegalf("%s is frozen: thaw %s first", c.name, c.name)
	}
	info := kept[0]
	var in External
	for _, m := range s.epochs[info.epoch].members {
		if m.Client == c.id && step.Resync {
			leaf := m.Leaf
			in.Remove = &leaf
		}
	}
	if step.Resync && in.Remove == nil {
		return illegalf("%s was not a member in epoch %d and has no leaf to remove", c.name, info.epoch)
	}
	id := s.newStep(stepCommit)
	out, err := s.backend.JoinExternal(id, c.id, info.message, in)
	if err != nil {
		return own(err)
	}
	s.tampered = true
	if step.Resync {
		*c.seat = seatOff(c.seat)
	}
	s.offer.sent++
	s.note(DidCommit, c, id)
	s.observe(out.Send)
	b := &branch{name: step.Name, from: info.epoch, shared: s.epochs[info.epoch], group: &group{
		service: delivery{epoch: info.epoch},
		epochs:  s.epochs[: info.epoch+1 : info.epoch+1],
	}}
	s.branches = append(s.branches, b)
	return s.within(b, func() error {
		s.add(Record{At: s.now, What: DidFork, Whom: []string{b.name}, Epoch: info.epoch})
		e := entry{kind: isCommit, author: c, epoch: info.epoch, step: id, message: out.Send,
			commit: &staged{step: id, message: out.Send, next: out.Next, path: true, cost: out.Cost, external: true}}
		s.submit(e)
		s.record(c, e, nil)
		return nil
	})
}
