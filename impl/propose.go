package impl

import (
	"slices"

	"mlssim/impl/message"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// ProposeAdd proposes to add the client of a KeyPackage (RFC 9420, Section 12.1.1).
func (m *Member) ProposeAdd(env *Env, kp *message.KeyPackage, format spec.WireFormat) (*Member, Output, error) {
	return m.propose(env, message.Proposal{Type: spec.ProposalAdd, Add: &message.Add{KeyPackage: *kp}}, nil, format)
}

// ProposeUpdate proposes a fresh leaf for the client itself (RFC 9420, Section
// 12.1.2). Its private key is part of the state from now on.
func (m *Member) ProposeUpdate(env *Env, format spec.WireFormat) (*Member, Output, error) {
	key, err := m.suite.GenerateKeyPair(env.Rand)
	if err != nil {
		return nil, Output{}, err
	}
	leaf := m.identity.leaf()
	leaf.Source = spec.SourceUpdate
	leaf.EncryptionKey = key.Public()
	leaf, err = leaf.Sign(m.suite, m.identity.Signer, m.context.GroupID, m.leaf)
	if err != nil {
		return nil, Output{}, err
	}
	return m.propose(env, message.Proposal{Type: spec.ProposalUpdate, Update: &message.Update{LeafNode: leaf}}, key, format)
}

// ProposeRemove proposes that a member leave (RFC 9420, Section 12.1.3).
func (m *Member) ProposeRemove(env *Env, who tree.LeafIndex, format spec.WireFormat) (*Member, Output, error) {
	return m.propose(env, message.Proposal{Type: spec.ProposalRemove, Remove: &message.Remove{Removed: who}}, nil, format)
}

// propose frames a proposal that is valid by itself, and caches it as every
// receiver will.
func (m *Member) propose(env *Env, p message.Proposal, key *suite.HPKEPrivateKey, format spec.WireFormat) (_ *Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "proposal.send", &err)()
	if err := m.validateProposal(env, cached{proposal: p, sender: m.leaf}, true); err != nil {
		return nil, Output{}, err
	}
	content, err := m.sign(message.Content{ContentType: spec.ContentProposal, Proposal: &p}, format)
	if err != nil {
		return nil, Output{}, err
	}
	after, out, err := m.protect(env, content)
	if err != nil {
		return nil, Output{}, err
	}
	ref := content.ProposalRef(m.suite)
	after.Epoch = &Epoch{m.PublicGroup.with(cached{ref: ref, proposal: p, sender: m.leaf}), m.secrets}
	if key != nil {
		after.updates = append(slices.Clip(m.updates), update{ref, key})
	}
	return after, out, nil
}

// validateProposal checks a proposal by itself, as its part of RFC 9420,
// Section 12.1, says. sending tells that it is this client's own.
func (g *PublicGroup) validateProposal(env *Env, p cached, sending bool) error {
	rules := g.rules(env, sending)
	switch p.proposal.Type {
	case spec.ProposalAdd:
		return because(env, req.AddKeyPackage, g.validateKeyPackage(env, rules, &p.proposal.Add.KeyPackage))
	case spec.ProposalUpdate:
		return because(env, req.UpdateLeaf, rules.UpdateLeaf(g.tree, p.sender, &p.proposal.Update.LeafNode))
	case spec.ProposalRemove:
		who := p.proposal.Remove.Removed
		return spec.Checkf(env.Rec, req.RemoveLeaf, g.tree.Leaf(who) != nil, "leaf %d is blank", who)
	}
	return spec.Checkf(env.Rec, req.ListTypeProcessed, processed(p.proposal.Type), "proposal type %v", p.proposal.Type)
}

// processed tells whether this client can apply proposals of a type (Section
// 12.2). What it cannot apply it must not ignore.
func processed(t spec.ProposalType) bool {
	switch t {
	case spec.ProposalAdd, spec.ProposalUpdate, spec.ProposalRemove:
		return true
	}
	return false
}

// rules returns how this group validates leaves (RFC 9420, Section 7.3).
func (g *PublicGroup) rules(env *Env, sending bool) *tree.Rules {
	return &tree.Rules{
		Rec:         env.Rec,
		Suite:       g.suite,
		Now:         env.Now,
		MaxLifetime: env.maxLifetime(),
		Auth:        env.Auth,
		GroupID:     g.context.GroupID,
		Sending:     sending,
	}
}
