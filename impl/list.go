package impl

import (
	"errors"
	"fmt"
	"iter"

	"mlssim/impl/message"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.2.

// proposalList is what a Commit covers, in its order, with references resolved.
type proposalList struct {
	proposals []cached
	committer message.Sender
	types     *Types // that this client can apply besides
	linking   bool   // the Commit that sets up a group which comes from another (Section 12.1.4)
}

// listRules are the reasons for which a list is invalid, one per bullet of
// Section 12.2 on Commits by members and in its order. The first bullet, that each proposal be valid
// by itself, is validateProposal; the last one, on the tree after the Commit, is
// validateMembers. What this client can apply comes last, so that a list is
// refused for what is wrong with it before it is for what is missing here. A
// rule returns what is wrong.
var listRules = []struct {
	id    spec.ID
	wrong func(*PublicGroup, *proposalList) error
}{
	{req.ListNoUpdateByCommitter, updateByCommitter},
	{req.ListNoRemoveOfCommitter, removeOfCommitter},
	{req.ListOneChangePerLeaf, leafChangedTwice},
	{req.ListAddUnique, clientTwice},
	{req.ListPSKUnique, pskTwice},
	{req.ListOneGroupContextExtensions, extensionsTwice},
	{req.ListReinitAlone, reinitWithOthers},
	{req.ListNoExternalInit, externalInit},
	{req.ListTypeSupported, typeNotSupported},
	{req.ListTypeProcessed, typeNotProcessed},
}

// validateList carries out Section 12.2. A proposal that is covered by reference
// was found valid by itself when it was received, in the same epoch and thus
// with the same tree.
func (g *PublicGroup) validateList(env *Env, l *proposalList, sending bool) error {
	l.types = env.Types
	if err := env.checkCovered(len(l.proposals)); err != nil {
		return err
	}
	if err := env.checkPSKs(l.count(spec.ProposalPSK)); err != nil {
		return err
	}
	if err := g.validateEach(env, l, sending); err != nil {
		return err
	}
	rules := listRules
	if l.external() {
		rules = externalListRules
	}
	for _, rule := range rules {
		wrong := rule.wrong(g, l)
		if err := spec.Checkf(env.Rec, rule.id, wrong == nil, "%w", wrong); err != nil {
			return err
		}
	}
	return nil
}

// validateEach decides the first bullet for what is covered by value. Other
// proposals are held to the extensions that the list brings (Section 12.3).
func (g *PublicGroup) validateEach(env *Env, l *proposalList, sending bool) error {
	rules := g.rules(env, sending)
	var err error
	for p := range l.of(spec.ProposalGroupContextExtensions) {
		if !spec.Step(env.Rec, req.ApplyExtensionsFirst) {
			break
		}
		if rules, err = rules.with(p.proposal.GroupContextExtensions.Extensions); err != nil {
			return err
		}
	}
	for i, p := range l.proposals {
		if p.ref != nil || !env.Types.processed(p.proposal.Type) {
			continue
		}
		if err := g.validateProposal(env, rules, p, l.linking); err != nil {
			return fmt.Errorf("proposal %d, %v: %w", i, p.proposal.Type, err)
		}
	}
	return nil
}

// external tells whether the Commit is one by which a new member joins.
func (l *proposalList) external() bool { return l.committer.Type == spec.SenderNewMemberCommit }

// of runs through the proposals of a type.
func (l *proposalList) of(t spec.ProposalType) iter.Seq[cached] {
	return func(yield func(cached) bool) {
		for _, p := range l.proposals {
			if p.proposal.Type == t && !yield(p) {
				return
			}
		}
	}
}

func (l *proposalList) count(t spec.ProposalType) int {
	n := 0
	for range l.of(t) {
		n++
	}
	return n
}

// removed returns the leaves that the list removes.
func (l *proposalList) removed() map[tree.LeafIndex]bool {
	removed := map[tree.LeafIndex]bool{}
	for p := range l.of(spec.ProposalRemove) {
		removed[p.proposal.Remove.Removed] = true
	}
	return removed
}

func updateByCommitter(_ *PublicGroup, l *proposalList) error {
	for p := range l.of(spec.ProposalUpdate) {
		if p.sender == l.committer {
			return fmt.Errorf("leaf %d", l.committer.LeafIndex)
		}
	}
	return nil
}

func removeOfCommitter(_ *PublicGroup, l *proposalList) error {
	if l.removed()[l.committer.LeafIndex] {
		return fmt.Errorf("leaf %d", l.committer.LeafIndex)
	}
	return nil
}

func leafChangedTwice(_ *PublicGroup, l *proposalList) error {
	changed := map[tree.LeafIndex]bool{}
	for _, p := range l.proposals {
		leaf, ok := p.changes()
		if ok && changed[leaf] {
			return fmt.Errorf("leaf %d", leaf)
		}
		if ok {
			changed[leaf] = true
		}
	}
	return nil
}

// changes returns the leaf that an Update or Remove applies to.
func (p *cached) changes() (tree.LeafIndex, bool) {
	switch p.proposal.Type {
	case spec.ProposalUpdate:
		return p.sender.LeafIndex, true
	case spec.ProposalRemove:
		return p.proposal.Remove.Removed, true
	}
	return 0, false
}

// clientTwice is about the two bullets on Adds; clients are told apart by their
// signature keys.
func clientTwice(g *PublicGroup, l *proposalList) error {
	adds := l.count(spec.ProposalAdd)
	if adds == 0 {
		return nil
	}
	present := make(map[string]bool, g.tree.Members()+adds)
	removed := l.removed()
	for i, leaf := range g.tree.Leaves() {
		if !removed[i] {
			present[string(leaf.SignatureKey)] = true
		}
	}
	for p := range l.of(spec.ProposalAdd) {
		client := p.proposal.Add.KeyPackage.LeafNode.SignatureKey
		if present[string(client)] {
			return fmt.Errorf("signature key %.32x", client)
		}
		present[string(client)] = true
	}
	return nil
}

func pskTwice(_ *PublicGroup, l *proposalList) error {
	seen := map[string]bool{}
	for p := range l.of(spec.ProposalPSK) {
		id := p.proposal.PreSharedKey.Identifier()
		if seen[id] {
			return fmt.Errorf("PreSharedKeyID %.32x", id)
		}
		seen[id] = true
	}
	return nil
}

func extensionsTwice(_ *PublicGroup, l *proposalList) error {
	if n := l.count(spec.ProposalGroupContextExtensions); n > 1 {
		return fmt.Errorf("%d proposals", n)
	}
	return nil
}

func reinitWithOthers(_ *PublicGroup, l *proposalList) error {
	if n := len(l.proposals); l.count(spec.ProposalReInit) > 0 && n > 1 {
		return fmt.Errorf("one of %d proposals", n)
	}
	return nil
}

func externalInit(_ *PublicGroup, l *proposalList) error {
	if l.count(spec.ProposalExternalInit) > 0 {
		return errors.New("in a Commit by a member")
	}
	return nil
}

// typeNotSupported asks the members that process the Commit, which those are not
// that it removes. Default types every member supports (Section 7.2).
func typeNotSupported(g *PublicGroup, l *proposalList) error {
	asked := map[spec.ProposalType]bool{}
	removed := l.removed()
	for _, p := range l.proposals {
		t := p.proposal.Type
		if asked[t] {
			continue
		}
		asked[t] = true
		for i, leaf := range g.tree.Leaves() {
			if !removed[i] && !leaf.Capabilities.SupportsProposal(t) {
				return fmt.Errorf("leaf %d, proposal type %v", i, t)
			}
		}
	}
	return nil
}

func typeNotProcessed(_ *PublicGroup, l *proposalList) error {
	for _, p := range l.proposals {
		if !l.types.processed(p.proposal.Type) {
			return fmt.Errorf("proposal type %v", p.proposal.Type)
		}
	}
	return nil
}

// byValue returns a proposal as a Commit by this member carries it.
func byValue(p message.Proposal, committer message.Sender) cached {
	return cached{proposal: p, sender: committer}
}
