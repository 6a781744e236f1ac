package symbolic

import (
	"math"
	"testing"

	"mlssim/sim"
)

// apart is a group without a log, in which each member commits at random times, once in
// eight hours on average.
func apart(horizon sim.Time) *sim.Plan {
	return &sim.Plan{Name: "apart", Seed: 2, Horizon: horizon, Members: 8,
		Policies: sim.Policies{Update: 8 * hour, Poisson: true, How: "commit", CommitDelay: hour, PathOnAdd: true},
		Network:  sim.Network{Service: sim.ServiceEventual, LinkDelay: hour / 10, Rollback: hour, Retry: 8 * hour}}
}

// An epoch has two successors if somebody else commits before he has the first Commit:
// with probability 1 - exp(-rate of the others * delay). All go back in time.
func TestCommitsFork(t *testing.T) {
	p := apart(30 * day)
	r, records := lived(t, p)
	commits := 0.
	for _, rec := range records {
		if rec.What == sim.DidCommit && rec.At > 0 {
			commits++
		}
		if rec.What == sim.DidStrand || rec.What == sim.DidReject {
			t.Errorf("record %d: %+v", rec.N, rec)
		}
	}
	at := map[uint64]bool{}
	for _, f := range r.Forks {
		at[f.Epoch] = true
		if late := f.Until - f.At; f.Until == sim.Never && f.At < p.Horizon-hour || f.Depth == 1 && f.Until != sim.Never && (late <= 0 || late > p.Network.LinkDelay) {
			t.Errorf("%+v", f)
		}
	}
	n := float64(len(r.Epochs))
	want := 1 - math.Exp(-commits/float64(p.Horizon)*7/8*float64(p.Network.LinkDelay))
	if got := float64(len(at)) / n; math.Abs(got-want) > 4*math.Sqrt(want/n) || n < 600 {
		t.Errorf("%v of %v epochs fork, expected %v", got, n, want)
	}
}

// split cuts half of the group off from the other for half a day.
func split(rollback sim.Time, recovery string) *sim.Plan {
	p := apart(6 * day)
	p.Network.LinkDelay, p.Network.Retry, p.Network.Rollback = 1e9, 1e9, rollback
	p.Network.Partitions = []sim.Partition{{From: 2 * day, For: day / 2, Members: []string{"M1", "M2", "M3", "M4"}}}
	p.Policies.Recovery = recovery
	return p
}

// Who has kept the state of the fork goes back; who has not stays behind, or comes back
// by what the policy says.
func TestRecoveryFromForks(t *testing.T) {
	for _, c := range []struct {
		recovery  string
		rollback  sim.Time
		stranded  int
		recovered bool
	}{{"", day, 0, true}, {"", hour, 4, false}, {sim.RecoverResync, hour, 4, true}, {sim.RecoverReadd, hour, 4, true}} {
		r, records := lived(t, split(c.rollback, c.recovery))
		end := 2*day + day/2
		count, byOthers := map[sim.What]int{}, 0
		for _, rec := range records {
			if rec.At >= end && rec.At < end+hour {
				count[rec.What]++
				if rec.What == sim.DidCommit && len(rec.Whom) > 0 {
					byOthers++
				}
			}
		}
		var long sim.ForkRecord
		for _, f := range r.Forks {
			if f.Depth > long.Depth {
				long = f
			}
		}
		back := long.Until != sim.Never && long.Until > end && long.Until < end+hour
		if count[sim.DidStrand] != c.stranded || back != c.recovered || long.Depth < 4 {
			t.Errorf("%q, %v: %v, fork %+v", c.recovery, c.rollback, count, long)
		}
		if joined := count[sim.DidJoin]; c.recovery != "" && joined < 4 || c.recovery == "" && joined > 0 {
			t.Errorf("%q: %d joined", c.recovery, joined)
		}
		if (byOthers >= 4) != (c.recovery == sim.RecoverReadd) {
			t.Errorf("%q: %d Commits about others", c.recovery, byOthers)
		}
		last := r.Epochs[len(r.Epochs)-1]
		agree := 0
		for _, m := range r.Members {
			if m.Behind == 0 {
				agree++
			}
		}
		if all := last.Members == 8 && agree == 8; all != c.recovered {
			t.Errorf("%q: %d of %d members are in the last epoch", c.recovery, agree, last.Members)
		}
	}
}

// As long as a member keeps the state from which it went to another branch, a theft of
// it opens the branch that all have left.
func TestKeptStateOpensBranches(t *testing.T) {
	for _, c := range []struct {
		after sim.Time
		leaks bool
	}{{hour, true}, {2 * day, false}} {
		p := split(day, "")
		p.Adversary.Compromises = []sim.PlannedCompromise{{Member: "M1", At: 2*day + day/2 + c.after}}
		r, _ := lived(t, p)
		leaked := 0
		for _, b := range r.Branches {
			if len(b.Epochs) > 4 && b.Epochs[0].LeakedAt != sim.Never {
				leaked++
			}
		}
		if (leaked > 0) != c.leaks || len(r.Heals) != 1 {
			t.Errorf("stolen %v after the end of the partition: %d branches leak, heals %+v", c.after, leaked, r.Heals)
		}
	}
}
