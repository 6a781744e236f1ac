package reproduce

import (
	"context"
	"fmt"

	"mlssim/sim"
)

// offlineDevice counts the messages of the past that a device gives away that was not
// online for x days.
func offlineDevice() Experiment {
	return Experiment{
		Name: "offline-device", Settings: []string{"members", "messages_per_day", "refresh_days", "evict_days", "keep_epochs", "loss"},
		Jobs: func(p *Plan) ([]Job, error) {
			return eachPoint(p, func(ctx context.Context, s *Series, x float64, seed sim.Seed) (float64, error) {
				n, err := p.count(s, "members", 2, sim.ModelMembers)
				if err != nil {
					return 0, err
				}
				keep, err := p.count(s, "keep_epochs", 0, 1000)
				if err != nil {
					return 0, err
				}
				evict, _ := p.setting(s, "evict_days")
				q, err := p.speaking(s, n, seed)
				if err != nil {
					return 0, err
				}
				if q.Network.Loss, _ = p.setting(s, "loss"); evict < 0 || x <= 0 || q.Network.Loss < 0 || q.Network.Loss >= 1 {
					return 0, fmt.Errorf("%s: times have to be positive, and loss is from 0 to below 1", s.Name)
				}
				const gone = 10 * day
				q.Habits.Stale, q.Habits.StaleAt = []string{"M2"}, gone
				q.Policies.Quarantine, q.Policies.Keep.Epochs = days(evict), keep
				q.Horizon = gone + days(x) + 1
				q.Adversary.Compromises = []sim.PlannedCompromise{{Member: "M2", At: gone + days(x)}}
				r, err := onSymbols(ctx, q)
				if err != nil {
					return 0, err
				}
				return float64(readBefore(r, gone+days(x))), nil
			}), nil
		},
	}
}

// speaking returns the plan of a group of n that talks and refreshes its keys at random
// times, by own Commits.
func (p *Plan) speaking(s *Series, n int, seed sim.Seed) (*sim.Plan, error) {
	messages, _ := p.setting(s, "messages_per_day")
	every, _ := p.setting(s, "refresh_days")
	if messages < 0 || every <= 0 {
		return nil, fmt.Errorf("%s: messages_per_day and refresh_days have to be positive", s.Name)
	}
	return &sim.Plan{
		Name: p.Name, Engine: "symbolic", Seed: runSeed(seed), Replications: 1, Members: n,
		Habits:   sim.Habits{Online: day / 24, Offline: day / 8, Messages: messages, Size: 100},
		Policies: sim.Policies{Update: days(every), Poisson: true, How: "commit", CommitDelay: day / 144, PathOnAdd: true},
		Network:  sim.Network{RTT: 2e8, Retry: 1e10},
	}, nil
}

// readBefore counts the messages sent before a time that the adversary could read in
// the end.
func readBefore(r *sim.Result, at sim.Time) int {
	read := 0
	for _, m := range r.Messages {
		if m.At < at && m.ReadAt != sim.Never {
			read++
		}
	}
	return read
}
