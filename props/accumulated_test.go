package props

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"testing"

	"mlssim/impl/suite"
	"mlssim/sim"
	"mlssim/sim/concrete"
)

// accumulated are the hashes of everything that the implementation sends and
// shows in the first 100 and 10,000 steps of one long history. They change when
// bytes on the wire, states or choices change; whoever changes them on purpose
// pins the new ones, and says why in the commit.
var accumulated = map[int]string{
	100:    "1bc2275d87dc1e053dc782a0308dcb7e8071c0d0617044fec9dbd58d14eb7e90",
	10_000: "3b92bea3e185fd45c36d21eb1a1674af7b470014236ceffa7862f6cc832ba846",
}

// TestAccumulated runs one history of 10,000 steps, 100 with -short, on the
// implementation alone.
func TestAccumulated(t *testing.T) {
	steps := 10_000
	if testing.Short() {
		steps = 100
	}
	got := accumulate(t, steps)
	if got != accumulated[steps] {
		t.Errorf("the hash of %d steps is\n%s, want\n%s", steps, got, accumulated[steps])
	}
}

// crowd is a group in which who does what is drawn from a named stream.
type crowd struct {
	t       *testing.T
	b       *concrete.Backend
	chance  *sim.Stream
	hash    hash.Hash
	step    sim.StepID
	members []resident
	next    sim.ClientID
	pending int
}

type resident struct {
	id sim.ClientID
	m  sim.Machine
}

func accumulate(t *testing.T, steps int) string {
	seed := sim.NewSeed(20, 0)
	c := &crowd{t: t, b: concrete.New(suite.All()[0], seed), chance: seed.Stream("accumulated", 0), hash: sha256.New(), next: 1}
	m, err := c.b.Create(c.newStep(), 0)
	c.ok(err)
	c.members = []resident{{0, m}}
	for range steps {
		c.act()
	}
	return hex.EncodeToString(c.hash.Sum(nil))
}

func (c *crowd) ok(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatalf("step %d: %v", c.step, err)
	}
}

func (c *crowd) newStep() sim.StepID {
	c.step++
	return c.step
}

// act draws one step and lets everybody follow.
func (c *crowd) act() {
	i := c.chance.IntN(len(c.members))
	switch k := c.chance.IntN(10); {
	case len(c.members) < 3 || k == 0 && len(c.members) < 12:
		c.commit(i, c.chance.IntN(2) == 0, 1+c.chance.IntN(2))
	case k == 1:
		c.remove(i)
	case k < 4:
		c.tell(i, sim.ProposeUpdate{Step: c.newStep()})
		c.pending++
	case k < 7 && c.pending == 0:
		c.say(i)
	default:
		c.commit(i, false, 0)
	}
}

// tell lets a member do something, and the others process what it sends.
func (c *crowd) tell(i int, in sim.Input) sim.Output {
	after, out, err := c.members[i].m.Step(in)
	c.ok(err)
	c.members[i].m = after
	if _, ok := in.(sim.Commit); ok {
		c.members[i].m = out.Next
	}
	c.note(concrete.Raw(out.Send))
	c.follow(i, out.Send)
	return out
}

func (c *crowd) follow(from int, msg sim.Message) {
	var rest []resident
	for j, r := range c.members {
		if j != from {
			after, out, err := r.m.Step(sim.Handle{Message: msg})
			c.ok(err)
			if out.Removed {
				continue
			}
			c.note(out.Data)
			r.m = after
		}
		rest = append(rest, r)
	}
	c.members = rest
}

func (c *crowd) commit(i int, noPath bool, adds int) {
	in := sim.Commit{NoPath: noPath && adds > 0, Omit: adds > 0}
	var joining []sim.ClientID
	for range adds {
		kp, err := c.b.Publish(c.newStep(), c.next)
		c.ok(err)
		in.Adds, joining, c.next = append(in.Adds, kp), append(joining, c.next), c.next+1
	}
	in.Step = c.newStep()
	out := c.tell(i, in)
	for _, id := range joining {
		m, _, err := c.b.Join(id, out.Welcome)
		c.ok(err)
		c.members = append(c.members, resident{id, m})
	}
	c.settle()
}

func (c *crowd) remove(i int) {
	j := c.chance.IntN(len(c.members) - 1)
	if j >= i {
		j++
	}
	leaf := c.members[j].m.View().Leaf
	c.tell(i, sim.Commit{Step: c.newStep(), Removes: []uint32{leaf}})
	c.settle()
}

func (c *crowd) say(i int) {
	c.tell(i, sim.Send{Step: c.newStep(), Data: fmt.Append(nil, "message ", c.step)})
}

// settle notes what everybody believes, and that it is the same.
func (c *crowd) settle() {
	c.pending = 0
	first := c.members[0].m.View()
	for _, r := range c.members[1:] {
		if v := r.m.View(); v.Agreement != first.Agreement || v.Epoch != first.Epoch {
			c.t.Fatalf("step %d: clients %d and %d disagree", c.step, c.members[0].id, r.id)
		}
	}
	c.note(fmt.Append(nil, first.Epoch, first.Members, first.Parents, c.members[0].m.Secrets()))
}

// note adds bytes to the hash, and their length.
func (c *crowd) note(b []byte) {
	fmt.Fprintln(c.hash, len(b))
	c.hash.Write(b)
}
