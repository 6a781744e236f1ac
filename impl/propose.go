package impl

import (
	"slices"

	"mlssim/impl/message"
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
	return m.ProposeIdentity(env, m.identity, format)
}

// ProposeIdentity is ProposeUpdate with another credential or signature key (RFC
// 9420, Section 12.1.2). The client signs with the new key from the epoch on in
// which the Update takes effect.
func (m *Member) ProposeIdentity(env *Env, id *Identity, format spec.WireFormat) (*Member, Output, error) {
	spec.At(env.Rec, "proposal.send")
	key, err := m.suite.GenerateKeyPair(env.Rand)
	if err != nil {
		return nil, Output{}, err
	}
	leaf, err := m.nextLeaf(env, id, m.leaf)
	if err != nil {
		return nil, Output{}, err
	}
	leaf.Source = spec.SourceUpdate
	leaf.EncryptionKey = key.Public()
	leaf, err = leaf.Sign(m.suite, id.Signer, m.context.GroupID, m.leaf)
	leaf.Signature = spec.Derive(env.Rec, req.LeafResigned, leaf.Signature)
	if err != nil {
		return nil, Output{}, err
	}
	return m.propose(env, message.Proposal{Type: spec.ProposalUpdate, Update: &message.Update{LeafNode: leaf}}, &update{key: key, identity: id}, format)
}

// ProposeRemove proposes that a member leave (RFC 9420, Section 12.1.3).
func (m *Member) ProposeRemove(env *Env, who tree.LeafIndex, format spec.WireFormat) (*Member, Output, error) {
	return m.propose(env, message.Proposal{Type: spec.ProposalRemove, Remove: &message.Remove{Removed: who}}, nil, format)
}

// ProposeExtensions proposes to replace the extensions of the GroupContext, all
// of them (RFC 9420, Section 12.1.7).
func (m *Member) ProposeExtensions(env *Env, extensions []tree.Extension, format spec.WireFormat) (*Member, Output, error) {
	return m.propose(env, extensionsProposal(extensions), nil, format)
}

func extensionsProposal(extensions []tree.Extension) message.Proposal {
	return message.Proposal{
		Type:                   spec.ProposalGroupContextExtensions,
		GroupContextExtensions: &message.GroupContextExtensions{Extensions: extensions},
	}
}

// ProposeReInit proposes to end the group in favour of one with other parameters
// (RFC 9420, Section 12.1.5). Who follows it is for [Member.Reinitialize].
func (m *Member) ProposeReInit(env *Env, r *message.ReInit, format spec.WireFormat) (*Member, Output, error) {
	return m.propose(env, message.Proposal{Type: spec.ProposalReInit, ReInit: r}, nil, format)
}

// propose frames a proposal that is valid by itself, and caches it as every
// receiver will.
func (m *Member) propose(env *Env, p message.Proposal, own *update, format spec.WireFormat) (_ *Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "proposal.send", &err)()
	if err := m.checkOpen(env); err != nil {
		return nil, Output{}, err
	}
	if err := m.validateProposal(env, m.rules(env, true), cached{proposal: p, sender: message.Member(m.leaf)}, false); err != nil {
		return nil, Output{}, err
	}
	if err := env.checkOwnProposal(&p); err != nil {
		return nil, Output{}, err
	}
	content, err := m.sign(message.Content{ContentType: spec.ContentProposal, Proposal: &p}, format, nil)
	if err != nil {
		return nil, Output{}, err
	}
	after, out, err := m.protect(env, content)
	if err != nil {
		return nil, Output{}, err
	}
	ref := content.ProposalRef(m.suite)
	g, err := m.PublicGroup.with(env, cached{ref: ref, proposal: p, sender: message.Member(m.leaf)})
	if err != nil {
		return nil, Output{}, err
	}
	after.Epoch = &Epoch{g, m.secrets}
	out.Proposal = ref
	if own != nil {
		own.ref = ref
		after.updates = append(slices.Clip(m.updates), *own)
	}
	return after, out, nil
}

// rules returns how the present epoch validates what is proposed. sending tells
// that it is this client's own.
func (g *PublicGroup) rules(env *Env, sending bool) *rules {
	return &rules{
		Rules: tree.Rules{
			Rec:         env.Rec,
			Suite:       g.suite,
			Signatures:  g.suite.Verifier(),
			Now:         env.Now,
			MaxLifetime: env.maxLifetime(),
			Auth:        env.auth(),
			Extension:   env.leafExtensionWrong,
			Required:    g.required,
			GroupID:     g.context.GroupID,
			Expired:     env.Expired,
			Sending:     sending,
		},
		extensions: g.context.Extensions,
	}
}

// rules is what leaves are validated against (RFC 9420, Section 7.3), and the
// GroupContext extensions that new members have to support (Section 13.4).
type rules struct {
	tree.Rules
	extensions []tree.Extension
}

// with returns the rules under other extensions of the GroupContext.
func (r *rules) with(extensions []tree.Extension) (*rules, error) {
	required, err := tree.RequiredCapabilitiesOf(extensions)
	under := *r
	under.Required, under.extensions = required, extensions
	return &under, err
}

// validateProposal checks a proposal by itself, as its part of RFC 9420,
// Section 12.1, says.
func (g *PublicGroup) validateProposal(env *Env, r *rules, p cached, linking bool) error {
	if err := g.validateContent(env, r, p, linking); err != nil {
		return err
	}
	if env.Permit == nil {
		return nil
	}
	err := env.Permit(g, p.sender, &p.proposal)
	return spec.Checkf(env.Rec, req.ProposalAuthorized, err == nil, "%w", err)
}

func (g *PublicGroup) validateContent(env *Env, r *rules, p cached, linking bool) error {
	if err := spec.Check(env.Rec, req.ExternalInitContext,
		p.proposal.Type != spec.ProposalExternalInit || p.sender.Type == spec.SenderNewMemberCommit || p.ref == nil); err != nil {
		return err
	}
	switch p.proposal.Type {
	case spec.ProposalAdd:
		if r.Sending {
			return because(env, req.AddKeyPackage, g.receiveKeyPackage(env, r, &p.proposal.Add.KeyPackage))
		}
		return because(env, req.AddKeyPackage, g.validateKeyPackage(env, r, &p.proposal.Add.KeyPackage))
	case spec.ProposalUpdate:
		return because(env, req.UpdateLeaf, r.UpdateLeaf(g.tree, p.sender.LeafIndex, &p.proposal.Update.LeafNode))
	case spec.ProposalRemove:
		who := p.proposal.Remove.Removed
		return spec.Checkf(env.Rec, req.RemoveLeaf, g.tree.Leaf(who) != nil, "leaf %d is blank", who)
	case spec.ProposalPSK:
		return g.validatePSK(env, &p.proposal.PreSharedKey.PSK, linking)
	case spec.ProposalReInit:
		version := p.proposal.ReInit.Version
		return spec.Checkf(env.Rec, req.ReinitVersion, version >= g.context.Version, "version %d", version)
	case spec.ProposalExternalInit:
		return nil
	case spec.ProposalGroupContextExtensions:
		return env.validateContextExtensions(g.suite, p.proposal.GroupContextExtensions.Extensions)
	}
	return g.validateCustom(env, &p)
}
