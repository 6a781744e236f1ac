package plots

import (
	"cmp"
	"math"
	"slices"

	"mlssim/sim"
)

// An Observation is how long one compromise lasted after the theft had ended:
// until it healed or, if Censored, at least until the run was over.
type Observation struct {
	Time     sim.Time
	Censored bool
}

// Observations returns one observation for each compromise of the results, in
// their order. Time runs from the end of the theft ([sim.Compromise].Until) and
// is never negative. A theft that reached the horizon gives none.
func Observations(results []*sim.Result) []Observation {
	var all []Observation
	for _, r := range results {
		healed := map[int]sim.Time{}
		for _, h := range r.Heals {
			healed[h.Compromise] = h.At
		}
		for i, c := range r.Compromises {
			if at, ok := healed[i]; ok {
				all = append(all, Observation{Time: max(0, at-c.Until)})
			} else if c.Until != sim.Never && c.Until < r.Horizon {
				all = append(all, Observation{Time: r.Horizon - c.Until, Censored: true})
			}
		}
	}
	return all
}

// A Point is a step of a [Curve]: from Time on, the share Healed has healed.
type Point struct {
	Time      sim.Time
	Healed    float64 // 1 minus the Kaplan-Meier estimate of survival
	Low, High float64 // its pointwise confidence limits
	AtRisk    int     // observations that lasted at least until Time
	Events    int     // that healed at Time
}

// A Curve is the Kaplan-Meier estimate of the share that has healed by a time.
type Curve struct {
	Points   []Point    // one for each time at which something healed
	Censored []sim.Time // sorted
	N        int        // observations
}

// z95 is the 97.5 % quantile of the standard normal distribution.
const z95 = 1.959963984540054

// KaplanMeier estimates the share healed by each time, with 95 % confidence
// limits from Greenwood's variance on the log-log scale. Where that scale ends,
// because the last observation healed, the limits stay as they were.
func KaplanMeier(observations []Observation) Curve {
	all := slices.Clone(observations)
	slices.SortFunc(all, func(a, b Observation) int { return cmp.Compare(a.Time, b.Time) })
	c := Curve{N: len(all)}
	survival, variance := 1.0, 0.0
	var low, high float64
	for i := 0; i < len(all); {
		t, atRisk, events := all[i].Time, len(all)-i, 0
		for ; i < len(all) && all[i].Time == t; i++ {
			if all[i].Censored {
				c.Censored = append(c.Censored, t)
			} else {
				events++
			}
		}
		if events == 0 {
			continue
		}
		survival *= float64(atRisk-events) / float64(atRisk)
		if events < atRisk {
			variance += float64(events) / (float64(atRisk) * float64(atRisk-events))
			low, high = logLogLimits(survival, variance)
		} else if len(c.Points) == 0 {
			low, high = 0, 1 // all healed at once: the scale says nothing
		}
		c.Points = append(c.Points, Point{t, 1 - survival, low, high, atRisk, events})
	}
	return c
}

// logLogLimits are limits for 1-survival that stay within 0 and 1.
func logLogLimits(survival, variance float64) (low, high float64) {
	spread := z95 * math.Sqrt(variance) / -math.Log(survival)
	return 1 - math.Pow(survival, math.Exp(-spread)), 1 - math.Pow(survival, math.Exp(spread))
}

// Median returns the first time by which at least half has healed; false if the
// curve does not get that far.
func (c Curve) Median() (sim.Time, bool) {
	for _, p := range c.Points {
		if p.Healed >= 0.5-1e-12 { // a product of fractions that is rounded at each step
			return p.Time, true
		}
	}
	return 0, false
}

// RunningMedian returns, for each value, the median of the window values around
// it; at the ends, of those that there are. window is odd.
func RunningMedian(values []float64, window int) []float64 {
	out := make([]float64, len(values))
	for i := range values {
		near := slices.Clone(values[max(0, i-window/2):min(len(values), i+window/2+1)])
		slices.Sort(near)
		if n := len(near); n%2 == 1 {
			out[i] = near[n/2]
		} else {
			out[i] = (near[n/2-1] + near[n/2]) / 2
		}
	}
	return out
}
