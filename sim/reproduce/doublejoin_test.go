package reproduce

import (
	"math"
	"testing"

	"mlssim/sim"
)

// Of four members the thief knows one key if it comes from the other half, with 2/3; of
// the two who are left one is below it, and the other is not.
func TestReadsOnProbability(t *testing.T) {
	for commits, want := range map[int]float64{0: 2.0 / 3, 1: 1.0 / 3, 2: 1.0 / 6} {
		if got := readsOnProbability(4, commits); math.Abs(got-want) > 1e-12 {
			t.Errorf("%d Commits: %v, want %v", commits, got, want)
		}
	}
}

// By RFC 9420 nobody who was removed can open a single Commit, whoever it had removed
// before; in the broken protocol most can.
func TestDoubleJoin(t *testing.T) {
	draw := sim.NewSeed(1, 0).Stream("members", 0)
	open := 0
	for range 500 {
		if readsOn(16, 1, false, draw) {
			t.Fatal("removed, and reads on")
		}
		if readsOn(16, 1, true, draw) {
			open++
		}
	}
	if want := 500 * readsOnProbability(16, 1); math.Abs(float64(open)-want) > 60 {
		t.Errorf("%d of 500 read on, want about %.0f", open, want)
	}
}

// A member that stays can open each Commit: it is the tree that shuts others out.
func TestMembersOpenCommits(t *testing.T) {
	draw := sim.NewSeed(1, 0).Stream("members", 0)
	tree, known := newKeyTree(8), map[int]bool{}
	for h := range tree.keys {
		known[tree.keys[h][3>>h]] = true
	}
	for range 100 {
		by := draw.IntN(8)
		if !tree.commit(by, known) && by != 3 {
			t.Fatalf("by %d: closed", by)
		}
		for h := range tree.keys { // of its own Commit it knows all, too
			known[tree.keys[h][3>>h]] = true
		}
	}
}
