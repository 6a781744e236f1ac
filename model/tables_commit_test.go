package model

import (
	"math"
	"slices"
	"testing"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.4, with 12.4.3.2: external Commits.

func TestCommitRules(t *testing.T) {
	env := &Env{Store: NewStore(), Types: &Types{Proposals: []CustomProposal{{Type: unknownType}, {Type: unknownType + 1, PathRequired: true}}},
		Bounds: Bounds{MaxPSKs: 1 << 17, MaxCovered: 6}}
	few := change(*env, func(e *Env) { e.MaxPSKs = 1 })
	ref := func(p spec.ProposalType) (SentProposal, ProposalOrRef) {
		return SentProposal{Proposal: Proposal{Type: p}, Ref: 1}, ProposalOrRef{Type: spec.ByReference, Reference: 1}
	}
	in := func(path bool, types ...spec.ProposalType) commitCtx {
		c := commitCtx{env: env, psks: true}
		for _, p := range types {
			sent, or := ref(p)
			c.list, c.commit.Proposals = append(c.list, sent), append(c.commit.Proposals, or)
		}
		if path {
			c.commit.Path = &UpdatePath{}
		}
		return c
	}
	checkTable(t, commitRules, in(true), alsoGood(t, commitRules,
		in(false, spec.ProposalAdd, spec.ProposalPSK, spec.ProposalReInit, unknownType), []bad[commitCtx]{
			{req.CommitRefsKnown, change(in(true), func(c *commitCtx) { c.unknown = 1 })},
			{req.CommitUpdateByReference, change(in(true, spec.ProposalUpdate), func(c *commitCtx) { c.list[0].Ref = 0 })},
			{req.CommitPathRequired, in(false)},
			{req.CommitPathRequired, in(false, spec.ProposalAdd, spec.ProposalUpdate)},
			{req.CommitPathRequired, in(false, spec.ProposalRemove)},
			{req.CommitPathRequired, in(false, spec.ProposalExternalInit)},
			{req.CommitPathRequired, in(false, spec.ProposalGroupContextExtensions)},
			{req.CommitPathRequired, in(false, unknownType+1)},
			{req.CommitPathRequired, in(false, unknownType+2)},
			{req.PSKAvailable, change(in(true), func(c *commitCtx) { c.psks = false })},
			{req.PSKLimit, change(in(false, spec.ProposalPSK, spec.ProposalPSK), func(c *commitCtx) {
				c.env = &few
				for i := range c.list {
					c.list[i].PSK = &PreSharedKeyID{}
				}
			})},
			{req.CommitProposalsCount, in(false, slices.Repeat([]spec.ProposalType{spec.ProposalAdd}, 7)...)},
			{req.PSKCount, change(in(true), func(c *commitCtx) {
				c.list = slices.Repeat([]SentProposal{{Proposal: PSK(PreSharedKeyID{})}}, math.MaxUint16+1)
			})},
		}))
}

func TestExternalCommitRules(t *testing.T) {
	g := inStep(t)
	leaf := *g.members["A"].Tree.Leaf(0)
	in := func(items []Extension, proposals ...ProposalOrRef) externalCtx {
		return externalCtx{Commit{Proposals: proposals, Path: &UpdatePath{LeafNode: leaf}}, items}
	}
	checkTable(t, externalRules, in(nil, byValue(Remove(1))...), []bad[externalCtx]{
		{req.ExternalByReference, in(nil, byReference(1)...)},
		{req.AddExtensions, in([]Extension{{Type: unknownType}})},
	})
}

func TestExternalJoinRules(t *testing.T) {
	g := inStep(t)
	a, e := g.members["A"], g.client("E")
	info, _ := a.groupInfo(g.s, GroupInfoOptions{ExternalPub: true})
	without, _ := a.groupInfo(g.s, GroupInfoOptions{})
	good := externalJoinCtx{&info, e.Capabilities, e.leaf(g.s, spec.SourceCommit, 1), g.env()}
	with := func(f func(*externalJoinCtx)) externalJoinCtx { return change(good, f) }
	checkTable(t, externalJoinRules, good, []bad[externalJoinCtx]{
		{req.ExternalExternalPub, with(func(c *externalJoinCtx) { c.info = &without })},
		{req.KeyPackageCapabilities, with(func(c *externalJoinCtx) { c.leaf.Capabilities.Proposals = []spec.ProposalType{unknownType} })},
		{req.ExtensionPlace, with(func(c *externalJoinCtx) { c.leaf.Extensions = []Extension{{spec.ExtExternalPub, 0}} })},
	})
	if _, err := JoinExternal(g.env(), ExternalJoining{Client: e, Info: &without}); err == nil {
		t.Error("E joins without external_pub")
	}
}
