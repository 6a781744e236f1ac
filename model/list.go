package model

import (
	"slices"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.2: proposal list validation.

// listCtx is a list that a Commit covers.
type listCtx struct {
	env       *Env
	before    *Group
	committer Sender
	list      []SentProposal
	after     Tree      // the list applied
	leaf      *LeafNode // of the path, if there is one
}

// of returns the proposals of a type.
func (c listCtx) of(t spec.ProposalType) []SentProposal {
	var some []SentProposal
	for _, p := range c.list {
		if p.Type == t && p.wellFormed() {
			some = append(some, p)
		}
	}
	return some
}

// removed tells whether the list removes a leaf.
func (c listCtx) removed(i LeafIndex) bool {
	return slices.ContainsFunc(c.of(spec.ProposalRemove), func(p SentProposal) bool { return p.Removed == i })
}

// changed returns the leaf that an Update or Remove applies to.
func (p SentProposal) changed() (LeafIndex, bool) {
	switch p.Type {
	case spec.ProposalUpdate:
		return p.Sender.Leaf, true
	case spec.ProposalRemove:
		return p.Removed, true
	}
	return 0, false
}

// listRules is the list of Section 12.2 for a Commit by a member. Its first
// bullet, that each proposal be valid by itself, is proposalRules, whose
// violations stand before these.
var listRules = []Rule[listCtx]{
	{req.ListNoUpdateByCommitter, func(c listCtx) bool {
		return !slices.ContainsFunc(c.of(spec.ProposalUpdate), func(p SentProposal) bool { return p.Sender == c.committer })
	}},
	{req.ListNoRemoveOfCommitter, func(c listCtx) bool { return !c.removed(c.committer.Leaf) }},
	{req.ListOneChangePerLeaf, func(c listCtx) bool {
		var leaves []LeafIndex
		for _, p := range c.list {
			if i, ok := p.changed(); ok {
				leaves = append(leaves, i)
			}
		}
		return distinct(leaves)
	}},
	// Two bullets: the newcomers among themselves, and with those who stay. Clients
	// are told apart by their signature keys.
	{req.ListAddUnique, func(c listCtx) bool {
		var clients []Term
		for i, l := range c.before.Tree.Leaves() {
			if !c.removed(i) {
				clients = append(clients, l.SignatureKey)
			}
		}
		staying := len(clients)
		for _, p := range c.of(spec.ProposalAdd) {
			clients = append(clients, p.KeyPackage.LeafNode.SignatureKey)
		}
		return len(clients) == staying || distinct(clients)
	}},
	{req.ListPSKUnique, listCtx.differentPSKs},
	{req.ListOneGroupContextExtensions, func(c listCtx) bool {
		return len(c.of(spec.ProposalGroupContextExtensions)) <= 1
	}},
	{req.ListReinitAlone, func(c listCtx) bool { return len(c.of(spec.ProposalReInit)) == 0 || len(c.list) == 1 }},
	{req.ListNoExternalInit, func(c listCtx) bool { return len(c.of(spec.ProposalExternalInit)) == 0 }},
	// Members that the Commit removes need not support the type.
	{req.ListTypeSupported, func(c listCtx) bool {
		for i, l := range c.before.Tree.Leaves() {
			if c.removed(i) {
				continue
			}
			for _, p := range c.list {
				if !l.Capabilities.supportsProposal(p.Type) {
					return false
				}
			}
		}
		return true
	}},
	// The tree after the Commit: each new leaf was judged by itself, so that
	// what may still be wrong is how leaves go together.
	{req.LeafSignatureKeyUnique, func(c listCtx) bool {
		var keys []Term
		for _, l := range c.after.Leaves() {
			keys = append(keys, l.SignatureKey)
		}
		return distinct(keys)
	}},
	{req.LeafEncryptionKeyUnique, func(c listCtx) bool {
		var keys []Term
		for _, l := range c.after.Leaves() {
			keys = append(keys, l.EncryptionKey)
		}
		return distinct(keys)
	}},
}

// distinct tells whether no item occurs twice.
func distinct[T comparable](items []T) bool {
	seen := make(map[T]bool, len(items))
	for _, x := range items {
		if seen[x] {
			return false
		}
		seen[x] = true
	}
	return true
}

// differentPSKs tells whether no two proposals name the same PSK.
func (c listCtx) differentPSKs() bool {
	var ids []Term
	for _, p := range c.of(spec.ProposalPSK) {
		ids = append(ids, p.PSK.term(c.env.Store))
	}
	return distinct(ids)
}

// validateList carries out Section 12.2. sending tells that the list is the
// client's own: what it covers by value appears in its message (Section 7.3).
// Proposals are held to the extensions that the list brings (Section 12.3).
func (g *Group) validateList(env *Env, c commitCtx, a applied, sending bool) spec.Violations {
	var v spec.Violations
	context := g.Context
	if spec.Step(env.Rec, req.ApplyExtensionsFirst) {
		context.Extensions = a.extensions
	}
	adds := 0
	for _, p := range c.list {
		in := setting{context: &context, tree: a.tree, at: p.Sender.Leaf, sending: sending && p.Ref == 0, covered: true, linking: c.linking}
		if p.Type == spec.ProposalAdd && p.wellFormed() {
			in.at, adds = a.added[adds], adds+1
		}
		v = append(v, g.validateProposal(env, p, in)...)
	}
	l := listCtx{env: env, before: g, committer: c.sender, list: c.list, after: a.tree}
	if c.commit.Path != nil {
		l.leaf = &c.commit.Path.LeafNode
	}
	if c.external() {
		return append(v, judge(env.Rec, externalListRules, l)...)
	}
	return append(v, judge(env.Rec, listRules, l)...)
}
