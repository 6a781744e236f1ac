package model

import (
	"slices"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.2, on external Commits.

// externalListRules is what the list of an external Commit may contain, with a
// row for each bullet but the third, on PSKs, which has two: that each is valid by
// itself is in proposalRules.
var externalListRules = []Rule[listCtx]{
	{req.ExternalOneInit, func(c listCtx) bool { return len(c.of(spec.ProposalExternalInit)) == 1 }},
	{req.ExternalOneRemove, func(c listCtx) bool { return len(c.of(spec.ProposalRemove)) <= 1 }},
	{req.ExternalRemoveLeaf, func(c listCtx) bool {
		return c.leaf == nil || !slices.ContainsFunc(c.of(spec.ProposalRemove), func(p SentProposal) bool {
			old := c.before.Tree.Leaf(p.Removed)
			return old == nil || !c.replaces(*old)
		})
	}},
	{req.ListPSKUnique, listCtx.differentPSKs},
	{req.ExternalOther, func(c listCtx) bool {
		return !slices.ContainsFunc(c.list, func(p SentProposal) bool {
			return !slices.Contains([]spec.ProposalType{spec.ProposalExternalInit, spec.ProposalRemove, spec.ProposalPSK}, p.Type)
		})
	}},
}

// replaces tells whether the leaf of the path could be that of an Update for the
// member that the Commit removes, but for its source.
func (c listCtx) replaces(old LeafNode) bool {
	return c.leaf.EncryptionKey != old.EncryptionKey && c.env.succeeds(old.Credential, c.leaf.Credential)
}
