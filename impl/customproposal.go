package impl

import (
	"mlssim/impl/message"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 13.2: proposals of the application. The group agrees on them by
// the Commit that covers them; what they do is for the application.

// Custom is a proposal of a type that the application registered.
type Custom struct {
	Type   spec.ProposalType
	Data   []byte
	Sender message.Sender // who proposed it
}

func (c *Custom) proposal() message.Proposal {
	return message.Proposal{Type: c.Type, Custom: &message.CustomProposal{Data: c.Data}}
}

// ProposeCustom proposes something of the application's own. Its type has to be
// registered, and supported by all members when it is covered (RFC 9420, Section
// 13.2).
func (m *Member) ProposeCustom(env *Env, t spec.ProposalType, data []byte, format spec.WireFormat) (*Member, Output, error) {
	c := Custom{Type: t, Data: data}
	return m.propose(env, c.proposal(), nil, format)
}

// validateCustom decides whether a proposal of a type that RFC 9420 does not
// define is one that this client knows, from a sender who may send it (Section
// 12.1.8), and what the application says of it.
func (g *PublicGroup) validateCustom(env *Env, p *cached) error {
	kind := env.Types.proposal(p.proposal.Type)
	if err := spec.Checkf(env.Rec, req.ListTypeProcessed, kind != nil, "proposal type %v", p.proposal.Type); err != nil || kind == nil {
		return err
	}
	if err := spec.Checkf(env.Rec, req.FramingSenderType, kind.External || p.sender.Type != spec.SenderExternal,
		"proposal type %v from outside", p.proposal.Type); err != nil {
		return err
	}
	if kind.Validate == nil {
		return nil
	}
	wrong := kind.Validate(g, p.sender, p.proposal.Custom.Data)
	return spec.Checkf(env.Rec, req.ProposalCustom, wrong == nil, "proposal type %v: %w", p.proposal.Type, wrong)
}

// custom returns the application's proposals in a list.
func (l *proposalList) custom() []Custom {
	var list []Custom
	for _, p := range l.proposals {
		if c := p.proposal.Custom; c != nil {
			list = append(list, Custom{p.proposal.Type, c.Data, p.sender})
		}
	}
	return list
}
