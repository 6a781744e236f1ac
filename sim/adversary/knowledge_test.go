package adversary

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mlssim/sim"
)

// secret names one of a few secrets.
func secret(i int) sim.Name {
	return sim.Name{Kind: sim.Kind(i%3) + sim.NodeKey, Origin: sim.StepID(i), Index: uint32(i % 2)}
}

// fixpoint is the closure by its definition: rules are tried until none gives
// anything new.
type fixpoint struct {
	rules []sim.Rule
	known map[sim.Name]bool
}

func (f *fixpoint) close() {
	for again := true; again; {
		again = false
		for _, r := range f.rules {
			if !f.known[r.To] && !slices.ContainsFunc(r.From, func(n sim.Name) bool { return !f.known[n] }) {
				f.known[r.To], again = true, true
			}
		}
	}
}

// Whatever the order of rules and thefts, what is known is the fixpoint, Learned
// gives each secret once, and each has a derivation that holds.
func TestKnowledgeIsTheFixpoint(t *testing.T) {
	const secrets = 14
	rapid.Check(t, func(t *rapid.T) {
		k, f := New(), &fixpoint{known: map[sim.Name]bool{}}
		learned := map[sim.Name]bool{}
		draw := func(t *rapid.T, label string) sim.Name { return secret(rapid.IntRange(0, secrets-1).Draw(t, label)) }
		t.Repeat(map[string]func(*rapid.T){
			"rule": func(t *rapid.T) {
				r := sim.Rule{ID: "T1", To: draw(t, "to")}
				for range rapid.IntRange(0, 3).Draw(t, "premises") {
					r.From = append(r.From, draw(t, "from")) // repetitions, and To itself, included
				}
				k.Add(r)
				f.rules = append(f.rules, r)
			},
			"theft": func(t *rapid.T) {
				n := draw(t, "taken")
				k.Learn(n)
				f.known[n] = true
			},
			"": func(t *rapid.T) {
				f.close()
				now := k.Learned()
				if !slices.IsSortedFunc(now, sim.Name.Compare) {
					t.Fatalf("learned out of order: %v", now)
				}
				for _, n := range now {
					if learned[n] {
						t.Fatalf("%v was learned twice", n)
					}
					learned[n] = true
				}
				for i := range secrets {
					n := secret(i)
					if k.Knows(n) != f.known[n] || learned[n] != f.known[n] {
						t.Fatalf("%v: known %v, learned %v, by the fixpoint %v", n, k.Knows(n), learned[n], f.known[n])
					}
					holds(t, k, n)
				}
			},
		})
	})
}

// holds checks that the derivation of a secret rests on what was taken, by rules
// that were seen.
func holds(t *rapid.T, k *Knowledge, n sim.Name) {
	d := Explain(k, n)
	if (d != nil) != k.Knows(n) {
		t.Fatalf("%v: known %v, derivation %v", n, k.Knows(n), d)
	}
	if d == nil {
		return
	}
	if d.Depth != k.Depth(n) {
		t.Fatalf("%v: depth %d and %d", n, d.Depth, k.Depth(n))
	}
	derived := map[sim.Name]bool{}
	for _, r := range d.Rules() {
		if derived[r.To] {
			t.Fatalf("%v is derived twice", r.To)
		}
		derived[r.To] = true
		for _, from := range r.From {
			if !derived[from] {
				t.Fatalf("%v comes before its premise %v", r.To, from)
			}
		}
		seen := slices.ContainsFunc(k.Rules(r.To), func(s sim.Rule) bool {
			return s.ID == r.ID && slices.Equal(s.From, r.From)
		})
		if !seen {
			t.Fatalf("rule %+v was never seen", r)
		}
	}
}

func TestFirstReasonStays(t *testing.T) {
	k := New()
	a, b := secret(0), secret(1)
	k.Add(sim.Rule{ID: "T1", From: []sim.Name{a}, To: b})
	k.Learn(a)
	k.Learn(b)
	if r, ok := k.Why(b); !ok || r.ID != "T1" {
		t.Errorf("%+v", r)
	}
	if r, ok := k.Why(a); !ok || r.ID != sim.RuleTaken || len(r.From) != 0 || r.To != a {
		t.Errorf("%+v", r)
	}
	if _, ok := k.Why(secret(2)); ok {
		t.Error("a reason for what is not known")
	}
}

// Of two ways that one theft opens, the one with fewer rounds is told, whichever
// rule was seen first.
func TestShortestWayIsTold(t *testing.T) {
	a, b, c, d := secret(0), secret(1), secret(2), secret(3)
	rules := []sim.Rule{
		{ID: "T1", From: []sim.Name{a}, To: b}, {ID: "T1", From: []sim.Name{b}, To: c},
		{ID: "T1", From: []sim.Name{c}, To: d}, {ID: "T4", From: []sim.Name{a}, To: d},
	}
	for range len(rules) {
		rules = append(rules[1:], rules[0])
		k := New()
		for _, r := range rules {
			k.Add(r)
		}
		k.Learn(a)
		if r, _ := k.Why(d); r.ID != "T4" || k.Depth(d) != 1 || k.Depth(c) != 2 {
			t.Errorf("%+v at depth %d", r, k.Depth(d))
		}
	}
}

// A chain of epochs with a ratchet each: adding and learning stay linear.
func BenchmarkEpoch(b *testing.B) {
	k := New()
	n := 0
	for b.Loop() {
		for i := range 55 {
			k.Add(sim.Rule{ID: "T1", From: []sim.Name{secret(n + i), secret(n + i/2)}, To: secret(n + i + 1)})
		}
		k.Learn(secret(n))
		k.Learned()
		n += 55
	}
}
