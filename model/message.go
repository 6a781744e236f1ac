package model

import (
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 6: framing; 6.1: what is authenticated.

// A Sender says in which role a message was sent, and from where.
type Sender struct {
	Type  spec.SenderType
	Leaf  LeafIndex // member
	Index uint32    // external: place in external_senders
}

// member returns the member at a leaf as a sender.
func member(i LeafIndex) Sender { return Sender{Type: spec.SenderMember, Leaf: i} }

func (f Sender) term(s *Store) Term {
	return s.Tuple("Sender", s.Number(uint64(f.Type)), s.Number(uint64(f.Leaf)), s.Number(uint64(f.Index)))
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

// body returns the encoding of the field that is set.
func (c FramedContent) body(s *Store) Term {
	switch {
	case c.Proposal != nil:
		return c.Proposal.term(s)
	case c.Commit != nil:
		return c.Commit.term(s)
	}
	return c.Data
}

func (c FramedContent) term(s *Store) Term {
	body := c.body(s)
	return s.Tuple("FramedContent", c.GroupID, s.Number(c.Epoch), c.Sender.term(s), c.AuthenticatedData,
		s.Number(uint64(c.Type)), body)
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

// tbs returns FramedContentTBS (Section 6.1): with the GroupContext for those who
// are members, or will be by this very message.
func (a AuthenticatedContent) tbs(s *Store, context GroupContext) Term {
	var bound Term
	if t := a.Content.Sender.Type; t == spec.SenderMember || t == spec.SenderNewMemberCommit {
		bound = context.term(s)
	}
	return s.Tuple("FramedContentTBS", s.Number(uint64(spec.MLS10)), s.Number(uint64(a.WireFormat)), a.Content.term(s), bound)
}

// ref returns the ProposalRef (Section 5.2).
func (a AuthenticatedContent) ref(s *Store) Term {
	return s.derived(req.RefProposal, s.RefHash(spec.LabelProposalRef, a.term(s)))
}

// A Framing is how a handshake message goes out: by default as a PublicMessage
// without further data.
type Framing struct {
	Private bool
	Data    string // authenticated_data
}

func (f Framing) wireFormat() spec.WireFormat {
	if f.Private {
		return spec.WirePrivateMessage
	}
	return spec.WirePublicMessage
}

// A Message is an MLSMessage for the group: one of the two.
type Message struct {
	Public  *PublicMessage
	Private *PrivateMessage
}

// sign completes a content and signs it as from a sender (Section 6.1). The
// confirmation tag of a Commit is set later: it depends on the signature.
func (g *Group) sign(s *Store, private Term, by Sender, f Framing, c FramedContent) AuthenticatedContent {
	c.GroupID, c.Epoch, c.Sender, c.AuthenticatedData = g.Context.GroupID, g.Context.Epoch, by, s.Bytes(f.Data)
	a := AuthenticatedContent{WireFormat: f.wireFormat(), Content: c}
	a.Signature = s.Sign(s.derived(req.ContentSignKey, private), spec.LabelFramedContentTBS, a.tbs(s, g.Context))
	return a
}

// sign is [Group.sign] for a member.
func (m *Member) sign(env *Env, f Framing, c FramedContent) AuthenticatedContent {
	return m.Group.sign(env.Store, m.Client.SignatureKey, member(m.Leaf), f, c)
}

// protect makes a message of a signed content as its wire format says (Sections
// 6.2 and 6.3). It returns the state after it, and what a PrivateMessage used.
func (m Member) protect(env *Env, a AuthenticatedContent) (Member, *Message, use) {
	spec.At(env.Rec, "message.send")
	spec.Branch(env.Rec, req.FramingHandshakePrivate, a.WireFormat == spec.WirePrivateMessage)
	spec.Branch(env.Rec, req.FramingHandshakePublic, a.WireFormat == spec.WirePublicMessage)
	if a.WireFormat == spec.WirePublicMessage {
		return m, m.protectPublic(env, a), use{}
	}
	return m.protectPrivate(env, a)
}

// contentCtx is a content as it arrives, in whatever message.
type contentCtx struct {
	env *Env
	in  *PastEpoch // the epoch that it names, as far as its reader knows it
	AuthenticatedContent
}

// key returns the key by which a sender's signature is verified (Section 6.1):
// that of a member's leaf, of a place in external_senders, or, for one who is not
// yet in the group, that which the content brings.
func (c contentCtx) key() (Term, bool) {
	switch by := c.Content.Sender; by.Type {
	case spec.SenderMember:
		if l := c.in.Tree.Leaf(by.Leaf); l != nil {
			return l.SignatureKey, true
		}
	case spec.SenderExternal:
		if l := senders(c.env.Store, c.in.Context.Extensions); uint64(by.Index) < uint64(len(l)) {
			return l[by.Index].SignatureKey, true
		}
	case spec.SenderNewMemberProposal:
		if p := c.Content.Proposal; p != nil && p.KeyPackage != nil {
			return p.KeyPackage.LeafNode.SignatureKey, true
		}
	case spec.SenderNewMemberCommit:
		if k := c.Content.Commit; k != nil && k.Path != nil {
			return k.Path.LeafNode.SignatureKey, true
		}
	}
	return 0, false
}

// senderMay tells whether the type of sender may send such a content (Section
// 6.1), in such a wire format (Sections 6.3.2 and 12.1.8).
func (c contentCtx) senderMay() bool {
	p := c.Content.Proposal
	if c.Content.Sender.Type != spec.SenderMember && c.WireFormat != spec.WirePublicMessage {
		return false
	}
	switch c.Content.Sender.Type {
	case spec.SenderMember:
		return c.WireFormat == spec.WirePublicMessage || c.WireFormat == spec.WirePrivateMessage
	case spec.SenderExternal:
		return p != nil && c.env.Types.fromOutside(p.Type)
	case spec.SenderNewMemberProposal:
		return p != nil && p.Type == spec.ProposalAdd
	case spec.SenderNewMemberCommit:
		return c.Content.Type == spec.ContentCommit
	}
	return false
}

// formRules is what a content has to be before anybody signs it (Sections 6, 6.1,
// 12.4.3.2 and 13.4), and how much a client reads of what anybody can write.
var formRules = []Rule[contentCtx]{
	{req.WireSelectUnknown, func(c contentCtx) bool { return c.Content.wellFormed() }},
	{req.FramingApplicationPrivate, func(c contentCtx) bool {
		return c.Content.Type != spec.ContentApplication || c.WireFormat == spec.WirePrivateMessage
	}},
	{req.FramingSenderType, contentCtx.senderMay},
	{req.ExternalPath, func(c contentCtx) bool {
		k := c.Content.Commit
		return c.Content.Sender.Type != spec.SenderNewMemberCommit || k == nil || k.Path != nil
	}},
	{req.ExtensionUnique, func(c contentCtx) bool { return unique(c.Content.extensionLists()...) }},
	{req.FramingAuthenticatedDataSize, func(c contentCtx) bool {
		return c.env.Store.length(c.Content.AuthenticatedData) <= c.env.maxAuthenticated()
	}},
}

// contentRules is Sections 6 and 6.1 on a content that arrives, in whatever
// message.
var contentRules = []Rule[contentCtx]{
	{req.FramingGroup, func(c contentCtx) bool { return c.Content.GroupID == c.in.Context.GroupID }},
	{req.FramingSenderMember, func(c contentCtx) bool {
		return c.Content.Sender.Type != spec.SenderMember || c.in.Tree.Leaf(c.Content.Sender.Leaf) != nil
	}},
	{req.ExternalSender, func(c contentCtx) bool {
		_, ok := c.key()
		return c.Content.Sender.Type != spec.SenderExternal || ok
	}},
	{req.FramingConfirmationTagPresent, func(c contentCtx) bool {
		return c.Content.Type != spec.ContentCommit || c.ConfirmationTag != 0
	}},
	{req.ContentSignature, func(c contentCtx) bool {
		key, ok := c.key()
		return !ok || c.env.Store.Verify(key, spec.LabelFramedContentTBS, c.tbs(c.env.Store, c.in.Context), c.Signature)
	}},
}

// validate judges a content that arrives.
func (c contentCtx) validate() spec.Violations {
	return append(judge(c.env.Rec, formRules, c), judge(c.env.Rec, contentRules, c)...)
}

// validateForm judges a content that is to be signed in the present epoch.
func (g *Group) validateForm(env *Env, by Sender, f Framing, c FramedContent) spec.Violations {
	c.Sender, c.AuthenticatedData = by, env.Store.Bytes(f.Data)
	a := AuthenticatedContent{WireFormat: f.wireFormat(), Content: c}
	return judge(env.Rec, formRules, contentCtx{env, &PastEpoch{Context: g.Context, Tree: g.Tree}, a})
}

// extensionLists returns the lists of extensions in a content.
func (c FramedContent) extensionLists() [][]Extension {
	var lists [][]Extension
	if c.Proposal != nil {
		lists = c.Proposal.extensionLists()
	}
	if c.Commit != nil {
		for _, p := range c.Commit.Proposals {
			lists = append(lists, p.Proposal.extensionLists()...)
		}
		if c.Commit.Path != nil {
			lists = append(lists, c.Commit.Path.LeafNode.Extensions)
		}
	}
	return lists
}
