package impl

import (
	"mlssim/impl/message"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.3.

// applied is a group after the proposals of a Commit and before its path.
type applied struct {
	tree  tree.Tree
	added []addition // in the order of the list
}

// addition is a new member.
type addition struct {
	leaf tree.LeafIndex
	pkg  *message.KeyPackage
}

// newLeaves returns the leaves of the new members.
func (a *applied) newLeaves() []tree.LeafIndex {
	leaves := make([]tree.LeafIndex, len(a.added))
	for i, n := range a.added {
		leaves[i] = n.leaf
	}
	return leaves
}

// apply applies a valid list to the tree, in the order of Section 12.3:
// Updates, Removes, Adds. An Update changes what a Remove would find, and a
// Remove frees the leaf that an Add may take.
func (g *PublicGroup) apply(env *Env, l *proposalList) (*applied, error) {
	a := &applied{tree: g.tree}
	for _, p := range l.proposals {
		if p.proposal.Type == spec.ProposalUpdate {
			a.tree = a.tree.Update(p.sender, p.proposal.Update.LeafNode)
		}
	}
	for _, p := range l.proposals {
		if p.proposal.Type == spec.ProposalRemove {
			a.tree = a.tree.Remove(p.proposal.Remove.Removed)
		}
	}
	for _, p := range l.proposals {
		if p.proposal.Type == spec.ProposalAdd {
			kp := &p.proposal.Add.KeyPackage
			var leaf tree.LeafIndex
			a.tree, leaf = a.tree.Add(kp.LeafNode)
			a.added = append(a.added, addition{leaf, kp})
		}
	}
	return a, g.validateMembers(env, a.tree)
}

// validateMembers decides the rules of Section 7.3 that are about all members
// of the next epoch together.
func (g *PublicGroup) validateMembers(env *Env, t tree.Tree) error {
	return g.rules(env, false).Members(t)
}

// pathRequired tells whether a Commit of this list needs a path (Section 12.4).
func (l *proposalList) pathRequired() bool {
	for _, p := range l.proposals {
		if p.proposal.Type.PathRequired() {
			return true
		}
	}
	return len(l.proposals) == 0
}

// checkPath decides whether the path may be left out (Section 12.4).
func (l *proposalList) checkPath(env *Env, present bool) error {
	return spec.Checkf(env.Rec, req.CommitPathRequired, present || !l.pathRequired(), "%d proposals", len(l.proposals))
}
