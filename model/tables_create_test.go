package model

import (
	"testing"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 11, with 11.2 and 11.3: a group that comes from another.

func TestCreateRules(t *testing.T) {
	g := inStep(t)
	required := func(r RequiredCapabilities) []Extension { return []Extension{r.Extension(g.s)} }
	good := createCtx{g.env(), Creation{Client: g.client("A"), Extensions: required(RequiredCapabilities{Credentials: []spec.CredentialType{spec.CredentialBasic}})}}
	with := func(f func(*createCtx)) createCtx { return change(good, f) }
	checkTable(t, createRules, good, []bad[createCtx]{
		{req.CreateCapabilities, with(func(c *createCtx) {
			c.Extensions = required(RequiredCapabilities{Proposals: []spec.ProposalType{unknownType}})
		})},
		{req.CreateCapabilities, with(func(c *createCtx) { c.Client.CipherSuite = spec.MLKEM768_AES256GCM_SHA384_MLDSA65 })},
		{req.CreateExtensions, with(func(c *createCtx) { c.Extensions = []Extension{{Type: unknownType}} })},
	})
	if _, _, err := Create(g.env(), Creation{Client: g.client("A"), Extensions: []Extension{{Type: unknownType}}}); err == nil {
		t.Error("a creator creates what it does not support")
	}
}

func TestReinitializeRules(t *testing.T) {
	g := inStep(t)
	a := g.members["A"]
	ended := change(a, func(m *Member) { m.Ended = &ReInit{Version: spec.MLS10, CipherSuite: 2} })
	second := change(g.client("A"), func(c *Client) { c.CipherSuite = 2 })
	checkTable(t, reinitializeRules, reinitializeCtx{&ended, second}, []bad[reinitializeCtx]{
		{req.ReinitCommit, reinitializeCtx{&a, second}},
		{req.SuiteSupported, reinitializeCtx{&ended, g.client("A")}},
	})
	checkTable(t, endedRules, &a.Group, []bad[*Group]{{req.ReinitClosed, &ended.Group}})
}

// TestLinkRules is Sections 11.2 and 11.3: a group that comes from another.
func TestLinkRules(t *testing.T) {
	g := inStep(t)
	env := g.env()
	old := g.members["A"].Group
	old.Ended = &ReInit{GroupID: 7, Version: spec.MLS10, CipherSuite: 2, Extensions: []Extension{{unknownType, 1}}}
	next := Group{Tree: old.Tree, Context: GroupContext{GroupID: 7, Version: spec.MLS10, CipherSuite: 2, Epoch: 1, Extensions: old.Ended.Extensions}}
	sub := change(next, func(n *Group) { n.Context.CipherSuite, n.Tree = 1, old.Tree.Remove(2) })
	in := func(usage spec.ResumptionUsage, f func(old, next *Group)) linkCtx {
		from, to, id := old, next, ResumptionPSKID(usage, 0, 0)
		if usage == spec.UsageBranch {
			to = sub
		}
		if f != nil {
			f(&from, &to)
		}
		return linkCtx{env, &id, &from, &to}
	}
	stranger := func(n *Group) { n.Tree, _ = n.Tree.Add(g.keyPackage("E").Package.LeafNode) }
	checkTable(t, linkRules, in(spec.UsageReInit, nil), alsoGood(t, linkRules, in(spec.UsageBranch, nil), []bad[linkCtx]{
		{req.WelcomePSKEpoch, in(spec.UsageReInit, func(_, n *Group) { n.Context.Epoch = 2 })},
		{req.WelcomePSKEpoch, in(spec.UsageBranch, func(_, n *Group) { n.Context.Epoch = 0 })},
		{req.ReinitCommit, in(spec.UsageReInit, func(o, _ *Group) { o.Ended = nil })},
		{req.ReinitParameters, in(spec.UsageReInit, func(_, n *Group) { n.Context.GroupID = 8 })},
		{req.ReinitParameters, in(spec.UsageReInit, func(_, n *Group) { n.Context.CipherSuite = 1 })},
		{req.ReinitParameters, in(spec.UsageReInit, func(_, n *Group) { n.Context.Version = 2 })},
		{req.ReinitParameters, in(spec.UsageReInit, func(_, n *Group) { n.Context.Extensions = nil })},
		{req.ReinitMembers, in(spec.UsageReInit, func(_, n *Group) { n.Tree = n.Tree.Remove(2) })},
		{req.ReinitMembers, in(spec.UsageReInit, func(_, n *Group) { stranger(n) })},
		{req.BranchParameters, in(spec.UsageBranch, func(_, n *Group) { n.Context.CipherSuite = 2 })},
		{req.BranchMembers, in(spec.UsageBranch, func(_, n *Group) { stranger(n) })},
		{req.BranchMembers, in(spec.UsageBranch, func(_, n *Group) { n.Tree, _ = n.Tree.Add(*old.Tree.Leaf(0)) })}, // A twice
	}))
	if v := judge(nil, linkRules, linkCtx{env: env, next: &Group{}}); v != nil {
		t.Errorf("a group that stands by itself %v", v)
	}
}
