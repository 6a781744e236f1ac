package reproduce

import (
	"math"
	"slices"
	"testing"

	"mlssim/sim"
)

// Four users, of whom one is removed: small enough to count the encryptions by hand.
func TestSchemesByHand(t *testing.T) {
	remove := op{opRemove, 0, 3}
	update := func(u user) op { return op{opUpdate, u, u} }
	for _, c := range []struct {
		name  string
		apply func(*skeleton, op)
		ops   []op
		want  []int
	}{
		// The right parent is blank: user 2 is reached as a leaf, and has nobody beside it.
		{"TKEM", (*skeleton).tkem, []op{update(0), remove, update(0), update(2), update(0)}, []int{2, 0, 2, 1, 2}},
		// The root is encrypted to the left parent and to user 2.
		{"TKEM_commit", (*skeleton).tkemCommit, []op{remove, update(2)}, []int{2, 1}},
		// The right parent is encrypted to user 2, the root to the left one. It is tainted by
		// user 0 until user 2 replaces it.
		{"tainted", (*skeleton).taintedOp, []op{remove, update(0), update(0), update(2), update(0)}, []int{2, 3, 3, 1, 2}},
		// Who removes user 0 replaces what that has tainted, too: the right parent is encrypted
		// to user 2, the root to the right parent.
		{"tainted, and the keeper goes", (*skeleton).taintedOp, []op{remove, {opRemove, 1, 0}}, []int{2, 2}},
		// The fifth user doubles the tree. There are encryptions to the newcomer, to the parent
		// beside the one above it, which is above nobody and has a key, and to the old root.
		{"tainted, grown", (*skeleton).taintedOp, []op{{opAdd, 0, 4}}, []int{3}},
		{"TKEM_commit, grown", (*skeleton).tkemCommit, []op{{opAdd, 0, 4}}, []int{2}},
		// Removed again, the tree is as it was; its root has a key to encrypt to.
		{"TKEM_commit, shrunk", (*skeleton).tkemCommit, []op{{opAdd, 0, 4}, {opRemove, 1, 4}}, []int{2, 1}},
	} {
		s := newSkeleton(4)
		var got []int
		for _, o := range c.ops {
			before := s.cost
			c.apply(s, o)
			got = append(got, s.cost-before)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// What a tree of RFC 9420 costs while nobody comes or goes is the same: nothing is blank.
func TestSchemesAgreeOnUpdates(t *testing.T) {
	h := history{users: 16, admin: map[user]bool{}}
	for u := range user(16) {
		h.ops = append(h.ops, op{opUpdate, u, u})
	}
	for _, s := range schemes {
		costs, err := s.replay(t.Context(), 16, h)
		if err != nil || slices.Min(costs) != 4 || slices.Max(costs) != 4 {
			t.Errorf("%s: %v, %v", s.name, costs, err)
		}
	}
}

// A workload has the operations in the proportions that it says, and only members act.
func TestWorkload(t *testing.T) {
	for _, w := range []workload{{n: 256, ops: 4000}, {n: 256, ops: 4000, zipf: true}, {n: 256, ops: 4000, admins: 3}, {n: 2, ops: 500}, {n: 256, ops: 4000, admins: 1, managed: true}, {n: 2, ops: 50, admins: 1, managed: true}} {
		w.of, w.adds, w.removes = 10, 1, 1
		h := w.draw(sim.NewSeed(1, 0))
		kinds, there, updates := map[opKind]int{}, map[user]bool{}, map[user]int{}
		for u := range user(w.n) {
			there[u] = true
		}
		for i, o := range h.ops {
			kinds[o.kind]++
			switch o.kind {
			case opAdd:
				if there[o.whom] {
					t.Fatalf("%+v: %d: %+v is there", w, i, o)
				}
				there[o.whom] = true
			case opRemove:
				if !there[o.whom] || o.by == o.whom || h.admin[o.whom] {
					t.Fatalf("%+v: %d: %+v", w, i, o)
				}
				delete(there, o.whom)
			default:
				updates[o.whom]++
				if (o.by != o.whom) != w.managed || !there[o.whom] || w.managed && h.admin[o.whom] {
					t.Fatalf("%+v: %d: %+v", w, i, o)
				}
			}
			if !there[o.by] || o.kind != opUpdate && w.admins > 0 && !h.admin[o.by] {
				t.Fatalf("%+v: %d: %+v by one who cannot", w, i, o)
			}
		}
		if len(h.ops) != w.ops || len(h.admin) != w.admins || h.users != w.n+kinds[opAdd] {
			t.Errorf("%+v: %d operations, %d admins, %d users", w, len(h.ops), len(h.admin), h.users)
		}
		part := float64(kinds[opUpdate]) / float64(w.ops)
		if w.n > 2 && (math.Abs(part-0.8) > 0.03 || kinds[opAdd] < w.ops/12 || kinds[opRemove] < w.ops/12) {
			t.Errorf("%+v: %v", w, kinds)
		}
		most := 0
		for _, n := range updates {
			most = max(most, n)
		}
		// The first of 256 in rank makes one of 6.1 while it is there, for some 2,560 operations;
		// of users who are all alike, one of 256.
		if share := float64(most) / float64(kinds[opUpdate]); w.n > 2 && (share > 0.03) != w.zipf {
			t.Errorf("%+v: one made %.3f of the Updates", w, share)
		}
	}
}

// A Zipf crew of three draws them as 6, 3 and 2 of 11.
func TestZipf(t *testing.T) {
	seed := sim.NewSeed(1, 0)
	c := crew{stream: seed.Stream("workload", 0), rank: seed.Stream("rank", 0), zipf: true, weights: []float64{0}}
	for u := range user(3) {
		c.enter(u)
	}
	counts := map[user]int{}
	for range 11_000 {
		counts[c.updater(nil)]++
	}
	for k, want := range []int{6000, 3000, 2000} {
		if got := counts[c.ranked[k].user]; got < want-200 || got > want+200 {
			t.Errorf("rank %d: %d, want about %d", k+1, got, want)
		}
	}
}

// Encryptions are shared among those who made them.
func TestShare(t *testing.T) {
	h := history{ops: []op{{opAdd, 0, 3}, {opUpdate, 1, 1}, {opUpdate, 2, 2}}, users: 4, admin: map[user]bool{0: true}}
	costs := []int{10, 4, 5}
	for who, want := range map[string]float64{"": 19.0 / 4, "admin": 10, "others": 3} {
		if got := h.share(costs, who); got != want {
			t.Errorf("%q: %v, want %v", who, got, want)
		}
	}
}
