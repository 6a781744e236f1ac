package sim_test

import (
	"math"
	"testing"

	"mlssim/sim"
)

// A device that is away since day 5 opens what came since, until it was removed: a day of
// two Commits at most for each day of the quarantine.
func TestQuarantine(t *testing.T) {
	leaked := func(after sim.Time) (n int, removed sim.Time) {
		p := quiet(4, 20*day)
		p.Policies.Update, p.Policies.Quarantine = 2*day, after
		p.Habits.Stale, p.Habits.StaleAt = []string{"M3"}, 5*day
		p.Adversary.Compromises = []sim.PlannedCompromise{{Member: "M3", At: 19 * day}}
		o := live(t, p, 0)
		for _, e := range o.Epochs {
			if e.Removes > 0 {
				removed = e.Start
			}
			leaks := e.LeakedAt != sim.Never
			if leaks {
				n++
			}
			if late := removed == 0 || e.Start < removed; leaks != late && e.End > 5*day {
				t.Errorf("quarantine after %d: epoch %d leaks: %v", after/day, e.Epoch, leaks)
			}
		}
		return n, removed
	}
	short, removed := leaked(3 * day)
	if removed < 8*day || removed > 10*day {
		t.Errorf("removed on day %d", removed/day)
	}
	long, never := leaked(0)
	if never != 0 || long < 2*short || short < 2 {
		t.Errorf("%d epochs leak with quarantine, %d without", short, long)
	}
}

// Who was removed for its absence joins again when it is back.
func TestReadmission(t *testing.T) {
	back := func(readmit bool) (n int) {
		p := quiet(6, 60*day)
		p.Habits.Online, p.Habits.Offline = day, 3*day
		p.Policies.Update, p.Policies.Quarantine, p.Policies.Readmit = day, 2*day, readmit
		joined := map[string]int{}
		for _, r := range live(t, p, 0).records {
			if r.What == sim.DidJoin {
				if joined[r.Who]++; joined[r.Who] > 1 {
					n++
				}
			}
		}
		return n
	}
	if back(false) != 0 || back(true) < 10 {
		t.Errorf("back %d times without, %d with", back(false), back(true))
	}
}

// Of a pool of four KeyPackages, filled up daily, three demands a day leave the Poisson
// excess to that of last resort; without one, they are refused.
func TestKeyPackagePool(t *testing.T) {
	p := quiet(5, 100*day)
	p.KeyPackages = sim.Pools{Size: 4, Refill: day, Lifetime: 50 * day, LastResort: true, Demand: 3}
	r := live(t, p, 0).KeyPackages
	excess, empty, term := 0.0, 0.0, math.Exp(-3)
	for k := range 40 {
		if k > 4 {
			excess += float64(k-4) * term
			empty += term
		}
		term *= 3 / float64(k+1)
	}
	const periods = 500
	within(t, "demands", float64(r.Demanded), 3*periods, math.Sqrt(3*periods))
	within(t, "served with the last resort", float64(r.LastResort), excess*periods, math.Sqrt(2*excess*periods))
	within(t, "periods in which it was used", float64(r.LastResort-r.Reused), empty*periods, math.Sqrt(empty*periods))
	if r.Refused != 0 || r.Watched != 500*day || r.Empty <= 0 || r.Empty > r.Watched/4 {
		t.Errorf("%+v", r)
	}
	p.KeyPackages.LastResort = false
	if s := live(t, p, 0).KeyPackages; s.Refused != r.LastResort || s.LastResort != 0 {
		t.Errorf("without a last resort: %+v", s)
	}
	p.KeyPackages.Lifetime = hour
	if s := live(t, p, 0).KeyPackages; s.Refused < 2*r.LastResort {
		t.Errorf("KeyPackages of an hour: %+v", s)
	}
}
