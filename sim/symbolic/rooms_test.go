package symbolic

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"mlssim/sim"
)

// lived returns the result and the history of a plan on the model.
func lived(t *testing.T, p *sim.Plan) (*sim.Result, []sim.Record) {
	t.Helper()
	var b bytes.Buffer
	r, err := sim.Run(p, New(nil), sim.Options{Events: &b})
	if err != nil {
		t.Fatal(err)
	}
	var all []sim.Record
	for d := json.NewDecoder(&b); d.More(); {
		var rec sim.Record
		if err := d.Decode(&rec); err != nil {
			t.Fatal(err)
		}
		all = append(all, rec)
	}
	return r, all
}

// overlaid is six devices in three groups of four.
func overlaid() *sim.Plan {
	return &sim.Plan{Name: "overlaid", Seed: 5, Horizon: 20 * day, Members: 6,
		Groups:   sim.Groups{Number: 3, Size: 4, Spread: sim.SpreadEven},
		Habits:   sim.Habits{Online: hour, Offline: 3 * hour, Messages: 4},
		Policies: sim.Policies{Update: day, Jitter: 0.5, How: "commit", CommitDelay: hour, PathOnAdd: true},
		Network:  sim.Network{RTT: 1e6, Retry: 1e9}}
}

// A device is online in all its groups or in none, speaks in each, and what it says in
// one is read there alone.
func TestGroupsShareDevices(t *testing.T) {
	r, records := lived(t, overlaid())
	if len(r.Branches) != 2 || r.Branches[0].Name != "G2" || !r.Branches[1].Group {
		t.Fatalf("%+v", r.Branches)
	}
	online := map[string]bool{}
	acted := map[[2]string]int{}
	sent := map[sim.StepID]string{}
	for _, rec := range records {
		switch rec.What {
		case sim.DidOnline, sim.DidOffline:
			if is := rec.What == sim.DidOnline; online[rec.Who] == is && rec.At > day {
				t.Errorf("record %d: %s is %s twice", rec.N, rec.Who, rec.What)
			}
			online[rec.Who] = rec.What == sim.DidOnline
		case sim.DidSend:
			sent[rec.Step] = rec.Branch
			fallthrough
		case sim.DidCommit:
			if rec.At > day && !online[rec.Who] {
				t.Errorf("record %d: %s does something in %q while offline", rec.N, rec.Who, rec.Branch)
			}
			acted[[2]string{rec.Who, rec.Branch}]++
		case sim.DidRead, sim.DidMiss:
			if rec.Branch != sent[rec.Step] {
				t.Errorf("record %d: a message of %q is read in %q", rec.N, sent[rec.Step], rec.Branch)
			}
		}
	}
	for group, out := range map[string][]string{"": {"M5", "M6"}, "G2": {"M3", "M4"}, "G3": {"M1", "M2"}} {
		for _, c := range r.Clients {
			if n := acted[[2]string{c, group}]; slices.Contains(out, c) != (n == 0) || n > 0 && n < 50 {
				t.Errorf("%s does something in %q %d times", c, group, n)
			}
		}
	}
}

// What is taken from a device opens all its groups and no other; each heals by itself.
func TestTheftOpensAllGroupsOfADevice(t *testing.T) {
	for _, c := range []sim.PlannedCompromise{{Member: "M1", At: 9 * day}, {Member: "M1", At: 9 * day, For: day}, {Member: "M1", At: 9 * day, Only: []string{"leaf", "init", "path"}}} {
		p := overlaid()
		p.Adversary.Compromises = []sim.PlannedCompromise{c}
		r, _ := lived(t, p)
		if len(r.Compromises) != 2 || r.Compromises[0].Group != "" || r.Compromises[1].Group != "G2" || len(r.Heals) != 2 {
			t.Fatalf("%+v, heals %+v", r.Compromises, r.Heals)
		}
		if r.Heals[0].At == r.Heals[1].At {
			t.Error("both groups heal at the same time")
		}
		for _, h := range r.Heals {
			group := r.Compromises[h.Compromise].Group
			epochs := r.EpochsOf(group)
			before, at := epochs[h.Epoch-1], epochs[h.Epoch]
			if before.LeakedAt == sim.Never || at.LeakedAt != sim.Never || at.Start != h.At {
				t.Errorf("%q: healed in %+v, before %+v", group, at, before)
			}
		}
		for _, e := range r.EpochsOf("G3") {
			if e.LeakedAt != sim.Never {
				t.Errorf("epoch %d of a group without M1 leaks", e.Epoch)
			}
		}
	}
}

// Who is removed from the group in which its device came online lives on in the others.
func TestDeviceOutlivesItsFirstGroup(t *testing.T) {
	p := overlaid()
	p.Groups.Size, p.Churn.Leaves = 6, 0.3
	r, records := lived(t, p)
	left := map[string]sim.Time{}
	after := 0
	for _, rec := range records {
		switch {
		case rec.What == sim.DidLeave && rec.Branch == "":
			left[rec.Who] = rec.At
		case rec.What == sim.DidOnline && left[rec.Who] > 0:
			after++
		case rec.What == sim.DidLeave:
			delete(left, rec.Who)
		}
	}
	if after < 20 || len(r.Epochs) < 20 {
		t.Errorf("those who had left came online %d times", after)
	}
}
