package crowd

import (
	"flag"
	"strings"
	"testing"

	"mlssim/impl/suite"
	"mlssim/sim"
	"mlssim/sim/concrete"
	"mlssim/sim/symbolic"
)

var long = flag.Bool("long", false, "compare more and larger histories")

func onSymbols(int) sim.Backend { return symbolic.New(nil) }

// The tree in integers is that of the model, node by node, and the adversary knows
// of every epoch what follows by the rules, at every step of random histories.
func TestSameAsTheModel(t *testing.T) {
	got := compare(t, "small", 16, 8, 120, false, onSymbols)
	got.add(compare(t, "middle", 4, 24, 150, false, onSymbols))
	if *long {
		got.add(compare(t, "large", 20, 64, 400, false, onSymbols))
		got.add(compare(t, "many", 400, 10, 150, false, onSymbols))
	}
	t.Logf("%+v", got)
	floor := compared{verdicts: 20_000, leaked: 8_000, late: 2_000, healed: 300, nodes: 4_000, unmerged: 60, commits: 600, sealed: 3_000}
	if got.verdicts < floor.verdicts || got.leaked < floor.leaked || got.late < floor.late || got.healed < floor.healed ||
		got.nodes < floor.nodes || got.unmerged < floor.unmerged || got.commits < floor.commits || got.sealed < floor.sealed {
		t.Errorf("too little was compared:\n%+v, of\n%+v", got, floor)
	}
}

// Every Commit has the length that the implementation's has.
func TestSameBytes(t *testing.T) {
	runs, size := 2, 12
	if *long {
		runs, size = 10, 40
	}
	got := compare(t, "bytes", runs, size, 60, true, func(i int) sim.Backend {
		return concrete.New(suite.All()[0], sim.NewSeed(1, i))
	})
	if got.commits < 20 || got.sealed < 50 {
		t.Errorf("too little was compared: %+v", got)
	}
}

// What goes wrong in the tree or with what the adversary knows does not go
// unnoticed.
func TestFaultsAreNoticed(t *testing.T) {
	for _, f := range []struct {
		name, notice string
		spoil        func(*Group, Commit)
	}{
		{"a parent above an updated leaf is not blanked", "not blank", func(g *Group, c Commit) {
			for h := uint8(1); c.Updates > 0 && h <= g.tree.depth; h++ {
				if x := above(g.members[g.updates[:1][0]].leaf, h).node(); g.tree.stamp[x] == 0 {
					g.tree.set(x, c.Epoch)
					return
				}
			}
		}},
		{"an unmerged leaf is forgotten", "unmerged", func(g *Group, c Commit) {
			for x := range g.tree.stamp {
				if u := g.tree.unmerged[uint32(x)]; len(u) > 0 {
					g.tree.unmerged[uint32(x)] = u[1:]
					g.tree.cover[x]--
					return
				}
			}
		}},
		{"a resolution is too small", "ciphertexts", func(g *Group, c Commit) {
			for x := range g.tree.cover {
				g.tree.cover[x] = min(g.tree.cover[x], 2)
			}
		}},
		{"a key that was replaced still opens what comes", "leaks", func(g *Group, c Commit) {
			for k := range g.adversary.leaves {
				g.adversary.leaves[leafKey{k.leaf, g.tree.stamp[2*k.leaf] - 1}] = true
				for i := range g.adversary.alive {
					if a := &g.adversary.alive[i]; a.height == 0 && a.number == uint32(k.leaf) {
						a.born = g.tree.stamp[2*k.leaf] - 1
					}
				}
			}
		}},
		{"the past of a node is lost", "", func(g *Group, c Commit) {
			for i := range g.tree.past.last {
				if id := g.tree.past.last[i]; id != 0 {
					g.tree.past.span(id).before = 0
				}
			}
		}},
		{"what a theft opens in the past is not looked for", "", func(g *Group, c Commit) {
			for i := range g.adversary.commits {
				if a := &g.adversary.commits[i]; a.low == none {
					a.path = false
				}
			}
		}},
	} {
		noticed := ""
		for i := 0; i < 20 && noticed == ""; i++ {
			w, err := newTwin(onSymbols(i), false)
			if err == nil {
				err = w.history(sim.NewSeed(2, i).Stream("faults", 0), 8, 120, f.spoil)
			}
			if err != nil {
				noticed = err.Error()
			}
		}
		if noticed == "" || !strings.Contains(noticed, f.notice) {
			t.Errorf("%s: noticed %q", f.name, noticed)
		}
		t.Logf("%s: %s", f.name, noticed)
	}
}
