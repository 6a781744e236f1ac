package symbolic

import (
	"slices"

	"mlssim/sim"
)

// tester is what *testing.T and *rapid.T have in common.
type tester interface {
	Helper()
	Fatal(...any)
}

// A world is a group in which every member that is not frozen processes each
// message at once.
type world struct {
	t        tester
	b        *Backend
	ids      map[string]sim.ClientID
	members  map[string]sim.Machine
	frozen   map[string]bool
	leaves   map[string]uint32
	step     sim.StepID
	epochs   []sim.StepID // by number: the step that began it
	known    []bool       // by number: whether it had leaked when it ended
	exposed  map[sim.StepID]bool
	consumed map[string][]sim.Name // by member: all that it used up
}

func newWorld(t tester, creator string) *world {
	w := &world{t: t, b: New(nil), ids: map[string]sim.ClientID{}, members: map[string]sim.Machine{},
		frozen: map[string]bool{}, leaves: map[string]uint32{}, exposed: map[sim.StepID]bool{},
		consumed: map[string][]sim.Name{}}
	m, err := w.b.Create(w.next(), w.id(creator))
	w.must(err)
	w.members[creator] = m
	w.leaves[creator] = 0
	w.epochs = []sim.StepID{w.step}
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) next() sim.StepID { w.step++; return w.step }

func (w *world) id(name string) sim.ClientID {
	if _, ok := w.ids[name]; !ok {
		w.ids[name] = sim.ClientID(len(w.ids) + 1)
	}
	return w.ids[name]
}

// do carries out a step of a member and goes on from it.
func (w *world) do(name string, in sim.Input) sim.Output {
	w.t.Helper()
	m, out, err := w.members[name].Step(in)
	w.must(err)
	w.members[name] = m
	w.consumed[name] = append(w.consumed[name], out.Consumed...)
	return out
}

// deliver lets all others process a message, in a fixed order.
func (w *world) deliver(from string, in sim.Input) {
	w.t.Helper()
	for _, name := range w.names() {
		if name == from || w.frozen[name] {
			continue
		}
		if out := w.do(name, in); out.Removed {
			delete(w.members, name)
		}
	}
}

func (w *world) names() []string {
	var names []string
	for name := range w.members {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (w *world) propose(name string, in sim.Input) {
	w.t.Helper()
	out := w.do(name, in)
	w.b.adversary.Observe(out.Send)
	w.deliver(name, sim.Handle{Message: out.Send})
}

func (w *world) proposeUpdate(name string) {
	w.t.Helper()
	w.propose(name, sim.ProposeUpdate{Step: w.next()})
}

// publish makes a KeyPackage, which is what a later add uses.
func (w *world) publish(name string) (sim.KeyPackage, sim.StepID) {
	step := w.next()
	kp, err := w.b.Publish(step, w.id(name))
	w.must(err)
	return kp, step
}

func (w *world) commit(name string, in sim.Commit, joiners ...string) {
	w.t.Helper()
	in.Step = w.next()
	out := w.do(name, in)
	w.b.adversary.Observe(out.Send)
	w.known = append(w.known, w.leaks(w.epochs[len(w.epochs)-1]))
	w.epochs = append(w.epochs, in.Step)
	w.members[name] = out.Next
	w.deliver(name, sim.Handle{Message: out.Send})
	if out.Welcome == nil {
		return
	}
	w.b.adversary.Welcome(out.Welcome)
	for _, j := range joiners {
		m, joined, err := w.b.Join(w.id(j), out.Welcome)
		w.must(err)
		w.members[j], w.leaves[j] = m, m.View().Leaf
		w.consumed[j] = joined.Consumed
	}
}

// empty commits nothing but a path.
func (w *world) empty(names ...string) {
	w.t.Helper()
	for _, name := range names {
		w.commit(name, sim.Commit{})
	}
}

func (w *world) add(name string, joiner string, noPath bool) {
	w.t.Helper()
	kp, _ := w.publish(joiner)
	w.commit(name, sim.Commit{Adds: []sim.KeyPackage{kp}, NoPath: noPath, Omit: true}, joiner)
}

func (w *world) remove(name, who string) {
	w.t.Helper()
	w.commit(name, sim.Commit{Removes: []uint32{w.leaves[who]}})
}

// snapshot takes what of a member's state the filter lets through.
func (w *world) snapshot(name string, only func(sim.Held) bool) {
	for _, h := range w.members[name].Secrets() {
		if only != nil && !only(h) {
			continue
		}
		if h.Part == sim.PartEnc && h.Name.Kind != sim.EncryptionSecret {
			w.exposed[h.Name.Origin] = true
		}
		w.b.adversary.Take([]sim.Name{h.Name})
	}
}

func (w *world) leaks(step sim.StepID) bool {
	return w.exposed[step] || w.b.adversary.Knows(sim.Name{Kind: sim.EncryptionSecret, Origin: step})
}

// leaked returns the epochs that leak, and those of them that did not when they
// ended.
func (w *world) leaked() (leaked, retroactive []int) {
	for n, step := range w.epochs {
		if !w.leaks(step) {
			continue
		}
		leaked = append(leaked, n)
		if n < len(w.known) && !w.known[n] {
			retroactive = append(retroactive, n)
		}
	}
	return leaked, retroactive
}
