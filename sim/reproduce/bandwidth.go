package reproduce

import (
	"context"
	"fmt"

	"mlssim/sim"
	"mlssim/sim/crowd"
)

// equalBandwidth measures how long a theft is felt if the group may spend so many bytes
// a day: with few Updates in a Commit it can afford more Commits.
func equalBandwidth() Experiment {
	return Experiment{
		Name: "equal-bandwidth", Settings: []string{"members", "kilobytes_per_day", "warm_up", "thefts"},
		Jobs: func(p *Plan) ([]Job, error) {
			return eachPoint(p, func(ctx context.Context, s *Series, x float64, seed sim.Seed) (float64, error) {
				return p.affordable(ctx, s, int(x)-1, seed)
			}), nil
		},
	}
}

// affordable returns the mean number of days until a theft has healed in a group where
// k Updates come before each Commit, and as many epochs fit into a day as the bytes do
// that each member may receive in it.
func (p *Plan) affordable(ctx context.Context, s *Series, k int, seed sim.Seed) (float64, error) {
	n, err := p.count(s, "members", 2, maxMembers)
	if err != nil {
		return 0, err
	}
	warmUp, err := p.count(s, "warm_up", 0, 1000)
	if err != nil {
		return 0, err
	}
	thefts, err := p.count(s, "thefts", 1, maxCommits)
	if err != nil {
		return 0, err
	}
	budget, _ := p.setting(s, "kilobytes_per_day")
	if budget <= 0 || k < 0 || k > maxUpdates {
		return 0, fmt.Errorf("%s: kilobytes_per_day has to be positive, and an epoch has from 1 to %d members drawn", s.Name, maxUpdates+1)
	}
	g, err := crowd.New(n, crowd.Warm, true)
	if err != nil {
		return 0, err
	}
	draw := seed.Stream("members", 0)
	bytes, epochs := 0, 0
	epoch := func() error {
		for range k {
			if err := g.Update(crowd.Member(draw.IntN(n))); err != nil {
				return err
			}
		}
		c, err := g.Commit(crowd.Member(draw.IntN(n)), false)
		bytes += k*g.Sizes.Update() + c.Bytes
		epochs++
		return err
	}
	for range warmUp * n / (k + 1) {
		if err := epoch(); err != nil {
			return 0, err
		}
	}
	bytes, epochs = 0, 0
	for range thefts {
		g.Adversary().Take(crowd.Member(draw.IntN(n)), crowd.Everything)
		for !safe(g) {
			if err := epoch(); err != nil {
				return 0, err
			}
		}
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
	}
	return float64(bytes) / 1000 / budget / float64(thefts), nil
}
