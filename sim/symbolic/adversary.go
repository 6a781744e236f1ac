package symbolic

import (
	"mlssim/model"
	"mlssim/sim"
	"mlssim/sim/adversary"
)

// Adversary is [sim.Adversary] as a closure: it knows what it took, and what
// follows by the rules of the key schedule and of the ciphertexts that it saw.
type Adversary struct {
	b         *Backend
	knowledge *adversary.Knowledge
}

func newAdversary(b *Backend) *Adversary { return &Adversary{b, adversary.New()} }

// Observe implements [sim.Adversary]: a Commit's path secrets are there for
// whoever holds a key that they are sealed to.
func (a *Adversary) Observe(msg sim.Message) {
	if _, ok := msg.(*model.GroupInfo); ok {
		return // it holds no secret
	}
	if p := msg.(message).Private; p != nil {
		a.see(p.Ciphertexts(a.b.store))
	}
	if p := msg.(message).Public; p != nil {
		a.see(p.Ciphertexts(a.b.store))
	}
}

// Welcome implements [sim.Adversary].
func (a *Adversary) Welcome(w sim.Welcome) { a.see(w.(*model.Welcome).Ciphertexts(a.b.store)) }

// see adds a rule for each ciphertext.
func (a *Adversary) see(boxes []model.Ciphertext) {
	for _, box := range boxes {
		if _, named := a.b.names.byTerm[box.Secret]; !named {
			continue // of a message that was made with guesses
		}
		from := []sim.Name{a.b.names.of(box.Private)}
		if box.Under != 0 { // within a PrivateMessage
			from = append(from, a.b.names.of(box.Under))
		}
		a.knowledge.Add(sim.Rule{
			ID:   string(box.Rule),
			From: from,
			To:   a.b.names.of(box.Secret),
			At:   box.At,
		})
	}
}

// Take implements [sim.Adversary].
func (a *Adversary) Take(names []sim.Name) { a.knowledge.Learn(names...) }

// Learned implements [sim.Adversary].
func (a *Adversary) Learned() []sim.Name { return a.knowledge.Learned() }

// Knows implements [sim.Adversary].
func (a *Adversary) Knows(name sim.Name) bool { return a.knowledge.Knows(name) }

// Reads implements [sim.Adversary]. Handshake messages are not encrypted.
func (a *Adversary) Reads(msg sim.Message) bool {
	m := msg.(message)
	return m.Private == nil || a.Knows(a.b.names.of(m.key))
}

// Why implements [sim.Deriver].
func (a *Adversary) Why(name sim.Name) (sim.Rule, bool) { return a.knowledge.Why(name) }

// Rules returns the rules seen so far that conclude a secret.
func (a *Adversary) Rules(to sim.Name) []sim.Rule { return a.knowledge.Rules(to) }
