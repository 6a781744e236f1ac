package main

import (
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"

	"mlssim/plots"
	"mlssim/sim"
)

// A metric is one number measured in one replication.
type metric struct {
	name  string
	value float64
	// shared metrics are averaged over replications.
	shared bool
}

// metrics returns what is measured in one replication, in a fixed order.
// Fractions of nothing are 0. Times are in nanoseconds.
func metrics(r *sim.Result) []metric {
	t := totals(r)
	all := []metric{
		{"leaked_epochs_fraction", fraction(float64(t.leaked), float64(t.epochs)), true},
		{"leaked_time_fraction", fraction(float64(t.leakedTime), float64(r.Horizon)*float64(len(r.Groups()))), true},
		{"leaked_messages_fraction", fraction(float64(t.read), float64(len(r.Messages))), true},
		{"retroactive_epochs_fraction", fraction(float64(t.retroactive), float64(t.epochs)), true},
		{"commits", float64(t.commits), true},
		{"commits_with_path", float64(t.paths), true},
		{"commits_rejected", float64(r.Rejected), true},
		{"hpke_encryptions", float64(t.cost.Seals), true},
		{"epochs", float64(t.epochs), false},
		{"leaked_epochs", float64(t.leaked), false},
		{"retroactive_epochs", float64(t.retroactive), false},
		{"messages", float64(len(r.Messages)), false},
		{"leaked_messages", float64(t.read), false},
		{"compromises", float64(len(r.Compromises)), false},
		{"healed", float64(len(r.Heals)), false},
	}
	if r.Scale == nil { // else nobody has counted these
		all = append(all, service(r, t)...)
		all = append(all, state(r)...)
	}
	all = append(all, thefts(r)...)
	all = append(all, provisional(r)...)
	all = append(all, acrossGroups(r)...)
	all = append(all, forks(r)...)
	if r.Engine != "symbolic" || r.Protocol != "" || r.Scale != nil { // MLS on symbols has no size
		all = append(all, metric{"bytes", float64(t.cost.Bytes), true})
		if r.Scale == nil {
			all = append(all, metric{"welcome_bytes", float64(t.cost.Welcome), true})
		}
	}
	for _, o := range plots.Observations([]*sim.Result{r}) {
		name := "time_to_heal_ns"
		if o.Censored {
			name = "time_open_at_horizon_ns"
		}
		all = append(all, metric{name, float64(o.Time), false})
	}
	return all
}

func fraction(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return part / whole
}

// total sums up one replication, over all groups.
type total struct {
	epochs, leaked, retroactive int
	leakedTime                  sim.Time
	read                        int // messages
	commits, paths              int
	cost                        sim.Cost // of all commits
}

func totals(r *sim.Result) (t total) {
	for _, epochs := range r.Groups() {
		for i, e := range epochs {
			t.add(e, r)
			if i == 0 {
				continue // no Commit begins the first epoch
			}
			t.commits++
			if e.Path {
				t.paths++
			}
			t.cost.Seals += e.Cost.Seals
			t.cost.Bytes += e.Cost.Bytes
			t.cost.Welcome += e.Cost.Welcome
		}
	}
	for _, m := range r.Messages {
		if m.ReadAt != sim.Never {
			t.read++
		}
	}
	return t
}

func (t *total) add(e sim.EpochRecord, r *sim.Result) {
	t.epochs++
	if e.LeakedAt != sim.Never {
		t.leaked++
		t.leakedTime += end(e, r) - e.Start
	}
	if e.Retroactive {
		t.retroactive++
	}
}

// end returns when an epoch ended; the last one lasts until the horizon.
func end(e sim.EpochRecord, r *sim.Result) sim.Time {
	if e.End == sim.Never {
		return max(r.Horizon, e.Start)
	}
	return e.End
}

// An estimate is a mean, or a proportion, with its 95 % confidence interval.
type estimate struct {
	name string
	Mean float64     `json:"mean"`
	CI   *[2]float64 `json:"ci95"` // null where a single value says nothing about the spread
	N    int         `json:"n"`
}

// aggregates estimates the shared metrics over replications, and the share of
// replications in which something happened.
func aggregates(results []*sim.Result) []estimate {
	var names []string
	values := map[string][]float64{}
	for _, r := range results {
		for _, m := range metrics(r) {
			if !m.shared {
				continue
			}
			if values[m.name] == nil {
				names = append(names, m.name)
			}
			values[m.name] = append(values[m.name], m.value)
		}
	}
	var all []estimate
	for _, name := range names {
		e := studentMean(name, values[name])
		if e.CI != nil && strings.HasSuffix(name, "_fraction") { // cut to what is possible
			e.CI = &[2]float64{max(0, e.CI[0]), min(1, e.CI[1])}
		}
		all = append(all, e)
	}
	leaks, retroactive := 0, 0
	for _, r := range results {
		t := totals(r)
		leaks += min(t.leaked, 1)
		retroactive += min(t.retroactive, 1)
	}
	return append(all, wilson("runs_with_leak", leaks, len(results)), wilson("runs_with_retroactive_leak", retroactive, len(results)))
}

// studentMean returns the mean of independent values with the interval of
// Student's t distribution.
func studentMean(name string, values []float64) estimate {
	n := float64(len(values))
	e := estimate{name: name, N: len(values)}
	for _, v := range values {
		e.Mean += v / n
	}
	if len(values) < 2 {
		return e
	}
	var squares float64
	for _, v := range values {
		squares += (v - e.Mean) * (v - e.Mean)
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile(0.975)
	half := t * math.Sqrt(squares/(n-1)/n)
	e.CI = &[2]float64{e.Mean - half, e.Mean + half}
	return e
}

// wilson returns the share k of n with Wilson's score interval, which stays
// within 0 and 1 and has a width even where k is 0 or n.
func wilson(name string, k, n int) estimate {
	e := estimate{name: name, N: n}
	if n == 0 {
		return e
	}
	z := distuv.UnitNormal.Quantile(0.975)
	p, m := float64(k)/float64(n), float64(n)
	center := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	e.Mean, e.CI = p, &[2]float64{max(0, center-half), min(1, center+half)}
	return e
}

// A healing is how long compromises last, over all replications: half of them
// no longer than Median. Those that were still open count for as long as they
// were seen (Kaplan-Meier); a mean of the others would be too small.
type healing struct {
	Median   *sim.Time `json:"median_ns"` // null if fewer than half are known to heal
	N        int       `json:"n"`
	Censored int       `json:"censored"` // open at the horizon
}

func healTimes(results []*sim.Result) healing {
	c := plots.KaplanMeier(plots.Observations(results))
	h := healing{N: c.N, Censored: len(c.Censored)}
	if m, ok := c.Median(); ok {
		h.Median = &m
	}
	return h
}

// leakedEpochs lists the epochs that leak, and those of them that leaked after
// they had ended.
func leakedEpochs(r *sim.Result) (leaked, retroactive []uint64) {
	leaked, retroactive = []uint64{}, []uint64{}
	for _, e := range r.Epochs {
		if e.LeakedAt != sim.Never {
			leaked = append(leaked, e.Epoch)
		}
		if e.Retroactive {
			retroactive = append(retroactive, e.Epoch)
		}
	}
	slices.Sort(leaked)
	slices.Sort(retroactive)
	return leaked, retroactive
}
