package plots

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/sim"
)

func near(a, b float64) bool { return math.Abs(a-b) < 5e-4 }

// TestKaplanMeierOfRemission compares with the remission times, in weeks, of 21
// patients (Freireich and others, 1963), whose estimate every textbook has.
func TestKaplanMeierOfRemission(t *testing.T) {
	var all []Observation
	for _, w := range []sim.Time{6, 6, 6, 7, 10, 13, 16, 22, 23} {
		all = append(all, Observation{Time: w})
	}
	for _, w := range []sim.Time{35, 34, 32, 32, 25, 20, 19, 17, 11, 10, 9, 6} {
		all = append(all, Observation{Time: w, Censored: true})
	}
	want := []struct {
		time     sim.Time
		atRisk   int
		events   int
		survival float64
	}{{6, 21, 3, .8571}, {7, 17, 1, .8067}, {10, 15, 1, .7529}, {13, 12, 1, .6902}, {16, 11, 1, .6275}, {22, 7, 1, .5378}, {23, 6, 1, .4482}}
	c := KaplanMeier(all)
	if c.N != 21 || len(c.Censored) != 12 || len(c.Points) != len(want) {
		t.Fatalf("%d observations, %d censored, %d points; want 21, 12, %d", c.N, len(c.Censored), len(c.Points), len(want))
	}
	for i, w := range want {
		p := c.Points[i]
		if p.Time != w.time || p.AtRisk != w.atRisk || p.Events != w.events || !near(1-p.Healed, w.survival) {
			t.Errorf("point %d: %+v, want %+v", i, p, w)
		}
	}
	// Limits of the survival at 6 weeks on the log-log scale: 0.620 and 0.952.
	if p := c.Points[0]; !near(1-p.High, .6197) || !near(1-p.Low, .9516) {
		t.Errorf("limits of survival at 6 weeks: %.4f to %.4f, want 0.6197 to 0.9516", 1-p.High, 1-p.Low)
	}
	if m, ok := c.Median(); !ok || m != 23 {
		t.Errorf("median %d, %v; want 23", m, ok)
	}
}

// TestKaplanMeierByHand has four compromises: healed at 1 and 3, seen until 2,
// healed at 4. Three quarters are open after 1, (3/4)(1/2) after 3, none after 4.
func TestKaplanMeierByHand(t *testing.T) {
	c := KaplanMeier([]Observation{{Time: 4}, {Time: 2, Censored: true}, {Time: 1}, {Time: 3}})
	var healed []float64
	for _, p := range c.Points {
		healed = append(healed, p.Healed)
		if !(0 <= p.Low && p.Low <= p.Healed && p.High <= 1) {
			t.Errorf("limits %v and %v around %v", p.Low, p.High, p.Healed)
		}
	}
	if diff := cmp.Diff([]float64{0.25, 0.625, 1}, healed); diff != "" {
		t.Error(diff)
	}
	if m, ok := c.Median(); !ok || m != 3 {
		t.Errorf("median %d, %v; want 3", m, ok)
	}
}

func TestMedianNotReached(t *testing.T) {
	c := KaplanMeier([]Observation{{Time: 1}, {Time: 2, Censored: true}, {Time: 2, Censored: true}})
	if m, ok := c.Median(); ok {
		t.Errorf("median %d of a curve that ends at %v", m, c.Points[0].Healed)
	}
}

// TestObservations: from the end of the theft to its heal, or to the horizon.
func TestObservations(t *testing.T) {
	r := &sim.Result{
		Horizon: 100,
		Compromises: []sim.Compromise{
			{From: 10, Until: 10}, {From: 20, Until: 40}, {From: 50, Until: 50}, {From: 90, Until: 100}, {From: 95, Until: sim.Never},
			{From: 60, Until: 70}, {From: 60, Until: 80},
		},
		Heals: []sim.Heal{{Compromise: 0, At: 25}, {Compromise: 1, At: 45}, {Compromise: 5, At: 65}},
	}
	want := []Observation{{Time: 15}, {Time: 5}, {Time: 50, Censored: true}, {Time: 0}, {Time: 20, Censored: true}}
	if diff := cmp.Diff(want, Observations([]*sim.Result{r})); diff != "" {
		t.Error(diff)
	}
}

func TestRunningMedian(t *testing.T) {
	got := RunningMedian([]float64{5, 1, 9, 2, 2}, 3)
	if diff := cmp.Diff([]float64{3, 5, 2, 2, 2}, got); diff != "" {
		t.Error(diff)
	}
	if RunningMedian(nil, 3) == nil || len(RunningMedian(nil, 3)) != 0 {
		t.Error("no values have no medians")
	}
}
