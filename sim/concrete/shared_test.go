package concrete_test

import (
	"flag"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/impl/suite"
	"mlssim/sim"
	"mlssim/sim/concrete"
)

var long = flag.Bool("long", false, "more and larger groups")

// group is a plan in which much happens among n members.
func group(n, seed int, horizon sim.Time) *sim.Plan {
	const day = 24 * 3600 * 1e9
	return &sim.Plan{Name: "shared", Engine: "concrete", Seed: uint64(seed), Replications: 1, Members: n, Horizon: horizon * day,
		Habits:    sim.Habits{Online: day / 24, Offline: day / 8, Messages: 3, Size: 50},
		Policies:  sim.Policies{Update: day, Jitter: 0.5, How: []string{"commit", "propose", "empty"}[seed%3], CommitDelay: day / 100, PathOnAdd: seed%2 == 0},
		Network:   sim.Network{RTT: 1e9, Retry: 1e10},
		Churn:     sim.Churn{Joins: 1, Leaves: 1},
		Adversary: sim.Adversity{Rate: 30}}
}

func run(tb testing.TB, p *sim.Plan, s *suite.Suite) *sim.Result {
	tb.Helper()
	r, err := sim.Run(p, concrete.New(s, sim.NewSeed(p.Seed, 0)), sim.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// Members that share what is the same for several of them have the run that members
// have who do everything by themselves: the same messages, verdicts and digest.
func TestSharedIsIsolated(t *testing.T) {
	sizes := []int{2, 5, 12}
	if *long {
		sizes = []int{2, 3, 4, 6, 8, 11, 16, 23, 32}
	}
	for i, n := range sizes {
		s := suite.All()[i%3]
		p := group(n, i, 1)
		want, got := run(t, p, s), run(t, p, s.Sharing())
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%d members, %v (-isolated +shared):\n%s", n, s.ID, d)
		}
		if len(want.Epochs) < 3 || want.Events < 20 {
			t.Errorf("%d members: too little happens: %d epochs", n, len(want.Epochs))
		}
	}
}

func BenchmarkMembers(b *testing.B) {
	for _, n := range []int{8, 32} {
		p := group(n, 0, 3)
		p.Adversary = sim.Adversity{} // its search is the same
		for name, s := range map[string]*suite.Suite{"isolated": suite.All()[0], "shared": suite.All()[0].Sharing()} {
			b.Run(fmt.Sprintf("%d/%s", n, name), func(b *testing.B) {
				for b.Loop() {
					run(b, p, s)
				}
			})
		}
	}
}
