package reproduce

import (
	"context"
	"fmt"
	"math"

	"mlssim/sim"
)

// lastResort measures how often the KeyPackages of a client run out before they are
// filled up again, and how many groups then are built on the one of last resort.
func lastResort() Experiment {
	return Experiment{
		Name: "last-resort", Settings: []string{"demand_per_day", "refill_days", "refills", "groups"},
		Jobs: func(p *Plan) ([]Job, error) {
			return eachPoint(p, func(ctx context.Context, s *Series, x float64, seed sim.Seed) (float64, error) {
				demand, _ := p.setting(s, "demand_per_day")
				refill, _ := p.setting(s, "refill_days")
				refills, err := p.count(s, "refills", 1, 10_000)
				if err != nil {
					return 0, err
				}
				if demand <= 0 || refill <= 0 || x < 1 {
					return 0, fmt.Errorf("%s: times and rates have to be positive", s.Name)
				}
				q := &sim.Plan{
					Name: p.Name, Engine: "symbolic", Seed: runSeed(seed), Replications: 1, Members: 1, Horizon: days(float64(float64(refills) * refill)),
					Habits:      sim.Habits{Online: day},
					Policies:    sim.Policies{How: "commit", PathOnAdd: true},
					Network:     sim.Network{RTT: 1},
					KeyPackages: sim.Pools{Size: int(x), Refill: days(refill), Lifetime: 365 * day, LastResort: true, Demand: demand},
				}
				r, err := onSymbols(ctx, q)
				if err != nil {
					return 0, err
				}
				uses := r.KeyPackages.LastResort
				if groups, _ := p.setting(s, "groups"); groups == 0 {
					uses -= r.KeyPackages.Reused // the first of each refill
				}
				return float64(uses) / float64(refills), nil
			}), nil
		},
		Expect: func(p *Plan, s *Series, pool float64) (float64, bool) {
			demand, _ := p.setting(s, "demand_per_day")
			refill, _ := p.setting(s, "refill_days")
			groups, _ := p.setting(s, "groups")
			mean := float64(demand * refill)
			probability, sum := math.Exp(-mean), 0.0 //det:ok ours is compared with it, and nothing follows from it
			for k := 0.0; k < float64(10*mean)+1000; k++ {
				if over := k - pool; over > 0 && groups != 0 {
					sum += float64(over * probability)
				} else if over > 0 {
					sum += probability
				}
				probability = float64(probability * mean / (k + 1))
			}
			return sum, true
		},
	}
}
