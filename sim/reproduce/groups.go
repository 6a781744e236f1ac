package reproduce

import (
	"context"
	"fmt"

	"mlssim/sim"
)

// crossGroups measures how long a theft is felt in the last of x groups of the same
// devices.
func crossGroups() Experiment {
	return Experiment{
		Name: "cross-groups", Settings: []string{"members", "refresh_days", "all_groups"},
		Jobs: func(p *Plan) ([]Job, error) {
			return eachPoint(p, func(ctx context.Context, s *Series, x float64, seed sim.Seed) (float64, error) {
				n, err := p.count(s, "members", 2, sim.ModelMembers)
				if err != nil {
					return 0, err
				}
				every, _ := p.setting(s, "refresh_days")
				all, _ := p.setting(s, "all_groups")
				if every <= 0 || x < 1 {
					return 0, fmt.Errorf("%s: refresh_days and groups have to be positive", s.Name)
				}
				at := 2 * days(every)
				for after := 2 * days(every); ; after *= 2 {
					r, err := onSymbols(ctx, &sim.Plan{
						Name: p.Name, Engine: "symbolic", Seed: runSeed(seed), Replications: 1, Members: n, Horizon: at + after,
						Groups:    sim.Groups{Number: int(x)},
						Habits:    sim.Habits{Online: day},
						Policies:  sim.Policies{Update: days(every), Poisson: true, AllGroups: all != 0, How: "commit", CommitDelay: 1, PathOnAdd: true},
						Network:   sim.Network{RTT: 1},
						Adversary: sim.Adversity{Compromises: []sim.PlannedCompromise{{Member: "M1", At: at}}},
					})
					if err != nil {
						return 0, err
					}
					if len(r.Heals) < int(x) {
						continue // the same again, and on from there
					}
					last := sim.Time(0)
					for _, h := range r.Heals {
						last = max(last, h.At)
					}
					return inDays(last - at), nil
				}
			}), nil
		},
		Expect: func(p *Plan, s *Series, x float64) (float64, bool) {
			every, _ := p.setting(s, "refresh_days")
			if all, _ := p.setting(s, "all_groups"); all != 0 {
				return every, true
			}
			return float64(every * harmonic(int(x))), true
		},
	}
}
