package reproduce

import (
	"context"
	"fmt"
	"math/bits"
	"slices"

	"mlssim/sim"
)

// multicastTrees counts encryptions for each operation of a manager who keeps the keys of
// a group in a left-balanced tree, over x: x/2 users at first, and 10x operations.
func multicastTrees() Experiment {
	return Experiment{
		Name: "multicast-trees", Curves: []string{"normal", "99 % removed"},
		Jobs: func(p *Plan) ([]Job, error) {
			return eachPoint(p, func(ctx context.Context, s *Series, x float64, seed sim.Seed) (float64, error) {
				if !powerOfTwo(x) || x < 4 {
					return 0, &PlanError{p.Name, fmt.Errorf("%s: x is %v: a power of two from 4 on", s.Name, x)}
				}
				return multicast(ctx, int(x), 20, s.Curve == "99 % removed", seed)
			}), nil
		},
	}
}

// multicastRemovals counts the same over the number of operations in a hundred that
// remove a user; those that add one are as many fewer.
func multicastRemovals() Experiment {
	return Experiment{
		Name: "multicast-removals", Settings: []string{"size"},
		Jobs: func(p *Plan) ([]Job, error) {
			return eachPoint(p, func(ctx context.Context, s *Series, x float64, seed sim.Seed) (float64, error) {
				size, err := p.count(s, "size", 4, maxMembers)
				if half := float64(2 * x); err == nil && (half != float64(int(half)) || half < 0 || half > 40) {
					err = &PlanError{p.Name, fmt.Errorf("%s: x is %v: from 0 to 20, in steps of a half", s.Name, x)}
				}
				if err != nil {
					return 0, err
				}
				return multicast(ctx, size, int(2*x), false, seed)
			}), nil
		},
	}
}

// multicast returns the mean number of encryptions of an operation. Of 200 operations so
// many are Removes; they and the Adds are 40. If removed is set, 99 % of the users are
// removed at first, without a new key until the first operation after that, and there are
// as many fewer operations.
func multicast(ctx context.Context, size, removes int, removed bool, seed sim.Seed) (float64, error) {
	n := size / 2
	w := workload{n: n, ops: 10 * size, of: 200, adds: 40 - removes, removes: removes, admins: 1, managed: true}
	if removed {
		w.n, w.ops = (n+99)/100, (w.ops+99)/100
	}
	h := w.draw(seed)
	t := &leftTree{taken: make([]bool, n), leaf: map[user]int{}, keyed: n}
	for i, leaf := range shuffled(n, seed.Stream("place", 0)) {
		u := user(i)
		if i >= w.n { // goes at once: nobody else has such a name
			u = user(-i)
		}
		t.leaf[u], t.taken[leaf] = leaf, true
		if h.admin[u] {
			t.manager = leaf
		}
	}
	for i := w.n; i < n; i++ {
		t.remove(user(-i))
	}
	all := 0
	for i, o := range h.ops {
		if i%1024 == 0 && ctx.Err() != nil {
			return 0, ctx.Err()
		}
		all += t.apply(o)
	}
	return float64(all) / float64(len(h.ops)), nil
}

// shuffled returns the numbers from 0 to n-1 in an order that is drawn.
func shuffled(n int, s *sim.Stream) []int {
	all := make([]int, n)
	for i := range all {
		j := s.IntN(i + 1)
		all[i], all[j] = all[j], i
	}
	return all
}

// A leftTree is a left-balanced tree whose manager knows all keys and sends new ones. Each
// parent has one, even if all leaves below it are free.
type leftTree struct {
	taken   []bool
	leaf    map[user]int
	manager int   // its leaf
	touched []int // leaves, since the last rekey
	keyed   int   // number of leaves at the last rekey
}

// apply carries out an operation, and returns what it encrypts.
func (t *leftTree) apply(o op) int {
	switch o.kind {
	case opAdd:
		t.add(o.whom)
	case opRemove:
		t.remove(o.whom)
	case opUpdate:
		t.touched = append(t.touched, t.leaf[o.whom])
	}
	return t.rekey()
}

// add puts a user on the leftmost free leaf, or on a new last one.
func (t *leftTree) add(u user) {
	leaf := slices.Index(t.taken, false)
	if leaf < 0 {
		leaf = len(t.taken)
		t.taken = append(t.taken, false)
	}
	t.taken[leaf] = true
	t.leaf[u] = leaf
	t.touched = append(t.touched, leaf)
}

// remove frees the leaf of a user; free leaves at the end are cut off.
func (t *leftTree) remove(u user) {
	leaf := t.leaf[u]
	delete(t.leaf, u)
	t.taken[leaf] = false
	t.touched = append(t.touched, leaf)
	for !t.taken[len(t.taken)-1] { // the manager stays
		t.taken = t.taken[:len(t.taken)-1]
	}
}

// rekey sends new keys for what is above the touched leaves, and for nodes that were not
// there before, and returns the number of encryptions.
func (t *leftTree) rekey() int {
	slices.Sort(t.touched)
	root := block{0, len(t.taken)}
	cost := t.walk(root)
	if !t.renewed(root) { // its key stays, and the group's new secret is encrypted to it
		cost += t.reach(root)
	}
	t.touched, t.keyed = t.touched[:0], len(t.taken)
	return cost
}

// A block is a node: the leaves from low to high, which is not among them.
type block struct{ low, high int }

func (b block) size() int { return b.high - b.low }

// children are the largest power of two of leaves that leaves some, and the rest.
func (b block) children() (left, right block) {
	half := 1 << (bits.Len(uint(b.size()-1)) - 1)
	return block{b.low, b.low + half}, block{b.low + half, b.high}
}

// renewed tells whether a node gets a new key: a leaf below it was touched, or it stands
// for other leaves than before, which only those that are not full do.
func (t *leftTree) renewed(b block) bool {
	i, _ := slices.BinarySearch(t.touched, b.low)
	if i < len(t.touched) && t.touched[i] < b.high {
		return true
	}
	return t.keyed != len(t.taken) && bits.OnesCount(uint(b.size())) != 1
}

// reach returns what it takes to encrypt to a node.
func (t *leftTree) reach(b block) int {
	if b.size() == 1 && (!t.taken[b.low] || b.low == t.manager) {
		return 0
	}
	return 1
}

// walk returns the encryptions of new keys in a node and below. A key follows from that of
// one child that has a new one, and is encrypted to the other; a leaf's to its user.
func (t *leftTree) walk(b block) int {
	if !t.renewed(b) {
		return 0
	}
	if b.size() == 1 {
		return t.reach(b)
	}
	left, right := b.children()
	cost := t.walk(left) + t.walk(right)
	switch {
	case t.renewed(left):
		return cost + t.reach(right)
	case t.renewed(right):
		return cost + t.reach(left)
	}
	return cost + t.reach(left) + t.reach(right)
}
