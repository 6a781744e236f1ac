package crowd

import (
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/sim"
)

// large is a group with everything in it that a plan can ask of one.
func large(n int, horizon sim.Time) *sim.Plan {
	return &sim.Plan{
		Name: "large", Engine: "crowd", Seed: 3, Replications: 1, Horizon: horizon, Members: n,
		Habits:    sim.Habits{Online: 2 * day / 24, Offline: 22 * day / 24},
		Policies:  sim.Policies{Update: 7 * day, Jitter: 0.5, How: "propose", CommitDelay: day / 24, PathOnAdd: true},
		Churn:     sim.Churn{Joins: float64(n) / 2000, Leaves: float64(n) / 2000},
		Adversary: sim.Adversity{Rate: 50 / float64(n)},
	}
}

// What it costs to simulate: groups of 12, of 4,096, and of a million.
func BenchmarkRun(b *testing.B) {
	for _, x := range []struct {
		name string
		n    int
		days sim.Time
	}{{"12", 12, 3000}, {"4096", 4096, 30}, {"2^20", 1 << 20, 2}} {
		b.Run(x.name, func(b *testing.B) {
			events := 0
			for b.Loop() {
				r, err := Run(large(x.n, x.days*day), sim.Options{})
				if err != nil {
					b.Fatal(err)
				}
				events += r.Events
			}
			b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

func carryOut(t *testing.T, p *sim.Plan, o sim.Options) (*sim.Result, string) {
	t.Helper()
	var b strings.Builder
	o.Events = &b
	r, err := Run(p, o)
	if err != nil {
		t.Fatal(err)
	}
	return r, b.String()
}

// A run follows from plan and replication alone: not from the queue, and not from how
// many processors there are.
func TestSameRun(t *testing.T) {
	p := large(500, 14*day)
	want, history := carryOut(t, p, sim.Options{})
	for _, q := range sim.Queues {
		for _, processors := range []int{1, 2, 16} {
			was := runtime.GOMAXPROCS(processors)
			r, h := carryOut(t, p, sim.Options{Queue: q})
			runtime.GOMAXPROCS(was)
			if d := cmp.Diff(want, r); d != "" || h != history {
				t.Errorf("queue %s, %d processors (-want +got):\n%s", q, processors, d)
			}
		}
	}
	other := *p
	other.Seed++
	if r, _ := carryOut(t, &other, sim.Options{}); r.Digest == want.Digest {
		t.Error("another seed gives the same digest")
	}
	if r, _ := carryOut(t, p, sim.Options{Replication: 1}); r.Digest == want.Digest {
		t.Error("another replication gives the same digest")
	}
	if want.Events < 10_000 || len(want.Epochs) < 200 || want.Scale.Updates < 500 || len(want.Compromises) == 0 {
		t.Errorf("too little happens: %d events, %d epochs, %+v", want.Events, len(want.Epochs), want.Scale)
	}
}

// A theft heals with the first epoch of which the adversary does not know the secrets
// when it begins, or when the device was robbed if it had begun already.
func TestHealsAreFirst(t *testing.T) {
	causes := map[string]int{}
	open := 0
	for seed := range uint64(8) {
		p := large(60, 90*day)
		p.Seed, p.Policies.Update = seed, 5*day
		p.Habits.Stale, p.Habits.StaleAt = []string{"M5", "M9"}, 20*day
		p.Churn = sim.Churn{Joins: 2, Leaves: 2}
		p.Adversary = sim.Adversity{Rate: 0.7, Compromises: []sim.PlannedCompromise{{Member: "random", At: 50 * day}}}
		if seed == 0 { // nobody evicts it
			p.Adversary.Compromises = append(p.Adversary.Compromises, sim.PlannedCompromise{Member: "M5", At: 80 * day})
		}
		r, _ := carryOut(t, p, sim.Options{})
		healed := map[int]sim.Heal{}
		for _, h := range r.Heals {
			healed[h.Compromise] = h
			causes[h.Cause]++
		}
		for i, c := range r.Compromises {
			h, ok := healed[i]
			if !ok {
				open++
			}
			for _, e := range r.Epochs[c.Last+1:] {
				asked := max(e.Start, c.From)
				leaked := e.LeakedAt != sim.Never && e.LeakedAt <= asked
				switch {
				case ok && e.Epoch == h.Epoch && (leaked || h.At != asked):
					t.Errorf("seed %d: theft %d heals in epoch %d at %d, which leaks: %v, and is asked about at %d", seed, i, h.Epoch, h.At, leaked, asked)
				case (!ok || e.Epoch < h.Epoch) && !leaked:
					t.Errorf("seed %d: theft %d has not healed in epoch %d, which does not leak", seed, i, e.Epoch)
				}
				committed := e.Committer == c.Client
				if ok && e.Epoch == h.Epoch && h.Cause == "own_commit" && !committed && !slices.ContainsFunc(r.Epochs[c.Last+1:e.Epoch], func(e sim.EpochRecord) bool { return e.Committer == c.Client }) {
					t.Errorf("seed %d: theft %d heals by an own Commit, and there was none", seed, i)
				}
				if ok && e.Epoch == h.Epoch {
					break
				}
			}
		}
	}
	if causes["own_commit"] < 5 || causes["update"] < 20 || causes["removal"] < 2 || open < 1 {
		t.Errorf("too little is healed: %v, and %d open", causes, open)
	}
}

// A device that lies in a drawer gives away what the group has done since.
func TestStaleDevice(t *testing.T) {
	p := large(50, 30*day)
	p.Adversary = sim.Adversity{Compromises: []sim.PlannedCompromise{{Member: "M7", At: 20 * day}}}
	p.Churn = sim.Churn{}
	p.Habits.Stale, p.Habits.StaleAt = []string{"M7"}, 10*day
	r, _ := carryOut(t, p, sim.Options{})
	c := r.Compromises[0]
	since := r.Epochs[c.Epoch].Start
	if since > 10*day || since < 8*day {
		t.Fatalf("the device was last online in epoch %d, which began at %d", c.Epoch, since)
	}
	for _, e := range r.Epochs {
		want := sim.Never
		if e.Epoch >= c.Epoch {
			want = max(e.Start, 20*day) // nobody evicts it, so what comes leaks, too
		}
		if e.LeakedAt != want || e.Retroactive != (want == 20*day && e.End < 20*day && e.End != sim.Never) {
			t.Fatalf("%+v: leaks at %d, not %d", e, e.LeakedAt, want)
		}
	}
}

// If nobody is online when it is time to commit, whoever comes first does it.
func TestSomebodyCommits(t *testing.T) {
	p := large(2, 200*day)
	p.Habits.Offline = 5 * day
	p.Churn, p.Adversary = sim.Churn{}, sim.Adversity{}
	r, _ := carryOut(t, p, sim.Options{})
	if r.Scale.Waited < 5*day || len(r.Epochs) < 10 {
		t.Errorf("%d epochs; waited %d ns", len(r.Epochs), r.Scale.Waited)
	}
	for _, e := range r.Epochs[2:] {
		if e.Updates == 0 { // both have proposed one, or the other
			t.Errorf("epoch %d covers no Update", e.Epoch)
		}
	}
}

// Members who refresh by Commits of their own keep the tree full.
func TestOwnCommits(t *testing.T) {
	p := large(64, 30*day)
	p.Policies.How, p.Churn, p.Adversary = "commit", sim.Churn{}, sim.Adversity{}
	r, _ := carryOut(t, p, sim.Options{})
	last := r.Epochs[len(r.Epochs)-1]
	if len(r.Epochs) < 200 || last.Cost.Seals != 6 || last.Updates != 0 {
		t.Errorf("%d epochs, the last %+v", len(r.Epochs), last)
	}
}

// A run ends when it is told to, and says so.
func TestStop(t *testing.T) {
	p := large(400, 400*day)
	told := sim.Time(0)
	_, err := Run(p, sim.Options{Progress: func(at sim.Time) { told = at }, Stop: func() bool { return told > day }})
	if !errors.Is(err, sim.ErrStopped) || told > 100*day {
		t.Errorf("stopped with %v at %d", err, told)
	}
	if _, err := Run(p, sim.Options{Queue: "calendar"}); err == nil {
		t.Error("there is a queue of no known kind")
	}
}
