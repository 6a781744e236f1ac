package impl

import (
	"bytes"
	"fmt"

	"mlssim/impl/message"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.2.

// proposalList is what a Commit covers, in its order, with references resolved.
type proposalList struct {
	proposals []cached
	committer tree.LeafIndex
}

// listRules are the reasons for which a list is invalid, one per bullet of
// Section 12.2 and in its order. The first bullet, that each proposal be valid
// by itself, is validateProposal.
var listRules = []struct {
	id    spec.ID
	holds func(*PublicGroup, *proposalList) bool
}{
	{req.ListNoUpdateByCommitter, noUpdateByCommitter},
	{req.ListNoRemoveOfCommitter, noRemoveOfCommitter},
	{req.ListOneChangePerLeaf, oneChangePerLeaf},
	{req.ListAddUnique, addsUnique},
	{req.ListPSKUnique, psksUnique},
	{req.ListOneGroupContextExtensions, atMostOne(spec.ProposalGroupContextExtensions)},
	{req.ListReinitAlone, reinitAlone},
	{req.ListNoExternalInit, noExternalInit},
	{req.ListTypeSupported, typesSupported},
}

// validateList carries out Section 12.2 for a Commit by a member. A proposal
// that is covered by reference was found valid by itself when it was received,
// in the same epoch and thus with the same tree.
func (g *PublicGroup) validateList(env *Env, l *proposalList, sending bool) error {
	for _, p := range l.proposals {
		if p.ref != nil {
			continue
		}
		if err := g.validateProposal(env, p, sending); err != nil {
			return fmt.Errorf("%v proposal of leaf %d: %w", p.proposal.Type, p.sender, err)
		}
	}
	for _, rule := range listRules {
		if err := spec.Check(env.Rec, rule.id, rule.holds(g, l)); err != nil {
			return err
		}
	}
	return nil
}

func (l *proposalList) count(t spec.ProposalType) int {
	n := 0
	for _, p := range l.proposals {
		if p.proposal.Type == t {
			n++
		}
	}
	return n
}

func noUpdateByCommitter(_ *PublicGroup, l *proposalList) bool {
	for _, p := range l.proposals {
		if p.proposal.Type == spec.ProposalUpdate && p.sender == l.committer {
			return false
		}
	}
	return true
}

func noRemoveOfCommitter(_ *PublicGroup, l *proposalList) bool {
	for _, p := range l.proposals {
		if p.proposal.Type == spec.ProposalRemove && p.proposal.Remove.Removed == l.committer {
			return false
		}
	}
	return true
}

func oneChangePerLeaf(_ *PublicGroup, l *proposalList) bool {
	changed := map[tree.LeafIndex]bool{}
	for _, p := range l.proposals {
		leaf, ok := p.changes()
		if ok && changed[leaf] {
			return false
		}
		if ok {
			changed[leaf] = true
		}
	}
	return true
}

// changes returns the leaf that an Update or Remove applies to.
func (p *cached) changes() (tree.LeafIndex, bool) {
	switch p.proposal.Type {
	case spec.ProposalUpdate:
		return p.sender, true
	case spec.ProposalRemove:
		return p.proposal.Remove.Removed, true
	}
	return 0, false
}

// addsUnique holds the two bullets on Adds; clients are told apart by their
// signature keys.
func addsUnique(g *PublicGroup, l *proposalList) bool {
	present := map[string]bool{}
	removed := map[tree.LeafIndex]bool{}
	for _, p := range l.proposals {
		if p.proposal.Type == spec.ProposalRemove {
			removed[p.proposal.Remove.Removed] = true
		}
	}
	for i, leaf := range g.tree.Leaves() {
		if !removed[i] {
			present[string(leaf.SignatureKey)] = true
		}
	}
	for _, p := range l.proposals {
		if p.proposal.Type == spec.ProposalAdd {
			client := string(p.proposal.Add.KeyPackage.LeafNode.SignatureKey)
			if present[client] {
				return false
			}
			present[client] = true
		}
	}
	return true
}

func psksUnique(_ *PublicGroup, l *proposalList) bool {
	seen := map[string]bool{}
	for _, p := range l.proposals {
		if p.proposal.Type == spec.ProposalPSK {
			id := p.proposal.PreSharedKey.Identifier()
			if seen[id] {
				return false
			}
			seen[id] = true
		}
	}
	return true
}

func atMostOne(t spec.ProposalType) func(*PublicGroup, *proposalList) bool {
	return func(_ *PublicGroup, l *proposalList) bool { return l.count(t) <= 1 }
}

func reinitAlone(_ *PublicGroup, l *proposalList) bool {
	return l.count(spec.ProposalReInit) == 0 || len(l.proposals) == 1
}

func noExternalInit(_ *PublicGroup, l *proposalList) bool {
	return l.count(spec.ProposalExternalInit) == 0
}

// typesSupported holds for the default types, which every member supports
// (Section 7.2); a proposal of another type has not been decoded.
func typesSupported(g *PublicGroup, l *proposalList) bool {
	for _, p := range l.proposals {
		for _, leaf := range g.tree.Leaves() {
			if !leaf.Capabilities.SupportsProposal(p.proposal.Type) {
				return false
			}
		}
	}
	return true
}

// cover returns which of the proposals of this epoch a Commit by a member should
// refer to, in the order received (Sections 12.2 and 12.4): a Remove before
// any Update of the same leaf, of Updates the newest, of Removes the first;
// never an own Update or a Remove of the committer. removed are the leaves
// that the Commit removes by value.
func (g *PublicGroup) cover(committer tree.LeafIndex, removed []tree.LeafIndex) []cached {
	choice := map[tree.LeafIndex][]byte{} // the one change of a leaf, by its ref
	gone := map[tree.LeafIndex]bool{committer: true}
	for _, leaf := range removed {
		gone[leaf] = true
	}
	for _, p := range g.proposals {
		if leaf, ok := p.changes(); ok && !gone[leaf] {
			choice[leaf] = p.ref
			gone[leaf] = p.proposal.Type == spec.ProposalRemove
		}
	}
	var covered []cached
	for _, p := range g.proposals {
		leaf, ok := p.changes()
		if !ok || bytes.Equal(choice[leaf], p.ref) {
			covered = append(covered, p)
		}
	}
	return covered
}

// byValue returns a proposal as a Commit by this member carries it.
func byValue(p message.Proposal, committer tree.LeafIndex) cached {
	return cached{proposal: p, sender: committer}
}
