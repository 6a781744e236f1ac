package sim

import "slices"

// What a member does when its habits call for it: it refreshes its key, commits for the
// group, or says something.

// act lets a client that is online do what it wants to do. While a Commit of its
// own is on its way, and for some time after that has lost, it makes no other and
// proposes nothing.
func (d *driver) act(c *client) error {
	h := c.habits
	defer d.sleep(c)
	if !h.online || c.machine == nil || d.waitsToReturn(c) {
		return nil
	}
	if c.staged == nil && h.hold == Never {
		if done, err := d.handshake(c); done || err != nil {
			return err
		}
	}
	if !h.saying || c.pending > 0 {
		return nil
	}
	if err := d.say(c); err != nil || !h.due || c.staged != nil || h.hold != Never {
		return err
	}
	_, err := d.handshake(c) // what it has said is a reason to refresh its key
	return err
}

// handshake lets a client commit or propose, if it wants to. It returns true
// after a Commit. A member that has seen a proposal commits before it sends
// application data (RFC 9420, Section 12.4).
func (d *driver) handshake(c *client) (bool, error) {
	h, p := c.habits, &d.plan.Policies
	h.due = h.due || h.saying && p.byCommit() && d.answers(h)
	if err := d.dueElsewhere(c); err != nil {
		return false, err
	}
	if h.due && p.byCommit() {
		return true, d.sendCommit(c)
	}
	if h.due && !h.updating {
		if err := d.sendUpdate(c); err != nil {
			return false, err
		}
	}
	next := p.Committer == CommitterNext && h.saying && d.wanted(c)
	if h.asked && d.wanted(c) || h.saying && c.pending > 0 || next {
		return true, d.sendCommit(c)
	}
	h.asked = false
	return false, nil
}

// say sends an application message.
func (d *driver) say(c *client) error {
	h := c.habits
	e, err := d.send(c, d.plan.Habits.Size)
	if err != nil {
		return d.failed(c, "sending", 0, err)
	}
	h.saying = false
	h.speak = d.now + d.silence(c)
	d.spoken(h)
	return d.post(e)
}

// sendUpdate proposes a fresh leaf key, for another member to commit.
func (d *driver) sendUpdate(c *client) error {
	step := d.newStep(stepUpdate)
	e, err := d.propose(c, stepUpdate, step, ProposeUpdate{Step: step})
	if err != nil {
		return d.failed(c, "proposing", step, err)
	}
	c.habits.updating = true
	return d.post(e)
}

// sendCommit commits whatever there is to commit: pending proposals, those who
// wait to join or to be removed, leaves past their age, and a fresh path.
func (d *driver) sendCommit(c *client) error {
	in, joiners, whom := d.gather(c)
	in, err := d.seasoned(c, in)
	if err != nil {
		return d.failed(c, "committing", 0, err)
	}
	in.Step = d.newStep(stepCommit)
	e, err := d.commit(c, in, joiners, whom)
	if err != nil {
		return d.failed(c, "committing", in.Step, err)
	}
	if err := d.post(e); err != nil || in.Signature == 0 {
		return err
	}
	return d.renew(c)
}

// gather decides what a Commit holds by value, and whether it has a path.
func (d *driver) gather(c *client) (in Commit, joiners []*client, whom []string) {
	if c.habits.due && !c.habits.asked && !c.habits.saying && d.plan.Policies.How == refreshEmpty {
		return Commit{Omit: true}, nil, nil
	}
	for _, m := range c.machine.View().Members {
		other := d.clients[m.Client]
		if other != c && (slices.Contains(d.leaving, other) || d.expired(m) || d.absent(other)) {
			in.Removes = append(in.Removes, m.Leaf)
			whom = append(whom, other.name)
		}
	}
	for _, a := range d.joining {
		in.Adds = append(in.Adds, a.keyPackage)
		joiners, whom = append(joiners, a.client), append(whom, a.client.name)
	}
	in.NoPath = !d.plan.Policies.PathOnAdd && !c.habits.due &&
		len(in.Adds) > 0 && len(in.Removes) == 0 && c.pending == 0
	return in, joiners, whom
}

// expired tells whether a leaf has reached the age of eviction.
func (d *driver) expired(m Member) bool {
	limit := d.plan.Policies.Evict
	return limit > 0 && d.now-d.steps[m.Key.Origin].at >= limit
}

// wanted tells whether a Commit by c would serve the group: whether it covers
// anything but an Update of c itself.
func (d *driver) wanted(c *client) bool {
	proposals := c.pending
	if c.habits.updating {
		proposals--
	}
	leaving := slices.ContainsFunc(d.leaving, func(o *client) bool { return o != c })
	return proposals > 0 || leaving || len(d.joining) > 0
}
