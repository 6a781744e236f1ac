package impl

import (
	"slices"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.3.

// applied is a group after the proposals of a Commit and before its path.
type applied struct {
	tree       tree.Tree
	extensions []tree.Extension // of the GroupContext
	replaced   bool             // by a GroupContextExtensions
	added      []addition       // in the order of the list
	psks       []schedule.PreSharedKeyID
	init       []byte // kem_output of an ExternalInit, else nil
	reinit     *message.ReInit
	committer  tree.LeafIndex
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

// apply applies a valid list to the group, in the order of Section 12.3:
// GroupContextExtensions, Updates, Removes, Adds, PSKs, ExternalInit, ReInit. An
// Update changes what a Remove would find, and a Remove frees the leaf that an
// Add may take. Who joins by the Commit itself takes the leftmost leaf that is
// blank then (Section 12.4.2).
func (g *PublicGroup) apply(l *proposalList) *applied {
	a := &applied{tree: g.tree, extensions: g.context.Extensions, committer: l.committer.LeafIndex}
	for p := range l.of(spec.ProposalGroupContextExtensions) {
		a.extensions, a.replaced = p.proposal.GroupContextExtensions.Extensions, true
		if !spec.Step(nil, req.GceReplace) {
			a.extensions = slices.Concat(g.context.Extensions, a.extensions)
		}
	}
	last := spec.Step(nil, req.ApplyOrder)
	if !last {
		a.add(l)
	}
	for p := range l.of(spec.ProposalUpdate) {
		a.tree = a.tree.Update(p.sender.LeafIndex, p.proposal.Update.LeafNode)
	}
	for p := range l.of(spec.ProposalRemove) {
		a.tree = a.tree.Remove(p.proposal.Remove.Removed)
	}
	if last {
		a.add(l)
	}
	a.psks = l.pskIDs()
	for p := range l.of(spec.ProposalExternalInit) {
		a.init = p.proposal.ExternalInit.KEMOutput
	}
	for p := range l.of(spec.ProposalReInit) {
		a.reinit = p.proposal.ReInit
	}
	if l.external() {
		a.tree, a.committer = a.tree.Vacancy()
	}
	return a
}

// add adds the new members.
func (a *applied) add(l *proposalList) {
	n := l.count(spec.ProposalAdd)
	leaves := make([]*tree.LeafNode, 0, n)
	a.added = make([]addition, 0, n)
	for p := range l.of(spec.ProposalAdd) {
		kp := &p.proposal.Add.KeyPackage
		if spec.Step(nil, req.TreeAddLeaf) {
			leaves = append(leaves, &kp.LeafNode)
		}
		a.added = append(a.added, addition{pkg: kp})
	}
	var at []tree.LeafIndex
	a.tree, at = a.tree.AddAll(leaves)
	for k := range at {
		a.added[k].leaf = at[k]
	}
}

// validate decides the rules that are about all members of the next epoch
// together: Section 7.3, and of new extensions Sections 12.1.7 and 13.4.
func (a *applied) validate(env *Env, g *PublicGroup) error {
	if err := g.rules(env, false).Members(a.tree); err != nil {
		return err
	}
	return a.checkExtensions(env)
}

// checkExtensions decides whether all members support new extensions, and what
// they require.
func (a *applied) checkExtensions(env *Env) error {
	if !a.replaced {
		return nil
	}
	required, err := tree.RequiredCapabilitiesOf(a.extensions)
	if err != nil {
		return err
	}
	for i, leaf := range a.tree.Leaves() {
		if err := spec.Checkf(env.Rec, req.GceRequiredCapabilities, leaf.Capabilities.Meets(&required), "leaf %d", i); err != nil {
			return err
		}
		t, missing := leaf.Capabilities.Unsupported(a.extensions)
		if err := spec.Checkf(env.Rec, req.GceExtensions, !missing, "leaf %d, extension 0x%04x", i, uint16(t)); err != nil {
			return err
		}
	}
	return nil
}

// pathRequired tells whether a Commit of this list needs a path (Section 12.4).
func (l *proposalList) pathRequired(types *Types) bool {
	for _, p := range l.proposals {
		if types.pathRequired(p.proposal.Type) {
			return true
		}
	}
	return len(l.proposals) == 0
}

// checkPath decides whether the path may be left out (Section 12.4).
func (l *proposalList) checkPath(env *Env, present bool) error {
	return spec.Checkf(env.Rec, req.CommitPathRequired, present || !l.pathRequired(env.Types), "%d proposals", len(l.proposals))
}
