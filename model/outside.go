package model

import (
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.1.8: proposals from outside the group. Who sends one needs
// no secret of the group.

// Following is what a client has that follows a group without being a member.
type Following struct {
	Info *GroupInfo
	Tree RatchetTree // if the GroupInfo brings none
}

// Follow returns the group that a GroupInfo describes. Whether its confirmation tag
// is right only members can tell.
func Follow(env *Env, f Following) (_ Group, err error) {
	defer spec.Enter(env.Rec, "public.follow", &err)()
	c := &infoCtx{env: env, version: spec.MLS10, suite: f.Info.Context.CipherSuite, outside: f.Tree, info: f.Info}
	c.read()
	if err := c.refusal(); err != nil {
		return Group{}, err
	}
	return newGroup(env.Store, f.Info.Context, c.tree, f.Info.ConfirmationTag), nil
}

// outsideCtx is a proposal of somebody who is no member.
type outsideCtx struct {
	env *Env
	g   *Group
	by  Sender
}

// outsideRules is what such a one sees to beside the proposal itself.
var outsideRules = []Rule[outsideCtx]{
	{req.ExternalSender, func(c outsideCtx) bool {
		return c.by.Type != spec.SenderExternal || uint64(c.by.Index) < uint64(len(senders(c.env.Store, c.g.Context.Extensions)))
	}},
}

// ProposeJoin proposes that the client of a KeyPackage be added, in its own name:
// a message of the sender type new_member_proposal.
func (g *Group) ProposeJoin(env *Env, c Client, kp KeyPackage) (*Message, error) {
	return g.proposeOutside(env, c, Sender{Type: spec.SenderNewMemberProposal}, Add(kp))
}

// ProposeExternal makes a proposal of the sender at a place of the group's
// external_senders (Section 12.1.8.1).
func (g *Group) ProposeExternal(env *Env, c Client, place uint32, p Proposal) (*Message, error) {
	return g.proposeOutside(env, c, Sender{Type: spec.SenderExternal, Index: place}, p)
}

func (g *Group) proposeOutside(env *Env, c Client, by Sender, p Proposal) (_ *Message, err error) {
	defer spec.Enter(env.Rec, "proposal.send", &err)()
	p = withNonces(env, []Proposal{p})[0]
	content := FramedContent{Type: spec.ContentProposal, Proposal: &p}
	if err := refusal(judge(env.Rec, outsideRules, outsideCtx{env, g, by}), g.validateForm(env, by, Framing{}, content),
		g.validateNow(env, SentProposal{Proposal: p, Sender: by}, true), judge(env.Rec, endedRules, g)); err != nil {
		return nil, err
	}
	a := g.sign(env.Store, c.SignatureKey, by, Framing{}, content)
	return &Message{Public: &PublicMessage{AuthenticatedContent: a}}, nil
}
