package sim

import "slices"

// What members make of messages that come in no common order.

// A fate is what becomes of a message.
type fate uint8

const (
	fateWait  fate = iota // for Commits that lie between
	fateTake              // it belongs to the epoch in which the client is
	fateLate              // to one whose state it has kept
	fateBack              // it is a Commit to one of those, and wins
	fateLost              // it can never be processed
	fateStray             // and it shows that the group is elsewhere
)

// fateOf says what becomes of a message. Everybody who knows the Commits judges alike.
func (d *driver) fateOf(c *client, e entry) fate {
	x, y := diverge(c.here, e.in)
	switch {
	case x == nil && y == nil:
		return fateTake
	case x == nil:
		return fateWait
	case y != nil && y.rank < x.rank && (!c.stranded || d.plan.Policies.Recovery != ""):
		return fateWait
	case y != nil:
		return fateLost
	case e.kind == isApplication && c.keptOf(e.in) >= 0:
		return fateLate
	case e.kind == isApplication || e.begun.rank >= x.rank:
		return fateLost
	case c.keptOf(e.in) >= 0:
		return fateBack
	}
	return fateStray
}

// keptOf returns where in the states that a client has kept that of a version is, or -1.
func (c *client) keptOf(v *version) int {
	return slices.IndexFunc(c.kept, func(k keptState) bool { return k.of == v })
}

// takeIn lets a client process what has arrived, until nothing is left that it can.
func (d *driver) takeIn(c *client) error {
	d.forget(c)
	for i := 0; i < len(c.inbox); {
		e := c.inbox[i]
		invited := e.kind == isCommit && e.commit.welcome != nil && slices.Contains(e.commit.joiners, c)
		f := d.fateOf(c, e)
		if f == fateWait && !invited {
			i++
			continue
		}
		c.inbox = slices.Delete(slices.Clone(c.inbox), i, i+1)
		i = 0
		var err error
		switch {
		case invited:
			err = d.readmitted(c, e)
		case f == fateTake && e.kind == isCommit:
			err = d.goOn(c, e)
		case f == fateTake:
			err = d.open(c, e)
		case f == fateLate:
			err = d.openLate(c, e)
		case f == fateBack:
			err = d.goBack(c, e)
		case f == fateStray:
			d.strand(c, e)
		case e.kind == isApplication:
			d.note(DidMiss, c, e.step)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// goOn lets a client process a Commit.
func (d *driver) goOn(c *client, e entry) error {
	d.keep(c)
	c.here = e.begun
	d.stand(c)
	return d.handleCommit(c, e)
}

// goBack lets a client return to an epoch that it has kept, and go on from there. If it
// had replaced its key meanwhile, that is undone, and due again after a pause.
func (d *driver) goBack(c *client, e entry) error {
	i := c.keptOf(e.in)
	c.here.left = d.now
	*c.seat = c.kept[i].seat
	c.kept, c.here = slices.Clone(c.kept[:i]), e.in
	d.stand(c)
	d.note(DidRollback, c, e.step)
	if h := c.habits; h.key != d.memberOf(c).Key {
		h.key, h.due, h.refresh = d.memberOf(c).Key, true, Never
		h.hold = d.now + h.retries.Within(d.plan.Network.Retry)
	}
	return d.goOn(c, e)
}

// openLate reads an application message of an epoch that a client has kept.
func (d *driver) openLate(c *client, e entry) error {
	k := &c.kept[c.keptOf(e.in)]
	now := c.seat
	c.seat, d.group = &k.seat, e.in.group
	err := d.open(c, e)
	c.seat = now
	d.stand(c)
	return err
}

// followBranches is follow where there is no log.
func (d *driver) followBranches(c *client) error {
	before, read := c.here, c.reads
	if err := d.takeIn(c); err != nil {
		return err
	}
	c.habits.heard = c.habits.heard || c.reads != read
	if c.here != before {
		d.refreshed(c)
	}
	return nil
}
