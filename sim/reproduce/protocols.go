package reproduce

import (
	"context"
	"fmt"

	"mlssim/impl/suite"
	"mlssim/sim"
	"mlssim/sim/concrete"
	"mlssim/sim/rival"
)

// protocolsRead counts the messages that one theft makes readable, and protocolsSent the
// bytes that each member sends a day, over the days between two refreshes.
func protocolsRead() Experiment {
	return protocols("protocols-read", "symbolic", func(r *sim.Result, _ *sim.Plan) float64 {
		return float64(readBefore(r, r.Horizon))
	})
}

func protocolsSent() Experiment {
	return protocols("protocols-sent", "concrete", func(r *sim.Result, p *sim.Plan) float64 {
		bytes := 0
		for _, m := range r.Messages {
			bytes += m.Bytes
		}
		for _, e := range r.Epochs {
			if e.Adds == 0 { // not the setting up
				bytes += e.Cost.Bytes
			}
		}
		return float64(bytes) / float64(p.Members) / inDays(r.Horizon)
	})
}

// protocolNames are what the setting protocol counts: MLS is the first.
var protocolNames = append([]string{"mls"}, rival.Protocols()...)

func protocols(name, engine string, measure func(*sim.Result, *sim.Plan) float64) Experiment {
	return Experiment{
		Name: name, Settings: []string{"protocol", "members", "messages_per_day", "days"},
		Jobs: func(p *Plan) ([]Job, error) {
			return eachPoint(p, func(ctx context.Context, s *Series, x float64, seed sim.Seed) (float64, error) {
				which, err := p.count(s, "protocol", 0, len(protocolNames)-1)
				if err != nil {
					return 0, err
				}
				n, err := p.count(s, "members", 2, sim.ModelMembers)
				if err != nil {
					return 0, err
				}
				horizon, err := p.count(s, "days", 1, 1000)
				if err != nil {
					return 0, err
				}
				messages, _ := p.setting(s, "messages_per_day")
				if messages < 0 || x <= 0 {
					return 0, fmt.Errorf("%s: messages_per_day and refreshes have to be positive", s.Name)
				}
				q := &sim.Plan{
					Name: p.Name, Engine: engine, Seed: runSeed(seed), Replications: 1, Members: n, Horizon: sim.Time(horizon) * day,
					Habits:    sim.Habits{Online: day / 24, Offline: day / 8, Messages: messages, Size: 100},
					Policies:  sim.Policies{Update: days(x), Jitter: 0.5, How: "commit", CommitDelay: day / 144, PathOnAdd: true},
					Network:   sim.Network{RTT: 2e8, Retry: 1e10},
					Adversary: sim.Adversity{Compromises: []sim.PlannedCompromise{{Member: "M2", At: sim.Time(horizon) * day / 4}}},
				}
				b, err := carriedOutBy(which, q)
				if err != nil {
					return 0, err
				}
				r, err := sim.Run(q, b, sim.Options{Stop: stopped(ctx)})
				if err != nil {
					return 0, err
				}
				return measure(r, q), nil
			}), nil
		},
	}
}

// carriedOutBy returns a fresh backend for a protocol and sets the plan's.
func carriedOutBy(protocol int, p *sim.Plan) (sim.Backend, error) {
	if protocol > 0 {
		p.Engine, p.Protocol = "symbolic", protocolNames[protocol]
		return rival.New(p.Protocol)
	}
	if p.Engine == "concrete" {
		return concrete.New(suite.All()[0], sim.NewSeed(p.Seed, 0)), nil
	}
	return newSymbols(), nil
}
