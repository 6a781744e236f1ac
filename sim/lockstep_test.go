package sim_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"mlssim/sim"
	"mlssim/spec"
	"mlssim/spec/req"
)

func TestToysAgree(t *testing.T) {
	alone := live(t, busy(), 0)
	r, err := sim.Run(busy(), sim.Lockstep(newToy(""), newToy("")), sim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Digest != alone.Digest || !reflect.DeepEqual(r.Epochs, alone.Epochs) {
		t.Error("a pair of toys lives another life than one")
	}
	if r.Mismatches == nil || *r.Mismatches != 0 {
		t.Errorf("mismatches %v", r.Mismatches)
	}
	read := 0
	for _, m := range r.Messages {
		if m.ReadAt != sim.Never {
			read++
		}
	}
	c := r.Compared
	if c.Opened != read || c.Opened+c.NotOpened != len(r.Messages) || c.Opened == 0 || c.NotOpened == 0 {
		t.Errorf("%+v, but %d of %d messages were read", c, read, len(r.Messages))
	}
	if c.Verdicts != len(alone.toy.Names()) || c.Steps < 1000 || c.Replayed < 100 {
		t.Errorf("%+v with %d names", c, len(alone.toy.Names()))
	}
}

func TestBytesComeFromTheConcreteSide(t *testing.T) {
	// The name of what is broken adds to the toy's bytes and breaks nothing.
	r, err := sim.Run(script(t, base+"send A"), sim.Lockstep(newToy(""), newToy("nothing")), sim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := r.Messages[0].Bytes, 16+len("nothing"); got != want {
		t.Errorf("%d bytes, want %d", got, want)
	}
}

// Each promise that one side breaks is noticed, on whichever side it is.
func TestSabotageIsNoticed(t *testing.T) {
	const history = base + "propose B update; commit A; send A 2; snapshot C; send B; commit D; send D"
	for broken, want := range map[string]string{
		"view":     "parents",
		"secrets":  "secrets held",
		"consumed": "consumed",
		"data":     "data read",
		"cost":     "HPKE decryptions",
		"names":    "names of all secrets",
		"refuse":   "is refused",
		"seal":     "is refused",
		"knows":    "learned",
		"reads":    "reads an application message",
		"verdict":  "adversary knows resumption_psk",
	} {
		for side, b := range []sim.Backend{
			sim.Lockstep(newToy(broken), newToy("")), sim.Lockstep(newToy(""), newToy(broken)),
		} {
			r, err := sim.Run(script(t, history), b, sim.Options{})
			m, ok := errors.AsType[*sim.Mismatch](err)
			if !ok {
				t.Errorf("%s broken on side %d: %v", broken, side, err)
				continue
			}
			if !strings.Contains(m.What, want) || m.Symbolic == m.Concrete || m.Record == 0 || m.Plan != "script" {
				t.Errorf("%s broken on side %d: %+v", broken, side, m)
			}
			if r == nil || r.Mismatches == nil || *r.Mismatches != 1 || len(r.Epochs) == 0 {
				t.Errorf("%s broken on side %d: result %+v", broken, side, r)
			}
		}
	}
}

// A derivation that does not come out on bytes is a difference.
func TestReplayIsNoticed(t *testing.T) {
	_, err := sim.Run(script(t, base+"snapshot A; commit B"), sim.Lockstep(newToy(""), newToy("replay")), sim.Options{})
	m, ok := errors.AsType[*sim.Mismatch](err)
	if !ok || !strings.Contains(m.What, "derivation of") {
		t.Fatalf("%v", err)
	}
}

// What was learned comes sorted by name; it is replayed premises first, each
// derivation once, and what was taken not at all.
func TestReplayIsInOrderOfDerivation(t *testing.T) {
	first, second, third := name(sim.TreeSecret, 9), name(sim.NodeKey, 9), name(sim.LeafKey, 3)
	eve := &scripted{
		learned: []sim.Name{third, second, first},
		why: map[sim.Name]sim.Rule{
			first: {ID: sim.RuleTaken, To: first}, second: {ID: "T1", From: []sim.Name{first}, To: second},
			third: {ID: "T1", From: []sim.Name{second, first}, To: third},
		},
	}
	b := sim.Lockstep(watched{newToy(""), eve}, watched{newToy(""), eve})
	b.Adversary().Take([]sim.Name{first})
	b.Adversary().Take(nil)
	if !slices.Equal(eve.replayed, []sim.Name{second, third}) {
		t.Errorf("replayed %v", eve.replayed)
	}
	if c := b.(sim.Comparer); c.Err() != nil || c.Compared().Replayed != 2 {
		t.Errorf("%v, %+v", c.Err(), c.Compared())
	}
}

// watched has an adversary of its own.
type watched struct {
	*toy
	eve *scripted
}

func (w watched) Adversary() sim.Adversary { return w.eve }

// scripted says what it is told to.
type scripted struct {
	sim.Adversary
	learned  []sim.Name
	why      map[sim.Name]sim.Rule
	replayed []sim.Name
}

func (s *scripted) Take([]sim.Name)                 {}
func (s *scripted) Learned() []sim.Name             { return s.learned }
func (s *scripted) Why(n sim.Name) (sim.Rule, bool) { r, ok := s.why[n]; return r, ok }
func (s *scripted) Replay(r sim.Rule) error         { s.replayed = append(s.replayed, r.To); return nil }

// A Mismatch ends a run by habits, too.
func TestMismatchEndsARun(t *testing.T) {
	r, err := sim.Run(busy(), sim.Lockstep(newToy(""), newToy("consumed")), sim.Options{Replication: 2})
	m, ok := errors.AsType[*sim.Mismatch](err)
	if !ok || m.Replication != 2 || m.Seed != 7 || m.At >= busy().Horizon {
		t.Fatalf("%v", err)
	}
	for _, part := range []string{"consumed", "plan busy", "seed 7", "replication 2", "symbolic:", "concrete:"} {
		if !strings.Contains(m.Error(), part) {
			t.Errorf("no %q in %s", part, m)
		}
	}
	if r.Events != m.Record {
		t.Errorf("%d events, difference after record %d", r.Events, m.Record)
	}
}

// Two sides refuse alike if the one requirement that the concrete side names is
// among those that the symbolic side finds violated.
func TestRefusalsAreCompared(t *testing.T) {
	violation := &spec.Violation{Req: req.CommitPathRequired}
	own := &spec.Violation{Req: req.CommitSenderSelf, Err: spec.ErrOwn}
	for _, test := range []struct {
		symbolic, concrete error
		agree              bool
	}{
		{spec.Violations{req.ListAddUnique, req.CommitPathRequired}, violation, true},
		{spec.Violations{req.ListAddUnique}, violation, false},
		{violation, violation, true},
		{spec.ErrEpoch, spec.ErrEpoch, true},
		{spec.ErrEpoch, spec.ErrMissing, false},
		{spec.ErrEpoch, violation, false},
		{spec.Violations{req.CommitPathRequired}, spec.ErrEpoch, false},
		{spec.Violations{req.CommitSenderSelf}, own, true},
		{spec.ErrOwn, own, true},
		{spec.ErrEpoch, own, false},
		{nil, violation, false},
		{violation, nil, false},
		{errors.New("a"), errors.New("a"), false},
	} {
		b := sim.Lockstep(failing{newToy(""), test.symbolic}, failing{newToy(""), test.concrete})
		_, err := b.Create(1, 0)
		_, mismatch := errors.AsType[*sim.Mismatch](err)
		if mismatch == test.agree {
			t.Errorf("%v and %v: %v", test.symbolic, test.concrete, err)
		}
		if test.agree && err != test.concrete {
			t.Errorf("%v and %v give %v", test.symbolic, test.concrete, err)
		}
	}
}

// failing refuses to create a group.
type failing struct {
	*toy
	err error
}

func (f failing) Create(s sim.StepID, c sim.ClientID) (sim.Machine, error) {
	if f.err != nil {
		return nil, f.err
	}
	return f.toy.Create(s, c)
}
