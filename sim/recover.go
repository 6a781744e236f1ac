package sim

// What becomes of members that are on a branch which the group has left, and that have
// deleted what they would need to follow.

// The ways in which such a member comes back.
const (
	RecoverNone   = "none"   // it does not
	RecoverReadd  = "readd"  // one of the others removes it and adds it again, by one Commit
	RecoverResync = "resync" // it joins by an external Commit in place of its own leaf
)

// recoverPause is how long a member waits, at least, that found nobody to come back by.
const recoverPause = Time(60e9)

// strand notes that a client has learnt of a branch that it cannot go over to.
func (d *driver) strand(c *client, e entry) {
	if c.stranded {
		return
	}
	c.stranded = true
	d.note(DidStrand, c, e.step)
	if d.plan.Policies.Recovery != "" {
		d.push(event{at: d.now + c.habits.retries.Within(d.plan.Network.Retry), kind: evRecover, client: c.id})
	}
}

// recover brings a client back to the others, if it is online and one of them can be
// reached.
func (d *driver) recover(c *client) error {
	if !c.stranded {
		return nil
	}
	o := d.helper(c)
	if o == nil || !c.habits.online {
		d.push(event{at: d.now + max(recoverPause, d.plan.Network.Retry), kind: evRecover, client: c.id})
		return nil
	}
	if d.plan.Policies.Recovery == RecoverResync {
		return d.resync(c, o)
	}
	// Should the Welcome not come, it asks again.
	d.push(event{at: d.now + max(recoverPause, 3*d.plan.Network.LinkDelay), kind: evRecover, client: c.id})
	return d.readd(c, o)
}

// waitsToReturn tells whether a client is on a branch that it wants to leave. Meanwhile it
// neither speaks nor commits: the KeyPackage by which it comes back would grow old.
func (d *driver) waitsToReturn(c *client) bool {
	return c.stranded && d.plan.Policies.Recovery != ""
}

// helper returns who is furthest on a branch to which a client cannot go over, of those
// who are online and can be reached; nil if nobody is.
func (d *driver) helper(c *client) *client {
	var best *client
	for _, o := range d.clients {
		if o == c || o.machine == nil || !o.habits.online || d.reachable(c, o) > d.now {
			continue
		}
		x, y := diverge(c.here, o.here)
		if x != nil && y != nil && y.rank < x.rank && (best == nil || o.here.depth > best.here.depth) {
			best = o
		}
	}
	return best
}

// leafAt returns where a client is in the tree of an epoch, nil if nowhere.
func (c *client) leafAt(e *epoch) *uint32 {
	for _, m := range e.members {
		if m.Client == c.id {
			return &m.Leaf
		}
	}
	return nil
}

// resync lets a client come back by an external Commit, by a GroupInfo of another.
func (d *driver) resync(c, o *client) error {
	d.stand(c)
	if err := d.giveAll(c); err != nil {
		return err
	}
	d.stand(o)
	info, err := d.step(o, Describe{})
	if err != nil {
		return d.failed(o, "describing the group", 0, err)
	}
	d.observe(info.Send)
	step := d.newStep(stepCommit)
	made, err := d.backend.JoinExternal(step, c.id, info.Send, External{Remove: c.leafAt(d.epochs[o.epoch])})
	if err != nil {
		return d.failed(c, "external Commit", step, err)
	}
	e := entry{kind: isCommit, author: c, epoch: o.epoch, step: step, message: made.Send, in: o.here,
		commit: &staged{step: step, message: made.Send, next: made.Next, path: true, cost: made.Cost, external: true}}
	d.stand(c)
	d.note(DidCommit, c, step)
	d.exposeNew(c, e.commit, made.Consumed)
	d.observe(made.Send)
	d.drawn(c, step)
	e.begun = d.newVersion(o.here, e)
	d.moveTo(c, e.begun)
	d.enterByCommit(e)
	if err := d.agrees(c); err != nil {
		return err
	}
	d.refreshed(c)
	d.dispatch(e)
	return d.takeIn(c)
}

// readd lets another member remove a client and add it again.
func (d *driver) readd(c, o *client) error {
	d.stand(c)
	kp, err := d.keyPackageOf(c)
	if err != nil {
		return err
	}
	d.stand(o)
	in := Commit{Adds: []KeyPackage{kp}, Step: d.newStep(stepCommit)}
	if leaf := c.leafAt(d.epochs[o.epoch]); leaf != nil {
		in.Removes = []uint32{*leaf}
	}
	e, err := d.commit(o, in, []*client{c}, []string{c.name})
	if err != nil {
		return d.failed(o, "committing", in.Step, err)
	}
	return d.broadcast(e)
}

// readmitted lets a client use the Welcome that has brought it back.
func (d *driver) readmitted(c *client, e entry) error {
	d.moveTo(c, e.begun)
	*c.seat = seat{welcome: e.commit.welcome, epoch: d.service.epoch}
	if err := d.join(c); err != nil {
		return err
	}
	d.refreshed(c)
	return nil
}

// moveTo puts a client where its old states are of no use.
func (d *driver) moveTo(c *client, v *version) {
	c.here.left = d.now
	c.here, c.kept, c.stranded = v, nil, false
	d.stand(c)
}
