package props

import (
	"fmt"
	"slices"
	"testing"

	"mlssim/sim"
	"mlssim/sim/symbolic"
	"mlssim/spec"
	"mlssim/spec/req"
)

// pairOf is a group of clients 0 and 1 in lockstep, in the epoch of step 3, and who
// is robbed of what.
type pairOf struct {
	t    *testing.T
	b    sim.Backend
	m    [2]sim.Machine
	step sim.StepID
}

func newPairOf(t *testing.T) *pairOf {
	t.Helper()
	p := &pairOf{t: t, b: sim.Lockstep(symbolic.New(nil), Concrete(1))}
	m, err := p.b.Create(1, 0)
	p.ok(err)
	kp, err := p.b.Publish(2, 1)
	p.ok(err)
	_, out, err := m.Step(sim.Commit{Step: 3, Adds: []sim.KeyPackage{kp}})
	p.ok(err)
	p.b.Adversary().Observe(out.Send)
	p.b.Adversary().Welcome(out.Welcome)
	p.m[0] = out.Next
	p.m[1], _, err = p.b.Join(1, out.Welcome)
	p.ok(err)
	p.step = 3
	return p
}

func (p *pairOf) ok(err error) {
	p.t.Helper()
	if err == nil {
		err = p.b.(sim.Comparer).Err()
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// takes robs client 0 of secrets of some kinds.
func (p *pairOf) takes(kinds []sim.Kind) {
	var names []sim.Name
	for _, h := range p.m[0].Secrets() {
		if slices.Contains(kinds, h.Name.Kind) {
			names = append(names, h.Name)
		}
	}
	if len(names) != len(kinds) {
		p.t.Fatalf("client 0 holds %v of %v", names, kinds)
	}
	p.b.Adversary().Take(names)
	p.ok(nil)
}

// forges makes a message in the name of client 0.
func (p *pairOf) forges(kind sim.ForgeryKind, private, guess bool) (sim.Message, error) {
	p.step++
	f := sim.Forgery{Step: p.step, Kind: kind, Epoch: 3, As: 0, Leaf: 0, Private: private, Guess: guess}
	switch kind {
	case sim.ForgedRemove:
		f.Removes = []uint32{0}
	case sim.ForgedAdd:
		kp, err := p.b.Publish(p.step, 2)
		p.ok(err)
		p.step++
		f.Adds = []sim.KeyPackage{kp}
		f.Step = p.step
	}
	made, err := p.b.Adversary().(sim.Forger).Forge(f)
	if _, lacks := err.(*sim.Lacking); !lacks {
		p.ok(err)
	}
	return made.Message, err
}

// A forgery has to be made of all its premises: with each subset of them both
// adversaries can make the message, or neither; it is accepted, or refused by the
// requirement that stands for what is missing.
func TestForgeriesNeedEveryPremise(t *testing.T) {
	sig, mem, ini := sim.SignatureKey, sim.MembershipKey, sim.InitSecret
	enc, snd := sim.EncryptionSecret, sim.SenderDataSecret // of which the handshake key is made
	private := map[sim.Kind]spec.ID{snd: req.PrivateSenderData, enc: req.PrivateCiphertext, sig: req.ContentSignature, ini: req.CommitConfirmationTag}
	proposal := map[sim.Kind]spec.ID{mem: req.PublicMembershipTag, sig: req.ContentSignature}
	commit := map[sim.Kind]spec.ID{mem: req.PublicMembershipTag, sig: req.ContentSignature, ini: req.CommitConfirmationTag}
	for _, c := range []struct {
		kind     sim.ForgeryKind
		premises []sim.Kind // in the order in which a receiver meets what is missing
		refusal  map[sim.Kind]spec.ID
	}{
		{sim.ForgedUpdate, []sim.Kind{mem, sig}, proposal},
		{sim.ForgedAdd, []sim.Kind{mem, sig}, proposal},
		{sim.ForgedRemove, []sim.Kind{mem, sig}, proposal},
		{sim.ForgedCommit, []sim.Kind{mem, sig, ini}, commit},
		{sim.ForgedUpdate, []sim.Kind{snd, enc, sig}, private},
		{sim.ForgedAdd, []sim.Kind{snd, enc, sig}, private},
		{sim.ForgedRemove, []sim.Kind{snd, enc, sig}, private},
		{sim.ForgedCommit, []sim.Kind{snd, enc, sig, ini}, private},
	} {
		for set := range 1 << len(c.premises) {
			var has []sim.Kind
			var first sim.Kind // that is missing
			for i, k := range c.premises {
				if set>>i&1 == 1 {
					has = append(has, k)
				} else if first == 0 {
					first = k
				}
			}
			t.Run(fmt.Sprintf("%v with %v", c.kind, has), func(t *testing.T) {
				p := newPairOf(t)
				p.takes(has)
				_, err := p.forges(c.kind, c.premises[0] == snd, false)
				if (err == nil) != (first == 0) {
					t.Fatalf("made: %v", err)
				}
				if lacking, ok := err.(*sim.Lacking); ok && len(lacking.Missing) != len(c.premises)-len(has) {
					t.Errorf("%v", lacking)
				}
				msg, err := p.forges(c.kind, c.premises[0] == snd, true)
				p.ok(err)
				p.b.Adversary().Observe(msg)
				p.ok(nil)
				_, _, err = p.m[1].Step(sim.Handle{Message: msg})
				if got, want := spec.Violated(err), c.refusal[first]; got != want || first == 0 && err != nil {
					t.Errorf("receiver says %v, want %q", err, want)
				}
				if c, ok := p.b.(sim.Comparer); ok && c.Err() != nil {
					t.Error(c.Err())
				}
			})
		}
	}
}
