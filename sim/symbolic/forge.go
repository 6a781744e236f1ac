package symbolic

import (
	"fmt"

	"mlssim/model"
	"mlssim/sim"
	"mlssim/sim/adversary"
)

var _ sim.Forger = (*Adversary)(nil)

// Forge implements [sim.Forger]: what the adversary knows decides whether it can
// make a message, and what it draws for it, it knows.
func (a *Adversary) Forge(f sim.Forgery) (sim.Forged, error) {
	group, ok := a.b.groups[f.Epoch]
	leaf := group.Tree.Leaf(model.LeafIndex(f.Leaf))
	if !ok || leaf == nil {
		return sim.Forged{}, fmt.Errorf("no leaf %d in the epoch of step %d", f.Leaf, f.Epoch)
	}
	signer, ok := a.b.store.PrivateOf(leaf.SignatureKey)
	if !ok {
		return sim.Forged{}, fmt.Errorf("leaf %d has no signature key", f.Leaf)
	}
	way := adversary.WayTo(f, a.b.names.of(signer))
	missing := a.knowledge.Missing(way)
	if len(missing) > 0 && !f.Guess {
		return sim.Forged{}, &sim.Lacking{Rule: way.Rule, Missing: missing}
	}
	m := model.Member{Leaf: model.LeafIndex(f.Leaf), Group: group, Client: model.Client{
		Credential: leaf.Credential, Capabilities: leaf.Capabilities, Extensions: leaf.Extensions,
		SignatureKey: a.term(way.From[0], f), CipherSuite: group.Context.CipherSuite,
	}}
	m.Secrets.Membership = a.term(sim.Name{Kind: sim.MembershipKey, Origin: f.Epoch}, f)
	m.Secrets.Init = a.term(sim.Name{Kind: sim.InitSecret, Origin: f.Epoch}, f)
	out := a.b.forge(m, f)
	if len(missing) == 0 {
		a.drew(f.Step, way, out)
	}
	made := sim.Forged{Message: message{out.Send, out.MessageKey}}
	for _, w := range out.Welcomes {
		made.Welcome = w
	}
	return made, nil
}

// term returns a secret that is known, or a guess.
func (a *Adversary) term(n sim.Name, f sim.Forgery) model.Term {
	if a.knowledge.Knows(n) {
		return a.b.names.terms[n]
	}
	return a.b.store.Fresh(model.Kind("guess of "+n.Kind.String()), uint64(f.Step))
}

// drew names the secrets of a message that the adversary has made. It knows those
// that it drew, and by the rules of members what follows from them.
func (a *Adversary) drew(step sim.StepID, way adversary.Way, out model.Output) {
	a.b.output(step, out)
	for _, m := range out.Secrets {
		if len(m.From) == 0 {
			a.knowledge.Add(sim.Rule{ID: way.Rule, From: way.From, To: a.b.names.of(m.Term)})
		}
	}
}

// forge makes the message.
func (b *Backend) forge(m model.Member, f sim.Forgery) model.Output {
	env := b.env(nobody, f.Step)
	var values []model.Proposal
	for _, leaf := range f.Removes {
		values = append(values, model.Remove(model.LeafIndex(leaf)))
	}
	for _, kp := range f.Adds {
		values = append(values, model.Add(kp.(model.KeyPackage)))
	}
	switch f.Kind {
	case sim.ForgedUpdate:
		return m.ForgeUpdate(env, model.Framing{})
	case sim.ForgedCommit:
		var garbage []model.LeafIndex
		for _, leaf := range f.Garbage {
			garbage = append(garbage, model.LeafIndex(leaf))
		}
		return m.ForgeCommit(env, model.CommitForgery{Values: values, Garbage: garbage})
	}
	return m.ForgeProposal(env, values[0], model.Framing{})
}

// nobody is who has none of what clients store.
const nobody = ^sim.ClientID(0)
