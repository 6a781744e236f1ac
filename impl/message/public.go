package message

import (
	"fmt"

	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// A PublicMessage is a content that is signed and not encrypted (RFC 9420,
// Section 6.2).
type PublicMessage struct {
	Content       FramedContent
	Auth          FramedContentAuthData
	MembershipTag []byte // sender member
}

// Wire describes PublicMessage (Section 6.2).
func (m *PublicMessage) Wire(c *wire.Coder) {
	c.Is(req.EncodePublicMessage)
	m.Content.Wire(c)
	m.Auth.wire(c, m.Content.ContentType)
	if m.Content.Sender.Type == spec.SenderMember {
		wire.Opaque(c, &m.MembershipTag)
	}
}

// authenticated returns the message as it was signed.
func (m *PublicMessage) authenticated() *AuthenticatedContent {
	return &AuthenticatedContent{WireFormat: spec.WirePublicMessage, Content: m.Content, Auth: m.Auth}
}

// authenticatedContentTBM is AuthenticatedContentTBM (Section 6.2).
type authenticatedContentTBM struct {
	ac      *AuthenticatedContent
	context []byte
}

func (t *authenticatedContentTBM) Wire(c *wire.Coder) {
	c.Is(req.EncodeAuthenticatedContentTbm)
	t.ac.tbs(t.context).Wire(c)
	t.ac.Auth.wire(c, t.ac.Content.ContentType)
}

// ProtectPublic returns the PublicMessage of a signed content, with a
// membership tag if a member sends it (Section 6.2). context is the encoded
// GroupContext of its epoch. It refuses what no receiver accepts.
func ProtectPublic(rec spec.Recorder, s *suite.Suite, ac *AuthenticatedContent, context []byte, membershipKey suite.Secret) (*PublicMessage, error) {
	if ac.WireFormat != spec.WirePublicMessage {
		return nil, fmt.Errorf("content signed for wire format %d", ac.WireFormat)
	}
	if err := ac.checkForm(rec); err != nil {
		return nil, err
	}
	m := &PublicMessage{Content: ac.Content, Auth: ac.Auth}
	if ac.Content.Sender.Type == spec.SenderMember {
		m.MembershipTag = spec.Derive(rec, req.PublicMembershipTagMade, s.MAC(membershipKey, wire.Encode(&authenticatedContentTBM{ac, context})))
	}
	return m, nil
}

// UnprotectPublic verifies a message in the epoch of the encoded GroupContext
// (Section 6.2): its form, membership tag and signature. That it names this
// group and epoch the caller has seen to, and a Commit's confirmation tag can
// only be verified when the Commit is processed.
func UnprotectPublic(rec spec.Recorder, s *suite.Suite, m *PublicMessage, context []byte, membershipKey suite.Secret, keys SignatureKeys) (*Verified, error) {
	ac := m.authenticated()
	if err := ac.checkMembership(rec, s, m.MembershipTag, context, membershipKey); err != nil {
		return nil, err
	}
	return ac.verify(rec, s, context, keys)
}

// checkMembership decides the membership tag of a member's message; that of
// anyone else has none.
func (ac *AuthenticatedContent) checkMembership(rec spec.Recorder, s *suite.Suite, tag, context []byte, membershipKey suite.Secret) error {
	if ac.Content.Sender.Type != spec.SenderMember {
		return nil
	}
	right := s.VerifyMAC(membershipKey, wire.Encode(&authenticatedContentTBM{ac, context}), tag)
	return spec.Check(rec, req.PublicMembershipTag, right)
}

// VerifySignature is [UnprotectPublic] for one who follows a group and holds
// no membership_key, such as a delivery service: it verifies the form and the
// signature alone. A member must not rely on it.
func VerifySignature(rec spec.Recorder, s *suite.Suite, m *PublicMessage, context []byte, keys SignatureKeys) (*Verified, error) {
	return m.authenticated().verify(rec, s, context, keys)
}
