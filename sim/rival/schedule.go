package rival

import (
	"slices"

	"mlssim/sim"
	"mlssim/spec"
)

// The key schedule that both kinds of trees have, a short form of that of RFC 9420,
// Section 8, and the ratchets below it: what differs is to be the tree.

// schedule derives the secrets of an epoch from those of the one before and from
// the root of the tree.
func (b *trees) schedule(e *epoch, before sim.StepID, root sim.Name) {
	commit := b.rule("R-S1", named(sim.CommitSecret, e.step), root)
	joiner := b.rule("R-S2", named(sim.JoinerSecret, e.step), named(sim.InitSecret, before), commit)
	b.rule("R-S3", named(sim.EpochSecret, e.step), joiner)
	b.secrets(e)
}

// secrets derives what follows from the secret of an epoch.
func (b *trees) secrets(e *epoch) {
	from := named(sim.EpochSecret, e.step)
	for _, k := range [...]sim.Kind{sim.InitSecret, sim.EpochAuthenticator, sim.EncryptionSecret} {
		b.rule("R-S4", named(k, e.step), from)
	}
	for _, m := range e.tree.members() {
		b.rule("R-S5", ratchet(e.step, m.Leaf, 0), named(sim.EncryptionSecret, e.step))
	}
}

func ratchet(s sim.StepID, leaf, gen uint32) sim.Name {
	return sim.Name{Kind: sim.ApplicationRatchet, Origin: s, Index: leaf, Gen: gen}
}

// ratchets is what is left of the secrets below encryption_secret: the generation
// of each sender who has sent, by leaf. It is a value; empty, nothing was used.
type ratchets []struct{ leaf, next uint32 }

// of returns the generation of a leaf's next message, and where it stands.
func (r ratchets) of(leaf uint32) (next uint32, i int) {
	i = slices.IndexFunc(r, func(x struct{ leaf, next uint32 }) bool { return x.leaf == leaf })
	if i < 0 {
		return 0, i
	}
	return r[i].next, i
}

// advance uses the key of a leaf's next message. It returns the key, what is left,
// and all that was used up.
func (b *trees) advance(r ratchets, e *epoch, leaf uint32) (key sim.Name, left ratchets, consumed []sim.Name) {
	next, i := r.of(leaf)
	from := ratchet(e.step, leaf, next)
	key = from
	key.Kind = sim.ApplicationKey
	b.once("R-S6", key, from)
	b.once("R-S6", ratchet(e.step, leaf, next+1), from)
	consumed = []sim.Name{from, key}
	if len(r) == 0 {
		consumed = append(consumed, named(sim.EncryptionSecret, e.step))
	}
	left = slices.Clone(r)
	if i < 0 {
		left = append(left, struct{ leaf, next uint32 }{leaf, 1})
	} else {
		left[i].next++
	}
	return key, left, sorted(consumed)
}

// held lists what a member holds of the secrets below encryption_secret.
func (r ratchets) held(e *epoch) []sim.Held {
	if len(r) == 0 {
		return []sim.Held{{Part: sim.PartEnc, Name: named(sim.EncryptionSecret, e.step)}}
	}
	var held []sim.Held
	for _, m := range e.tree.members() {
		next, _ := r.of(m.Leaf)
		held = append(held, sim.Held{Part: sim.PartEnc, Name: ratchet(e.step, m.Leaf, next)})
	}
	return held
}

// A letter is an application message of a tree.
type letter struct {
	step sim.StepID // of the epoch
	leaf uint32
	key  sim.Name
	data []byte
}

func (*letter) sealed() []sim.Rule          { return nil }
func (l *letter) content() (sim.Name, bool) { return l.key, true }

// send protects application data.
func (m *member) send(in sim.Send) (sim.Machine, sim.Output, error) {
	next := *m
	key, left, consumed := m.b.advance(m.used, m.epoch, m.node/2)
	next.used = left
	out := sim.Output{Send: &letter{m.epoch.step, m.node / 2, key, in.Data}, Consumed: consumed,
		Cost: sim.Cost{Bytes: sizeMessage(len(in.Data))}}
	return &next, out, nil
}

// open reads another member's message.
func (m *member) open(msg sim.Message) (sim.Machine, sim.Output, error) {
	l, ok := msg.(*letter)
	if !ok || l.step != m.epoch.step {
		return nil, sim.Output{}, spec.ErrEpoch
	}
	next := *m
	key, left, consumed := m.b.advance(m.used, m.epoch, l.leaf)
	if key != l.key {
		return nil, sim.Output{}, spec.ErrMissing
	}
	next.used = left
	return &next, sim.Output{Data: l.data, Consumed: consumed, Cost: sim.Cost{Verifies: 1}}, nil
}
