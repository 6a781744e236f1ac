package model

import (
	"slices"
	"testing"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.2.

func TestListRules(t *testing.T) {
	g := inStep(t)
	a := g.members["A"]
	env := g.env()
	leaf := a.Tree.Leaf(0)
	e1, e2 := g.keyPackage("E").Package, g.keyPackage("E").Package
	sent := func(by LeafIndex, p Proposal) SentProposal {
		return SentProposal{Proposal: p, Sender: member(by), Ref: 1}
	}
	of := func(t spec.ProposalType) SentProposal { return sent(1, Proposal{Type: t}) }
	psk := func(id Term) SentProposal { return sent(1, PSK(ExternalPSKID(id))) }
	reinit := sent(1, ReInit{}.Proposal())
	update := Proposal{Type: spec.ProposalUpdate, LeafNode: leaf}
	in := func(list ...SentProposal) listCtx {
		return listCtx{env: env, before: &a.Group, committer: member(0), list: list, after: a.Tree}
	}
	back := g.keyPackage("D").Package
	good := in(sent(1, update), sent(2, Remove(3)), sent(1, Add(back)), sent(1, Add(e1)),
		psk(1), psk(2), of(spec.ProposalGroupContextExtensions))
	supports := change(good, func(c *listCtx) {
		c.list = append(slices.Clone(c.list), of(unknownType))
		group := a.Group
		for i, l := range group.Tree.Leaves() {
			if i != 3 { // who is removed need not support it
				able := *l
				able.Capabilities.Proposals = []spec.ProposalType{unknownType}
				group.Tree = group.Tree.with(i.Node(), Node{Leaf: &able})
			}
		}
		c.before = &group
	})
	twins := func(f func(*LeafNode)) listCtx {
		return change(in(), func(c *listCtx) {
			twin := change(*a.Tree.Leaf(1), f)
			c.after = a.Tree.with(2, Node{Leaf: &twin})
		})
	}
	checkTable(t, listRules, good, alsoGood(t, listRules, supports, []bad[listCtx]{
		{req.ListNoUpdateByCommitter, in(sent(0, update))},
		{req.ListNoRemoveOfCommitter, in(sent(1, Remove(0)))},
		{req.ListOneChangePerLeaf, in(sent(1, update), sent(1, update))},
		{req.ListOneChangePerLeaf, in(sent(1, update), sent(2, Remove(1)))},
		{req.ListOneChangePerLeaf, in(sent(1, Remove(3)), sent(2, Remove(3)))},
		{req.ListAddUnique, in(sent(1, Add(e1)), sent(2, Add(e2)))},
		{req.ListAddUnique, in(sent(1, Add(back)))}, // D stays
		{req.ListPSKUnique, in(psk(1), psk(1))},
		{req.ListOneGroupContextExtensions, in(of(spec.ProposalGroupContextExtensions), of(spec.ProposalGroupContextExtensions))},
		{req.ListReinitAlone, in(reinit, psk(1))},
		{req.ListNoExternalInit, in(of(spec.ProposalExternalInit))},
		{req.ListTypeSupported, in(of(unknownType))},
		{req.LeafSignatureKeyUnique, twins(func(l *LeafNode) { l.SignatureKey = leaf.SignatureKey })},
		{req.LeafEncryptionKeyUnique, twins(func(l *LeafNode) { l.EncryptionKey = leaf.EncryptionKey })},
	}))
	if v := judge(nil, listRules, in(reinit)); v != nil {
		t.Errorf("a ReInit alone %v", v)
	}
}

func TestExternalListRules(t *testing.T) {
	g := inStep(t)
	a := g.members["A"]
	by := Sender{Type: spec.SenderNewMemberCommit}
	leaf := g.keyPackage("E").Package.LeafNode
	env := &Env{Store: g.s, Auth: Authenticator{Successor: func(old, next Credential) bool { return old.Identity == "C" }}}
	init, psk := Proposal{Type: spec.ProposalExternalInit}, PSK(ExternalPSKID(1))
	in := func(list ...Proposal) listCtx {
		c := listCtx{env: env, before: &a.Group, committer: by, after: a.Tree, leaf: &leaf}
		for _, p := range list {
			c.list = append(c.list, SentProposal{Proposal: p, Sender: by})
		}
		return c
	}
	checkTable(t, externalListRules, in(psk, init, Remove(2)), []bad[listCtx]{
		{req.ExternalOneInit, in(psk)},
		{req.ExternalOneInit, in(init, init)},
		{req.ExternalOneRemove, in(init, Remove(2), Remove(2))},
		{req.ExternalRemoveLeaf, in(init, Remove(3))}, // of D, whom E does not follow
		{req.ExternalRemoveLeaf, in(init, Remove(7))}, // of nobody
		{req.ExternalRemoveLeaf, change(in(init, Remove(2)), func(c *listCtx) { c.leaf = a.Tree.Leaf(2) })},
		{req.ListPSKUnique, in(init, psk, psk)},
		{req.ExternalOther, in(init, GroupContextExtensions())},
		{req.ExternalOther, in(init, Add(g.keyPackage("F").Package))},
	})
}
