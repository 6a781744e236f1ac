package remote

import (
	"context"
	"maps"
	"slices"
	"testing"
)

// TestForgedInputsAreRefused gives a server of ours each input of the catalogue,
// and its control.
func TestForgedInputsAreRefused(t *testing.T) {
	suites, every := []uint32{1}, 4
	if *long {
		suites, every = []uint32{1, 2, 3, 4, 5, 6, 7}, 1
	}
	for _, suite := range suites {
		s := &Script{Suite: suite, Seed: 1}
		w, err := newWorld(context.Background(), []*Party{ours("A", 1)}, s, now)
		if err != nil {
			t.Fatal(err)
		}
		names := slices.Sorted(maps.Keys(cases()))
		for i, name := range names {
			if i%every > 0 {
				continue
			}
			if _, err := w.do(i, &Step{Verb: "case", Names: []string{"A", name}}); err != nil {
				t.Error(err)
			}
		}
		t.Log(w.counts)
		if w.counts["case, tried"] < len(names)/every*9/10 || w.counts["case, inconclusive"] > 0 {
			t.Errorf("%v", w.counts)
		}
	}
}
