package model

import (
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 6: framing; 6.1: what is authenticated; 6.2: PublicMessage.

// A Sender says in which role and from which leaf a message was sent.
type Sender struct {
	Type spec.SenderType
	Leaf LeafIndex
}

// A FramedContent is what is authenticated. The field that its type names is set.
type FramedContent struct {
	GroupID           Term
	Epoch             uint64
	Sender            Sender
	AuthenticatedData Term
	Type              spec.ContentType
	Data              Term // application
	Proposal          *Proposal
	Commit            *Commit
}

func (c FramedContent) term(s *Store) Term {
	body := c.Data
	switch {
	case c.Proposal != nil:
		body = c.Proposal.term(s)
	case c.Commit != nil:
		body = c.Commit.term(s)
	}
	return s.Tuple("FramedContent", c.GroupID, s.Number(c.Epoch), s.Number(uint64(c.Sender.Type)),
		s.Number(uint64(c.Sender.Leaf)), c.AuthenticatedData, s.Number(uint64(c.Type)), body)
}

// wellFormed tells whether the content holds what its type says.
func (c FramedContent) wellFormed() bool {
	return (c.Type == spec.ContentProposal) == (c.Proposal != nil) &&
		(c.Type == spec.ContentCommit) == (c.Commit != nil)
}

// An AuthenticatedContent is a content with its FramedContentAuthData (Section 6).
type AuthenticatedContent struct {
	WireFormat      spec.WireFormat
	Content         FramedContent
	Signature       Term
	ConfirmationTag Term // of a Commit
}

func (a AuthenticatedContent) term(s *Store) Term {
	return s.Tuple("AuthenticatedContent", s.Number(uint64(a.WireFormat)), a.Content.term(s), a.Signature, a.ConfirmationTag)
}

// tbs returns FramedContentTBS for a sender that is a member (Section 6.1).
func (a AuthenticatedContent) tbs(s *Store, context GroupContext) Term {
	return s.Tuple("FramedContentTBS", s.Number(uint64(spec.MLS10)), s.Number(uint64(a.WireFormat)),
		a.Content.term(s), context.term(s))
}

// ref returns the ProposalRef (Section 5.2).
func (a AuthenticatedContent) ref(s *Store) Term { return s.RefHash(spec.LabelProposalRef, a.term(s)) }

// A PublicMessage is authenticated and not encrypted (Section 6.2).
type PublicMessage struct {
	AuthenticatedContent
	MembershipTag Term
}

// membershipTag is the MAC that only members can make (Section 6.2).
func (a AuthenticatedContent) membershipTag(s *Store, key Term, context GroupContext) Term {
	return s.MAC(key, s.Tuple("AuthenticatedContentTBM", a.tbs(s, context), a.Signature, a.ConfirmationTag))
}

// A Message is an MLSMessage for the group: one of the two.
type Message struct {
	Public  *PublicMessage
	Private *PrivateMessage
}

// sign completes a content of this member's and signs it (Section 6.1). The
// confirmation tag of a Commit is set later: it depends on the signature.
func (m Member) sign(env *Env, c FramedContent) AuthenticatedContent {
	c.GroupID, c.Epoch = m.Context.GroupID, m.Context.Epoch
	c.Sender = Sender{spec.SenderMember, m.Leaf}
	a := AuthenticatedContent{WireFormat: spec.WirePublicMessage, Content: c}
	if c.Type == spec.ContentApplication {
		a.WireFormat = spec.WirePrivateMessage
	}
	a.Signature = env.Store.Sign(m.Client.SignatureKey, spec.LabelFramedContentTBS, a.tbs(env.Store, m.Context))
	return a
}

// protect encodes a handshake message as PublicMessage (Section 6.2).
func (m Member) protect(env *Env, a AuthenticatedContent) *Message {
	return &Message{Public: &PublicMessage{a, a.membershipTag(env.Store, m.Secrets.Membership, m.Context)}}
}

// publicCtx is a PublicMessage as it arrives at a member.
type publicCtx struct {
	env *Env
	m   *Member
	msg *PublicMessage
}

// sender returns the leaf that the message is from, or nil.
func (c publicCtx) sender() *LeafNode { return c.m.Tree.Leaf(c.msg.Content.Sender.Leaf) }

// publicRules is Sections 6, 6.1 and 6.2. The group's only senders are members.
var publicRules = []Rule[publicCtx]{
	{req.WireSelectUnknown, func(c publicCtx) bool { return c.msg.Content.wellFormed() }},
	{req.FramingGroup, func(c publicCtx) bool { return c.msg.Content.GroupID == c.m.Context.GroupID }},
	{req.FramingApplicationPrivate, func(c publicCtx) bool { return c.msg.Content.Type != spec.ContentApplication }},
	{req.FramingSenderType, func(c publicCtx) bool {
		return c.msg.Content.Sender.Type == spec.SenderMember && c.msg.WireFormat == spec.WirePublicMessage
	}},
	{req.FramingSenderMember, func(c publicCtx) bool { return c.sender() != nil }},
	{req.FramingConfirmationTagPresent, func(c publicCtx) bool {
		return c.msg.Content.Type != spec.ContentCommit || c.msg.ConfirmationTag != 0
	}},
	{req.ContentSignature, func(c publicCtx) bool {
		return c.sender() == nil || c.msg.signedBy(c.env.Store, c.sender(), c.m.Context)
	}},
	{req.PublicMembershipTag, func(c publicCtx) bool {
		return c.msg.MembershipTag == c.msg.membershipTag(c.env.Store, c.m.Secrets.Membership, c.m.Context)
	}},
}

// signedBy verifies the signature of Section 6.1.
func (a AuthenticatedContent) signedBy(s *Store, sender *LeafNode, context GroupContext) bool {
	return s.Verify(sender.SignatureKey, spec.LabelFramedContentTBS, a.tbs(s, context), a.Signature)
}

// receive processes another member's handshake message. The error of one's own
// proposal is spec.ErrOwn; a Commit from one's own leaf is refused, because
// whoever made one goes on from the state that it was made with.
func (m Member) receive(env *Env, msg *PublicMessage) (_ Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "message.receive", &err)()
	c := msg.Content
	if c.GroupID == m.Context.GroupID && c.Epoch != m.Context.Epoch {
		return Member{}, Output{}, spec.ErrEpoch
	}
	if _, own := m.proposal(msg.ref(env.Store)); own && c.Sender.Leaf == m.Leaf {
		return Member{}, Output{}, spec.ErrOwn
	}
	framing := judge(env.Rec, publicRules, publicCtx{env, &m, msg})
	switch {
	case c.Type == spec.ContentProposal && c.Proposal != nil:
		return m.receiveProposal(env, msg.AuthenticatedContent, framing)
	case c.Type == spec.ContentCommit && c.Commit != nil:
		return m.receiveCommit(env, msg.AuthenticatedContent, framing)
	}
	return Member{}, Output{}, refusal(framing)
}
