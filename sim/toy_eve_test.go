package sim_test

import (
	"fmt"
	"slices"

	"mlssim/sim"
)

// eve is the toy's adversary: a loop over all rules until nothing follows.
type eve struct {
	t       *toy
	open    []toyRule // shown by the network
	used    int       // derivations of t.rules that were looked at
	waiting []toyRule
	why     map[sim.Name]sim.Rule
	learned []sim.Name
	bytes   map[sim.Name]uint64
}

func (t *toy) Adversary() sim.Adversary {
	return &eve{t: t, why: map[sim.Name]sim.Rule{}, bytes: map[sim.Name]uint64{}}
}

func (e *eve) Observe(m sim.Message) {
	if c, ok := m.(*toyCommit); ok {
		e.waiting = append(e.waiting, c.seals...)
		e.open = append(e.open, c.seals...)
	}
	e.close()
}

func (e *eve) Welcome(w sim.Welcome) {
	e.waiting = append(e.waiting, w.(*toyWelcome).seals...)
	e.open = append(e.open, w.(*toyWelcome).seals...)
	e.close()
}

func (e *eve) Take(names []sim.Name) {
	for _, n := range names {
		e.t.taken[n] = true
		e.know(sim.Rule{ID: sim.RuleTaken, To: n})
		e.bytes[n] = e.t.value[n]
	}
	e.close()
}

func (e *eve) know(r sim.Rule) {
	if e.t.broken == "knows" && r.To.Kind == sim.EncryptionSecret && r.ID == "K4" {
		return
	}
	if _, ok := e.why[r.To]; !ok {
		e.why[r.To] = r
		e.learned = append(e.learned, r.To)
	}
}

func (e *eve) close() {
	e.waiting = append(e.waiting, e.t.rules[e.used:]...)
	e.used = len(e.t.rules)
	for again := true; again; {
		n := len(e.waiting)
		e.waiting = slices.DeleteFunc(e.waiting, func(r toyRule) bool {
			for _, f := range r.From {
				if _, ok := e.why[f]; !ok {
					return false
				}
			}
			e.know(r.Rule)
			return true
		})
		again = len(e.waiting) < n
	}
}

func (e *eve) Learned() []sim.Name {
	l := e.learned
	e.learned = nil
	slices.SortFunc(l, sim.Name.Compare)
	return l
}

func (e *eve) Knows(n sim.Name) bool {
	_, ok := e.why[n]
	return ok && (e.t.broken != "verdict" || n.Kind != sim.ResumptionPSK)
}

func (e *eve) Reads(m sim.Message) bool {
	return e.t.broken != "reads" && e.Knows(m.(*toyMessage).key)
}

func (e *eve) Why(n sim.Name) (sim.Rule, bool) { r, ok := e.why[n]; return r, ok }

func (e *eve) Replay(r sim.Rule) error {
	var from []uint64
	for _, f := range r.From {
		v, ok := e.bytes[f]
		if !ok {
			return fmt.Errorf("%v before its premise %v", r.To, f)
		}
		from = append(from, v)
	}
	var public uint64
	for _, o := range e.open {
		if o.To == r.To && slices.Equal(o.From, r.From) {
			public = o.public
		}
	}
	e.bytes[r.To] = mix(r.To, from...) ^ public
	if e.bytes[r.To] != e.t.value[r.To] || e.t.broken == "replay" {
		return fmt.Errorf("%v comes out as %x", r.To, e.bytes[r.To])
	}
	return nil
}
