package sim_test

import (
	"testing"

	"mlssim/sim"
)

func TestLostRacesAreRunAgain(t *testing.T) {
	p := busy()
	p.Habits.Offline = 0
	p.Habits.Stale, p.Churn, p.Adversary = nil, sim.Churn{}, sim.Adversity{}
	p.Policies = sim.Policies{Update: hour, Jitter: 0.9, How: "commit"}
	p.Network = sim.Network{RTT: 300 * second, Retry: 900 * second}
	p.Horizon = 2 * day
	o := live(t, p, 0)
	lost := 0
	again := map[string]bool{}
	for _, r := range o.records {
		switch r.What {
		case sim.DidRefuse:
			lost++
			again[r.Who] = true
		case sim.DidAccept:
			delete(again, r.Who)
		}
	}
	if lost < 20 || lost != o.Rejected {
		t.Errorf("%d races lost, %d in the result", lost, o.Rejected)
	}
	if len(again) == 6 {
		t.Error("no loser ever tried again with success")
	}
	if gap := waits(o.records); gap < 300*second || gap > 900*second {
		t.Errorf("losers wait %d on average", gap)
	}
	// Every member still refreshes about once an hour.
	own := map[sim.ClientID]int{}
	for _, e := range o.Epochs {
		own[e.Committer]++
	}
	for c, n := range own {
		if n < 20 || n > 60 {
			t.Errorf("%s commits %d times in 48 hours", o.Clients[c], n)
		}
	}
}

// waits returns the mean time from the loss of a race to the loser's next Commit.
func waits(records []sim.Record) sim.Time {
	lost := map[string]sim.Time{}
	var total, n sim.Time
	for _, r := range records {
		switch at, ok := lost[r.Who]; {
		case r.What == sim.DidRefuse:
			lost[r.Who] = r.At
		case ok && r.What == sim.DidCommit:
			total, n = total+r.At-at, n+1
			delete(lost, r.Who)
		}
	}
	return total / max(n, 1)
}

// Proposals wait as long as planned, and nobody proposes twice in an epoch.
func TestProposalsWaitTheirTime(t *testing.T) {
	p := busy()
	p.Habits = sim.Habits{}
	p.Churn, p.Adversary = sim.Churn{}, sim.Adversity{}
	p.Policies = sim.Policies{Update: day, Jitter: 0.5, How: "propose", CommitDelay: 3 * hour}
	o := live(t, p, 0)
	first := map[uint64]sim.Time{}
	by := map[string]uint64{}
	waited := 0
	for _, r := range o.records {
		switch r.What {
		case sim.DidPropose:
			if _, ok := first[r.Epoch]; !ok {
				first[r.Epoch] = r.At
			}
			if e, ok := by[r.Who]; ok && e == r.Epoch {
				t.Errorf("%s proposes twice in epoch %d", r.Who, e)
			}
			by[r.Who] = r.Epoch
		case sim.DidCommit:
			if at, ok := first[r.Epoch]; ok && r.Epoch > 0 {
				waited++
				// A proposal by the one who then commits does not start the clock again.
				if gap := r.At - at; gap < 3*hour+100*second {
					t.Errorf("epoch %d: committed %d after the first proposal", r.Epoch, gap)
				}
			}
		}
	}
	if waited < 20 {
		t.Errorf("%d epochs with proposals", waited)
	}
}

func TestUpdatesAreCommittedByOthers(t *testing.T) {
	p := busy()
	p.Policies.How, p.Habits.Stale = "propose", nil
	p.Adversary = sim.Adversity{Compromises: []sim.PlannedCompromise{{Member: "M1", At: 3 * day}, {Member: "M4", At: 9 * day}}}
	o := live(t, p, 0)
	updates, causes := 0, map[string]int{}
	for _, e := range o.Epochs {
		updates += e.Updates
	}
	if o.toy.early > 0 || len(o.Messages) < 100 {
		t.Errorf("%d of %d messages were sent while a proposal was pending", o.toy.early, len(o.Messages))
	}
	for _, h := range o.Heals {
		causes[h.Cause]++
	}
	if updates < 20 || len(o.Heals) != 2 {
		t.Errorf("%d updates, heals %v", updates, causes)
	}
	first := map[uint64]sim.Time{} // by epoch: when something was proposed
	for _, r := range o.records {
		if _, ok := first[r.Epoch]; !ok && r.What == sim.DidPropose {
			first[r.Epoch] = r.At
		}
	}
	early := 0
	for _, e := range o.Epochs {
		if e.Updates == 0 {
			continue
		}
		at, ok := first[e.Epoch-1]
		if !ok {
			t.Errorf("epoch %d covers an Update that nobody proposed", e.Epoch)
		}
		if e.Start-at < p.Policies.CommitDelay {
			early++
		}
	}
	if early == 0 {
		t.Error("nobody committed early to be allowed to speak")
	}
}
