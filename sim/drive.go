package sim

import (
	"fmt"
	"slices"
)

// A driver moves the world through virtual time. Its queue holds one event for
// each client, however many messages fly past, and a few for each message.
type driver struct {
	*world
	*room // of the group in which something happens
	rooms []*room
	queue events

	root *version // where the group began; nil if there is a log

	pools   PoolRecord
	watches []*theft // those that went on for some time
	ranks   []int    // of the first members, from 1, as speakers; nil if all speak as much
	weights []float64
}

// A newcomer is a client that wants to be in the group.
type newcomer struct {
	client     *client
	keyPackage KeyPackage
}

type eventKind uint8

const (
	evWake      eventKind = iota + 1 // number: the generation of the client's event
	evArrive                         // a message reaches the delivery service; number: its place in flight
	evDeliver                        // those online see the log up to entry number
	evOverdue                        // the proposals of epoch number have waited long enough
	evJoin                           // somebody wants to join
	evLeave                          // somebody is to be removed
	evTheft                          // planned compromise number begins
	evReturn                         // and ends
	evReconnect                      // those who were cut off can read the log again
	evLink                           // message number in flight reaches a client
	evInsider                        // the insider of that number sends a Commit that nobody can process
	evRecover                        // a client tries to come back from a branch
)

// setUpChunk is how many members the first ones are added by one Commit.
const setUpChunk = 256

// progressEvery is the number of events between two calls of Options.Progress.
const progressEvery = 256

// runHabits sets up the group at time 0 and lets its members live until the horizon.
func (w *world) runHabits(o Options) error {
	queue, err := newEvents(o.Queue)
	if err != nil {
		return err
	}
	d := &driver{world: w, queue: queue}
	d.rank()
	d.openRooms()
	if err := d.advance(0); err != nil {
		return err
	}
	for _, r := range d.rooms {
		d.enterRoom(r)
		if err := d.setUp(); err != nil {
			return err
		}
		d.plant()
	}
	d.scatter()
	if err := d.loop(o); err != nil {
		return err
	}
	d.conclude()
	d.enterRoom(d.rooms[0])
	w.keyPackages = d.poolRecord()
	return nil
}

