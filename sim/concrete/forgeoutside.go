package concrete

import (
	"fmt"

	"mlssim/impl"
	"mlssim/impl/forge"
	"mlssim/impl/message"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/sim"
	"mlssim/spec"
)

// forgeExternal makes a Commit by which a client joins.
func (a *attacker) forgeExternal(f sim.Forgery) (sim.Forged, error) {
	env := &impl.Env{Rand: a.b.seed.Reader(nobody, f.Step), Now: a.b.now()}
	id, err := a.anyIdentity(&f, env)
	if err != nil {
		return sim.Forged{}, err
	}
	var msg message.MLSMessage
	if err := wire.Decode(f.Info.(*packet).raw, &msg); err != nil {
		return sim.Forged{}, err
	}
	g, err := impl.Follow(env, msg.GroupInfo, nil)
	if err != nil {
		return sim.Forged{}, err
	}
	pub, _, err := message.ExternalPubOf(msg.GroupInfo.Extensions)
	if err != nil {
		return sim.Forged{}, err
	}
	var v forge.Forgery
	for _, leaf := range f.Removes {
		v.List = append(v.List, forge.Values(forge.Remove(tree.LeafIndex(leaf)))...)
	}
	made, err := forge.Outside(id, msg.GroupInfo, g.Tree(), env.Rand).External(pub, v, nil)
	if err != nil {
		return sim.Forged{}, err
	}
	a.own[f.Step] = wire.Encode(&made.Next.Context)
	a.b.epochs[f.Step] = made.Next.Context.Epoch
	secrets := a.commitSecrets(f.Step, made, a.b.suite.Zero())
	secrets[sim.Name{Kind: sim.ExternalInitSecret, Origin: f.Step}] = made.Init.Bytes()
	return a.sends(f.Step, made.Message), a.drew(f, secrets)
}

// forgeGroupInfo makes a GroupInfo with keys of the attacker's.
func (a *attacker) forgeGroupInfo(by *forge.Forger, f sim.Forgery) (sim.Forged, error) {
	s := a.b.suite
	leaf, err := s.GenerateKeyPair(by.Rand)
	if err != nil {
		return sim.Forged{}, err
	}
	external, err := s.GenerateKeyPair(by.Rand)
	if err != nil {
		return sim.Forged{}, err
	}
	update, err := by.Update(func(l *tree.LeafNode) { l.EncryptionKey = leaf.Public() }, nil)
	if err != nil {
		return sim.Forged{}, err
	}
	bogus := *by
	bogus.Tree = by.Tree.Update(by.Leaf, update.Update.LeafNode)
	bogus.Context.TreeHash = bogus.Tree.Hash()
	info, err := bogus.GroupInfo(forge.Invitation{Info: func(i *message.GroupInfo) {
		i.Extensions = append(i.Extensions, message.ExternalPubExtension(external.Public()))
	}})
	if err != nil {
		return sim.Forged{}, err
	}
	if err := a.drew(f, map[sim.Name]suite.Secret{
		{Kind: sim.LeafKey, Origin: f.Step}:      leaf.Bytes(),
		{Kind: sim.ExternalPriv, Origin: f.Step}: external.Bytes(),
	}); err != nil {
		return sim.Forged{}, err
	}
	raw := wire.Encode(&message.MLSMessage{WireFormat: spec.WireGroupInfo, GroupInfo: info})
	return sim.Forged{Message: &packet{raw: raw, step: f.Step}}, a.followOwn(f, &bogus)
}

// forgeProposalOutside makes a proposal in the name of an external sender.
func (a *attacker) forgeProposalOutside(f sim.Forgery) (sim.Forged, error) {
	env := &impl.Env{Rand: a.b.seed.Reader(nobody, f.Step), Now: a.b.now()}
	id, err := a.anyIdentity(&f, env)
	if err != nil {
		return sim.Forged{}, err
	}
	g, ok := a.begun[f.Epoch]
	if !ok {
		return sim.Forged{}, fmt.Errorf("the epoch of step %d was not seen on the wire", f.Epoch)
	}
	by := &forge.Forger{Suite: a.b.suite, Rand: env.Rand, Identity: id, Tree: g.Tree(), ConfirmationTag: g.ConfirmationTag()}
	if err := wire.Decode(g.Context(), &by.Context); err != nil {
		return sim.Forged{}, err
	}
	msg, _, err := by.Proposal(values(f)[0], forge.Framing{Content: func(c *message.FramedContent) {
		c.Sender = message.Sender{Type: spec.SenderExternal, SenderIndex: f.Leaf}
	}})
	return a.sends(f.Step, msg), err
}
