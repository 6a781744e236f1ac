package reproduce

import (
	"slices"
	"testing"

	"mlssim/sim"
)

// A manager on the first of four leaves, and operations whose encryptions can be counted
// by hand.
func TestLeftTreeByHand(t *testing.T) {
	tree := &leftTree{taken: []bool{true, true, true, true}, leaf: map[user]int{0: 0, 1: 1, 2: 2, 3: 3}, keyed: 4}
	for i, c := range []struct {
		op   op
		want int
	}{
		{op{opUpdate, 0, 3}, 3}, // to the user, the leaf beside it, the left parent
		{op{opRemove, 0, 3}, 2}, // is cut off: the root to the left parent and to user 2
		{op{opRemove, 0, 2}, 1}, // is cut off: the left parent is the root, and keeps its key
		{op{opAdd, 0, 4}, 2},    // to the user, and what was the root
		{op{opRemove, 0, 1}, 1}, // leaves a hole: the root to user 4
		{op{opUpdate, 0, 4}, 2}, // to the user, and a parent with nobody but the manager below it
		{op{opAdd, 0, 5}, 2},    // into the hole: to the user, the root to user 4
	} {
		if got := tree.apply(c.op); got != c.want {
			t.Errorf("%d, %+v: %d, want %d", i, c.op, got, c.want)
		}
	}
}

// Each of the numbers comes once, in another order.
func TestShuffled(t *testing.T) {
	got := shuffled(50, sim.NewSeed(1, 0).Stream("place", 0))
	if slices.IsSorted(got) {
		t.Error("in order")
	}
	slices.Sort(got)
	for i, x := range got {
		if i != x {
			t.Fatalf("%d is missing", i)
		}
	}
}
