package sim_test

import (
	"math"
	"testing"

	"mlssim/sim"
)

// committers counts the Commits of each client.
func committers(r *sim.Result, from sim.Time) []int {
	counts := make([]int, len(r.Clients))
	for _, e := range r.Epochs[1:] {
		if e.Start > from {
			counts[e.Committer]++
		}
	}
	return counts
}

// With update_poisson the times between two refreshes have mean and standard deviation
// Update; the uniform ones have at most 0.58 of it as their deviation.
func TestPoissonRefreshes(t *testing.T) {
	p := quiet(1, 2000*day)
	p.Policies.Update, p.Policies.Poisson = 2*day, true
	r := live(t, p, 0)
	sum, squares, n := 0.0, 0.0, 0.0
	for i, e := range r.Epochs[2:] {
		gap := float64(e.Start-r.Epochs[i+1].Start) / float64(p.Policies.Update)
		sum, squares, n = sum+gap, squares+gap*gap, n+1
	}
	mean := sum / n
	within(t, "mean", mean, 1, 1/math.Sqrt(n))
	within(t, "deviation", math.Sqrt(squares/n-mean*mean), 1, 2/math.Sqrt(n))
	if n < 900 {
		t.Errorf("%g gaps", n)
	}
}

func TestUpdateAfterMessages(t *testing.T) {
	p := quiet(1, 20*day)
	p.Habits.Messages, p.Policies.AfterMessages = 24, 10
	r := live(t, p, 0)
	if want := len(r.Messages) / 10; len(r.Epochs)-1 != want || want < 30 {
		t.Errorf("%d commits after %d messages", len(r.Epochs)-1, len(r.Messages))
	}
}

// Whoever has not refreshed its key for so many epochs proposes to, however long ago
// that is.
func TestUpdateAfterEpochs(t *testing.T) {
	updates := func(limit int) (n int) {
		p := quiet(3, 8*day)
		p.Policies.AfterEpochs, p.Policies.How, p.Policies.Committer = limit, "propose", sim.CommitterLowest
		p.Churn.Joins = 1
		o := live(t, p, 0)
		for _, e := range o.Epochs {
			n += e.Updates
		}
		last, least := map[string]uint64{}, uint64(1000)
		for _, r := range o.records {
			if r.What == sim.DidPropose && r.Who != "M1" {
				if before, ok := last[r.Who]; ok {
					least = min(least, r.Epoch-before)
				}
				last[r.Who] = r.Epoch
			}
		}
		if n > 0 && least != uint64(limit)+1 { // the key is new in the epoch after the proposal's
			t.Errorf("limit %d: proposes again after %d epochs", limit, least)
		}
		return n
	}
	if updates(0) != 0 || updates(3) < 4 || updates(6) >= updates(3) {
		t.Errorf("updates: %d without, %d at three epochs, %d at six", updates(0), updates(3), updates(6))
	}
}

// Who only speaks has no reason to refresh its key; who answers does so first.
func TestUpdateOnReply(t *testing.T) {
	p := quiet(2, 10*day)
	p.Habits.Messages, p.Policies.OnReply = 5, true
	o := live(t, p, 0)
	if len(o.Epochs) < 20 {
		t.Errorf("%d epochs", len(o.Epochs))
	}
	heard := map[string]bool{}
	for _, r := range o.records {
		switch r.What {
		case sim.DidRead:
			heard[r.Who] = true
		case sim.DidCommit:
			if r.At > 0 && !heard[r.Who] {
				t.Errorf("record %d: %s has read nothing", r.N, r.Who)
			}
			delete(heard, r.Who)
		case sim.DidSend:
			if heard[r.Who] {
				t.Errorf("record %d: %s answers with an old key", r.N, r.Who)
			}
		}
	}
	p = quiet(1, 10*day)
	p.Habits.Messages, p.Policies.OnReply = 5, true
	if r := live(t, p, 0); len(r.Epochs) > 1 {
		t.Errorf("%d epochs of one who hears nothing", len(r.Epochs))
	}
}

