package remote

import (
	"context"
	"flag"
	"math/rand/v2"
	"slices"
	"testing"

	"mlssim/impl/interop"
)

func now() uint64 { return 1_700_000_000 }

// ours returns a party on a server of ours, with keys from a seed.
func ours(letter string, seed byte) *Party {
	s := interop.New(interop.Config{Rand: rand.NewChaCha8([32]byte{seed}), Now: now, Name: letter})
	return &Party{Letter: letter, Name: letter, Suites: []uint32{1, 2, 3, 4, 5, 6, 7}, RPC: Direct(s)}
}

var long = flag.Bool("long", false, "100,000 steps with a server of ours, and all planted faults")

// TestOursGoesThroughIt lets two servers of ours live through histories, in which
// much has to happen, and nothing be found.
func TestOursGoesThroughIt(t *testing.T) {
	o := Options{Seed: 1, Steps: 500, Suites: []uint32{1}, Now: now}
	if *long {
		o.Steps, o.Suites = 100_000, []uint32{1, 2, 3}
	}
	r, err := Run(context.Background(), []*Party{ours("A", 1), ours("B", 2)}, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Findings {
		t.Errorf("%v\n%s", f.Difference, f.Script)
	}
	for _, what := range []string{
		"commit", "commit with path", "commit that is lost", "join", "leave", "external", "external, back", "branch", "reinit", "send", "read", "knock",
		"cover add", "cover update", "cover remove", "cover psk", "carry add", "carry remove", "carry externalPSK", "carry resumptionPSK",
		"carry groupContextExtensions", "case, tried", "an old commit", "a commit with a bit changed", "data with a bit changed", "read late",
		"refused: commit", "refused: read data", "refused: handle a Commit",
	} {
		if r.Counts[what] == 0 {
			t.Errorf("%s: never happened", what)
		}
	}
	t.Logf("%d steps, %d histories, %d calls: %v", r.Steps, r.Histories, r.Calls, r.Counts)
}

// TestFaultsAreFound lets servers of ours that have something wrong live through
// histories. Each fault is found, as what it is, and shown by a short script.
func TestFaultsAreFound(t *testing.T) {
	var lengths []int
	for _, f := range flaws {
		if slow[f.name] && !*long {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			s := interop.New(interop.Config{Rand: rand.NewChaCha8([32]byte{9}), Now: now})
			p := &Party{Letter: "A", Name: f.name, Suites: []uint32{1}, RPC: Direct(f.make(s))}
			r, err := Run(context.Background(), []*Party{p}, Options{Seed: 3, Steps: 3000, Now: now, Length: 90}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Findings) != 1 {
				t.Fatalf("nothing is found in %d steps", r.Steps)
			}
			found := r.Findings[0]
			if !f.is(found.Kind) || !found.Again || found.Party != "A" {
				t.Errorf("%q by %s, again %v; want %q", found.Kind, found.Party, found.Again, f.kind)
			}
			if _, err := Parse(found.Script.String()); err != nil {
				t.Error(err)
			}
			lengths = append(lengths, len(found.Script.Steps))
			t.Logf("after %d steps: %v\n%s", r.Steps, found.Difference, found.Script)
		})
	}
	slices.Sort(lengths)
	if *long && len(lengths) < 10 || lengths[len(lengths)/2] > 8 {
		t.Errorf("scripts of %v steps: want a median of at most 8", lengths)
	}
	t.Logf("scripts of %v steps", lengths)
}
