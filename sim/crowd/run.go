package crowd

import (
	"errors"
	"fmt"
	"slices"

	"mlssim/sim"
	"mlssim/sim/queue"
)

// Units of rates in a plan, in nanoseconds.
const (
	day  = 24 * 3600 * 1e9
	year = 365 * day
)

// An event is what happens next to a member, or to the group.
type event struct {
	kind   kind
	member Member // for planned thefts: which
}

type kind uint8

const (
	evMember kind = iota + 1 // it comes online, goes offline, or refreshes its key
	evCommit                 // what waits has waited long enough
	evJoin
	evRemove
	evTheft // planned
	evRob   // of some member
)

// far is later than every horizon.
const far sim.Time = 1 << 62

// A driver moves a group through virtual time.
type driver struct {
	plan   *sim.Plan
	seed   sim.Seed
	g      *Group
	queue  queue.Queue[event]
	now    sim.Time
	events int

	habits []habit  // by Member
	online []Member // in no order
	stale  map[Member]bool

	waits   bool     // something does, and an evCommit is in the queue
	overdue sim.Time // since when nobody has been online to commit; far if somebody was

	choice, joins, leaves, thief *sim.Stream
	ledger
}

// progressEvery is the number of events between two calls of Options.Progress.
const progressEvery = 1 << 14

// Run carries out one replication of a plan that is Crowded, and returns what was
// measured. The result depends on plan and replication alone.
//
// Members see all that is sent at once, and nobody loses a race. One Commit, by
// somebody who is online, covers all that is pending once the first of it has waited
// for the plan's commit_delay; joins and leaves wait for it, too.
func Run(p *sim.Plan, o sim.Options) (*sim.Result, error) {
	q, err := queue.New[event](o.Queue)
	if err != nil {
		return nil, err
	}
	start := AddedWithoutPath
	if p.Policies.PathOnAdd {
		start = AddedWithPath
	}
	g, err := New(p.Members, start, true)
	if err != nil {
		return nil, err
	}
	d := &driver{plan: p, seed: sim.NewSeed(p.Seed, o.Replication), g: g, queue: q, overdue: far, stale: map[Member]bool{}}
	d.choice, d.joins, d.leaves, d.thief = d.seed.Stream("choice", 0), d.seed.Stream("joins", 0), d.seed.Stream("leaves", 0), d.seed.Stream("thief", 0)
	d.ledger.open(d, o.Events)
	if err := d.plant(); err != nil {
		return nil, err
	}
	if err := d.loop(o); err != nil {
		return nil, err
	}
	return d.result(), d.ledger.err
}

// plant gives the first members their habits, and puts into the queue what does not
// follow from other events.
func (d *driver) plant() error {
	for _, name := range d.plan.Habits.Stale {
		m, err := d.named(name)
		if err != nil {
			return err
		}
		d.stale[m] = true
	}
	for m := range d.plan.Members {
		d.settle(Member(m))
	}
	for i, c := range d.plan.Adversary.Compromises {
		d.push(c.At, event{evTheft, Member(i)})
	}
	d.pushRate(evJoin, d.plan.Churn.Joins, day, d.joins)
	d.pushRate(evRemove, d.plan.Churn.Leaves, day, d.leaves)
	d.pushRate(evRob, d.robberies(), year, d.thief)
	return nil
}

// robberies is the number of thefts at random times a year, in the group as it is.
func (d *driver) robberies() float64 { return float64(d.plan.Adversary.Rate * float64(d.g.Size())) }

func (d *driver) push(at sim.Time, e event) { d.queue.Push(int64(at), e) }

func (d *driver) pushRate(k kind, rate, per float64, s *sim.Stream) {
	if rate > 0 {
		d.push(d.now+s.Wait(per/rate), event{kind: k})
	}
}

// named finds one of the first members, M1 and so on.
func (d *driver) named(name string) (Member, error) {
	var n int
	if _, err := fmt.Sscanf(name, "M%d", &n); err != nil || n < 1 || n > d.plan.Members {
		return 0, fmt.Errorf("nobody is called %q", name)
	}
	return Member(n - 1), nil
}

func nameOf(m Member) string { return fmt.Sprintf("M%d", m+1) }

