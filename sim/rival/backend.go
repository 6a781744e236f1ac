// Package rival carries out the simulator's steps by other protocols than MLS, on
// symbols, so that one plan can be run on each of them and the results compared:
// Asynchronous Ratcheting Trees, Tainted TreeKEM, sender keys, and pairwise
// channels with the double ratchet. docs/rivals.md says what each of them does
// here, after which text, and what is left out.
//
// A protocol is a [sim.Backend]. Its secrets are names, and what follows from what
// is given as rules to one [adversary.Knowledge].
package rival

import (
	"fmt"
	"maps"
	"slices"

	"mlssim/sim"
	"mlssim/sim/adversary"
)

// The protocols, by the names that plans have for them.
const (
	ART        = "art"
	Tainted    = "tainted-treekem"
	SenderKeys = "sender-keys"
	Pairwise   = "pairwise"
)

// Protocols lists the names that New takes.
func Protocols() []string { return []string{ART, Tainted, SenderKeys, Pairwise} }

// New returns a backend on which nothing has happened.
func New(protocol string) (sim.Backend, error) {
	switch protocol {
	case ART:
		return newTrees(protocol, art{}), nil
	case Tainted:
		return newTrees(protocol, tainted{}), nil
	case SenderKeys, Pairwise:
		return newChannels(protocol), nil
	}
	return nil, fmt.Errorf("rival: no protocol %q", protocol)
}

// base is what all protocols have in common: secrets, rules, and who knows what.
type base struct {
	protocol  string
	names     map[sim.Name]bool
	adversary *Adversary
}

func newBase(protocol string) base {
	return base{protocol, map[sim.Name]bool{}, &Adversary{knowledge: adversary.New()}}
}

// Adversary implements [sim.Backend].
func (b *base) Adversary() sim.Adversary { return b.adversary }

// Names implements [sim.Backend].
func (b *base) Names() []sim.Name { return slices.SortedFunc(maps.Keys(b.names), sim.Name.Compare) }

// draw takes note of a secret that is drawn at random.
func (b *base) draw(n sim.Name) sim.Name {
	b.names[n] = true
	return n
}

// rule takes note of a secret and of a way to compute it.
func (b *base) rule(id string, to sim.Name, from ...sim.Name) sim.Name {
	b.names[to] = true
	b.adversary.knowledge.Add(sim.Rule{ID: id, From: from, To: to})
	return to
}

// once is rule for what several clients compute, each for itself.
func (b *base) once(id string, to sim.Name, from ...sim.Name) sim.Name {
	if !b.names[to] {
		b.rule(id, to, from...)
	}
	return to
}

// A message is [sim.Message]: what is sent, with the rules that it gives to
// whoever records it.
type message interface {
	sealed() []sim.Rule
	content() (sim.Name, bool) // of an application message
}

// Adversary is [sim.Adversary]: what it took, closed under the rules.
type Adversary struct {
	knowledge *adversary.Knowledge
	taken     func() // called after a theft, if not nil
}

var (
	_ sim.Adversary = (*Adversary)(nil)
	_ sim.Deriver   = (*Adversary)(nil)
)

// Observe implements [sim.Adversary].
func (a *Adversary) Observe(msg sim.Message) { a.see(msg) }

// Welcome implements [sim.Adversary].
func (a *Adversary) Welcome(w sim.Welcome) { a.see(w) }

func (a *Adversary) see(msg any) {
	for _, r := range msg.(message).sealed() {
		a.knowledge.Add(r)
	}
}

// Take implements [sim.Adversary].
func (a *Adversary) Take(names []sim.Name) {
	a.knowledge.Learn(names...)
	if a.taken != nil {
		a.taken()
	}
}

// Learned implements [sim.Adversary].
func (a *Adversary) Learned() []sim.Name { return a.knowledge.Learned() }

// Knows implements [sim.Adversary].
func (a *Adversary) Knows(n sim.Name) bool { return a.knowledge.Knows(n) }

// Reads implements [sim.Adversary].
func (a *Adversary) Reads(msg sim.Message) bool {
	key, private := msg.(message).content()
	return !private || a.Knows(key)
}

// Why implements [sim.Deriver].
func (a *Adversary) Why(n sim.Name) (sim.Rule, bool) { return a.knowledge.Why(n) }

// Rules returns the rules seen so far that conclude a secret.
func (a *Adversary) Rules(to sim.Name) []sim.Rule { return a.knowledge.Rules(to) }

// sorted sorts names and drops repetitions and names of nothing.
func sorted(names []sim.Name) []sim.Name {
	slices.SortFunc(names, sim.Name.Compare)
	return slices.DeleteFunc(slices.Compact(names), none)
}

// none tells whether a name is that of no secret.
func none(n sim.Name) bool { return n == sim.Name{} }

// signature names the key that every client signs with.
func signature(c sim.ClientID) sim.Name {
	return sim.Name{Kind: sim.SignatureKey, Origin: sim.StepID(c)}
}

// named makes the name of a secret of which a step has one.
func named(k sim.Kind, s sim.StepID) sim.Name { return sim.Name{Kind: k, Origin: s} }

// indexed makes the name of a secret of which a step has several.
func indexed(k sim.Kind, s sim.StepID, i uint32) sim.Name {
	return sim.Name{Kind: k, Origin: s, Index: i}
}
