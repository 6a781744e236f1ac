package model

import (
	"slices"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.2: proposal list validation.

// listCtx is a list that a member's Commit covers.
type listCtx struct {
	before    *Group
	committer LeafIndex
	list      []SentProposal
	after     Tree // the list applied
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
		return p.Sender, true
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
	{req.ListNoRemoveOfCommitter, func(c listCtx) bool { return !c.removed(c.committer) }},
	{req.ListOneChangePerLeaf, func(c listCtx) bool {
		var leaves []LeafIndex
		for _, p := range c.list {
			if i, ok := p.changed(); ok {
				leaves = append(leaves, i)
			}
		}
		return distinct(leaves)
	}},
	// Two bullets: the newcomers among themselves, and with those who stay.
	{req.ListAddUnique, func(c listCtx) bool {
		var clients []string
		for i, l := range c.before.Tree.Leaves() {
			if !c.removed(i) {
				clients = append(clients, l.Credential.Identity)
			}
		}
		staying := len(clients)
		for _, p := range c.of(spec.ProposalAdd) {
			clients = append(clients, p.KeyPackage.LeafNode.Credential.Identity)
		}
		return len(clients) == staying || distinct(clients)
	}},
	{req.ListPSKUnique, func(c listCtx) bool {
		var ids []Term
		for _, p := range c.of(spec.ProposalPSK) {
			ids = append(ids, p.Body)
		}
		return distinct(ids)
	}},
	{req.ListOneGroupContextExtensions, func(c listCtx) bool {
		return len(c.of(spec.ProposalGroupContextExtensions)) <= 1
	}},
	{req.ListReinitAlone, func(c listCtx) bool { return len(c.of(spec.ProposalReInit)) == 0 || len(c.list) == 1 }},
	{req.ListNoExternalInit, func(c listCtx) bool { return len(c.of(spec.ProposalExternalInit)) == 0 }},
	// Members that the Commit removes need not support the type.
	{req.ListTypeSupported, func(c listCtx) bool {
		for i, l := range c.before.Tree.Leaves() {
			for _, p := range c.list {
				if !c.removed(i) && !l.Capabilities.supportsProposal(p.Type) {
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

// validateList carries out Section 12.2. sending tells that the list is the
// client's own: what it covers by value appears in its message (Section 7.3).
func (g *Group) validateList(env *Env, committer LeafIndex, list []SentProposal, a applied, sending bool) spec.Violations {
	var v spec.Violations
	adds := 0
	for _, p := range list {
		at := p.Sender
		if p.Type == spec.ProposalAdd && p.wellFormed() {
			at, adds = a.added[adds], adds+1
		}
		v = append(v, g.validateProposal(env, p, a.tree, at, true, sending && p.Ref == 0)...)
	}
	return append(v, judge(env.Rec, listRules, listCtx{before: g, committer: committer, list: list, after: a.tree})...)
}

// Cover returns which proposals of the epoch a Commit should refer to, in the
// order received (Sections 12.2 and 12.4): all that go together. It leaves out
// Updates by the committer and Removes of it, Updates of a leaf that is also
// removed, all but the newest Update of a leaf, all but the first Remove of one,
// and Removes of leaves that the Commit removes by value.
func (g *Group) Cover(committer LeafIndex, removes []LeafIndex) []Term {
	chosen := map[LeafIndex]Term{}
	final := map[LeafIndex]bool{committer: true}
	for _, i := range removes {
		final[i] = true
	}
	for _, p := range g.Proposals {
		if i, ok := p.changed(); ok && !final[i] {
			chosen[i] = p.Ref
			final[i] = p.Type == spec.ProposalRemove
		}
	}
	var refs []Term
	for _, p := range g.Proposals {
		if i, ok := p.changed(); !ok || chosen[i] == p.Ref {
			refs = append(refs, p.Ref)
		}
	}
	return refs
}
