package adversary

import (
	"slices"

	"mlssim/sim"
)

// Limits of [Cheapest].
const (
	mostSecrets = 3    // in a set
	mostSets    = 2048 // kept for a secret
)

// Cheapest returns the smallest sets of secrets whose theft would make an unknown
// secret known, of those for which canBeTaken holds, without the target itself. All
// sets have the same size, at most 3; there are none if more would be needed.
// Exact tells that the search was complete: no smaller set exists, and no other of
// the size.
func Cheapest(b Base, target sim.Name, canBeTaken func(sim.Name) bool) (sets [][]sim.Name, exact bool) {
	c := newCone(b, target, canBeTaken)
	for size := 1; size <= mostSecrets; size++ {
		found, complete := c.families(size)
		for _, s := range found {
			set := make([]sim.Name, len(s))
			for i, x := range s {
				set[i] = c.names[x]
			}
			sets = append(sets, set)
		}
		if len(sets) > 0 || !complete {
			return sets, complete
		}
	}
	return nil, true
}

// A cone is what an unknown secret may follow from: unknown secrets, by number,
// and the rules between them, without the premises that are known.
type cone struct {
	names []sim.Name
	taken []bool    // can be taken
	rules [][][]int // by conclusion: premises of each rule
	uses  [][]int   // by premise: conclusions
}

func newCone(b Base, target sim.Name, canBeTaken func(sim.Name) bool) *cone {
	c := &cone{}
	ids := map[sim.Name]int{}
	number := func(n sim.Name) int {
		i, ok := ids[n]
		if !ok {
			i = len(c.names)
			ids[n] = i
			c.names = append(c.names, n)
			c.taken = append(c.taken, n != target && canBeTaken(n))
			c.rules = append(c.rules, nil)
			c.uses = append(c.uses, nil)
		}
		return i
	}
	number(target)
	for i := 0; i < len(c.names); i++ {
		for _, r := range b.Rules(c.names[i]) {
			var lacks []int
			for _, from := range r.From {
				if _, known := b.Why(from); !known {
					j := number(from)
					lacks = append(lacks, j)
					c.uses[j] = append(c.uses[j], i)
				}
			}
			c.rules[i] = append(c.rules[i], lacks)
		}
	}
	return c
}

// families returns the least sets of at most size secrets from which the cone's
// target, its first secret, follows: it computes those of every secret, until
// nothing changes.
func (c *cone) families(size int) (of [][]int, complete bool) {
	all := make([][][]int, len(c.names))
	complete = true
	queue, queued := make([]int, 0, len(c.names)), make([]bool, len(c.names))
	push := func(i int) {
		if !queued[i] {
			queued[i] = true
			queue = append(queue, i)
		}
	}
	for i := len(c.names) - 1; i >= 0; i-- {
		push(i)
	}
	for len(queue) > 0 {
		i := queue[0]
		queue, queued[i] = queue[1:], false
		var sets [][]int
		if c.taken[i] {
			sets = [][]int{{i}}
		}
		for _, from := range c.rules[i] {
			made, ok := together(all, from, size)
			sets = append(sets, made...)
			complete = complete && ok
		}
		if sets = least(sets); len(sets) > mostSets {
			sets, complete = sets[:mostSets], false
		}
		if len(sets) != len(all[i]) || !slices.EqualFunc(sets, all[i], slices.Equal) {
			all[i] = sets
			for _, j := range c.uses[i] {
				push(j)
			}
		}
	}
	return all[0], complete
}

// together returns the unions of one set for each premise, of at most some size.
func together(all [][][]int, from []int, size int) (sets [][]int, complete bool) {
	sets = [][]int{{}}
	for _, j := range from {
		var next [][]int
		for _, a := range sets {
			for _, b := range all[j] {
				u := slices.Concat(a, b)
				slices.Sort(u)
				if u = slices.Compact(u); len(u) <= size {
					next = append(next, u)
				}
			}
		}
		if sets = least(next); len(sets) > mostSets {
			return sets[:mostSets], false
		}
	}
	return sets, true
}

// least drops sets that contain another, and sorts: the small first.
func least(sets [][]int) [][]int {
	slices.SortFunc(sets, func(a, b []int) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return slices.Compare(a, b)
	})
	sets = slices.CompactFunc(sets, slices.Equal)
	single := map[int]bool{}
	var kept [][]int
	for _, s := range sets {
		if len(s) == 1 {
			single[s[0]] = true
			kept = append(kept, s)
			continue
		}
		if !slices.ContainsFunc(s, func(x int) bool { return single[x] }) && !slices.ContainsFunc(kept, func(k []int) bool {
			return len(k) > 1 && len(k) < len(s) && within(k, s)
		}) {
			kept = append(kept, s)
		}
	}
	return kept
}

// within tells whether a sorted set is part of another.
func within(a, b []int) bool {
	for _, x := range a {
		if _, ok := slices.BinarySearch(b, x); !ok {
			return false
		}
	}
	return true
}
