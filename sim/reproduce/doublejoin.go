package reproduce

import (
	"context"
	"fmt"
	"math/bits"

	"mlssim/sim"
)

// doubleJoin measures how often a member that was removed can open the x Commits since,
// its removal the first of them. It had removed another before. By RFC 9420 that blanks
// what is above the other's leaf; in the broken protocol it sets new keys there, as it
// does above its own leaf, and keeps them.
func doubleJoin() Experiment {
	const broken = "keeps keys of others"
	return Experiment{
		Name: "double-join", Settings: []string{"members", "trials"}, Curves: []string{broken, "RFC 9420"},
		Jobs: func(p *Plan) ([]Job, error) {
			return eachPoint(p, func(ctx context.Context, s *Series, x float64, seed sim.Seed) (float64, error) {
				n, err := p.count(s, "members", 4, maxMembers)
				if err == nil && !powerOfTwo(float64(n)) {
					err = &PlanError{p.Name, fmt.Errorf("%s: %d members are not a power of two", s.Name, n)}
				}
				if err != nil {
					return 0, err
				}
				draw := seed.Stream("members", 0)
				return p.share(ctx, s, func() (bool, error) { return readsOn(n, int(x), s.Curve == broken, draw), nil })
			}), nil
		},
		Expect: func(p *Plan, s *Series, x float64) (float64, bool) {
			n, err := p.count(s, "members", 4, maxMembers)
			if err != nil || !powerOfTwo(float64(n)) || x < 1 || x > maxCommits {
				return 0, false
			}
			if s.Curve != broken {
				return 0, true
			}
			return readsOnProbability(n, int(x)), true
		},
	}
}

// A keyTree is a full tree in which each key has a number of its own; 0 for none.
type keyTree struct {
	keys [][]int // by height
	last int
}

func newKeyTree(n int) *keyTree {
	t := &keyTree{}
	for ; n > 0; n /= 2 {
		row := make([]int, n)
		for i := range row {
			row[i] = t.fresh()
		}
		t.keys = append(t.keys, row)
	}
	return t
}

func (t *keyTree) fresh() int {
	t.last++
	return t.last
}

// remove blanks a leaf and what is above it.
func (t *keyTree) remove(leaf int) {
	for h := range t.keys {
		t.keys[h][leaf>>h] = 0
	}
}

// opens tells whether one of the known keys is in the resolution of a node.
func (t *keyTree) opens(s spot, known map[int]bool) bool {
	if k := t.keys[s.height][s.number]; k != 0 || s.height == 0 {
		return known[k]
	}
	return t.opens(s.child(0), known) || t.opens(s.child(1), known)
}

// commit sets the keys above a leaf, and adds to the known ones those that are encrypted
// to one of them, or that follow. It tells whether that is so of the root.
func (t *keyTree) commit(leaf int, known map[int]bool) (opened bool) {
	path := make([]int, len(t.keys))
	for h := range path {
		path[h] = t.fresh()
		opened = opened || h > 0 && t.opens(spot{h - 1, leaf>>(h-1) ^ 1}, known)
		if opened {
			known[path[h]] = true
		}
	}
	for h, k := range path {
		t.keys[h][leaf>>h] = k
	}
	return opened
}

// readsOn lets one of n members remove another and be removed, then others commit, so many
// times with its removal. It tells whether it could open each of these Commits.
func readsOn(n, commits int, broken bool, draw *sim.Stream) bool {
	t, known := newKeyTree(n), map[int]bool{}
	all := shuffled(n, draw)
	thief, first, others := all[0], all[1], all[2:]
	t.remove(first)
	for h := 1; broken && thief>>h != first>>h; h++ {
		t.keys[h][first>>h] = t.fresh()
		known[t.last] = true
	}
	t.commit(thief, known)
	for h := range t.keys {
		known[t.keys[h][thief>>h]] = true
	}
	t.remove(thief)
	for range commits {
		if !t.commit(others[draw.IntN(len(others))], known) {
			return false
		}
	}
	return true
}

// readsOnProbability returns the probability of that in the broken protocol. The thief
// knows the keys of the lowest few nodes above the leaf that it has removed, up to below
// where its own path comes in. A Commit from below the highest of them, that meets the
// path at the i-th, leaves it the keys below that; so each Commit but those is encrypted
// to one that it knows.
func readsOnProbability(n, commits int) float64 {
	height := bits.Len(uint(n)) - 1
	knows := make([]float64, height) // that it knows so many of them
	for i := range knows {
		knows[i] = float64(int(1)<<i) / float64(n-1)
	}
	for range commits {
		next := make([]float64, height)
		for s, p := range knows {
			stays := 1.0
			for i := range s {
				meets := float64(int(1)<<i) / float64(n-2)
				next[i] += float64(p * meets)
				stays -= meets
			}
			next[s] += float64(p * stays)
		}
		knows = next
	}
	return 1 - knows[0]
}
