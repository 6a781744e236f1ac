package reproduce

import (
	"context"
	"errors"
	"fmt"

	"mlssim/sim"
	"mlssim/sim/crowd"
	"mlssim/sim/symbolic"
)

// knownNodes counts the keys of the present tree that x thefts give away, each of a
// member drawn from all.
func knownNodes() Experiment {
	return Experiment{
		Name: "known-nodes", Settings: []string{"members"},
		Jobs: func(p *Plan) ([]Job, error) {
			return eachPoint(p, func(_ context.Context, s *Series, x float64, seed sim.Seed) (float64, error) {
				n, err := p.count(s, "members", 2, maxMembers)
				if err != nil {
					return 0, err
				}
				g, err := crowd.New(n, crowd.Warm, true)
				if err != nil {
					return 0, err
				}
				draw := seed.Stream("members", 0)
				for range int(x) {
					g.Adversary().Take(crowd.Member(draw.IntN(n)), crowd.Everything)
				}
				return float64(g.Adversary().Keys()), nil
			}), nil
		},
		Expect: func(p *Plan, s *Series, c float64) (float64, bool) {
			n, _ := p.setting(s, "members")
			sum := 0.0
			for below := 1.0; below <= n; below += below {
				sum += float64(n / below * (1 - power(1-below/n, c)))
			}
			return sum, powerOfTwo(n)
		},
	}
}

// staleDevice counts the epochs that a device gives away that was offline for x days.
func staleDevice() Experiment {
	return Experiment{
		Name: "stale-device", Settings: []string{"members", "commits_per_day", "evict_days"},
		Jobs: func(p *Plan) ([]Job, error) {
			return eachPoint(p, func(_ context.Context, s *Series, x float64, seed sim.Seed) (float64, error) {
				return p.givenAway(s, x, seed)
			}), nil
		},
		Expect: func(p *Plan, s *Series, x float64) (float64, bool) {
			commits, _ := p.setting(s, "commits_per_day")
			evict, _ := p.setting(s, "evict_days")
			if evict > 0 {
				x = min(x, evict)
			}
			return 1 + float64(commits*x), true
		},
	}
}

func (p *Plan) givenAway(s *Series, away float64, seed sim.Seed) (float64, error) {
	n, err := p.count(s, "members", 3, maxMembers)
	if err != nil {
		return 0, err
	}
	commits, _ := p.setting(s, "commits_per_day")
	evict, _ := p.setting(s, "evict_days")
	if commits <= 0 || evict < 0 || away < 0 {
		return 0, fmt.Errorf("%s: times and rates have to be positive", s.Name)
	}
	g, err := crowd.New(n, crowd.Warm, true)
	if err != nil {
		return 0, err
	}
	const victim = crowd.Member(0)
	g.Leave(victim)
	draw := seed.Stream("commits", 0)
	commit := func() error {
		_, err := g.Commit(1+crowd.Member(draw.IntN(n-1)), false)
		return err
	}
	removed := evict == 0 || evict > away
	for at := draw.Exp() / commits; at < away; at += draw.Exp() / commits {
		if !removed && at >= evict {
			removed = true
			if err := errors.Join(g.Remove(victim), commit()); err != nil {
				return 0, err
			}
		}
		if err := commit(); err != nil {
			return 0, err
		}
	}
	if !removed { // nobody has committed since
		if err := errors.Join(g.Remove(victim), commit()); err != nil {
			return 0, err
		}
	}
	g.Adversary().Take(victim, crowd.Everything)
	leaked := 0
	for e := range g.Epoch() + 1 {
		if at, _ := g.Adversary().Leaked(e); at != crowd.Never {
			leaked++
		}
	}
	return float64(leaked), nil
}

// unreadMessages counts the messages sent before a theft that it makes readable: those
// that the device has not processed.
func unreadMessages() Experiment {
	return Experiment{
		Name: "unread-messages", Settings: []string{"members", "messages_per_day", "online_hours"},
		Jobs: func(p *Plan) ([]Job, error) {
			return eachPoint(p, func(ctx context.Context, s *Series, x float64, seed sim.Seed) (float64, error) {
				n, err := p.count(s, "members", 2, sim.ModelMembers)
				if err != nil {
					return 0, err
				}
				messages, _ := p.setting(s, "messages_per_day")
				on, _ := p.setting(s, "online_hours")
				if messages <= 0 || on <= 0 || x <= 0 {
					return 0, fmt.Errorf("%s: times and rates have to be positive", s.Name)
				}
				at := 12 * days((on+x)/24)
				q := &sim.Plan{
					Name: p.Name, Engine: "symbolic", Seed: runSeed(seed), Replications: 1, Members: n, Horizon: at + 1,
					Habits:    sim.Habits{Online: days(on / 24), Offline: days(x / 24), Messages: messages},
					Policies:  sim.Policies{How: "commit", PathOnAdd: true},
					Network:   sim.Network{RTT: 1},
					Adversary: sim.Adversity{Compromises: []sim.PlannedCompromise{{Member: "M2", At: at}}},
				}
				r, err := onSymbols(ctx, q)
				if err != nil {
					return 0, err
				}
				return float64(readBefore(r, at)), nil
			}), nil
		},
		Expect: func(p *Plan, s *Series, off float64) (float64, bool) {
			n, _ := p.setting(s, "members")
			messages, _ := p.setting(s, "messages_per_day")
			on, _ := p.setting(s, "online_hours")
			return (n - 1) * messages * off / (on + off) * off / 24, true
		},
	}
}

// onSymbols carries out a run on the model.
func onSymbols(ctx context.Context, p *sim.Plan) (*sim.Result, error) {
	return sim.Run(p, newSymbols(), sim.Options{Stop: stopped(ctx)})
}

// newSymbols returns the model as a backend on which nothing has happened.
func newSymbols() sim.Backend { return symbolic.New(nil) }
