package calibrate

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"mlssim/impl/suite"
)

// TestMeasure measures every operation of every suite once, quickly.
func TestMeasure(t *testing.T) {
	suites := append(suite.All(), suite.Experimental()...)
	var figures []Figure
	err := Measure(t.Context(), suites, time.Millisecond, rand.Reader, func(f Figure) { figures = append(figures, f) })
	if err != nil {
		t.Fatal(err)
	}
	if want := len(suites) * len(Operations()); len(figures) != want {
		t.Fatalf("%d figures, want %d", len(figures), want)
	}
	for _, f := range figures {
		if f.Low <= 0 || f.Low > f.Nanosecond || f.Nanosecond > f.High || f.Confidence < confidence || len(f.Samples) != samples {
			t.Errorf("%s of %s: %v in [%v, %v] at %v from %d samples", f.Operation, f.Suite, f.Nanosecond, f.Low, f.High, f.Confidence, len(f.Samples))
		}
	}
	if err := Check(figures); err != nil {
		t.Error(err)
	}
}

// TestPublicKeysCostMore holds figures against what is known of any machine:
// operations with keys cost many times what a derivation does.
func TestPublicKeysCostMore(t *testing.T) {
	took := map[Operation]float64{}
	err := Measure(t.Context(), suite.All()[:1], 10*time.Millisecond, rand.Reader, func(f Figure) { took[f.Operation] = f.Nanosecond })
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []Operation{GenerateKeyPair, Encrypt, Decrypt, Encapsulate, Decapsulate, Sign, Verify} {
		if took[o] < 4*took[Expand] {
			t.Errorf("%s takes %.0f ns, %s %.0f ns", o, took[o], Expand, took[Expand])
		}
	}
}

// TestMeasureStops ends it between two samples.
func TestMeasureStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	err := Measure(ctx, suite.All(), time.Millisecond, rand.Reader, func(Figure) {
		if n++; n == 2 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || n != 2 {
		t.Errorf("after %d figures: %v", n, err)
	}
}

// broken is a source of randomness that has none.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("no randomness") }

func TestBrokenRandomness(t *testing.T) {
	if err := Measure(t.Context(), suite.All(), time.Millisecond, broken{}, func(Figure) {}); err == nil {
		t.Error("measured without randomness")
	}
}

// spread is a figure with samples about a center, each 1 % from the next.
func spread(o Operation, center float64) Figure {
	values := make([]float64, samples)
	for i := range values {
		values[i] = center * (1 + float64(i-samples/2)/100)
	}
	return figure("s", o, values)
}

func TestCompare(t *testing.T) {
	before := []Figure{spread(Sign, 100), spread(Verify, 100), spread(Hash, 5)}
	changes := Compare(before, []Figure{spread(Sign, 101), spread(Verify, 140), spread(Open, 1)})
	if len(changes) != 2 {
		t.Fatalf("%d changes, want those of what both have: %+v", len(changes), changes)
	}
	if c := changes[0]; c.Differs || c.Operation != Sign {
		t.Errorf("1 %% among samples that spread over 30 %% is said to differ: %+v", c)
	}
	if c := changes[1]; !c.Differs || c.Before != 100 || c.After != 140 {
		t.Errorf("40 %% is said not to differ: %+v", c)
	}
}

// TestSharedLevel: what would differ alone does not among many.
func TestSharedLevel(t *testing.T) {
	a, b := spread(Sign, 100), spread(Sign, 106)
	if alone := Compare([]Figure{a}, []Figure{b}); !alone[0].Differs {
		t.Fatalf("alone: p = %v", alone[0].P)
	}
	var before, after []Figure
	for _, o := range Operations() {
		before, after = append(before, spread(o, 100)), append(after, spread(o, 106))
	}
	many := Compare(before, after)
	if many[0].Differs {
		t.Errorf("among %d: p = %v", len(many), many[0].P)
	}
}

func TestCheck(t *testing.T) {
	good := spread(Sign, 100)
	for name, change := range map[string]func(*Figure){
		"suite":     func(f *Figure) { f.Suite = "" },
		"operation": func(f *Figure) { f.Operation = "juggle" },
		"samples":   func(f *Figure) { f.Samples = nil },
		"time":      func(f *Figure) { f.Nanosecond = 0 },
		"sample":    func(f *Figure) { f.Samples = []float64{-1} },
	} {
		bad := good
		change(&bad)
		if Check([]Figure{good, bad}) == nil {
			t.Errorf("%s: nothing is wrong with %+v", name, bad)
		}
	}
	if Check(nil) == nil {
		t.Error("no figures are fine")
	}
}
