package symbolic

import (
	"testing"

	"mlssim/sim"
)

const (
	hour = sim.Time(3600e9)
	day  = 24 * hour
)

// played runs a plan on symbols; it returns what was measured and the backend.
func played(t *testing.T, p *sim.Plan) (*sim.Result, *Backend) {
	t.Helper()
	b := New(nil)
	r, err := sim.Run(p, b, sim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r, b
}

func small() *sim.Plan {
	return &sim.Plan{Seed: 3, Members: 4, Horizon: 12 * day, Habits: sim.Habits{Online: hour},
		Policies: sim.Policies{Update: 2 * day, Jitter: 0.5, How: "commit", CommitDelay: hour, PathOnAdd: true},
		Network:  sim.Network{RTT: 1e6}}
}

// A new signature key with each second Commit is a new secret.
func TestSignatureRotation(t *testing.T) {
	versions := func(every int) (n int) {
		p := small()
		p.Policies.RotateSignature = every
		_, b := played(t, p)
		for _, name := range b.Names() {
			if name.Kind == sim.SignatureKey && name.Index > 0 {
				n++
			}
		}
		return n
	}
	one, two := versions(1), versions(2)
	if versions(0) != 0 || one < 15 || two < one/2-4 || two > one/2 {
		t.Errorf("new signature keys: %d, each second time %d", one, two)
	}
}

// Only a fresh PSK heals where nobody makes a path: that of the epoch was stolen with it.
func TestPSKSchedule(t *testing.T) {
	for psk, want := range map[string]int{"": 0, sim.PSKResumption: 0, sim.PSKExternal: 1} {
		p := small()
		p.Policies.Update, p.Policies.PathOnAdd, p.Churn.Joins = 0, false, 2
		p.Policies.PSK, p.Policies.PSKEvery = psk, 3
		p.Adversary.Compromises = []sim.PlannedCompromise{{Member: "M2", At: day}}
		r, _ := played(t, p)
		if len(r.Heals) != want || want > 0 && r.Heals[0].Cause != "psk" {
			t.Errorf("%q: heals %+v", psk, r.Heals)
		}
		mixed := 0
		for _, e := range r.Epochs {
			if e.PSKs > 0 {
				mixed++
				if e.Epoch%3 != 0 {
					t.Errorf("%q: mixed into epoch %d", psk, e.Epoch)
				}
			}
		}
		if psk == sim.PSKExternal && mixed < 5 {
			t.Errorf("mixed into %d epochs", mixed)
		}
	}
}

// Members that keep past epochs read what comes late, and a thief of their state with
// them.
func TestKeptEpochs(t *testing.T) {
	run := func(epochs int) (missed, read int) {
		p := small()
		p.Habits.Messages, p.Habits.Offline = 8, hour
		p.Network.RTT, p.Policies.Update = 2*hour, day
		p.Policies.Keep.Epochs = epochs
		p.Adversary.Rate = 100
		var o outcomes
		r, err := sim.Run(p, New(nil), sim.Options{Events: &o})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range r.Messages {
			if m.ReadAt != sim.Never {
				read++
			}
		}
		return o.missed, read
	}
	missed, read := run(0)
	late, more := run(5)
	if missed < 10 || late > missed/2 || more < read {
		t.Errorf("missed %d and %d with past epochs kept; the adversary reads %d and %d", missed, late, read, more)
	}
}

// outcomes counts the messages that were missed, in a history of one record a line.
type outcomes struct{ missed int }

func (o *outcomes) Write(line []byte) (int, error) {
	for i := range line {
		if string(line[i:min(len(line), i+13)]) == `"what":"miss"` {
			o.missed++
		}
	}
	return len(line), nil
}
