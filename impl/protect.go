package impl

import (
	"bytes"
	"fmt"
	"slices"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 6, seen from a member.

// sign frames content as this member's in this epoch, and signs it (Section 6.1).
func (m *Member) sign(c message.Content, format spec.WireFormat) (*message.AuthenticatedContent, error) {
	return message.Sign(m.suite, m.identity.Signer, format, message.FramedContent{
		GroupID: m.context.GroupID,
		Epoch:   m.context.Epoch,
		Sender:  message.Member(m.leaf),
		Content: c,
	}, m.encoded)
}

// protect makes a message of signed content, as its wire format says (Sections
// 6.2 and 6.3).
func (m *Member) protect(env *Env, ac *message.AuthenticatedContent) (*Member, Output, error) {
	after := *m
	if ac.WireFormat == spec.WirePublicMessage {
		pm, err := message.ProtectPublic(env.Rec, m.suite, ac, m.encoded, m.secrets.Membership)
		if err != nil {
			return nil, Output{}, err
		}
		return &after, Output{Message: message.Public(pm)}, nil
	}
	pm, ratchets, used, err := message.ProtectPrivate(env.Rec, env.Rand, m.suite, ac, m.ratchets, m.secrets.SenderData, 0)
	if err != nil {
		return nil, Output{}, err
	}
	after.ratchets = ratchets
	return &after, Output{Message: message.Private(pm), Consumed: fromTree(used)}, nil
}

// unprotect verifies a message by another member of this epoch.
func (m *Member) unprotect(env *Env, msg *message.MLSMessage) (*message.Verified, *schedule.SecretTree, []Consumed, error) {
	groupID, epoch, err := msg.Group()
	if err != nil {
		return nil, nil, nil, err
	}
	if err := spec.Check(env.Rec, req.FramingGroup, bytes.Equal(groupID, m.context.GroupID)); err != nil {
		return nil, nil, nil, err
	}
	if epoch != m.context.Epoch {
		return nil, nil, nil, fmt.Errorf("epoch %d, the state is in %d: %w", epoch, m.context.Epoch, spec.ErrEpoch)
	}
	if msg.WireFormat == spec.WirePublicMessage {
		if s := msg.PublicMessage.Content.Sender; s.Type == spec.SenderMember && s.LeafIndex == m.leaf {
			return nil, nil, nil, spec.ErrOwn
		}
		v, err := message.UnprotectPublic(env.Rec, m.suite, msg.PublicMessage, m.encoded, m.secrets.Membership, m.signatureKey(env))
		return v, m.ratchets, nil, err
	}
	v, ratchets, used, err := message.UnprotectPrivate(env.Rec, m.suite, msg.PrivateMessage, m.encoded, m.ratchets, env.Window, m.secrets.SenderData, m.signatureKey(env))
	return v, ratchets, fromTree(used), err
}

// signatureKey returns by which key a sender's signature is verified (Section 6.1).
func (g *PublicGroup) signatureKey(env *Env) func(message.Sender) (suite.SignaturePublicKey, error) {
	return func(s message.Sender) (suite.SignaturePublicKey, error) {
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
	if err := spec.Check(env.Rec, req.FramingGroup, bytes.Equal(pm.Content.GroupID, g.context.GroupID)); err != nil {
		return nil, err
	}
	if pm.Content.Epoch != g.context.Epoch {
		return nil, spec.ErrEpoch
	}
	return message.VerifySignature(env.Rec, g.suite, pm, g.encoded, g.signatureKey(env))
}

// Send protects application data (Section 15).
func (m *Member) Send(env *Env, data []byte) (_ *Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "application.send", &err)()
	if err := spec.Checkf(env.Rec, req.ApplicationSize, len(data) <= env.maxData(),
		"%d bytes, at most %d", len(data), env.maxData()); err != nil {
		return nil, Output{}, err
	}
	content, err := m.sign(message.Content{ContentType: spec.ContentApplication, ApplicationData: slices.Clone(data)}, spec.WirePrivateMessage)
	if err != nil {
		return nil, Output{}, err
	}
	return m.protect(env, content)
}

// fromTree gives what the secret tree used up the names of this package.
func fromTree(used []schedule.HeldSecret) []Consumed {
	c := make([]Consumed, len(used))
	for i, u := range used {
		c[i] = heldInTree(u)
	}
	return c
}
