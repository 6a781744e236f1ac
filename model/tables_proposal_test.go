package model

import (
	"testing"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.1.

func TestProposalRules(t *testing.T) {
	g := inStep(t)
	a := g.members["A"]
	env := g.env()
	kp, wrong := g.keyPackage("E").Package, spec.Violations{req.LeafSignature}
	in := func(p Proposal, f func(*proposalCtx)) proposalCtx {
		c := proposalCtx{env: env, before: &a.Group, context: &a.Context, sent: SentProposal{Proposal: p}}
		if f != nil {
			f(&c)
		}
		return c
	}
	update := Proposal{Type: spec.ProposalUpdate, LeafNode: &kp.LeafNode}
	psk := func(id PreSharedKeyID, nonce Term) Proposal { id.Nonce = nonce; return PSK(id) }
	nonce := g.s.Fresh(pskNonce, 1)
	resumed := func(u spec.ResumptionUsage) Proposal { return psk(ResumptionPSKID(u, a.Context.GroupID, 1), nonce) }
	lower := ReInit{Version: 0}.Proposal()
	custom := change(*env, func(e *Env) {
		e.Types = &Types{Proposals: []CustomProposal{{Type: unknownType, Valid: func(_ *Group, by Sender, body Term) bool {
			return by.Type != spec.SenderExternal && body == nonce
		}}}}
	})
	customized := func(c *proposalCtx) { c.env = &custom }
	for name, good := range map[string]proposalCtx{
		"reinit while linking": in(resumed(spec.UsageReInit), func(c *proposalCtx) { c.linking = true }),
		"branch while linking": in(resumed(spec.UsageBranch), func(c *proposalCtx) { c.linking = true }),
		"resumption":           in(resumed(spec.UsageApplication), nil),
		"external PSK":         in(psk(ExternalPSKID(1), nonce), nil),
		"ExternalInit, listed": in(Proposal{Type: spec.ProposalExternalInit}, func(c *proposalCtx) { c.covered = true }),
		"ReInit":               in(ReInit{Version: spec.MLS10}.Proposal(), nil),
		"custom":               in(Custom(unknownType, nonce), customized),
	} {
		if v := judge(nil, proposalRules, good); v != nil {
			t.Errorf("%s %v", name, v)
		}
	}
	checkTable(t, proposalRules, in(Add(kp), nil), []bad[proposalCtx]{
		{req.AddKeyPackage, in(Add(kp), func(c *proposalCtx) { c.leaf = wrong })},
		{req.AddExtensions, in(Add(kp), func(c *proposalCtx) {
			c.context = &GroupContext{Extensions: []Extension{{Type: unknownType}}}
		})},
		{req.UpdateLeaf, in(update, func(c *proposalCtx) { c.leaf = wrong })},
		{req.RemoveLeaf, in(Remove(4), nil)},
		{req.PSKUsageReinit, in(resumed(spec.UsageReInit), nil)},
		{req.PSKUsageBranch, in(resumed(spec.UsageBranch), nil)},
		{req.PSKNonceLength, in(psk(ExternalPSKID(1), g.s.Bytes("short")), nil)},
		{req.ReinitVersion, in(lower, nil)},
		{req.ExternalInitContext, in(Proposal{Type: spec.ProposalExternalInit}, nil)},
		{req.ProposalAuthorized, in(Remove(3), func(c *proposalCtx) {
			c.env = &Env{Store: g.s, Permit: func(_ *Group, _ Sender, p Proposal) bool { return p.Type != spec.ProposalRemove }}
		})},
		{req.ListTypeProcessed, in(Proposal{Type: spec.ProposalPSK}, nil)}, // nothing in it
		{req.ListTypeProcessed, in(Proposal{Type: spec.ProposalAdd}, nil)},
		{req.ListTypeProcessed, in(Custom(unknownType, nonce), nil)},
		{req.ProposalCustom, in(Custom(unknownType, 0), customized)},
	})
}

func TestReplacementRules(t *testing.T) {
	g := inStep(t)
	tree := g.members["A"].Tree
	in := func(replaced bool, items ...Extension) replacementCtx {
		return replacementCtx{g.env(), tree, replaced, items}
	}
	requires := RequiredCapabilities{Extensions: []spec.ExtensionType{unknownType}}.Extension(g.s)
	checkTable(t, replacementRules, in(true, ExternalSenders{}.Extension(g.s)), alsoGood(t, replacementRules, in(false, requires), []bad[replacementCtx]{
		{req.GceRequiredCapabilities, in(true, requires)},
		{req.GceExtensions, in(true, Extension{Type: unknownType})},
	}))
}

func TestOutsideRules(t *testing.T) {
	g := inStep(t)
	g.serve()
	a := g.members["A"]
	by := func(i uint32) outsideCtx {
		return outsideCtx{g.env(), &a.Group, Sender{Type: spec.SenderExternal, Index: i}}
	}
	checkTable(t, outsideRules, by(0), []bad[outsideCtx]{{req.ExternalSender, by(1)}})
	if _, err := a.ProposeExternal(g.env(), g.client("S"), 0, Remove(3)); err != nil {
		t.Errorf("the external sender: %v", err)
	}
	if _, err := a.ProposeExternal(g.env(), g.client("S"), 1, Remove(3)); err == nil {
		t.Error("there is no such external sender")
	}
}
