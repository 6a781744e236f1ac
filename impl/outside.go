package impl

import (
	"mlssim/impl/message"
	"mlssim/impl/suite"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.1.8: proposals from outside the group. Who sends one
// needs no secret of the group, only what a [PublicGroup] knows.

// ProposeJoin proposes that the client of a KeyPackage be added, in its own name
// (RFC 9420, Section 12.1.8): a message of the sender type new_member_proposal.
// Whether the members want that is decided by Env.Permit on their side.
func (g *PublicGroup) ProposeJoin(env *Env, id *Identity, kp *message.KeyPackage) (*message.MLSMessage, error) {
	p := message.Proposal{Type: spec.ProposalAdd, Add: &message.Add{KeyPackage: *kp}}
	return g.proposeOutside(env, id, message.Sender{Type: spec.SenderNewMemberProposal}, p)
}

// ProposeExternal makes a proposal of the sender at a place of the group's
// external_senders extension (RFC 9420, Section 12.1.8.1).
func (g *PublicGroup) ProposeExternal(env *Env, id *Identity, place uint32, p message.Proposal) (*message.MLSMessage, error) {
	return g.proposeOutside(env, id, message.Sender{Type: spec.SenderExternal, SenderIndex: place}, p)
}

func (g *PublicGroup) proposeOutside(env *Env, id *Identity, by message.Sender, p message.Proposal) (_ *message.MLSMessage, err error) {
	defer spec.Enter(env.Rec, "proposal.send", &err)()
	if err := g.checkOpen(env); err != nil {
		return nil, err
	}
	if by.Type == spec.SenderExternal {
		if _, err := g.externalKey(env, by.SenderIndex); err != nil {
			return nil, err
		}
	}
	if p.Type == spec.ProposalPSK {
		psk, err := withNonce(env.Rand, g.suite, p.PreSharedKey.PSK)
		if err != nil {
			return nil, err
		}
		p = pskProposal(psk)
	}
	// An empty ref would be a proposal by value, as only a Commit has it.
	if err := g.validateProposal(env, g.rules(env, true), cached{ref: []byte{}, proposal: p, sender: by}, false); err != nil {
		return nil, err
	}
	if err := env.checkOwnProposal(&p); err != nil {
		return nil, err
	}
	content, err := g.frame(id, by, message.Content{ContentType: spec.ContentProposal, Proposal: &p}, spec.WirePublicMessage, nil)
	if err != nil {
		return nil, err
	}
	pm, err := message.ProtectPublic(env.Rec, g.suite, content, g.encoded, nil)
	if err != nil {
		return nil, err
	}
	return message.Public(pm), nil
}

// externalKey returns the signature key of an external sender.
func (g *PublicGroup) externalKey(env *Env, place uint32) (suite.SignaturePublicKey, error) {
	senders, _, err := message.ExternalSendersOf(g.context.Extensions)
	if err != nil {
		return nil, err
	}
	if err := spec.Checkf(env.Rec, req.ExternalSender, uint64(place) < uint64(len(senders)), "sender %d of %d", place, len(senders)); err != nil {
		return nil, err
	}
	return senders[place].SignatureKey, nil
}

// Follow returns the group that a GroupInfo describes, for those who follow it
// without being members, or want to propose something to it. The tree may come
// with the GroupInfo or apart (RFC 9420, Section 12.4.3.3). Whether the
// confirmation tag is right only members can tell.
func Follow(env *Env, info *message.GroupInfo, ratchetTree []byte) (_ *PublicGroup, err error) {
	defer spec.Enter(env.Rec, "public.follow", &err)()
	if err := env.admit(info); err != nil {
		return nil, err
	}
	s, err := suite.Get(info.GroupContext.CipherSuite)
	if err != nil {
		return nil, err
	}
	r := &infoReader{suite: s, version: spec.MLS10, tree: ratchetTree, unknown: true}
	return r.read(env, info)
}

// read validates a GroupInfo, with its tree.
func (r *infoReader) read(env *Env, info *message.GroupInfo) (*PublicGroup, error) {
	t, err := r.ratchetTree(env, info)
	if err != nil {
		return nil, err
	}
	return r.validate(env, info, t)
}