// setUp makes a group of all its members that are there from the start.
func (d *driver) setUp() error {
	first := d.numbered(d.roster[0])
	if err := d.create(first); err != nil {
		return err
	}
	for rest := d.roster[1:]; len(rest) > 0; {
		n := min(setUpChunk, len(rest))
		if err := d.addFirst(first, rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	d.delivered = len(d.service.log)
	for _, i := range d.roster {
		c := d.clients[i]
		if err := d.settleIn(c); err != nil {
			return err
		}
		d.sleep(c)
	}
	return nil
}

// addFirst adds some of the first members, who join at once.
func (d *driver) addFirst(first *client, numbers []int) error {
	in := Commit{NoPath: !d.plan.Policies.PathOnAdd}
	var joiners []*client
	var whom []string
	for _, i := range numbers {
		c := d.numbered(i)
		kp, err := d.publish(c)
		if err != nil {
			return err
		}
		joiners, whom, in.Adds = append(joiners, c), append(whom, c.name), append(in.Adds, kp)
	}
	in.Step = d.newStep(stepCommit)
	e, err := d.world.commit(first, in, joiners, whom)
	if err != nil {
		return d.failed(first, "committing", in.Step, err)
	}
	d.submit(e)
	for _, c := range d.clients {
		if err := d.catchUp(c, len(d.service.log)); err != nil {
			return err
		}
	}
	return nil
}

// newMember makes the next client and names it by its number, from 1.
func (d *driver) newMember() *client {
	return d.equip(d.newClient(fmt.Sprintf("M%d", len(d.clients)+1)))
}

// plant puts the events into the queue that do not follow from others.
func (d *driver) plant() {
	if d.first() {
		for i, c := range d.plan.Adversary.Compromises {
			d.push(event{at: c.At, kind: evTheft, number: uint32(i)})
		}
		for i, x := range d.plan.Adversary.Insiders {
			d.push(event{at: x.At, kind: evInsider, number: uint32(i)})
		}
	}
	d.plantPartitions()
	d.plantChurn(evJoin, d.plan.Churn.Joins, d.joins)
	d.plantChurn(evLeave, d.plan.Churn.Leaves, d.churn)
}

// plantChurn draws when somebody next joins or leaves.
func (d *driver) plantChurn(kind eventKind, perDay float64, s *Stream) {
	if perDay > 0 {
		d.push(event{at: d.now + s.Wait(day/perDay), kind: kind})
	}
}

func (d *driver) loop(o Options) error {
	for n := 1; ; n++ {
		e, ok := d.queue.pop()
		if !ok || e.at > d.plan.Horizon {
			break
		}
		if err := d.advance(e.at); err != nil {
			return err
		}
		if err := d.happen(e); err != nil {
			return err
		}
		if n%progressEvery != 0 {
			continue
		}
		if o.Progress != nil {
			o.Progress(d.now)
		}
		if o.Stop != nil && o.Stop() {
			return ErrStopped
		}
	}
	return d.advance(d.plan.Horizon)
}

// happen carries out one event.
func (d *driver) happen(e event) error {
	d.enterRoom(d.rooms[e.room])
	d.stand(d.clients[e.client])
	switch e.kind {
	case evWake:
		return d.wakeUp(e)
	case evArrive:
		d.arrive(e.number)
		return nil
	case evDeliver:
		return d.deliver(int(e.number))
	case evOverdue:
		d.overdue = d.overdue || uint64(e.number) == d.service.epoch
		return d.call()
	case evJoin:
		return d.wantToJoin()
	case evLeave:
		return d.wantToLeave()
	case evTheft:
		return d.beginCompromise(int(e.number))
	case evLink:
		return d.arriveAt(d.clients[e.client], d.flight[e.number])
	case evInsider:
		return d.sabotage(d.plan.Adversary.Insiders[e.number])
	case evRecover:
		return d.recover(d.clients[e.client])
	case evReconnect:
		return d.deliver(d.delivered)
	default: // evReturn
		t := d.watches[e.number]
		d.stand(t.victim)
		d.unwatch(t)
		if d.isHome(t.victim) {
			d.alarm(t.victim)
		}
		return nil
	}
}

// wakeUp carries out a client's own event. Somebody who comes online may be the
// one that the group waits for.
func (d *driver) wakeUp(e event) error {
	c := d.clients[e.client]
	if c.habits.wake != e.number {
		return nil // void
	}
	if err := d.wake(c); err != nil {
		return err
	}
	return d.call()
}

// post sends a message: to the delivery service it takes half a round trip.
func (d *driver) post(e entry) error {
	if d.eventual() {
		return d.broadcast(e)
	}
	if d.suppressed(e) {
		d.note(DidDrop, e.author, e.step)
		return nil
	}
	d.carry(e, func(e entry, after Time) {
		d.flight = append(d.flight, e)
		at := max(d.now, d.cutOff(e.author, WayOut)) + d.plan.Network.RTT/2 + after
		d.push(event{at: at, kind: evArrive, number: uint32(len(d.flight) - 1)})
	})
	return nil
}

// arrive lets the delivery service take or refuse a message. Half a round trip
// later all who are online see it in the log. The author of one that was refused
// needs no word of it: what came first was in the log before.
func (d *driver) arrive(number uint32) {
	e := d.flight[number]
	d.flight[number] = entry{} // the log has it, or nobody
	if !d.submit(d.lossy(e)) {
		return
	}
	known := d.now + d.plan.Network.RTT - d.plan.Network.RTT/2
	d.push(event{at: known, kind: evDeliver, number: uint32(len(d.service.log))})
	switch e.kind {
	case isProposal:
		d.push(event{at: d.now + d.plan.Policies.CommitDelay, kind: evOverdue, number: uint32(e.epoch)})
		d.proposed++
		d.overdue = d.overdue || d.plan.Policies.CommitAfter > 0 && d.proposed >= d.plan.Policies.CommitAfter
	case isCommit:
		if e.commit.next != nil {
			d.served(e)
		}
	}
}

// served drops what the accepted commit has done for the group.
func (d *driver) served(e entry) {
	d.overdue, d.proposed = false, 0
	d.putOut()
	d.joining = slices.DeleteFunc(d.joining, func(n newcomer) bool {
		return slices.Contains(e.commit.joiners, n.client)
	})
	members := d.epochs[d.service.epoch].members
	d.leaving = slices.DeleteFunc(d.leaving, func(c *client) bool {
		return !slices.ContainsFunc(members, func(m Member) bool { return m.Client == c.id })
	})
}

// deliver lets all who are online process the log up to an entry, and then go on
// with what they wanted.
func (d *driver) deliver(until int) error {
	d.delivered = max(d.delivered, until)
	for _, c := range d.clients {
		if c.habits == nil && c.welcome != nil {
			if err := d.settleIn(c); err != nil {
				return err
			}
			d.sleep(c)
		}
		if !d.reaches(c) {
			continue
		}
		if err := d.follow(c); err != nil {
			return err
		}
	}
	for _, c := range d.clients {
		if !d.reaches(c) {
			continue
		}
		if err := d.act(c); err != nil {
			return err
		}
	}
	return d.call()
}

// call asks somebody who is online to commit for the group, if there is
// anything to commit and nobody has been asked already.
func (d *driver) call() error {
	if !d.overdue && len(d.joining) == 0 && len(d.leaving) == 0 {
		return nil
	}
	if c := d.chosen; c != nil && d.reaches(c) && c.habits.asked {
		return nil
	}
	var able []*client
	for _, c := range d.clients {
		if d.reaches(c) && c.machine != nil && d.wanted(c) {
			able = append(able, c)
		}
	}
	if len(able) == 0 {
		return nil // whoever comes online next
	}
	c := d.choose(able)
	if c == nil {
		return nil // nobody is to be asked now
	}
	d.chosen = c
	c.habits.asked = true
	return d.act(c)
}

// wantToJoin lets a new client publish a KeyPackage and wait to be added.
func (d *driver) wantToJoin() error {
	d.plantChurn(evJoin, d.plan.Churn.Joins, d.joins)
	c := d.newMember()
	kp, err := d.keyPackageOf(c)
	if err != nil {
		return err
	}
	d.joining = append(d.joining, newcomer{c, kp})
	return d.call()
}

// wantToLeave draws who is to be removed, if somebody is left then to do it.
func (d *driver) wantToLeave() error {
	d.plantChurn(evLeave, d.plan.Churn.Leaves, d.churn)
	var staying []*client
	for _, m := range d.latest().members {
		if c := d.clients[m.Client]; !slices.Contains(d.leaving, c) {
			staying = append(staying, c)
		}
	}
	if len(staying) < 2 {
		return nil
	}
	d.leaving = append(d.leaving, staying[d.churn.IntN(len(staying))])
	return d.call()
}

// beginCompromise takes what a planned compromise takes, or begins to.
func (d *driver) beginCompromise(number int) error {
	p := d.plan.Adversary.Compromises[number]
	c, err := d.victim(p.Member, number)
	if err != nil {
		return err
	}
	if c.home != nil {
		d.enterRoom(c.home)
	}
	return d.steal(c, p.Only, p.For)
}

// victim finds the member whom a planned compromise means.
func (d *driver) victim(name string, number int) (*client, error) {
	if name == "random" {
		members := d.latest().members
		s := d.seed.Stream("victim", ClientID(number))
		if len(d.rooms) > 1 {
			all := d.anywhere()
			return d.clients[all[s.IntN(len(all))]], nil
		}
		return d.clients[members[s.IntN(len(members))].Client], nil
	}
	i := slices.IndexFunc(d.clients, func(c *client) bool { return c.name == name })
	if i < 0 {
		return nil, fmt.Errorf("compromise %d: nobody is called %s at that time", number+1, name)
	}
	return d.clients[i], nil
}
