package symbolic

import (
	"testing"

	"mlssim/sim"
)

// withheld cuts M2 off for five days in one way.
func withheld(way string, drop bool) *sim.Plan {
	p := small()
	p.Policies.Update, p.Policies.Jitter = day, 0.5
	p.Network.Partitions = []sim.Partition{{From: 4 * day, For: 5 * day, Members: []string{"M2"}, Way: way, Drop: drop}}
	return p
}

// Who is given nothing stays where it was: its device opens that epoch and all that
// came since. What it sends meanwhile comes too late, at once or at the end.
func TestWithheldMemberStaysBehind(t *testing.T) {
	for _, c := range []struct {
		way  string
		open bool
	}{{"", true}, {sim.WayIn, true}, {sim.WayOut, false}} {
		p := withheld(c.way, false)
		p.Adversary.Compromises = []sim.PlannedCompromise{{Member: "M2", At: 9*day - 1}}
		r, records := lived(t, p)
		since, leaked := 0, 0
		for _, e := range r.Epochs {
			if e.End > 4*day && e.Start < 9*day {
				since++
			}
			if e.Retroactive {
				leaked++
			}
		}
		if want := since - 1; c.open && leaked != want || !c.open && leaked > 0 || since < 10 {
			t.Errorf("%q: %d epochs since, %d leak after their end", c.way, since, leaked)
		}
		for _, rec := range records {
			if rec.Who != "M2" || rec.At <= 4*day || rec.At >= 9*day {
				continue
			}
			if rec.What == sim.DidAccept || rec.What == sim.DidProcess && c.open || rec.What == sim.DidRefuse && c.way != sim.WayIn {
				t.Errorf("%q, record %d: %+v", c.way, rec.N, rec)
			}
		}
	}
}

// What a service drops heals nothing, also when it serves the member again.
func TestDroppedCommitsDoNotHeal(t *testing.T) {
	for _, drop := range []bool{false, true} {
		p := withheld(sim.WayOut, drop)
		p.Adversary.Compromises = []sim.PlannedCompromise{{Member: "M2", At: 4*day - 1}}
		r, records := lived(t, p)
		dropped, refused := 0, 0
		for _, rec := range records {
			switch {
			case rec.What == sim.DidDrop && rec.Who == "M2":
				dropped++
			case rec.What == sim.DidRefuse && rec.Who == "M2":
				refused++
			}
		}
		if (dropped > 0) != drop || drop == (refused > 0) || len(r.Heals) != 1 || r.Heals[0].At < 9*day {
			t.Errorf("drop %v: %d dropped, %d refused, heals %+v", drop, dropped, refused, r.Heals)
		}
	}
}
