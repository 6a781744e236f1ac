package model

import "mlssim/spec"

// RFC 9420, Section 12.3: applying a proposal list.

// applied is a tree after proposals.
type applied struct {
	tree  Tree
	added []LeafIndex // by Add, in the order of the list
}

// apply applies Updates, then Removes, then Adds. What is invalid changes
// nothing; whether it is refused is decided elsewhere.
func apply(t Tree, list []SentProposal) applied {
	for _, p := range list {
		if p.Type == spec.ProposalUpdate && p.wellFormed() {
			t = t.Update(p.Sender, *p.LeafNode)
		}
	}
	for _, p := range list {
		if p.Type == spec.ProposalRemove {
			t = t.Remove(p.Removed)
		}
	}
	a := applied{tree: t}
	for _, p := range list {
		if p.Type == spec.ProposalAdd && p.wellFormed() {
			var i LeafIndex
			a.tree, i = a.tree.Add(p.KeyPackage.LeafNode)
			a.added = append(a.added, i)
		}
	}
	return a
}
