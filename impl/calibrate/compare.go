package calibrate

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/perf/benchmath"
)

// A Change is how a Figure differs from an older one of the same suite and
// operation.
type Change struct {
	Suite     string    `json:"suite"`
	Operation Operation `json:"operation"`
	Before    float64   `json:"before_ns"`
	After     float64   `json:"after_ns"`
	P         float64   `json:"p"`       // of the Mann-Whitney U test, that both are the same
	Differs   bool      `json:"differs"` // p is below 0.05 divided by the number of comparisons
}

// Compare returns the change of each figure that both have, in the order of
// after. With many comparisons some differ by chance: the level of 5 % is shared
// among them (Bonferroni), so that among figures that did not change one is said
// to differ in no more than one of twenty comparisons of all.
func Compare(before, after []Figure) []Change {
	type key struct {
		suite     string
		operation Operation
	}
	old := map[key]Figure{}
	for _, f := range before {
		old[key{f.Suite, f.Operation}] = f
	}
	var changes []Change
	for _, f := range after {
		o, ok := old[key{f.Suite, f.Operation}]
		if !ok {
			continue
		}
		c := benchmath.AssumeNothing.Compare(
			benchmath.NewSample(append([]float64(nil), o.Samples...), &benchmath.DefaultThresholds),
			benchmath.NewSample(append([]float64(nil), f.Samples...), &benchmath.DefaultThresholds))
		changes = append(changes, Change{Suite: f.Suite, Operation: f.Operation, Before: o.Nanosecond, After: f.Nanosecond, P: c.P})
	}
	for i := range changes {
		changes[i].Differs = changes[i].P < benchmath.DefaultThresholds.CompareAlpha/float64(len(changes))
	}
	return changes
}

// Check returns an error unless figures read from a file are such as Measure
// makes: of positive times, each with its samples.
func Check(figures []Figure) error {
	if len(figures) == 0 {
		return errors.New("there are no figures")
	}
	for i, f := range figures {
		switch {
		case f.Suite == "" || !slices.Contains(Operations(), f.Operation):
			return fmt.Errorf("figure %d: no operation %q of suite %q", i+1, f.Operation, f.Suite)
		case len(f.Samples) == 0:
			return fmt.Errorf("figure %d: %s of %s has no samples", i+1, f.Operation, f.Suite)
		case f.Nanosecond <= 0 || slices.Min(f.Samples) <= 0:
			return fmt.Errorf("figure %d: %s of %s takes no time", i+1, f.Operation, f.Suite)
		}
	}
	return nil
}
