// Package message holds the messages of RFC 9420 as data, and their protection:
// framing (Section 6), KeyPackages (Section 10), proposals, Commits and
// Welcomes (Section 12).
//
// A sender goes from [FramedContent] by [Sign] to [AuthenticatedContent], and
// by [ProtectPublic] or [ProtectPrivate] to what an [MLSMessage] carries. A
// receiver goes the other way by [UnprotectPublic] or [UnprotectPrivate] and
// arrives at [Verified], which cannot be had in another way.
package message

import (
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// A Sender says who sent a message (RFC 9420, Section 6).
type Sender struct {
	Type        spec.SenderType
	LeafIndex   tree.LeafIndex // member
	SenderIndex uint32         // external: place in the external_senders extension
}

// Member returns the member at a leaf as a sender.
func Member(leaf tree.LeafIndex) Sender { return Sender{Type: spec.SenderMember, LeafIndex: leaf} }

// Wire describes Sender (Section 6).
func (s *Sender) Wire(c *wire.Coder) {
	c.Is(req.EncodeSender)
	wire.Uint8(c, &s.Type)
	switch s.Type {
	case spec.SenderMember:
		wire.Uint32(c, &s.LeafIndex)
	case spec.SenderExternal:
		wire.Uint32(c, &s.SenderIndex)
	case spec.SenderNewMemberCommit, spec.SenderNewMemberProposal:
	default:
		c.Unknown("sender_type", uint64(s.Type))
	}
}

// Content is what a message carries: the select that FramedContent and
// PrivateMessageContent share (Sections 6 and 6.3.1).
type Content struct {
	ContentType     spec.ContentType
	ApplicationData []byte    // application
	Proposal        *Proposal // proposal
	Commit          *Commit   // commit
}

// body describes the arm that ContentType selects.
func (t *Content) body(c *wire.Coder) {
	switch t.ContentType {
	case spec.ContentApplication:
		wire.Opaque(c, &t.ApplicationData)
	case spec.ContentProposal:
		wire.Arm(c, &t.Proposal)
	case spec.ContentCommit:
		wire.Arm(c, &t.Commit)
	default:
		c.Unknown("content_type", uint64(t.ContentType))
	}
}

// FramedContent is a content with its place: group, epoch and sender (Section 6).
type FramedContent struct {
	GroupID           []byte
	Epoch             uint64
	Sender            Sender
	AuthenticatedData []byte
	Content
}

// Wire describes FramedContent (Section 6).
func (f *FramedContent) Wire(c *wire.Coder) {
	c.Is(req.EncodeFramedContent)
	wire.Opaque(c, &f.GroupID)
	wire.Uint64(c, &f.Epoch)
	f.Sender.Wire(c)
	wire.Opaque(c, &f.AuthenticatedData)
	wire.Uint8(c, &f.ContentType)
	f.body(c)
}

// AuthenticatedContent is a signed content, in plain: what PublicMessage and
// PrivateMessage protect (Section 6).
type AuthenticatedContent struct {
	WireFormat spec.WireFormat
	Content    FramedContent
	Auth       FramedContentAuthData
}

// Wire describes AuthenticatedContent (Section 6).
func (ac *AuthenticatedContent) Wire(c *wire.Coder) {
	c.Is(req.EncodeAuthenticatedContent)
	wire.Uint16(c, &ac.WireFormat)
	ac.Content.Wire(c)
	ac.Auth.wire(c, ac.Content.ContentType)
}

// An MLSMessage is what travels: one of its arms, and which (Section 6).
type MLSMessage struct {
	WireFormat     spec.WireFormat
	PublicMessage  *PublicMessage
	PrivateMessage *PrivateMessage
	Welcome        *Welcome
	GroupInfo      *GroupInfo
	KeyPackage     *KeyPackage
}

// Public returns the MLSMessage that carries a PublicMessage.
func Public(m *PublicMessage) *MLSMessage {
	return &MLSMessage{WireFormat: spec.WirePublicMessage, PublicMessage: m}
}

// Private returns the MLSMessage that carries a PrivateMessage.
func Private(m *PrivateMessage) *MLSMessage {
	return &MLSMessage{WireFormat: spec.WirePrivateMessage, PrivateMessage: m}
}

// Wire describes MLSMessage (Section 6). Of another version than mls10 nothing
// can be said, so it is refused here.
func (m *MLSMessage) Wire(c *wire.Coder) {
	c.Is(req.EncodeMessage)
	version := spec.MLS10
	wire.Uint16(c, &version)
	if !spec.Holds(nil, req.FramingVersion, version == spec.MLS10) {
		c.Fail(req.FramingVersion, "version %d", version)
	}
	wire.Uint16(c, &m.WireFormat)
	switch m.WireFormat {
	case spec.WirePublicMessage:
		wire.Arm(c, &m.PublicMessage)
	case spec.WirePrivateMessage:
		wire.Arm(c, &m.PrivateMessage)
	case spec.WireWelcome:
		wire.Arm(c, &m.Welcome)
	case spec.WireGroupInfo:
		wire.Arm(c, &m.GroupInfo)
	case spec.WireKeyPackage:
		wire.Arm(c, &m.KeyPackage)
	default:
		c.Unknown("wire_format", uint64(m.WireFormat))
	}
}

// Group returns the group and epoch that the message is for (Section 6). A
// Welcome, GroupInfo or KeyPackage is for no member of a group, and refused.
func (m *MLSMessage) Group() (groupID []byte, epoch uint64, err error) {
	switch m.WireFormat {
	case spec.WirePublicMessage:
		return m.PublicMessage.Content.GroupID, m.PublicMessage.Content.Epoch, nil
	case spec.WirePrivateMessage:
		return m.PrivateMessage.GroupID, m.PrivateMessage.Epoch, nil
	}
	return nil, 0, spec.Checkf(nil, req.FramingGroup, false, "a message of wire format %d", m.WireFormat)
}

// AuthenticatedData returns the authenticated_data of a message for the members of
// a group (Section 6); that of others is nil.
func (m *MLSMessage) AuthenticatedData() []byte {
	switch m.WireFormat {
	case spec.WirePublicMessage:
		return m.PublicMessage.Content.AuthenticatedData
	case spec.WirePrivateMessage:
		return m.PrivateMessage.AuthenticatedData
	}
	return nil
}
