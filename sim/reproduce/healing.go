package reproduce

import (
	"context"
	"fmt"

	"mlssim/sim"
	"mlssim/sim/crowd"
)

const day = sim.Time(24 * 3600 * 1e9)

// days returns so many days.
func days(n float64) sim.Time { return sim.Time(float64(n * float64(day))) }

// inDays returns a time in days.
func inDays(t sim.Time) float64 { return float64(t) / float64(day) }

// healingTime measures how long after the theft of x devices the group has secrets
// again that the thief does not know.
func healingTime() Experiment {
	return Experiment{
		Name: "healing-time", Settings: []string{"members", "refresh_days", "poisson", "online_hours", "offline_hours"},
		Jobs: func(p *Plan) ([]Job, error) {
			return eachPoint(p, func(ctx context.Context, s *Series, x float64, seed sim.Seed) (float64, error) {
				return p.healedAfter(ctx, s, int(x), seed)
			}), nil
		},
		Expect: func(p *Plan, s *Series, c float64) (float64, bool) {
			every, _ := p.setting(s, "refresh_days")
			poisson, _ := p.setting(s, "poisson")
			on, _ := p.setting(s, "online_hours")
			off, _ := p.setting(s, "offline_hours")
			switch {
			case poisson == 0:
				return float64(c / (c + 1) * every), off == 0
			case off == 0:
				return float64(harmonic(int(c)) * every), true
			}
			return awayMean(every, on/24, off/24), c == 1
		},
	}
}

// healedAfter carries out one run in integers, in which the first members are robbed
// at one time, and returns the days until the last of these thefts has healed.
func (p *Plan) healedAfter(ctx context.Context, s *Series, stolen int, seed sim.Seed) (float64, error) {
	n, err := p.count(s, "members", 2, maxMembers)
	if err != nil {
		return 0, err
	}
	if stolen < 1 || stolen > n {
		return 0, fmt.Errorf("%s: %d of %d members cannot be robbed", s.Name, stolen, n)
	}
	q, err := p.refreshing(s, n, seed)
	if err != nil {
		return 0, err
	}
	at := 2 * q.Policies.Update // by then each member is at a random point between two refreshes
	q.Horizon = at + 25*q.Policies.Update
	for i := range stolen {
		q.Adversary.Compromises = append(q.Adversary.Compromises, sim.PlannedCompromise{Member: fmt.Sprintf("M%d", i+1), At: at})
	}
	r, err := crowd.Run(q, sim.Options{Stop: stopped(ctx)})
	if err != nil {
		return 0, err
	}
	if len(r.Heals) != stolen {
		return 0, fmt.Errorf("%s: %d of %d thefts have healed after %.0f days", s.Name, len(r.Heals), stolen, inDays(q.Horizon-at))
	}
	last := sim.Time(0)
	for _, h := range r.Heals {
		last = max(last, h.At-at)
	}
	return inDays(last), nil
}

// refreshing returns the plan of a group of n whose members refresh their keys by own
// Commits, for a run in integers.
func (p *Plan) refreshing(s *Series, n int, seed sim.Seed) (*sim.Plan, error) {
	every, _ := p.setting(s, "refresh_days")
	poisson, _ := p.setting(s, "poisson")
	on, _ := p.setting(s, "online_hours")
	off, _ := p.setting(s, "offline_hours")
	if every <= 0 || on <= 0 || off < 0 {
		return nil, fmt.Errorf("%s: times have to be positive", s.Name)
	}
	return &sim.Plan{
		Name: p.Name, Engine: "crowd", Seed: runSeed(seed), Replications: 1, Members: n,
		Habits:   sim.Habits{Online: days(on / 24), Offline: days(off / 24)},
		Policies: sim.Policies{Update: days(every), Poisson: poisson != 0, How: "commit", CommitDelay: 1, PathOnAdd: true},
	}, nil
}

// awayMean returns the mean time until a member refreshes its key who does so at random
// times, in the mean after every, or when it comes back if it is offline then. The mean
// stretches online and offline are on and off, all are exponential. At a random time
// it may be online, or offline with or without a refresh that is due.
func awayMean(every, on, off float64) float64 {
	due, leave, back := 1/every, 1/on, 1/off
	// online = 1/(due+leave) + leave/(due+leave) offline, and
	// offline = (1 + due/back)/(due+back) + back/(due+back) online
	fixed := (1 + due/back) / (due + back)
	online := (1/(due+leave) + float64(leave/(due+leave)*fixed)) / (1 - float64(leave/(due+leave)*back/(due+back)))
	offline := fixed + float64(back/(due+back)*online)
	here, waiting := on/(on+off), back/(due+back)
	return float64(here*online) + float64((1-here)*(float64(waiting*offline)+float64((1-waiting)*off)))
}

// runSeed returns the seed of a run that is one replication of a point.
func runSeed(seed sim.Seed) uint64 { return seed.Stream("run", 0).Uint64() }

// stopped returns a function that tells whether a run is to end early.
func stopped(ctx context.Context) func() bool { return func() bool { return ctx.Err() != nil } }

// harmonic returns 1 + 1/2 + … + 1/c: the mean of the largest of c exponential times
// of mean 1.
func harmonic(c int) float64 {
	sum := 0.0
	for i := 1; i <= c; i++ {
		sum += 1 / float64(i)
	}
	return sum
}