// Four devices that are robbed at once, and refresh their keys after exponential times
// with mean a day, have all healed after 1 + 1/2 + 1/3 + 1/4 days in the mean.
func TestHealingAfterSuspicion(t *testing.T) {
	p := quiet(4, 40*day)
	p.Policies.Suspect = day
	for _, m := range []string{"M1", "M2", "M3", "M4"} {
		p.Adversary.Compromises = append(p.Adversary.Compromises, sim.PlannedCompromise{Member: m, At: day})
	}
	const runs = 200
	var sum float64
	for i := range runs {
		r := live(t, p, i)
		if len(r.Heals) != 4 {
			t.Fatalf("heals %+v", r.Heals)
		}
		sum += float64(r.Heals[3].At-day) / float64(day)
	}
	within(t, "mean time until all have healed", sum/runs, 1+1./2+1./3+1./4, math.Sqrt((1+1./4+1./9+1./16)/runs))
}

func TestCommitterChoice(t *testing.T) {
	run := func(who string) []int {
		p := quiet(5, 30*day)
		p.Habits.Offline, p.Habits.Messages = hour, 0.2
		p.Policies.Committer, p.Churn.Joins = who, 1
		return committers(live(t, p, 0).Result, 0)
	}
	others := func(counts []int) (n int) {
		for _, k := range counts[1:] {
			n += k
		}
		return n
	}
	random, lowest, designated := run(""), run(sim.CommitterLowest), run(sim.CommitterDesignated)
	if others(random) < 10 || designated[0] < 10 || others(designated) > 0 || lowest[0] < 5 || lowest[0] <= random[0] || others(lowest) < 3 {
		t.Errorf("random %v, lowest %v, designated %v", random, lowest, designated)
	}
}

// Newcomers wait until somebody has something to say.
func TestNextSenderCommits(t *testing.T) {
	p := quiet(3, 40*day)
	p.Habits.Messages, p.Policies.Committer, p.Churn.Joins = 0.3, sim.CommitterNext, 1
	o := live(t, p, 0)
	said := map[sim.Time]bool{} // a commit is followed by its reason within a round trip
	for _, m := range o.Messages {
		said[m.At/second] = true
	}
	n := 0
	for _, e := range o.Epochs[2:] {
		n++
		if !said[e.Start/second] && !said[e.Start/second+1] {
			t.Errorf("epoch %d begins and nobody had anything to say", e.Epoch)
		}
	}
	if n < 10 {
		t.Errorf("%d commits", n)
	}
}

// Three proposals are enough, however long a Commit may take.
func TestCommitAfterProposals(t *testing.T) {
	run := func(limit int) *sim.Result {
		p := quiet(6, 12*day)
		p.Policies.Update, p.Policies.How, p.Policies.CommitDelay = day, "propose", 20*day
		p.Policies.CommitAfter = limit
		return live(t, p, 0).Result
	}
	if r := run(0); len(r.Epochs) != 2 {
		t.Errorf("%d epochs without", len(r.Epochs))
	}
	r := run(3)
	if len(r.Epochs) < 12 {
		t.Errorf("%d epochs with", len(r.Epochs))
	}
	for _, e := range r.Epochs[2:] {
		if e.Updates < 2 || e.Updates > 3 {
			t.Errorf("epoch %d covers %d updates", e.Epoch, e.Updates)
		}
	}
}

// An empty Commit leaves the proposals of others lying.
func TestEmptyRefresh(t *testing.T) {
	run := func(how string) (removed int) {
		p := quiet(4, 20*day)
		p.Policies.Update, p.Policies.How, p.Policies.Evict = 4*day, how, day
		for _, e := range live(t, p, 0).Epochs {
			removed += e.Removes
		}
		return removed
	}
	if run("commit") == 0 || run("empty") != 0 {
		t.Errorf("removed by value: %d and %d", run("commit"), run("empty"))
	}
}
