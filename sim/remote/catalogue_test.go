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
	for _, suite := range []uint32{1} {
		s := &Script{Suite: suite, Seed: 1}
		w, err := newWorld(context.Background(), []*Party{ours("A", 1)}, s, now)
		if err != nil {
			t.Fatal(err)
		}
		for i, name := range slices.Sorted(maps.Keys(cases())) {
			if _, err := w.do(i, &Step{Verb: "case", Names: []string{"A", name}}); err != nil {
				t.Error(err)
			}
		}
		t.Log(w.counts)
		if w.counts["case, tried"] < 100 || w.counts["case, inconclusive"] > 0 {
			t.Errorf("%v", w.counts)
		}
	}
}
