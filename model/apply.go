package model

import (
	"slices"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.3: applying a proposal list.

// applied is a group after proposals and before a path.
type applied struct {
	tree       Tree
	extensions []Extension // of the GroupContext
	replaced   bool        // by a GroupContextExtensions
	added      []LeafIndex // by Add, in the order of the list
	psks       []PreSharedKeyID
	init       Term // kem_output of an ExternalInit
	reinit     *ReInit
	committer  LeafIndex
}

// apply applies a list in the order of Section 12.3: GroupContextExtensions,
// Updates, Removes, Adds, PSKs, ExternalInit, ReInit. What is invalid changes
// nothing; whether it is refused is decided elsewhere. Who joins by the Commit
// itself takes the leftmost leaf that is blank then (Section 12.4.2).
func (g *Group) apply(by Sender, list []SentProposal) applied {
	a := applied{tree: g.Tree, extensions: g.Context.Extensions, committer: by.Leaf}
	for _, p := range list {
		if p.Type == spec.ProposalGroupContextExtensions {
			items := p.Extensions
			if !spec.Step(nil, req.GceReplace) {
				items = append(slices.Clone(a.extensions), items...)
			}
			a.extensions, a.replaced = items, true
		}
	}
	for _, p := range list {
		if p.Type == spec.ProposalUpdate && p.wellFormed() {
			a.tree = a.tree.Update(p.Sender.Leaf, *p.LeafNode)
		}
	}
	ordered := spec.Step(nil, req.ApplyOrder)
	if !ordered {
		a.add(list)
	}
	for _, p := range list {
		if p.Type == spec.ProposalRemove {
			a.tree = a.tree.Remove(p.Removed)
		}
	}
	if ordered {
		a.add(list)
	}
	for _, p := range list {
		switch {
		case p.PSK != nil:
			a.psks = append(a.psks, *p.PSK)
		case p.Type == spec.ProposalExternalInit:
			a.init = p.KEMOutput
		case p.ReInit != nil:
			a.reinit = p.ReInit
		}
	}
	if by.Type == spec.SenderNewMemberCommit {
		a.tree, a.committer = a.tree.vacancy(req.ExternalLeaf)
	}
	return a
}

// add applies the Adds of a list.
func (a *applied) add(list []SentProposal) {
	for _, p := range list {
		if p.Type == spec.ProposalAdd && p.wellFormed() {
			var i LeafIndex
			leaf := p.KeyPackage.LeafNode
			if !spec.Step(nil, req.TreeAddLeaf) {
				leaf.Source = spec.SourceUpdate
			}
			a.tree, i = a.tree.Add(leaf)
			a.added = append(a.added, i)
		}
	}
}

// replacement returns what replacementRules are judged on.
func (a applied) replacement(env *Env) replacementCtx {
	return replacementCtx{env, a.tree, a.replaced, a.extensions}
}
