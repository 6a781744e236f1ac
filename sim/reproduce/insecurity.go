package reproduce

import (
	"context"
	"errors"

	"mlssim/sim"
	"mlssim/sim/crowd"
)

// insecureTime measures in which part of the time the thief knows the group's secrets,
// if devices are stolen and keys refreshed at random times.
func insecureTime() Experiment {
	return Experiment{
		Name: "insecure-time", Settings: []string{"refresh_days", "thefts_per_year", "years"},
		Jobs: func(p *Plan) ([]Job, error) {
			return eachPoint(p, func(ctx context.Context, s *Series, n float64, seed sim.Seed) (float64, error) {
				years, _ := p.setting(s, "years")
				w, err := p.watch(s, n, seed)
				if err != nil || years <= 0 {
					return 0, errors.Join(err, ctx.Err())
				}
				from := 10 / w.healed
				for w.now < from {
					if err := w.step(); err != nil {
						return 0, err
					}
				}
				known := w.since(from)
				for w.now < from+years {
					if err := w.step(); err != nil {
						return 0, err
					}
				}
				return (w.since(from+years) - known) / years, ctx.Err()
			}), nil
		},
		Expect: func(p *Plan, s *Series, n float64) (float64, bool) {
			healed, stolen := p.rates(s)
			return 1 - power(healed/(healed+stolen), n), true
		},
	}
}

// insecureEpisodes measures how long it knows them in a row, from the first theft on.
func insecureEpisodes() Experiment {
	return Experiment{
		Name: "insecure-episodes", Settings: []string{"refresh_days", "thefts_per_year"},
		Jobs: func(p *Plan) ([]Job, error) {
			return eachPoint(p, func(ctx context.Context, s *Series, n float64, seed sim.Seed) (float64, error) {
				w, err := p.watch(s, n, seed)
				for err == nil && !w.known {
					err = w.step()
				}
				for err == nil && w.known {
					err = errors.Join(w.step(), ctx.Err())
				}
				if err != nil {
					return 0, err
				}
				return float64(365 * w.sum), nil
			}), nil
		},
		Expect: func(p *Plan, s *Series, n float64) (float64, bool) {
			healed, stolen := p.rates(s)
			return 365 * (power((healed+stolen)/healed, n) - 1) / (n * stolen), true
		},
	}
}

// rates returns how often a year a member's keys are refreshed and stolen.
func (p *Plan) rates(s *Series) (healed, stolen float64) {
	every, _ := p.setting(s, "refresh_days")
	stolen, _ = p.setting(s, "thefts_per_year")
	return 365 / every, stolen
}

// A watched group is one in which each member commits, and is robbed, at random times.
// Times are in years.
type watched struct {
	g              *crowd.Group
	draw           *sim.Stream
	n              int
	healed, stolen float64 // rates, of each member

	now   float64 // of the next event
	last  float64 // of the newest
	known bool    // the adversary has known the present secrets since then
	sum   float64 // time for which it did, until last
}

// watch returns a group in which nobody was robbed yet.
func (p *Plan) watch(s *Series, n float64, seed sim.Seed) (*watched, error) {
	w := &watched{n: int(n), draw: seed.Stream("events", 0)}
	if w.healed, w.stolen = p.rates(s); !finite(w.healed) || w.healed <= 0 || w.stolen <= 0 {
		return nil, errors.New(s.Name + ": refresh_days and thefts_per_year have to be positive")
	}
	var err error
	w.g, err = crowd.New(w.n, crowd.Warm, true)
	w.wait()
	return w, err
}

func (w *watched) wait() {
	w.last = w.now
	w.now += w.draw.Exp() / (float64(w.n) * (w.healed + w.stolen))
}

// step carries out the next event.
func (w *watched) step() error {
	w.sum = w.since(w.now)
	m := crowd.Member(w.draw.IntN(w.n))
	if float64(w.draw.Float64()*(w.healed+w.stolen)) < w.stolen {
		w.g.Adversary().Take(m, crowd.Everything)
	} else if _, err := w.g.Commit(m, false); err != nil {
		return err
	}
	w.known = !safe(w.g)
	w.wait()
	return nil
}

// since returns for how long until a time, not before the newest event and not after
// the next one, the adversary knew the secrets of that time.
func (w *watched) since(at float64) float64 {
	if !w.known {
		return w.sum
	}
	return w.sum + at - w.last
}
