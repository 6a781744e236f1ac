package symbolic

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/sim"
)

// base4 is A, B, C, D at leaves 0 to 3, added by A in epochs 1 to 3; then each
// commits once, in epochs 4 to 7.
func base4(t tester) *world {
	w := newWorld(t, "A")
	for _, j := range []string{"B", "C", "D"} {
		w.add("A", j, false)
	}
	w.empty("A", "B", "C", "D")
	return w
}

// base8 is A to E, added by A in epochs 1 to 4; then each commits once, in
// epochs 5 to 9.
func base8(t tester) *world {
	w := newWorld(t, "A")
	for _, j := range []string{"B", "C", "D", "E"} {
		w.add("A", j, false)
	}
	w.empty("A", "B", "C", "D", "E")
	return w
}

func parts(parts ...sim.Part) func(sim.Held) bool {
	return func(h sim.Held) bool {
		for _, p := range parts {
			if h.Part == p {
				return true
			}
		}
		return false
	}
}

// stolenInitKey adds F, whose init key is stolen from its store, by E in epoch 10.
func stolenInitKey(noPath bool) func(*world) {
	return func(w *world) {
		kp, step := w.publish("F")
		w.b.adversary.Take([]sim.Name{{Kind: sim.InitKey, Origin: step}})
		w.commit("E", sim.Commit{Adds: []sim.KeyPackage{kp}, NoPath: noPath}, "F")
		w.empty("A", "F", "B")
	}
}

// passive are histories with a passive adversary who takes states, and which
// epochs leak by the end.
var passive = []struct {
	name        string
	base        func(tester) *world
	play        func(*world)
	leaked      []int
	retroactive []int
}{
	{"S1: only an own commit heals", base4, func(w *world) {
		w.snapshot("A", nil)
		w.empty("B", "C", "A", "B")
	}, []int{7, 8, 9}, nil},

	{"S2: a covered Update heals, an omitted one does not", base4, func(w *world) {
		w.snapshot("A", nil)
		w.proposeUpdate("A")
		w.commit("B", sim.Commit{Omit: true})
		w.proposeUpdate("A")
		w.empty("C", "D")
	}, []int{7, 8}, nil},

	{"S2b: an Update whose key was stolen in flight does not heal", base4, func(w *world) {
		w.proposeUpdate("A")
		w.snapshot("A", nil)
		w.empty("C", "D", "B")
	}, []int{7, 8, 9, 10}, nil},

	{"S4: a partial commit does not heal", base4, func(w *world) {
		w.snapshot("A", nil)
		w.add("A", "E", true)
		w.empty("B")
	}, []int{7, 8, 9}, nil},

	{"S5: removal heals", base4, func(w *world) {
		w.snapshot("A", nil)
		w.empty("B")
		w.remove("C", "A")
		w.empty("B")
	}, []int{7, 8}, nil},

	{"S6: of two, the last healer decides", base4, func(w *world) {
		w.snapshot("A", nil)
		w.snapshot("B", nil)
		w.empty("A", "C", "B", "D")
	}, []int{7, 8, 9}, nil},

	{"S7: a stale member's later seizure reopens the past", base4, func(w *world) {
		w.snapshot("A", nil)
		w.empty("A", "D", "D", "A")
		w.snapshot("C", nil)
		w.empty("C")
	}, []int{7, 8, 9, 10, 11}, []int{8, 9, 10}},

	{"S8: two Updates in one commit heal two", base4, func(w *world) {
		w.snapshot("A", nil)
		w.snapshot("B", nil)
		w.proposeUpdate("A")
		w.proposeUpdate("B")
		w.empty("C", "D")
	}, []int{7}, nil},

	{"S10: a stolen init key, with a path secret in the Welcome", base8, stolenInitKey(false), []int{10, 11}, nil},
	{"S10b: a stolen init key, without a path", base8, stolenInitKey(true), []int{10}, nil},

	{"S14: group secrets alone heal with any path", base4, func(w *world) {
		w.snapshot("A", parts(sim.PartInit, sim.PartEnc))
		w.empty("B")
	}, []int{7}, nil},

	{"S15: a leaf key alone opens nothing", base4, func(w *world) {
		w.snapshot("A", parts(sim.PartLeaf))
		w.empty("B")
	}, nil, nil},

	{"S16: a node key and init_secret", base4, func(w *world) {
		w.snapshot("A", func(h sim.Held) bool {
			return h.Part == sim.PartInit || h.Part == sim.PartNode && h.Node == 1
		})
		w.empty("C", "A", "D")
	}, []int{8}, nil},

	{"S17b: who deletes leaks its own epoch alone", base4, func(w *world) {
		w.empty("A", "B", "C")
		w.snapshot("A", nil)
	}, []int{10}, nil},

	{"ST1: a stale device leaks all since", base4, func(w *world) {
		w.frozen["B"] = true
		w.empty("A", "C", "D", "A", "C")
		w.snapshot("B", nil)
	}, []int{7, 8, 9, 10, 11, 12}, []int{7, 8, 9, 10, 11}},

	{"ST2: eviction bounds what a stale device leaks", base4, func(w *world) {
		w.frozen["B"] = true
		w.empty("A", "C")
		w.remove("D", "B")
		w.empty("A", "C")
		w.snapshot("B", nil)
	}, []int{7, 8, 9}, []int{7, 8, 9}},

	{"RM2: the remover's own path heals both", base4, func(w *world) {
		w.snapshot("A", nil)
		w.snapshot("B", nil)
		w.remove("A", "B")
		w.empty("C")
	}, []int{7}, nil},
}

func TestWhichEpochsLeak(t *testing.T) {
	for _, c := range passive {
		t.Run(c.name, func(t *testing.T) {
			w := c.base(t)
			c.play(w)
			leaked, retroactive := w.leaked()
			if d := cmp.Diff(c.leaked, leaked); d != "" {
				t.Errorf("leaked (-want +got):\n%s", d)
			}
			if d := cmp.Diff(c.retroactive, retroactive); d != "" {
				t.Errorf("retroactive (-want +got):\n%s", d)
			}
		})
	}
}
