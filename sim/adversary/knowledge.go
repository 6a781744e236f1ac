// Package adversary computes what follows from what was taken: the closure of a
// set of secrets under derivation rules, and an explanation of each member of it.
// It knows secrets by their names alone and holds none.
package adversary

import (
	"slices"

	"mlssim/sim"
)

// Knowledge is a set of secrets that is closed under a growing set of rules. It
// only grows. All of it together costs time linear in the size of the rules
// (the counting method of Dowling and Gallier for Horn clauses): each rule counts
// its premises that are not known yet, and fires when the count reaches zero.
type Knowledge struct {
	ids   map[sim.Name]uint32 // a secret's index in the slices that follow
	names []sim.Name
	why   []uint32   // index in rules of the rule that gave the secret, or unknown
	depth []uint32   // see Depth
	uses  [][]uint32 // rules that wait for the secret; nil once it is known
	gives [][]uint32 // rules that conclude the secret
	taken []bool     // the secret was taken

	rules   []sim.Rule
	missing []uint32 // by rule: premises that are not known, with repetition

	queue   []uint32 // rules that fire and have not been carried out
	learned []sim.Name
}

const unknown = ^uint32(0)

// New returns the knowledge of one who knows nothing and has seen no rule.
func New() *Knowledge {
	return &Knowledge{ids: make(map[sim.Name]uint32)}
}

// Add lets a rule hold from now on. It fires at once if its premises are known.
// The rule must not be changed afterwards.
func (k *Knowledge) Add(r sim.Rule) {
	n := k.add(r)
	for _, from := range r.From {
		i := k.intern(from)
		if k.why[i] == unknown {
			k.uses[i] = append(k.uses[i], n)
			k.missing[n]++
		}
	}
	if k.missing[n] == 0 {
		k.fire(n)
	}
}

// Learn adds secrets that were taken. Those known already keep the explanation
// that they have, and Rules lists their first theft, too.
func (k *Knowledge) Learn(names ...sim.Name) {
	for _, name := range names {
		if i := k.intern(name); !k.taken[i] {
			k.taken[i] = true
			if n := k.add(sim.Rule{ID: sim.RuleTaken, To: name}); k.why[i] == unknown {
				k.fire(n)
			}
		}
	}
}

// Knows tells whether a secret is known by now.
func (k *Knowledge) Knows(name sim.Name) bool {
	i, ok := k.ids[name]
	return ok && k.why[i] != unknown
}

// Learned returns what has become known since the last call, in the order of
// Name.Compare.
func (k *Knowledge) Learned() []sim.Name {
	l := k.learned
	k.learned = nil
	slices.SortFunc(l, sim.Name.Compare)
	return l
}

// Why returns the rule by which a secret first became known; of several that one
// theft or one new rule makes fire, one that needed the fewest rounds of firing.
// Following it from premise to premise ends at what was taken: no secret explains
// itself.
func (k *Knowledge) Why(name sim.Name) (sim.Rule, bool) {
	i, ok := k.ids[name]
	if !ok || k.why[i] == unknown {
		return sim.Rule{}, false
	}
	return k.rules[k.why[i]], true
}

// Depth returns the length of the longest chain of rules in the derivation that
// Why gives, 0 for what was taken and for what is not known.
func (k *Knowledge) Depth(name sim.Name) int {
	if i, ok := k.ids[name]; ok {
		return int(k.depth[i])
	}
	return 0
}

// Rules returns the rules seen so far that conclude a secret, in the order in
// which they were seen.
func (k *Knowledge) Rules(to sim.Name) []sim.Rule {
	i, ok := k.ids[to]
	if !ok {
		return nil
	}
	rules := make([]sim.Rule, len(k.gives[i]))
	for j, n := range k.gives[i] {
		rules[j] = k.rules[n]
	}
	return rules
}

// add stores a rule and returns its number.
func (k *Knowledge) add(r sim.Rule) uint32 {
	n := uint32(len(k.rules))
	k.rules = append(k.rules, r)
	k.missing = append(k.missing, 0)
	to := k.intern(r.To)
	k.gives[to] = append(k.gives[to], n)
	return n
}

// fire carries out a rule whose premises are known, and all that follows, round
// by round.
func (k *Knowledge) fire(n uint32) {
	k.queue = append(k.queue[:0], n)
	for next := 0; next < len(k.queue); next++ {
		n := k.queue[next]
		to := k.ids[k.rules[n].To]
		if k.why[to] != unknown {
			continue
		}
		k.why[to], k.depth[to] = n, k.height(n)
		k.learned = append(k.learned, k.names[to])
		for _, m := range k.uses[to] {
			if k.missing[m]--; k.missing[m] == 0 {
				k.queue = append(k.queue, m)
			}
		}
		k.uses[to] = nil
	}
}

// height returns the depth of what rule n concludes.
func (k *Knowledge) height(n uint32) uint32 {
	h := uint32(0)
	for _, from := range k.rules[n].From {
		h = max(h, k.depth[k.ids[from]]+1)
	}
	return h
}

// intern returns the index of a name.
func (k *Knowledge) intern(name sim.Name) uint32 {
	i, ok := k.ids[name]
	if !ok {
		i = uint32(len(k.names))
		k.ids[name] = i
		k.names = append(k.names, name)
		k.why = append(k.why, unknown)
		k.depth = append(k.depth, 0)
		k.uses = append(k.uses, nil)
		k.gives = append(k.gives, nil)
		k.taken = append(k.taken, false)
	}
	return i
}
