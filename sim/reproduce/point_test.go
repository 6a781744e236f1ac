package reproduce

import (
	"context"
	"errors"
	"math"
	"testing"

	"mlssim/sim"
)

// A point passes if it is near enough, and known well enough.
func TestJudge(t *testing.T) {
	hundred := 100.0
	for _, c := range []struct {
		name      string
		tolerance float64
		spread    float64
		values    []float64
		want      bool
	}{
		{"the same", 0.03, 0, []float64{100, 100}, true},
		{"at the edge", 0.03, 0, []float64{103}, true},
		{"below the edge", 0.03, 0, []float64{97}, true},
		{"beyond it", 0.03, 0, []float64{103.01}, false},
		{"beyond it, below", 0.03, 0, []float64{96.9}, false},
		{"within the spread, which is wider", 0.03, 5, []float64{104.9}, true},
		{"beyond the spread", 0.03, 5, []float64{105.1}, false},
		{"within the tolerance, and the spread is less", 0.03, 0.2, []float64{102}, true},
		{"nobody knows: the interval is wide", 0.03, 0, []float64{90, 110, 100}, false},
		{"not a number", 0.03, 0, []float64{math.NaN()}, false},
	} {
		s := &Series{Tolerance: c.tolerance}
		p := (&Plan{}).judge(s, Target{X: 1, Published: &hundred, Spread: c.spread}, c.values, 0, false)
		if p.Passed == nil || *p.Passed != c.want {
			t.Errorf("%s: %+v", c.name, p)
		}
		q := (&Plan{}).judge(s, Target{X: 1}, c.values, 100, true)
		if c.spread == 0 && (*q.Passed != c.want || !q.Recomputed) {
			t.Errorf("%s, by a formula: %+v", c.name, q)
		}
	}
	if p := (&Plan{}).judge(&Series{}, Target{X: 1}, []float64{1}, 0, false); p.Passed != nil || p.Published != nil || p.Tolerance != nil {
		t.Errorf("nothing to compare with: %+v", p)
	}
}

// The interval is Student's: of 1, 2, 3 it is 2 with 4.302653 / sqrt(3) to each side.
func TestInterval(t *testing.T) {
	mean, low, high := interval([]float64{1, 2, 3}, usual)
	half := 4.302652729911275 / math.Sqrt(3)
	if mean != 2 || math.Abs(high-2-half) > 1e-9 || math.Abs(2-low-half) > 1e-9 {
		t.Error(mean, low, high)
	}
	if _, low, high := interval([]float64{7}, usual); low != 7 || high != 7 {
		t.Error(low, high)
	}
}

// The outcome is the same with one worker and with many; the seed matters.
func TestOutcomeIsDetermined(t *testing.T) {
	e, _ := Find("refreshed-keys")
	digest := func(seed uint64, workers int) string {
		p, err := e.Load("sound", []byte(sound))
		if err != nil {
			t.Fatal(err)
		}
		p.Seed = seed
		o, err := e.Run(t.Context(), p, false, workers)
		if err != nil {
			t.Fatal(err)
		}
		if len(o.Points) != 3 {
			t.Fatalf("%d points", len(o.Points))
		}
		return o.Digest()
	}
	one := digest(1, 1)
	if many := digest(1, 5); many != one {
		t.Error("another outcome with five workers")
	}
	if other := digest(2, 1); other == one {
		t.Error("the same outcome with another seed")
	}
}

// An experiment that fails in no point, or in one, says so; a full run has the points
// that others leave out.
func TestRun(t *testing.T) {
	one, off := 1.0, 2.0
	p := &Plan{Name: "x", Replications: 1, Series: []Series{{Name: "a", Points: []Target{{X: 1, Published: &one}, {X: 2, Published: &off, Full: true}}}}}
	e := Experiment{Name: "x", Jobs: func(p *Plan) ([]Job, error) {
		return []Job{func(context.Context) ([]Sample, error) {
			return []Sample{{"a", 1, 1}, {"a", 2, 1}}, nil
		}}, nil
	}}
	for _, full := range []bool{false, true} {
		o, err := e.Run(t.Context(), p, full, 2)
		if err != nil || o.Passed == full || len(o.Points) != map[bool]int{false: 1, true: 2}[full] {
			t.Errorf("full %v: %+v, %v", full, o, err)
		}
	}
	p.Series[0].Points = append(p.Series[0].Points, Target{X: 3, Published: &one})
	if _, err := e.Run(t.Context(), p, false, 1); err == nil {
		t.Error("a point that nobody has measured")
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := e.Run(stopped, p, false, 2); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
	during, stop := context.WithCancel(t.Context())
	e.Jobs = func(*Plan) ([]Job, error) {
		return []Job{func(context.Context) ([]Sample, error) {
			stop()
			return nil, sim.ErrStopped
		}}, nil
	}
	if _, err := e.Run(during, p, false, 2); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped while it ran: %v", err)
	}
}
