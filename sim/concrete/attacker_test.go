package concrete

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/impl/suite"
	"mlssim/sim"
)

// pair is a group of clients 0 and 1, its steps numbered as they come.
type pair struct {
	t    *testing.T
	b    *Backend
	a    *attacker
	step sim.StepID
	m    [2]sim.Machine
}

// newPair makes the group; its second epoch is begun by step 3.
func newPair(t *testing.T) *pair {
	t.Helper()
	b := New(suite.All()[0], sim.NewSeed(1, 0))
	p := &pair{t: t, b: b, a: b.attacker}
	m, err := b.Create(p.next(), 0)
	p.ok(err)
	kp, err := b.Publish(p.next(), 1)
	p.ok(err)
	_, out, err := m.Step(sim.Commit{Step: p.next(), Adds: []sim.KeyPackage{kp}})
	p.ok(err)
	p.m[0] = out.Next
	p.a.Observe(out.Send)
	p.a.Welcome(out.Welcome)
	p.m[1], _, err = b.Join(1, out.Welcome)
	p.ok(err)
	return p
}

func (p *pair) next() sim.StepID {
	p.step++
	return p.step
}

func (p *pair) ok(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// commit lets a client commit and the other follow, and returns the step.
func (p *pair) commit(i int) sim.StepID {
	p.t.Helper()
	_, out, err := p.m[i].Step(sim.Commit{Step: p.next()})
	p.ok(err)
	p.m[i] = out.Next
	p.a.Observe(out.Send)
	p.m[1-i], _, err = p.m[1-i].Step(sim.Handle{Message: out.Send})
	p.ok(err)
	return p.step
}

// send lets a client say something and the other read it.
func (p *pair) send(i int) sim.Message {
	p.t.Helper()
	m, out, err := p.m[i].Step(sim.Send{Step: p.next(), Data: []byte("hello")})
	p.ok(err)
	p.m[i] = m
	p.a.Observe(out.Send)
	p.m[1-i], _, err = p.m[1-i].Step(sim.Open{Message: out.Send})
	p.ok(err)
	return out.Send
}

// of returns the names of a client's state that are of some kinds.
func (p *pair) of(i int, kinds ...sim.Kind) []sim.Name {
	var names []sim.Name
	for _, h := range p.m[i].Secrets() {
		if slices.Contains(kinds, h.Name.Kind) {
			names = append(names, h.Name)
		}
	}
	return names
}

func (p *pair) knows(want bool, kind sim.Kind, step sim.StepID) {
	p.t.Helper()
	if got := p.a.Knows(sim.Name{Kind: kind, Origin: step}); got != want {
		p.t.Errorf("knows %v of step %d: %v, want %v", kind, step, got, want)
	}
}

// TestTrafficAloneTellsNothing: the attacker sees all messages, and the ledger
// holds all secrets, but it arrives at none of them.
func TestTrafficAloneTellsNothing(t *testing.T) {
	p := newPair(t)
	p.commit(1)
	m := p.send(0)
	p.commit(0)
	if learned := p.a.Learned(); len(learned) != 0 {
		t.Errorf("learned %v", learned)
	}
	if p.a.Reads(m) {
		t.Error("reads a message")
	}
}

// TestLeafKeyAndInitOpenTheNextEpoch: neither of the two is enough.
func TestLeafKeyAndInitOpenTheNextEpoch(t *testing.T) {
	for _, c := range []struct {
		name  string
		kinds []sim.Kind
		want  bool
	}{
		{"leaf key", []sim.Kind{sim.LeafKey}, false},
		{"init_secret", []sim.Kind{sim.InitSecret}, false},
		{"both", []sim.Kind{sim.LeafKey, sim.InitSecret}, true},
	} {
		p := newPair(t)
		p.a.Take(p.of(1, c.kinds...))
		step := p.commit(0)
		p.knows(c.want, sim.EpochSecret, step)
		p.knows(c.want, sim.EncryptionSecret, step)
		if got := p.a.Reads(p.send(0)); got != c.want {
			t.Errorf("%s: reads the next epoch: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestInitKeyOpensTheWelcome: what a Welcome says is recorded, and an init key
// that is stolen later opens it.
func TestInitKeyOpensTheWelcome(t *testing.T) {
	b := New(suite.All()[0], sim.NewSeed(1, 0))
	p := &pair{t: t, b: b, a: b.attacker}
	m, err := b.Create(p.next(), 0)
	p.ok(err)
	kp, err := b.Publish(p.next(), 1)
	p.ok(err)
	_, out, err := m.Step(sim.Commit{Step: p.next(), Adds: []sim.KeyPackage{kp}})
	p.ok(err)
	p.a.Observe(out.Send)
	p.a.Welcome(out.Welcome)
	p.knows(false, sim.JoinerSecret, p.step)
	p.a.Take([]sim.Name{{Kind: sim.InitKey, Origin: 2}})
	p.knows(true, sim.JoinerSecret, p.step)
	p.knows(true, sim.EpochSecret, p.step)
	p.knows(true, sim.PathSecret, p.step)
}

// TestKeyIsRememberedUntilItIsSeen: a leaf key that is stolen before its Update
// is on the wire opens what is sealed to it later.
func TestKeyIsRememberedUntilItIsSeen(t *testing.T) {
	p := newPair(t)
	m, out, err := p.m[1].Step(sim.ProposeUpdate{Step: p.next()})
	p.ok(err)
	p.m[1] = m
	p.a.Take([]sim.Name{{Kind: sim.LeafKey, Origin: p.step}})
	p.a.Take(p.of(1, sim.InitSecret))
	p.a.Observe(out.Send)
	p.m[0], _, err = p.m[0].Step(sim.Handle{Message: out.Send})
	p.ok(err)
	p.knows(true, sim.EpochSecret, p.commit(0))
}

// TestRatchetGoesForward: who takes a state after a message was read does not
// read that message, but those that follow it in its epoch.
func TestRatchetGoesForward(t *testing.T) {
	p := newPair(t)
	before := p.send(0)
	p.a.Take(p.of(1, sim.ApplicationRatchet, sim.TreeSecret, sim.SenderDataSecret))
	after := p.send(0)
	if p.a.Reads(before) || !p.a.Reads(after) {
		t.Errorf("reads the message before: %v, after: %v", p.a.Reads(before), p.a.Reads(after))
	}
	p.commit(0)
	if p.a.Reads(p.send(0)) {
		t.Error("reads the next epoch")
	}
}

// TestGuardIsGiven: with the ratchet alone the attacker has the key of a
// message and not its sender data, and the run counts that it was helped.
func TestGuardIsGiven(t *testing.T) {
	p := newPair(t)
	p.send(0)
	p.a.Take(p.of(1, sim.ApplicationRatchet))
	m := p.send(0)
	if !p.a.Reads(m) || p.a.Given() != 1 {
		t.Errorf("without sender_data_secret: reads %v, given %d", p.a.Reads(m), p.a.Given())
	}
	p.a.Take(p.of(1, sim.SenderDataSecret))
	if !p.a.Reads(m) || p.a.Given() != 0 {
		t.Errorf("with sender_data_secret: reads %v, given %d", p.a.Reads(m), p.a.Given())
	}
}

// TestReplay carries out rules on bytes, and is shown wrong ones.
func TestReplay(t *testing.T) {
	p := newPair(t)
	epoch := func(k sim.Kind) sim.Name { return sim.Name{Kind: k, Origin: 3} }
	rule := sim.Rule{ID: "K4", From: []sim.Name{epoch(sim.EpochSecret)}, To: epoch(sim.InitSecret)}
	if p.a.Replay(rule) == nil {
		t.Error("derived from what it does not have")
	}
	if p.a.Replay(sim.Rule{ID: sim.RuleTaken, To: epoch(sim.EpochSecret)}) == nil {
		t.Error("took what was not taken")
	}
	p.a.Take([]sim.Name{epoch(sim.EpochSecret)})
	p.ok(p.a.Replay(sim.Rule{ID: sim.RuleTaken, To: epoch(sim.EpochSecret)}))
	p.ok(p.a.Replay(rule))
	for _, wrong := range []sim.Rule{
		{ID: "K3", From: rule.From, To: rule.To},
		{ID: "K4", From: []sim.Name{epoch(sim.InitSecret)}, To: epoch(sim.ExporterSecret)},
		{ID: "K9", From: rule.From, To: rule.To},
		{ID: "T4", From: rule.From, To: epoch(sim.PathSecret), At: [2]uint32{7, 7}},
	} {
		if p.a.Replay(wrong) == nil {
			t.Errorf("carried out %+v", wrong)
		}
	}
}

func TestLedger(t *testing.T) {
	l := newLedger(suite.All()[0])
	one, two := sim.Name{Kind: sim.InitSecret, Origin: 1}, sim.Name{Kind: sim.InitSecret, Origin: 2}
	if err := l.register(one, []byte("a")); err != nil {
		t.Fatal(err)
	}
	if l.register(one, []byte("a")) != nil || l.register(one, []byte("b")) == nil || l.register(two, []byte("a")) == nil {
		t.Error("a name has one value, and a value one name")
	}
	if n, ok := l.name([]byte("a")); !ok || n != one {
		t.Errorf("found %v, %v", n, ok)
	}
	if diff := cmp.Diff([]sim.Name{one}, l.newNames()); diff != "" || l.newNames() != nil {
		t.Error("new names are told once:", diff)
	}
}

// TestStoreIsEmptiedByJoining: an init key is deleted when it has been used.
func TestStoreIsEmptiedByJoining(t *testing.T) {
	p := newPair(t)
	if held := p.b.Store(1); len(held) != 0 {
		t.Errorf("after joining the store holds %v", held)
	}
	_, err := p.b.Publish(p.next(), 1)
	p.ok(err)
	want := []sim.Name{{Kind: sim.InitKey, Origin: p.step}, {Kind: sim.LeafKey, Origin: p.step}}
	var got []sim.Name
	for _, h := range p.b.Store(1) {
		got = append(got, h.Name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
