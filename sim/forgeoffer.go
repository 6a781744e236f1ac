package sim

import "slices"

// What becomes of a message that the adversary has made.

// offerForged gives a forged message to those who are to have it. It becomes part
// of the log, and a Commit begins its epoch, if anybody accepts it.
func (s *script) offerForged(e entry) error {
	type next struct {
		c   *client
		m   Machine
		out Output
	}
	var accepted []next
	at := len(s.service.log)
	for _, c := range s.clients {
		if c.machine == nil || c.frozen || c.owned || !e.isFor(c) {
			continue
		}
		if c.cursor == at {
			c.cursor++ // it meets the message here
		}
		m, out, err := c.machine.Step(Handle{e.message})
		switch ok, err := s.judged(c, "forged message", e, err); {
		case err != nil:
			return err
		case ok:
			accepted = append(accepted, next{c, m, out})
		}
	}
	i := slices.IndexFunc(accepted, func(n next) bool { return n.m != nil })
	if i < 0 && e.kind == isCommit || len(accepted) == 0 {
		for _, c := range s.clients {
			c.cursor = min(c.cursor, at)
		}
	}
	if e.kind == isProposal && len(accepted) > 0 {
		s.service.offer(e)
	}
	if e.kind == isCommit && i >= 0 {
		e.commit.next = accepted[i].m
		if !s.submit(e) {
			return illegalf("%s is still in epoch %d and would go where nobody else is: fork first", accepted[i].c.name, e.epoch)
		}
	}
	for _, n := range accepted {
		n.c.machine = n.m
		if err := s.tookForged(n.c, e, n.out); err != nil {
			return err
		}
	}
	return s.settle()
}

// tookForged notes that a client has accepted a forged message.
func (s *script) tookForged(c *client, e entry, out Output) error {
	switch {
	case e.kind == isProposal:
		c.pending++
		s.note(DidProcess, c, e.step)
		s.expose(c, out.Consumed)
		return nil
	case out.Removed:
		return s.left(c, e, out)
	}
	return s.entered(c, e, out.Consumed)
}
