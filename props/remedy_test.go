package props

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mlssim/sim"
	"mlssim/sim/adversary"
	"mlssim/sim/symbolic"
)

// A viewing backend remembers what members last believed.
type viewing struct {
	sim.Backend
	last *sim.View
}

func (v viewing) Create(step sim.StepID, c sim.ClientID) (sim.Machine, error) {
	m, err := v.Backend.Create(step, c)
	return v.see(m), err
}

func (v viewing) Join(c sim.ClientID, w sim.Welcome) (sim.Machine, sim.Output, error) {
	m, out, err := v.Backend.Join(c, w)
	return v.see(m), out, err
}

func (v viewing) see(m sim.Machine) sim.Machine {
	if m == nil {
		return nil
	}
	if view := m.View(); view.Epoch >= v.last.Epoch {
		*v.last = view
	}
	return viewed{m, v}
}

type viewed struct {
	sim.Machine
	v viewing
}

func (m viewed) Step(in sim.Input) (sim.Machine, sim.Output, error) {
	next, out, err := m.Machine.Step(in)
	out.Next = m.v.see(out.Next)
	return m.v.see(next), out, err
}

// TestRemedies carries out each Commit that is said to heal, or not to, and asks
// whether its commit_secret is known.
func TestRemedies(t *testing.T) {
	seen := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		h := DrawHistory(t, 6, 20)
		if h.pend {
			h.commit(t)
		}
		for range rapid.IntRange(0, 2).Draw(t, "thefts at the end") {
			h.snapshot(t)
		}
		v, known := lastView(t, h.Steps)
		remedies := adversary.Remedies(v, known)
		for range min(5, len(remedies)) { // of the many
			r := rapid.SampledFrom(remedies).Draw(t, "remedy")
			if by := fmt.Sprintf("M%d", r.By+1); !slices.Contains(h.online, by) {
				continue
			}
			steps := tried(h, r)
			if steps == nil {
				continue
			}
			after, err := CarrySymbolic(steps)
			if err != nil {
				t.Fatalf("%v\n%s", err, scriptOf(steps))
			}
			last := after.Result.Epochs[len(after.Result.Epochs)-1]
			reads := after.Knows(sim.Name{Kind: sim.CommitSecret, Origin: last.Step})
			if reads == r.Heals {
				t.Fatalf("%+v, but known: %v\n%s", r, reads, scriptOf(steps))
			}
			seen[fmt.Sprintf("%d %v", r.Covers, r.Heals)]++
		}
		if set := adversary.Together(v, known); len(set) > 1 {
			seen["together"] += one(heals(t, h, set))
		}
	})
	t.Log(seen)
	for _, what := range []string{"0 true", "0 false", "1 true", "1 false", "2 true", "2 false", "together"} {
		if seen[what] == 0 {
			t.Errorf("%s: never", what)
		}
	}
}

// heals lets the first of several members commit the others' Updates, which has to
// heal; it tells whether all of them can.
func heals(t *rapid.T, h *History, set []sim.ClientID) bool {
	next := &History{Steps: slices.Clone(h.Steps)}
	for i, c := range set {
		name := fmt.Sprintf("M%d", c+1)
		if !slices.Contains(h.online, name) {
			return false
		}
		if i > 0 {
			next.step(sim.ScriptStep{Verb: sim.VerbProposeUpdate, Who: name})
		}
	}
	next.step(sim.ScriptStep{Verb: sim.VerbCommit, Who: fmt.Sprintf("M%d", set[0]+1)})
	r, err := CarrySymbolic(next.Steps)
	if err != nil {
		t.Fatalf("%v\n%s", err, scriptOf(next.Steps))
	}
	if last := r.Result.Epochs[len(r.Result.Epochs)-1]; r.Knows(sim.Name{Kind: sim.CommitSecret, Origin: last.Step}) {
		t.Fatalf("%v do not heal together\n%s", set, scriptOf(next.Steps))
	}
	return true
}

func lastView(t *rapid.T, steps []sim.ScriptStep) (sim.View, func(sim.Name) bool) {
	b := viewing{symbolic.New(nil), &sim.View{}}
	p := &sim.Plan{Name: "history", Engine: "symbolic", Replications: 1, Script: steps}
	if _, err := sim.Run(p, b, sim.Options{}); err != nil {
		t.Fatalf("%v\n%s", err, scriptOf(steps))
	}
	return *b.last, b.Adversary().Knows
}

// tried returns the history with the Commit of a remedy at its end; nil if the
// member that is to make an Update is frozen.
func tried(h *History, r adversary.Remedy) []sim.ScriptStep {
	by, whom := fmt.Sprintf("M%d", r.By+1), fmt.Sprintf("M%d", r.Whom+1)
	next := &History{Steps: slices.Clone(h.Steps)}
	commit := sim.ScriptStep{Verb: sim.VerbCommit, Who: by}
	switch r.Covers {
	case adversary.CoversUpdate:
		if !slices.Contains(h.online, whom) {
			return nil
		}
		next.step(sim.ScriptStep{Verb: sim.VerbProposeUpdate, Who: whom})
	case adversary.CoversRemove:
		commit.Others = []string{whom}
	}
	next.step(commit)
	return next.Steps
}
