package rival

import (
	"slices"
	"testing"

	"mlssim/sim"
	"mlssim/sim/adversary"
)

// A crowd is a group whose members process everything at once, driven by hand.
type crowd struct {
	t       testing.TB
	b       sim.Backend
	members map[sim.ClientID]sim.Machine
	step    sim.StepID
	held    map[sim.ClientID][]sim.Held // before the last Commit
}

func newCrowd(t testing.TB, protocol string, n int) *crowd {
	t.Helper()
	b, err := New(protocol)
	if err != nil {
		t.Fatal(err)
	}
	c := &crowd{t: t, b: b, members: map[sim.ClientID]sim.Machine{}}
	m, err := b.Create(c.next(), 0)
	if err != nil {
		t.Fatal(err)
	}
	c.members[0] = m
	var rest []sim.ClientID
	for i := 1; i < n; i++ {
		rest = append(rest, sim.ClientID(i))
	}
	if n > 1 {
		c.commit(0, sim.Commit{}, rest...)
	}
	return c
}

func (c *crowd) next() sim.StepID { c.step++; return c.step }

func (c *crowd) do(id sim.ClientID, in sim.Input) sim.Output {
	c.t.Helper()
	before := c.members[id].Secrets()
	m, out, err := c.members[id].Step(in)
	if err != nil {
		c.t.Fatalf("client %d: %v", id, err)
	}
	switch in.(type) {
	case sim.Send, sim.Open: // no epoch begins: what it no longer holds it has used up
		for _, h := range before {
			still := slices.ContainsFunc(m.Secrets(), func(o sim.Held) bool { return o.Name == h.Name })
			if used := slices.Contains(out.Consumed, h.Name); still == used {
				c.t.Errorf("client %d: %v is still held: %v; used up: %v", id, h.Name, still, used)
			}
		}
	}
	c.members[id] = m
	if out.Removed {
		delete(c.members, id)
	}
	return out
}

func (c *crowd) ids() []sim.ClientID {
	var ids []sim.ClientID
	for id := range c.members {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// commit commits, and all others process it. It returns what the committer gave,
// and the operations with a private key of each other member.
func (c *crowd) commit(id sim.ClientID, in sim.Commit, joiners ...sim.ClientID) (sim.Output, map[sim.ClientID]int) {
	c.t.Helper()
	c.held = map[sim.ClientID][]sim.Held{}
	for _, j := range joiners {
		kp, err := c.b.Publish(c.next(), j)
		if err != nil {
			c.t.Fatal(err)
		}
		in.Adds = append(in.Adds, kp)
		c.held[j] = c.b.Store(j)
	}
	for _, m := range c.ids() {
		c.held[m] = c.members[m].Secrets()
	}
	in.Step = c.next()
	out := c.do(id, in)
	c.b.Adversary().Observe(out.Send)
	opens := map[sim.ClientID]int{}
	for _, m := range c.ids() {
		if m != id {
			opens[m] = c.do(m, sim.Handle{Message: out.Send}).Cost.Opens
		}
	}
	c.members[id] = out.Next
	for _, j := range joiners {
		m, joined, err := c.b.Join(j, out.Welcome)
		if err != nil {
			c.t.Fatal(err)
		}
		c.members[j], opens[j] = m, joined.Cost.Opens
	}
	if len(joiners) > 0 {
		c.b.Adversary().Welcome(out.Welcome)
	}
	return out, opens
}

// reaches tells whether somebody who holds some secrets arrives at another by the
// rules that were given, honestly or not.
func (c *crowd) reaches(held []sim.Held, to sim.Name) bool {
	k := adversary.New()
	for _, n := range c.b.Names() {
		for _, r := range c.b.Adversary().(*Adversary).Rules(n) {
			k.Add(r)
		}
	}
	for _, h := range held {
		k.Learn(h.Name)
	}
	return k.Knows(to)
}
