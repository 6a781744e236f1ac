package symbolic

import (
	"fmt"

	"mlssim/model"
	"mlssim/sim"
	"mlssim/sim/adversary"
)

var _ sim.Forger = (*Adversary)(nil)

// nobody is who has none of what clients store.
const nobody = ^sim.ClientID(0)

// Forge implements [sim.Forger]: what the adversary knows decides whether it can
// make a message, and what it draws for it, it knows.
func (a *Adversary) Forge(f sim.Forgery) (sim.Forged, error) {
	signature, err := a.signature(f)
	if err != nil {
		return sim.Forged{}, err
	}
	f.Oracle = f.Oracle && signature == a.b.names.of(a.b.client(f.As).SignatureKey)
	if f.Private {
		a.b.handshakeKey(f)
	}
	way := adversary.WayTo(f, signature)
	if f.Kind == sim.ForgedIdentity {
		a.b.signatureKey(f.As, f.Versions+1)
		a.knowledge.Add(sim.Rule{ID: way.Rule, From: way.From, To: sim.Name{Kind: sim.SignatureKey, Origin: sim.StepID(f.As), Index: f.Versions + 1}})
		return sim.Forged{}, nil
	}
	missing := a.knowledge.Missing(way)
	if len(missing) > 0 && !f.Guess {
		return sim.Forged{}, &sim.Lacking{Rule: way.Rule, Missing: missing}
	}
	made, out := a.b.forge(f, func(n sim.Name) model.Term {
		if f.Oracle && n == signature || a.Knows(n) {
			return a.b.names.terms[n]
		}
		return a.guess(n, f)
	}, signature)
	if len(missing) == 0 {
		a.drew(f.Step, way, out)
	}
	return made, nil
}

// signature names the key that a message has to be signed with: in the name of a
// member that of its leaf, otherwise any that the Authentication Service accepts for
// the client; of those that the adversary knows, the newest. A device signs with its
// present one.
func (a *Adversary) signature(f sim.Forgery) (sim.Name, error) {
	newest := sim.Name{Kind: sim.SignatureKey, Origin: sim.StepID(f.As), Index: f.Versions}
	if f.Outside || !f.Kind.ByMember() {
		if f.Oracle {
			return a.b.names.of(a.b.client(f.As).SignatureKey), nil
		}
		for n := newest; ; n.Index-- {
			if a.Knows(n) {
				return n, nil
			}
			if n.Index == 0 {
				return newest, nil
			}
		}
	}
	group := a.b.groups[f.Epoch]
	leaf := group.Tree.Leaf(model.LeafIndex(f.Leaf))
	if leaf == nil {
		return sim.Name{}, fmt.Errorf("no leaf %d in the epoch of step %d", f.Leaf, f.Epoch)
	}
	private, ok := a.b.store.PrivateOf(leaf.SignatureKey)
	if !ok {
		return sim.Name{}, fmt.Errorf("leaf %d has no signature key", f.Leaf)
	}
	return a.b.names.of(private), nil
}

// guess returns something in the place of a secret.
func (a *Adversary) guess(n sim.Name, f sim.Forgery) model.Term {
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

// forge makes the message from what the adversary has.
func (b *Backend) forge(f sim.Forgery, has func(sim.Name) model.Term, signature sim.Name) (sim.Forged, model.Output) {
	env := b.env(nobody, f.Step)
	by := b.client(f.As).Client
	by.SignatureKey = has(signature)
	if f.Kind == sim.ForgedKeyPackage {
		keys, made := model.NewKeyPackage(env, by)
		return sim.Forged{KeyPackage: keys.Package}, model.Output{Secrets: made}
	}
	if f.Kind == sim.ForgedExternal {
		var remove *model.LeafIndex
		for _, leaf := range f.Removes {
			i := model.LeafIndex(leaf)
			remove = &i
		}
		out := model.ForgeExternal(env, by, f.Info.(*model.GroupInfo), remove)
		return sim.Forged{Message: message{out.Send, 0}}, out
	}
	if f.Outside {
		g := b.groups[f.Epoch]
		out := g.ForgeOutside(env, by, f.Leaf, b.values(f)[0])
		return sim.Forged{Message: message{out.Send, 0}}, out
	}
	m := b.impersonated(f, by)
	env.PSK = b.forgedPSK(f, has)
	b.underRatchet(&m, f, has)
	m.Secrets.Membership = has(sim.Name{Kind: sim.MembershipKey, Origin: f.Epoch})
	m.Secrets.Init = has(sim.Name{Kind: sim.InitSecret, Origin: f.Epoch})
	out := b.forgeAs(env, m, f)
	made := sim.Forged{}
	if out.GroupInfo != nil {
		made.Message = out.GroupInfo
	}
	if out.Send != nil {
		made.Message = message{out.Send, out.MessageKey}
	}
	for _, w := range out.Welcomes {
		made.Welcome = w
	}
	return made, out
}

// impersonated returns the member whose leaf the adversary speaks from, with nothing
// but what everybody sees.
func (b *Backend) impersonated(f sim.Forgery, by model.Client) model.Member {
	m := model.Member{Leaf: model.LeafIndex(f.Leaf), Group: b.groups[f.Epoch], Client: by}
	if leaf := m.Tree.Leaf(m.Leaf); leaf != nil {
		m.Client.Credential, m.Client.Capabilities, m.Client.Extensions = leaf.Credential, leaf.Capabilities, leaf.Extensions
	}
	return m
}

// forgeAs makes a message in a member's name.
func (b *Backend) forgeAs(env *model.Env, m model.Member, f sim.Forgery) model.Output {
	framing := model.Framing{Private: f.Private}
	switch f.Kind {
	case sim.ForgedUpdate:
		return m.ForgeUpdate(env, framing)
	case sim.ForgedGroupInfo:
		return m.ForgeGroupInfo(env)
	case sim.ForgedWelcome:
		return m.ForgeWelcome(env, f.Adds[0].(model.KeyPackage))
	case sim.ForgedCommit:
		var garbage []model.LeafIndex
		for _, leaf := range f.Garbage {
			garbage = append(garbage, model.LeafIndex(leaf))
		}
		return m.ForgeCommit(env, model.CommitForgery{Values: b.values(f), Garbage: garbage, Framing: framing})
	}
	return m.ForgeProposal(env, b.values(f)[0], framing)
}

// values returns the proposals that a forged message carries by value.
func (b *Backend) values(f sim.Forgery) []model.Proposal {
	group := b.groups[f.Epoch].Context.GroupID
	var all []model.Proposal
	for _, leaf := range f.Removes {
		all = append(all, model.Remove(model.LeafIndex(leaf)))
	}
	for _, kp := range f.Adds {
		all = append(all, model.Add(kp.(model.KeyPackage)))
	}
	for _, p := range f.PSKs {
		all = append(all, model.PSK(b.pskID(group, p.PSK)))
	}
	return all
}