// healingByProposals is the same where members propose Updates and somebody else
// commits: the last of the stolen keys is replaced by the first Commit after the last
// of their Updates.
func healingByProposals() Experiment {
	return Experiment{
		Name: "healing-by-proposals", Settings: []string{"members", "refresh_days", "commits_per_day"},
		Jobs: func(p *Plan) ([]Job, error) {
			return eachPoint(p, func(_ context.Context, s *Series, x float64, seed sim.Seed) (float64, error) {
				return p.coveredAfter(s, int(x), seed)
			}), nil
		},
		Expect: func(p *Plan, s *Series, c float64) (float64, bool) {
			every, _ := p.setting(s, "refresh_days")
			commits, _ := p.setting(s, "commits_per_day")
			return float64(harmonic(int(c))*every) + 1/commits, true
		},
	}
}

// coveredAfter returns the days until the group has healed from thefts of the first
// members, if all members propose Updates at random times and the last one commits at
// random times.
func (p *Plan) coveredAfter(s *Series, stolen int, seed sim.Seed) (float64, error) {
	n, err := p.count(s, "members", 2, maxMembers)
	if err != nil {
		return 0, err
	}
	if stolen < 1 || stolen >= n {
		return 0, fmt.Errorf("%s: %d of %d members cannot be robbed, for the last one is spared", s.Name, stolen, n)
	}
	every, _ := p.setting(s, "refresh_days")
	commits, _ := p.setting(s, "commits_per_day")
	if every <= 0 || commits <= 0 {
		return 0, fmt.Errorf("%s: refresh_days and commits_per_day have to be positive", s.Name)
	}
	g, err := robbed(n, stolen)
	if err != nil {
		return 0, err
	}
	draw := seed.Stream("events", 0)
	updates := float64(n-1) / every
	for at := 0.0; ; {
		at += draw.Exp() / (updates + commits)
		if float64(draw.Float64()*(updates+commits)) < updates {
			err = g.Update(crowd.Member(draw.IntN(n - 1)))
		} else if _, err = g.Commit(crowd.Member(n-1), false); err == nil && safe(g) {
			return at, nil
		}
		if err != nil {
			return 0, err
		}
	}
}

// robbed returns a group of n with a full tree after the theft of the first members'
// devices.
func robbed(n, stolen int) (*crowd.Group, error) {
	g, err := crowd.New(n, crowd.Warm, true)
	if err != nil {
		return nil, err
	}
	for m := range stolen {
		g.Adversary().Take(crowd.Member(m), crowd.Everything)
	}
	return g, nil
}

// safe tells whether the adversary does not know the secrets of the present epoch.
func safe(g *crowd.Group) bool {
	at, _ := g.Adversary().Leaked(g.Epoch())
	return at == crowd.Never
}

// healingEpochs counts the Commits until the group has healed from the theft of x
// devices, where each Commit is by one member and covers k Updates.
func healingEpochs() Experiment {
	return Experiment{
		Name: "healing-epochs", Settings: []string{"members", "updates", "in_turn"},
		Jobs: func(p *Plan) ([]Job, error) {
			return eachPoint(p, func(_ context.Context, s *Series, x float64, seed sim.Seed) (float64, error) {
				return p.healedAfterCommits(s, int(x), seed)
			}), nil
		},
		Expect: func(p *Plan, s *Series, c float64) (float64, bool) {
			n, _ := p.setting(s, "members")
			k, _ := p.setting(s, "updates")
			if inTurn, _ := p.setting(s, "in_turn"); inTurn != 0 {
				return float64(c * (n + 1) / (c + 1)), k == 0
			}
			if k == 0 {
				return float64(n * harmonic(int(c))), true
			}
			return epochsUntil(c, 1-power(1-1/n, k+1)), true
		},
	}
}

// power returns x to a power that is a whole number.
func power(x, n float64) float64 {
	y := 1.0
	for ; n >= 1; n-- {
		y = float64(y * x)
	}
	return y
}

// epochsUntil returns the mean number of epochs until each of c members was refreshed
// if each is with probability r in an epoch, whatever happens to the others. (They are
// not independent, if c is above 1.)
func epochsUntil(c, r float64) float64 {
	sum := 0.0
	for t := 0.0; ; t++ {
		open := 1 - power(1-power(1-r, t), c)
		if sum += open; open < 1e-12 {
			return sum
		}
	}
}

func (p *Plan) healedAfterCommits(s *Series, stolen int, seed sim.Seed) (float64, error) {
	n, err := p.count(s, "members", 2, maxMembers)
	if err != nil {
		return 0, err
	}
	k, err := p.count(s, "updates", 0, maxUpdates)
	if err != nil {
		return 0, err
	}
	if stolen < 1 || stolen > n {
		return 0, fmt.Errorf("%s: %d of %d members cannot be robbed", s.Name, stolen, n)
	}
	g, err := crowd.New(n, crowd.Warm, true)
	if err != nil {
		return 0, err
	}
	draw := seed.Stream("members", 0)
	turn := permutation(draw, n)
	for _, m := range permutation(draw, n)[:stolen] {
		g.Adversary().Take(m, crowd.Everything)
	}
	inTurn, _ := p.setting(s, "in_turn")
	for commits := 1; ; commits++ {
		for range k {
			if err := g.Update(crowd.Member(draw.IntN(n))); err != nil {
				return 0, err
			}
		}
		by := crowd.Member(draw.IntN(n))
		if inTurn != 0 {
			by = turn[(commits-1)%n]
		}
		if _, err := g.Commit(by, false); err != nil {
			return 0, err
		}
		if safe(g) {
			return float64(commits), nil
		}
	}
}

// permutation returns the members in random order.
func permutation(s *sim.Stream, n int) []crowd.Member {
	order := make([]crowd.Member, n)
	for i := range order {
		j := s.IntN(i + 1)
		order[i] = order[j]
		order[j] = crowd.Member(i)
	}
	return order
}
