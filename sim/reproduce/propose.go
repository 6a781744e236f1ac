package reproduce

import (
	"context"
	"math/bits"

	"mlssim/sim"
	"mlssim/sim/crowd"
)

// Limits of what plans can ask for.
const (
	maxUpdates = 1 << 16
	maxMembers = 1 << 20
	maxCommits = 1 << 24
)

// proposeAndCommit counts the ciphertexts of Commits that cover Updates of others,
// over the size of the group.
func proposeAndCommit() Experiment {
	return Experiment{
		Name: "propose-and-commit", Settings: []string{"updates", "commits", "warm_up"},
		Jobs: func(p *Plan) ([]Job, error) {
			return eachPoint(p, func(ctx context.Context, s *Series, x float64, seed sim.Seed) (float64, error) {
				k, err := p.count(s, "updates", 0, maxUpdates)
				if err != nil {
					return 0, err
				}
				ciphertexts, _, err := p.steady(ctx, s, int(x), k, seed)
				return ciphertexts, err
			}), nil
		},
		Expect: func(p *Plan, s *Series, x float64) (float64, bool) {
			k, err := p.count(s, "updates", 0, maxUpdates)
			if err != nil || !powerOfTwo(x) {
				return 0, false
			}
			return commitCost(k, int(x)), true
		},
	}
}

// refreshedKeys counts them for each leaf key that a Commit replaces, over the number
// of members drawn for an epoch: k for Updates, and the committer.
func refreshedKeys() Experiment {
	return Experiment{
		Name: "refreshed-keys", Settings: []string{"members", "commits", "warm_up"},
		Jobs: func(p *Plan) ([]Job, error) {
			return eachPoint(p, func(ctx context.Context, s *Series, x float64, seed sim.Seed) (float64, error) {
				n, err := p.count(s, "members", 2, maxMembers)
				if err != nil {
					return 0, err
				}
				ciphertexts, keys, err := p.steady(ctx, s, n, int(x)-1, seed)
				return ciphertexts / keys, err
			}), nil
		},
		Expect: func(p *Plan, s *Series, x float64) (float64, bool) {
			n, err := p.count(s, "members", 2, maxMembers)
			if err != nil || !powerOfTwo(float64(n)) || x < 1 || x > maxUpdates {
				return 0, false
			}
			return commitCost(int(x)-1, n) / distinct(int(x), n), true
		},
	}
}

// steady returns the mean number of ciphertexts in a Commit, and of leaf keys that it
// replaces, in a group of n where k Updates come before each Commit, all of them by
// members drawn uniformly. Before it counts, each member has been drawn warm_up times
// on average.
func (p *Plan) steady(ctx context.Context, s *Series, n, k int, seed sim.Seed) (ciphertexts, keys float64, err error) {
	commits, err := p.count(s, "commits", 1, maxCommits)
	if err != nil {
		return 0, 0, err
	}
	warmUp, err := p.count(s, "warm_up", 0, 1000)
	if err != nil {
		return 0, 0, err
	}
	g, err := crowd.New(n, crowd.Warm, false)
	if err != nil {
		return 0, 0, err
	}
	draw := seed.Stream("members", 0)
	first := warmUp * n / (k + 1)
	for e := range first + commits {
		if e%1024 == 0 && ctx.Err() != nil {
			return 0, 0, ctx.Err()
		}
		for range k {
			if err := g.Update(crowd.Member(draw.IntN(n))); err != nil {
				return 0, 0, err
			}
		}
		c, err := g.Commit(crowd.Member(draw.IntN(n)), false)
		if err != nil {
			return 0, 0, err
		}
		if e >= first {
			ciphertexts += float64(c.Ciphertexts)
			keys += float64(c.Updates + 1)
		}
	}
	return ciphertexts / float64(commits), keys / float64(commits), nil
}

// commitCost returns the expected number of ciphertexts of a Commit in a full tree of
// n members, a power of two, where each epoch has k Updates and then a Commit by
// members drawn uniformly.
//
// Of a node of height h the newest event below it decides: a Commit has set it, an
// Update has blanked it. Its resolution after an Update is the leaf that was updated
// and the resolutions beside the path from there to the node, as they were just
// before that event: nothing else has happened below the node since. What happens in
// an epoch has its number there as its phase, the Commit the last.
func commitCost(k, n int) float64 {
	height := bits.Len(uint(n)) - 1
	// size[h][s] is what the resolution of a node of height h is expected to be just
	// before the event of phase s; beside[s] is the sum of those below height h.
	size := make([][]float64, height)
	beside := make([]float64, k+1)
	var cost float64
	for h := range size {
		size[h] = resolutions(h, n, beside)
		for s, r := range size[h] {
			beside[s] += r
		}
		cost += size[h][k]
	}
	return cost
}

// resolutions returns for each phase the expected resolution of a node of height h
// just before an event of that phase, given the sums over the heights below it.
func resolutions(h, n int, beside []float64) []float64 {
	phases := len(beside)
	// after[s] is the resolution just after an event of phase s below the node.
	after := make([]float64, phases)
	for s := range after {
		after[s] = 1 // a leaf has a key always; and a Commit sets the node
		if s < phases-1 {
			after[s] += beside[s]
		}
	}
	// The newest event below the node lies d+1 events back with a probability of
	// q(1-q)^d, and d counts modulo the length of an epoch.
	q := float64(int(1)<<h) / float64(n)
	weight, all := make([]float64, phases), 0.0
	w := q
	for d := range weight {
		weight[d] = w
		all += w
		w = float64(w * (1 - q))
	}
	before := make([]float64, phases)
	for s := range before {
		for d, w := range weight {
			before[s] += float64(w / all * after[((s-1-d)%phases+phases)%phases])
		}
	}
	return before
}

// distinct returns how many of n are expected to be drawn in so many draws.
func distinct(draws, n int) float64 {
	missed := 1.0
	for range draws {
		missed = float64(missed * (1 - 1/float64(n)))
	}
	return float64(float64(n) * (1 - missed))
}

// powerOfTwo tells whether x is a whole power of two from 2 on.
func powerOfTwo(x float64) bool {
	return x >= 2 && x <= maxMembers && x == float64(int(x)) && bits.OnesCount(uint(x)) == 1
}
