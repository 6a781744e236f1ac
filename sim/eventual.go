package sim

import "slices"

// A delivery service that is consistent in the end only (RFC 9420, Section 14): each
// message reaches each member in its own time, and two Commits can follow one epoch.
// Everybody goes on with the first one that it gets, keeps the state of the epoch before
// for a while, and goes back to it when a Commit comes that has the better rank. What
// a member made on the branch that it has left, it makes again.

// The kinds of delivery service.
const (
	ServiceStrict    = "strict"    // one log; the first valid Commit of an epoch counts
	ServiceSequencer = "sequencer" // one log, of whatever has the right epoch
	ServiceEventual  = "eventual"  // no log
)

// A version is an epoch on a branch: what a Commit begins, wherever it was made.
type version struct {
	*group // with the epochs up to this one
	parent *version
	depth  int
	rank   uint64 // of several that follow one epoch, the lowest wins: as the hash of its Commit would be

	children []*version
	left     Time // when somebody last went back from here, or was taken elsewhere
}

// A keptState is what a member keeps of an epoch that it may have to go back to.
type keptState struct {
	of    *version
	seat  seat
	until Time
}

// standing is where a client stands if there is no log.
type standing struct {
	here     *version
	kept     []keptState // oldest first
	inbox    []entry     // has arrived, and cannot be processed yet
	stranded bool        // it has learnt of a branch that it can no longer go over to
}

// eventual tells whether there is no log.
func (d *driver) eventual() bool { return d.plan.Network.Service == ServiceEventual }

// scatter puts all members where the group stands that they have set up.
func (d *driver) scatter() {
	if !d.eventual() {
		return
	}
	d.root = &version{group: d.group, left: Never}
	for _, c := range d.clients {
		c.here = d.root
	}
}

// stand lets what follows happen on the branch of a client.
func (d *driver) stand(c *client) {
	if c.here != nil {
		d.group = c.here.group
	}
}

// newVersion begins the epoch after a Commit, which nobody can refuse.
func (d *driver) newVersion(p *version, e entry) *version {
	v := &version{parent: p, depth: p.depth + 1, left: Never, rank: d.seed.Stream("rank", ClientID(e.step)).Uint64(), group: &group{
		service: delivery{epoch: p.service.epoch + 1}, epochs: p.epochs[:len(p.epochs):len(p.epochs)], seats: p.seats}}
	p.children = append(p.children, v)
	d.group = v.group
	d.add(Record{At: d.now, What: DidAccept, Who: e.author.name, Step: e.step, Epoch: v.service.epoch})
	if e.commit.welcome != nil {
		d.adversary.Welcome(e.commit.welcome)
		d.learn()
	}
	d.begin(e)
	return v
}

// broadcast sends a message to each other member, and lets its author go on at once.
func (d *driver) broadcast(e entry) error {
	c := e.author
	e = d.lossy(e)
	e.in = c.here
	if e.kind == isCommit {
		e.begun = d.newVersion(c.here, e)
		d.keep(c)
		c.here = e.begun
		if err := d.confirm(c, e); err != nil {
			return err
		}
		d.refreshed(c)
	}
	d.dispatch(e)
	return nil
}

// dispatch puts a message on its way to each who is to have it.
func (d *driver) dispatch(e entry) {
	if d.suppressed(e) {
		d.note(DidDrop, e.author, e.step)
		return
	}
	d.carry(e, func(e entry, after Time) {
		d.flight = append(d.flight, e)
		for _, c := range d.clients {
			if c != e.author && e.isFor(c) {
				at := d.reachable(e.author, c) + d.delay(e.author, c) + after
				d.push(event{at: at, kind: evLink, client: c.id, number: uint32(len(d.flight) - 1)})
			}
		}
	})
}

// delay is how long messages take from one client to another: always the same time.
func (d *driver) delay(from, to *client) Time {
	n := &d.plan.Network
	if n.LinkJitter == 0 {
		return n.LinkDelay
	}
	s := d.seed.Stream("link", from.id<<16|to.id)
	return max(1, Time(float64(n.LinkDelay)*(1+float64(n.LinkJitter*(float64(2*s.Float64())-1)))))
}

// reachable returns when a message can first leave for another client: once no
// partition lies between them.
func (d *driver) reachable(from, to *client) Time {
	at := d.now
	for again := true; again; {
		again = false
		for _, p := range d.plan.Network.Partitions {
			out, in := slices.Contains(p.Members, from.name), slices.Contains(p.Members, to.name)
			if out && !in && p.holds(WayOut, at) || in && !out && p.holds(WayIn, at) {
				at, again = p.From+p.For, true
			}
		}
	}
	return at
}

// arriveAt lets a client have a message, and process it if it is online.
func (d *driver) arriveAt(c *client, e entry) error {
	c.inbox = append(c.inbox, e)
	if !c.habits.online {
		return nil
	}
	d.stand(c)
	if err := d.follow(c); err != nil {
		return err
	}
	return d.act(c)
}

// keep keeps a client's state of the epoch that it is about to leave.
func (d *driver) keep(c *client) {
	if d.plan.Network.Rollback == 0 {
		return
	}
	mine := *c.seat
	mine.staged = nil
	c.kept = append(c.kept, keptState{c.here, mine, d.now + d.plan.Network.Rollback})
}

// forget deletes what a client has kept for long enough.
func (d *driver) forget(c *client) {
	c.kept = slices.DeleteFunc(c.kept, func(k keptState) bool { return k.until <= d.now })
}

// diverge returns the first versions after the one that two have last in common, on the
// ways to both; nil for one that is it.
func diverge(a, b *version) (x, y *version) {
	for ; a.depth > b.depth; a = a.parent {
		x = a
	}
	for ; b.depth > a.depth; b = b.parent {
		y = b
	}
	for ; a != b; a, b = a.parent, b.parent {
		x, y = a, b
	}
	return x, y
}
