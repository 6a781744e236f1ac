package impl

import (
	"bytes"
	"fmt"

	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.2, on external Commits.

// externalListRules are what the list of an external Commit may contain, one
// per bullet. What the second one says of the joiner's leaf is decided with the
// path ([Transition.validatePath]), and what the third one says of PSKs by
// validateProposal.
var externalListRules = []struct {
	id    spec.ID
	wrong func(*PublicGroup, *proposalList) error
}{
	{req.ExternalOneInit, notOneInit},
	{req.ExternalOneRemove, removesSeveral},
	{req.ListPSKUnique, pskTwice},
	{req.ExternalOther, otherProposals},
}

func notOneInit(_ *PublicGroup, l *proposalList) error {
	if n := l.count(spec.ProposalExternalInit); n != 1 {
		return fmt.Errorf("%d ExternalInit proposals", n)
	}
	return nil
}

func removesSeveral(_ *PublicGroup, l *proposalList) error {
	if n := l.count(spec.ProposalRemove); n > 1 {
		return fmt.Errorf("%d Remove proposals", n)
	}
	return nil
}

func otherProposals(_ *PublicGroup, l *proposalList) error {
	for _, p := range l.proposals {
		switch t := p.proposal.Type; t {
		case spec.ProposalExternalInit, spec.ProposalRemove, spec.ProposalPSK:
		default:
			return fmt.Errorf("proposal type %v", t)
		}
	}
	return nil
}

// replaces decides whether the leaf of the path could be that of an Update for
// the member that the Commit removes, if it removes one.
func (r *rules) replaces(t tree.Tree, l *proposalList, leaf *tree.LeafNode) error {
	for p := range l.of(spec.ProposalRemove) {
		old := t.Leaf(p.proposal.Remove.Removed)
		var wrong error
		switch {
		case old == nil:
			wrong = fmt.Errorf("leaf %d is blank", p.proposal.Remove.Removed)
		case bytes.Equal(old.EncryptionKey, leaf.EncryptionKey):
			wrong = fmt.Errorf("leaf %d keeps its encryption key", p.proposal.Remove.Removed)
		case r.Auth != nil:
			wrong = r.Auth.Successor(old.Credential, leaf.Credential)
		}
		if err := spec.Checkf(r.Rec, req.ExternalRemoveLeaf, wrong == nil, "%w", wrong); err != nil {
			return err
		}
	}
	return nil
}
