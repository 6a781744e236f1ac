package model

import (
	"slices"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 6.2: PublicMessage.

// A PublicMessage is authenticated and not encrypted (Section 6.2).
type PublicMessage struct {
	AuthenticatedContent
	MembershipTag Term
}

// membershipTag is the MAC that only members can make (Section 6.2).
func (a AuthenticatedContent) membershipTag(s *Store, key Term, context GroupContext) Term {
	return s.MAC(key, s.Tuple("AuthenticatedContentTBM", a.tbs(s, context), a.Signature, a.ConfirmationTag))
}

// protectPublic tags what a member has signed. What others send has no tag.
func (m *Member) protectPublic(env *Env, a AuthenticatedContent) *Message {
	if a.Content.Sender.Type != spec.SenderMember {
		return &Message{Public: &PublicMessage{AuthenticatedContent: a}}
	}
	return &Message{Public: &PublicMessage{a, env.Store.derived(req.PublicMembershipTagMade, a.membershipTag(env.Store, m.Secrets.Membership, m.Context))}}
}

// publicCtx is a PublicMessage as it arrives at a member.
type publicCtx struct {
	env *Env
	m   *Member
	msg *PublicMessage
}

// publicRules is what Section 6.2 adds to formRules and contentRules.
var publicRules = []Rule[publicCtx]{
	{req.PublicMembershipTag, func(c publicCtx) bool {
		return c.msg.Content.Sender.Type != spec.SenderMember ||
			c.msg.MembershipTag == c.msg.membershipTag(c.env.Store, c.m.Secrets.Membership, c.m.Context)
	}},
	{req.FramingSenderType, func(c publicCtx) bool { return c.msg.WireFormat == spec.WirePublicMessage }},
}

// receive processes a PublicMessage of anybody else. The error of one's own
// proposal is spec.ErrOwn; a Commit from one's own leaf is refused, because
// whoever made one goes on from the state that it was made with.
func (m Member) receive(env *Env, msg *PublicMessage) (_ Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "message.receive", &err)()
	c := msg.Content
	if !m.inEpoch(env, c.GroupID, c.Epoch) {
		return Member{}, Output{}, spec.ErrEpoch
	}
	here := m.reading()
	framing := slices.Concat(contentCtx{env, &here, msg.AuthenticatedContent}.validate(),
		judge(env.Rec, publicRules, publicCtx{env, &m, msg}), judge(env.Rec, endedRules, &m.Group))
	if c.Proposal != nil && c.Sender == member(m.Leaf) && (besideSignature(framing) == nil || m.knows(msg.ref(env.Store))) {
		return Member{}, Output{}, spec.ErrOwn
	}
	return m.process(env, msg.AuthenticatedContent, framing)
}

// besideSignature returns what is wrong with a message but for its signature: one
// verifies none of one's own, and cannot know that another has forged it.
func besideSignature(framing spec.Violations) spec.Violations {
	var rest spec.Violations
	for _, id := range framing {
		if id != req.ContentSignature {
			rest = append(rest, id)
		}
	}
	return rest
}

// inEpoch tells whether a message for this group is for the present epoch.
func (m *Member) inEpoch(env *Env, group Term, epoch uint64) bool {
	return group != m.Context.GroupID || spec.Check(env.Rec, req.FramingEpoch, epoch == m.Context.Epoch) == nil
}

// process goes on with a handshake message of which framing is what is wrong
// with its protection.
func (m Member) process(env *Env, a AuthenticatedContent, framing spec.Violations) (Member, Output, error) {
	switch c := a.Content; {
	case c.Type == spec.ContentProposal && c.Proposal != nil:
		return m.receiveProposal(env, a, framing)
	case c.Type == spec.ContentCommit && c.Commit != nil:
		return m.receiveCommit(env, a, framing)
	}
	return Member{}, Output{}, refusal(framing)
}
