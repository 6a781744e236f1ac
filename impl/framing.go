package impl

import (
	"bytes"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 6, seen from a member.

// sign frames content as this member's in this epoch, and signs it (Section 6.1).
// data is its authenticated_data.
func (m *Member) sign(c message.Content, format spec.WireFormat, data []byte) (*message.AuthenticatedContent, error) {
	return m.frame(m.identity, message.Member(m.leaf), c, format, data)
}

// frame frames content as by a sender in this epoch, and signs it.
func (g *PublicGroup) frame(id *Identity, by message.Sender, c message.Content, format spec.WireFormat, data []byte) (*message.AuthenticatedContent, error) {
	return message.Sign(g.suite, id.Signer, format, message.FramedContent{
		GroupID:           g.context.GroupID,
		Epoch:             g.context.Epoch,
		Sender:            by,
		AuthenticatedData: data,
		Content:           c,
	}, g.encoded)
}

// protect makes a message of signed content, as its wire format says (Sections
// 6.2 and 6.3).
func (m *Member) protect(env *Env, ac *message.AuthenticatedContent) (*Member, Output, error) {
	spec.At(env.Rec, "message.send")
	if ac.Content.ContentType != spec.ContentApplication {
		spec.Branch(env.Rec, req.FramingHandshakePrivate, ac.WireFormat == spec.WirePrivateMessage)
		spec.Branch(env.Rec, req.FramingHandshakePublic, ac.WireFormat == spec.WirePublicMessage)
	}
	after := *m
	if ac.WireFormat == spec.WirePublicMessage {
		pm, err := message.ProtectPublic(env.Rec, m.suite, ac, m.encoded, m.secrets.Membership)
		if err != nil {
			return nil, Output{}, err
		}
		return &after, Output{Message: message.Public(pm)}, nil
	}
	padding := 0
	if env.Padding != nil {
		padding = env.Padding(len(ac.Content.ApplicationData))
	}
	spec.Branch(env.Rec, req.PrivatePaddingLength, padding > 0)
	sealed, err := message.ProtectPrivate(env.Rec, env.Rand, m.suite, ac, m.ratchets, m.secrets.SenderData, padding)
	if err != nil {
		return nil, Output{}, err
	}
	if err := env.KeyUses.note(env, m.PublicGroup, &sealed.Use); err != nil {
		return nil, Output{}, err
	}
	after.ratchets = sealed.Keys
	return &after, Output{Message: message.Private(sealed.Message), Consumed: fromTree(sealed.Consumed)}, nil
}

// unprotect verifies a message by another member of this epoch. The error for
// one of another epoch wraps [spec.ErrEpoch], that for an own one [spec.ErrOwn].
func (m *Member) unprotect(env *Env, msg *message.MLSMessage) (*message.Verified, *schedule.SecretTree, []Consumed, error) {
	groupID, epoch, err := msg.Group()
	if err != nil {
		return nil, nil, nil, err
	}
	if err := env.checkAuthenticated(msg.AuthenticatedData()); err != nil {
		return nil, nil, nil, err
	}
	if err := m.checkPlace(env, groupID, epoch); err != nil {
		return nil, nil, nil, err
	}
	if pm := msg.PublicMessage; msg.WireFormat == spec.WirePublicMessage {
		v, err := message.UnprotectPublic(env.Rec, m.suite, pm, m.encoded, m.secrets.Membership, m.keysOfOthers(env, pm.Content.ContentType))
		return v, m.ratchets, nil, err
	}
	pm := msg.PrivateMessage
	v, ratchets, used, err := message.UnprotectPrivate(env.Rec, m.suite, pm, m.encoded, m.ratchets, env.Window, m.secrets.SenderData, m.keysOfOthers(env, pm.ContentType))
	return v, ratchets, fromTree(used), err
}

// checkPlace decides whether a message is for this group, in this epoch.
func (g *PublicGroup) checkPlace(env *Env, groupID []byte, epoch uint64) error {
	if err := spec.Checkf(env.Rec, req.FramingGroup, bytes.Equal(groupID, g.context.GroupID), "group_id %.32x", groupID); err != nil {
		return err
	}
	return spec.Checkf(env.Rec, req.FramingEpoch, epoch == g.context.Epoch,
		"epoch %d, the state is in %d: %w", epoch, g.context.Epoch, spec.ErrEpoch)
}

// keysOfOthers is signatureKey for a member, who processed its own messages when
// it sent them. Whoever made a Commit goes on from the state staged with it.
func (m *Member) keysOfOthers(env *Env, t spec.ContentType) message.SignatureKeys {
	return func(s message.Sender) (suite.SignaturePublicKey, error) {
		own := s == message.Member(m.leaf)
		if t != spec.ContentCommit && own {
			return nil, spec.ErrOwn
		}
		if err := spec.Checkf(env.Rec, req.CommitSenderSelf, !own, "leaf %d: %w", m.leaf, spec.ErrOwn); err != nil {
			return nil, err
		}
		return m.signatureKey(env)(s)
	}
}

// signatureKey returns by which key a sender's signature is verified (Section 6.1).
func (g *PublicGroup) signatureKey(env *Env) message.SignatureKeys {
	return func(s message.Sender) (suite.SignaturePublicKey, error) {
		switch s.Type {
		case spec.SenderExternal:
			return g.externalKey(env, s.SenderIndex)
		case spec.SenderNewMemberProposal, spec.SenderNewMemberCommit:
			return nil, nil // it is in the message
		}
		if err := spec.Checkf(env.Rec, req.FramingSenderType, s.Type == spec.SenderMember, "sender type %d", s.Type); err != nil {
			return nil, err
		}
		leaf := g.tree.Leaf(s.LeafIndex)
		if err := spec.Checkf(env.Rec, req.FramingSenderMember, leaf != nil, "leaf %d", s.LeafIndex); err != nil {
			return nil, err
		}
		return leaf.SignatureKey, nil
	}
}

// VerifyPublic verifies the signature of a PublicMessage as one who holds no
// membership_key can: a delivery service, or anyone else who follows the group.
func (g *PublicGroup) VerifyPublic(env *Env, pm *message.PublicMessage) (_ *message.Verified, err error) {
	defer spec.Enter(env.Rec, "public.receive", &err)()
	if err := env.admit(pm); err != nil {
		return nil, err
	}
	if err := env.checkAuthenticated(pm.Content.AuthenticatedData); err != nil {
		return nil, err
	}
	if err := g.checkPlace(env, pm.Content.GroupID, pm.Content.Epoch); err != nil {
		return nil, err
	}
	if err := g.checkOpen(env); err != nil {
		return nil, err
	}
	return message.VerifySignature(env.Rec, g.suite, pm, g.encoded, g.signatureKey(env))
}
