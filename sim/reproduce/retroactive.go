package reproduce

import (
	"context"
	"fmt"

	"mlssim/sim"
	"mlssim/sim/crowd"
)

// retroactiveGap measures which part of the epochs seem safe when they end, and leak by
// a later theft, over the days between two refreshes of a member's keys.
func retroactiveGap() Experiment {
	return Experiment{
		Name: "retroactive-gap", Settings: []string{"members", "online_hours", "offline_hours", "thefts_per_year", "years", "late"},
		Jobs: func(p *Plan) ([]Job, error) {
			return eachPoint(p, func(ctx context.Context, s *Series, x float64, seed sim.Seed) (float64, error) {
				n, err := p.count(s, "members", 2, maxMembers)
				if err != nil {
					return 0, err
				}
				on, _ := p.setting(s, "online_hours")
				off, _ := p.setting(s, "offline_hours")
				thefts, _ := p.setting(s, "thefts_per_year")
				years, _ := p.setting(s, "years")
				late, _ := p.setting(s, "late")
				if on <= 0 || off < 0 || thefts <= 0 || years <= 0 || x <= 0 {
					return 0, fmt.Errorf("%s: times and rates have to be positive", s.Name)
				}
				r, err := crowd.Run(&sim.Plan{
					Name: p.Name, Engine: "crowd", Seed: runSeed(seed), Replications: 1, Members: n, Horizon: days(float64(365 * years)),
					Habits:    sim.Habits{Online: days(on / 24), Offline: days(off / 24)},
					Policies:  sim.Policies{Update: days(x), Poisson: true, How: "commit", CommitDelay: 1, PathOnAdd: true},
					Adversary: sim.Adversity{Rate: thefts},
				}, sim.Options{Stop: stopped(ctx)})
				if err != nil {
					return 0, err
				}
				leaked := 0
				for _, e := range r.Epochs {
					if e.LeakedAt != sim.Never && (late == 0 || e.Retroactive) {
						leaked++
					}
				}
				return float64(leaked) / float64(len(r.Epochs)), nil
			}), nil
		},
	}
}
