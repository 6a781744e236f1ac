package remote

import (
	"context"
	"math/rand/v2"
	"testing"

	"mlssim/impl/interop"
)

func now() uint64 { return 1_700_000_000 }

// ours returns a party on a server of ours, with keys from a seed.
func ours(letter string, seed byte) *Party {
	s := interop.New(interop.Config{Rand: rand.NewChaCha8([32]byte{seed}), Now: now, Name: letter})
	return &Party{Letter: letter, Name: letter, Suites: []uint32{1, 2, 3, 4, 5, 6, 7}, RPC: Direct(s)}
}

func TestClean(t *testing.T) {
	r, err := Run(context.Background(), []*Party{ours("A", 1), ours("B", 2)}, Options{Seed: 1, Steps: 1000, Suites: []uint32{1}, Now: now}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Findings {
		t.Errorf("%v\n%s", f.Difference, f.Script)
	}
	t.Log(r.Steps, r.Histories, r.Calls, r.Counts, r.Off)
}
