package reproduce

import (
	"context"
	"fmt"

	"mlssim/sim"
)

// recoveries are what the setting recovery counts.
var recoveries = []string{"", sim.RecoverReadd, sim.RecoverResync}

// forkPolicy counts the messages that one theft makes readable if whoever delivers
// messages cuts the robbed member off for x days from then on, so that what it refreshes
// reaches nobody.
func forkPolicy() Experiment {
	return Experiment{
		Name: "fork-policy", Settings: []string{"members", "messages_per_day", "refresh_days", "recovery", "rollback_days"},
		Jobs: func(p *Plan) ([]Job, error) {
			return eachPoint(p, func(ctx context.Context, s *Series, x float64, seed sim.Seed) (float64, error) {
				n, err := p.count(s, "members", 2, sim.ModelMembers)
				if err != nil {
					return 0, err
				}
				recovery, err := p.count(s, "recovery", 0, len(recoveries)-1)
				if err != nil {
					return 0, err
				}
				rollback, _ := p.setting(s, "rollback_days")
				q, err := p.speaking(s, n, seed)
				if err != nil {
					return 0, err
				}
				if rollback <= 0 || x < 0 {
					return 0, fmt.Errorf("%s: times have to be positive", s.Name)
				}
				const theft = 4 * day
				q.Horizon = theft + 26*day
				q.Network = sim.Network{Service: sim.ServiceEventual, LinkDelay: 1e9, Rollback: days(rollback), Retry: 1e10}
				q.Policies.Recovery = recoveries[recovery]
				q.Adversary.Compromises = []sim.PlannedCompromise{{Member: "M2", At: theft}}
				if x > 0 {
					q.Network.Partitions = []sim.Partition{{From: theft, For: days(x), Members: []string{"M2"}}}
				}
				r, err := onSymbols(ctx, q)
				if err != nil {
					return 0, err
				}
				return float64(readBefore(r, r.Horizon)), nil
			}), nil
		},
	}
}