// loop carries out the events until the horizon.
func (d *driver) loop(o sim.Options) error {
	for {
		at, e, ok := d.queue.Pop()
		if !ok || sim.Time(at) > d.plan.Horizon {
			d.now = d.plan.Horizon
			return nil
		}
		d.now, d.g.Now = sim.Time(at), at
		d.events++
		d.mix(at, e)
		if err := d.happen(e); err != nil {
			return err
		}
		if d.events%progressEvery != 0 {
			continue
		}
		if o.Progress != nil {
			o.Progress(d.now)
		}
		if o.Stop != nil && o.Stop() {
			return sim.ErrStopped
		}
	}
}

func (d *driver) happen(e event) error {
	switch e.kind {
	case evMember:
		return d.wake(e.member)
	case evCommit:
		d.waits = false
		return d.commitBySomebody()
	case evJoin:
		d.pushRate(evJoin, d.plan.Churn.Joins, day, d.joins)
		d.g.Join()
		d.wait()
	case evRemove:
		d.pushRate(evRemove, d.plan.Churn.Leaves, day, d.leaves)
		if d.g.Size() > len(d.g.leaving)+1 {
			d.wait()
			return d.g.Remove(d.somebody(d.leaves))
		}
	case evTheft:
		return d.rob(d.plan.Adversary.Compromises[e.member].Member)
	case evRob:
		d.pushRate(evRob, d.robberies(), year, d.thief)
		d.take(d.somebody(d.thief))
	}
	return nil
}

// somebody draws a member.
func (d *driver) somebody(s *sim.Stream) Member {
	t := d.g.tree
	for {
		if l := Leaf(s.IntN(1 << t.depth)); t.stamp[above(l, 0).node()] != 0 {
			return d.g.owners[l]
		}
	}
}

func (d *driver) rob(name string) error {
	if name == "random" {
		d.take(d.somebody(d.thief))
		return nil
	}
	m, err := d.named(name)
	if err == nil {
		d.take(m)
	}
	return err
}

// wait sees to it that what is pending is committed in time.
func (d *driver) wait() {
	if !d.waits && d.overdue == far {
		d.waits = true
		d.push(d.now+d.plan.Policies.CommitDelay, event{kind: evCommit})
	}
}

// commitBySomebody lets one of those online commit what is pending, if there is
// anything; if nobody can, it falls to whoever comes online next.
func (d *driver) commitBySomebody() error {
	if len(d.g.updates)+len(d.g.joining)+len(d.g.leaving) == 0 {
		return nil
	}
	able := d.able()
	if len(able) == 0 {
		if d.overdue == far {
			d.overdue = d.now
		}
		return nil
	}
	if d.overdue != far {
		d.scale.Waited += d.now - d.overdue
		d.overdue = far
	}
	m := able[d.choice.IntN(len(able))]
	d.again(m) // the event that it has in the queue comes too early, and does nothing
	return d.commit(m)
}

// able lists who is online and could commit: not whom that would remove, and not one
// whose Commit would cover nothing but its own Update.
func (d *driver) able() []Member {
	not := d.g.leaving
	if len(d.g.updates) == 1 && len(d.g.joining)+len(d.g.leaving) == 0 {
		not = d.g.updates
	}
	if !slices.ContainsFunc(not, func(m Member) bool { return d.habits[m].place != offline }) {
		return d.online
	}
	return slices.DeleteFunc(slices.Clone(d.online), func(m Member) bool { return slices.Contains(not, m) })
}

// commit carries out a Commit, and lets those whom it adds settle in.
func (d *driver) commit(by Member) error {
	joining, leaving := slices.Clone(d.g.joining), slices.Clone(d.g.leaving)
	c, err := d.g.Commit(by, !d.plan.Policies.PathOnAdd)
	if err != nil {
		return errors.Join(fmt.Errorf("Commit of %s in epoch %d", nameOf(by), d.g.epoch), err)
	}
	for _, m := range leaving {
		if d.habits[m].place != offline {
			d.exit(m)
			d.habits[m].toggle, d.habits[m].refresh = far, far
		}
	}
	for _, m := range joining {
		d.settle(m)
	}
	d.committed(c)
	return nil
}
