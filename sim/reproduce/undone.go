package reproduce

import (
	"context"

	"mlssim/sim"
	"mlssim/sim/crowd"
)

// retroactiveLeak measures how often a theft that has healed is undone by another, x
// Commits later: whether the epoch in which the first one healed leaks after all.
func retroactiveLeak() Experiment {
	return Experiment{
		Name: "retroactive-leak", Settings: []string{"members", "trials"},
		Jobs: func(p *Plan) ([]Job, error) {
			return eachPoint(p, func(ctx context.Context, s *Series, x float64, seed sim.Seed) (float64, error) {
				n, err := p.count(s, "members", 2, maxMembers)
				if err != nil {
					return 0, err
				}
				draw := seed.Stream("members", 0)
				return p.share(ctx, s, func() (bool, error) { return undoneAfter(n, int(x), draw) })
			}), nil
		},
		Expect: func(p *Plan, s *Series, x float64) (float64, bool) {
			n, err := p.count(s, "members", 2, maxMembers)
			return undoneProbability(n, int(x)), err == nil && powerOfTwo(float64(n)) && x >= 0 && x <= maxCommits
		},
	}
}

// share returns the part of the trials of a series in which something happens.
func (p *Plan) share(ctx context.Context, s *Series, happens func() (bool, error)) (float64, error) {
	trials, err := p.count(s, "trials", 1, 1_000_000)
	if err != nil {
		return 0, err
	}
	n := 0
	for range trials {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		yes, err := happens()
		if err != nil {
			return 0, err
		}
		if yes {
			n++
		}
	}
	return float64(n) / float64(trials), nil
}

// undoneAfter robs a member of everything, lets it commit, which heals, then so many
// others, and robs another member. It tells whether the epoch that the first Commit has
// begun leaks now.
func undoneAfter(n, commits int, draw *sim.Stream) (bool, error) {
	g, err := crowd.New(n, crowd.Warm, true)
	if err != nil {
		return false, err
	}
	first := crowd.Member(draw.IntN(n))
	g.Adversary().Take(first, crowd.Everything)
	healed, err := g.Commit(first, false)
	if err != nil {
		return false, err
	}
	for range commits {
		if _, err := g.Commit(crowd.Member(draw.IntN(n)), false); err != nil {
			return false, err
		}
	}
	second := crowd.Member(draw.IntN(n - 1))
	if second >= first {
		second++
	}
	g.Adversary().Take(second, crowd.Everything)
	at, late := g.Adversary().Leaked(healed.Epoch)
	return at != crowd.Never && late, nil
}

// undoneProbability returns the probability of that for n members, a power of two, and m
// Commits by members drawn uniformly. The second victim is below the node of some height h
// beside the first one's path with probability 2^h/(n-1). It still has the key that was
// encrypted to if none of the Commits came from below that node.
func undoneProbability(n, m int) float64 {
	if m == 0 {
		return 0 // the epoch is the second victim's own: what leaks has not ended
	}
	sum := 0.0
	for size := 1; size < n; size *= 2 {
		none := 1.0
		for range m {
			none = float64(none * (1 - float64(size)/float64(n)))
		}
		sum += float64(float64(size) / float64(n-1) * none)
	}
	return sum
}

// quarantineWindow counts the epochs that are lost with a device that has been silent, if
// its leaf goes x epochs after it fell silent.
func quarantineWindow() Experiment {
	return Experiment{
		Name: "quarantine-window", Settings: []string{"members"},
		Jobs: func(p *Plan) ([]Job, error) {
			return eachPoint(p, func(_ context.Context, s *Series, x float64, seed sim.Seed) (float64, error) {
				n, err := p.count(s, "members", 3, maxMembers)
				if err != nil {
					return 0, err
				}
				return silentDevice(n, int(x), seed.Stream("members", 0))
			}), nil
		},
		Expect: func(_ *Plan, _ *Series, x float64) (float64, bool) { return x, x >= 1 && x == float64(int(x)) },
	}
}

// silentDevice lets one member fall silent and another commit in each epoch, until the
// silent one's leaf goes in the Commit that ends epoch number delay-1, and for as long
// after that. It returns how many epochs leak when the silent device is taken in the end.
func silentDevice(n, delay int, draw *sim.Stream) (float64, error) {
	g, err := crowd.New(n, crowd.Warm, true)
	if err != nil {
		return 0, err
	}
	silent := crowd.Member(1 + draw.IntN(n-1))
	g.Leave(silent)
	for e := range 2 * delay {
		if e == delay-1 {
			if err := g.Remove(silent); err != nil {
				return 0, err
			}
		}
		if _, err := g.Commit(0, false); err != nil {
			return 0, err
		}
	}
	g.Adversary().Take(silent, crowd.Everything)
	leaked := 0
	for e := range g.Epoch() + 1 {
		if at, _ := g.Adversary().Leaked(e); at != crowd.Never {
			leaked++
		}
	}
	return float64(leaked), nil
}
