package props

import (
	"slices"
	"testing"

	"mlssim/sim"
	"mlssim/sim/plan"
	"mlssim/sim/symbolic"
)

// base4 brings A to D into one group and lets each of them refresh its keys:
// epoch 7, with no blank node.
const base4 = `
  create A
  add A B
  add A C
  add A D
  commit A
  commit B
  commit C
  commit D
`

// A doubleJoin is a broken protocol: client 0 holds the key of a node that it is
// not below, which the tree invariant (RFC 9420, Section 4.2) rules out.
type doubleJoin struct {
	sim.Backend
	node uint32
}

func (d doubleJoin) Create(step sim.StepID, c sim.ClientID) (sim.Machine, error) {
	m, err := d.Backend.Create(step, c)
	return joiner{m, d.node}, err
}

type joiner struct {
	sim.Machine
	node uint32
}

func (j joiner) Step(in sim.Input) (sim.Machine, sim.Output, error) {
	m, out, err := j.Machine.Step(in)
	if m != nil {
		m = joiner{m, j.node}
	}
	if out.Next != nil {
		out.Next = joiner{out.Next, j.node}
	}
	return m, out, err
}

func (j joiner) Secrets() []sim.Held {
	held := j.Machine.Secrets()
	for _, p := range j.View().Parents {
		if p.Node == j.node {
			held = append(held, sim.Held{Part: sim.PartNode, Node: p.Node, Name: p.Key})
		}
	}
	slices.SortFunc(held, func(a, b sim.Held) int { return a.Name.Compare(b.Name) })
	return held
}

// TestDoubleJoin shows what a member that keeps the key of a subtree it is not
// in can do: after its removal it reads on, until someone inside of that
// subtree commits. Without the fault, the removal ends it.
func TestDoubleJoin(t *testing.T) {
	script := base4 + `
  commit B
  snapshot A           # epoch 8
  commit B remove A
  commit B
  commit C             # inside of the subtree of C and D
`
	const nodeCD = 5
	p, err := plan.Load("double-join", []byte("name: double-join\nscript: |\n"+script))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		backend sim.Backend
		want    []int
	}{
		{"RFC 9420", symbolic.New(nil), []int{8}},
		{"double join", doubleJoin{symbolic.New(nil), nodeCD}, []int{8, 9, 10}},
	} {
		r, err := sim.Run(p, c.backend, sim.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := (&Run{Result: r}).Leaked(); !slices.Equal(got, c.want) {
			t.Errorf("%s: epochs %v leak, want %v", c.name, got, c.want)
		}
	}
	if _, err := sim.Run(p, sim.Lockstep(doubleJoin{symbolic.New(nil), nodeCD}, Concrete(1)), sim.Options{}); err == nil {
		t.Error("lockstep does not see that one side holds a key too many")
	}
}
