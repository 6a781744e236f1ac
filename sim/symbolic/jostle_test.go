package symbolic

import (
	"math"
	"testing"

	"mlssim/sim"
)

// talking is a group that says much and commits nothing.
func talking() *sim.Plan {
	return &sim.Plan{Name: "talking", Seed: 4, Horizon: 8 * day, Members: 4, Habits: sim.Habits{Messages: 12},
		Policies: sim.Policies{How: "commit"}, Network: sim.Network{RTT: 1e6, Window: 3 * hour}}
}

// A second message of the same content is read by nobody; one that was overtaken is
// read by those who have kept its key.
func TestMessagesComeTwiceAndLate(t *testing.T) {
	for _, c := range []struct {
		twice, late float64
		skipped     int
	}{{}, {twice: 0.25}, {late: 0.5}, {late: 0.5, skipped: -1}, {twice: 0.5, late: 0.5}} {
		p := talking()
		p.Network.Duplicate, p.Network.Reorder, p.Policies.Keep.Skipped = c.twice, c.late, c.skipped
		r, records := lived(t, p)
		type reading struct {
			who  string
			step sim.StepID
		}
		read := map[reading]bool{}
		sender, newest := map[sim.StepID]string{}, map[[2]string]sim.StepID{}
		rejected, overtaken := 0., 0
		for _, rec := range records {
			switch rec.What {
			case sim.DidSend:
				sender[rec.Step] = rec.Who
			case sim.DidReject:
				rejected++
			case sim.DidRead:
				if read[reading{rec.Who, rec.Step}] {
					t.Errorf("record %d: %s reads step %d twice", rec.N, rec.Who, rec.Step)
				}
				read[reading{rec.Who, rec.Step}] = true
				from := [2]string{rec.Who, sender[rec.Step]}
				if newest[from] > rec.Step {
					overtaken++
				}
				newest[from] = max(newest[from], rec.Step)
			}
		}
		n := float64(len(r.Messages))
		if lost := 3*n - float64(len(read)); c.skipped == 0 && lost > 9 || c.skipped < 0 && lost < n/10 { // some are still under way
			t.Errorf("%+v: %v of %v readings are lacking", c, lost, 3*n)
		}
		if got := rejected / 3 / n; c.skipped == 0 && math.Abs(got-c.twice) > 4*math.Sqrt(0.25/n) {
			t.Errorf("%+v: %v of the messages are refused", c, got)
		}
		if (overtaken > 50) != (c.late > 0 && c.skipped == 0) {
			t.Errorf("%+v: %d read after later ones", c, overtaken)
		}
	}
}

// A Commit that nobody can process is refused by a service that looks, and stops one
// that does not: then nothing heals any more.
func TestSequencerIsWedged(t *testing.T) {
	for _, service := range []string{"", sim.ServiceSequencer} {
		p := small()
		p.Habits.Messages, p.Network.Service = 6, service
		p.Adversary.Insiders = []sim.Insider{{Member: "M3", At: 4 * day}}
		p.Adversary.Compromises = []sim.PlannedCompromise{{Member: "M1", At: 6 * day}}
		r, _ := lived(t, p)
		later, heard := 0, 0
		for _, e := range r.Epochs {
			if e.Start > 4*day {
				later++
			}
		}
		for _, m := range r.Messages {
			if m.At > 6*day && m.ReadAt != sim.Never {
				heard++
			}
		}
		if wedged := service != ""; wedged != (later == 0) || wedged != (r.Wedged > 4*day) || wedged != (len(r.Heals) == 0) || wedged != (heard > 60) {
			t.Errorf("%q: wedged at %v, %d epochs afterwards, heals %+v, %d messages read", service, r.Wedged, later, r.Heals, heard)
		}
		if len(r.Compromises) != 2 {
			t.Errorf("%+v", r.Compromises)
		}
	}
}
