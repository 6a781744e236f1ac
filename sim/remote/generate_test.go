package remote

import (
	"context"
	"math/rand/v2"
	"testing"
)

// TestNobodyIsNeeded: steps are drawn for a group without ann, whose joining may have
// been refused.
func TestNobodyIsNeeded(t *testing.T) {
	s := &Script{Suite: 1, Seed: 1}
	w, err := newWorld(context.Background(), []*Party{ours("A", 1)}, s, now)
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	steps, err := Parse(header + "\nsuite 1\nhandshake public\nseed 1\ncreate m1@own\ncommit c1 m1 add=m2@A add=m3@own\nsender x@own\n")
	if err != nil {
		t.Fatal(err)
	}
	for i := range steps.Steps {
		if done, err := w.do(i, &steps.Steps[i]); !done || err != nil {
			t.Fatal(done, err)
		}
	}
	g := &generator{Rand: rand.New(rand.NewPCG(1, 2)), letters: []string{"A"}, suites: []uint32{1}, members: 7}
	drawn := map[string]int{}
	for range 2000 {
		for _, s := range g.some(w) {
			drawn[s.Verb]++
		}
	}
	if drawn["outside"] == 0 || drawn["commit"] == 0 {
		t.Errorf("%v is drawn", drawn)
	}
}
