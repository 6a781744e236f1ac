package model

import (
	"slices"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Sections 12.2 and 12.4: what a committer covers, if it has the choice.

// Cover returns which proposals of the epoch a Commit by this member should refer
// to, in the order received, beside those that it carries by value: all of which a
// valid list can be made. Of those that exclude each other it prefers
//
//   - a Remove to any Update of the same leaf, of Updates the newest, of Removes
//     the first, and never what changes the committer's own leaf;
//   - the first Add of a client;
//   - the newest GroupContextExtensions that all members of the next epoch support;
//   - everything else to a ReInit.
//
// What others could not follow, or this member cannot, it leaves out: PSKs that
// are not at hand, keys that are in the group already, types that a member lacks,
// and more than Bounds allow.
func (m *Member) Cover(env *Env, values []Proposal) []Term {
	spec.At(env.Rec, "commit.send")
	c := newChoice(env, m, values)
	var covered, reinits []SentProposal
	for _, p := range m.Proposals {
		switch {
		case p.Type == spec.ProposalReInit && spec.Step(env.Rec, req.CoverReinit):
			reinits = append(reinits, p)
		case len(covered)+len(values) < env.maxCovered() && c.takes(p):
			covered = append(covered, p)
		}
	}
	covered = c.withExtensions(covered)
	if len(covered)+len(values) == 0 {
		covered = first(reinits, 1)
	}
	if !spec.Step(env.Rec, req.CommitProposalsAll) {
		covered = nil
	}
	var refs []Term
	for _, p := range covered {
		refs = append(refs, p.Ref)
	}
	return refs
}

// A choice is what a committer has decided on so far.
type choice struct {
	env     *Env
	m       *Member
	leaves  map[LeafIndex]Term // the one change of a leaf
	keys    map[Term]bool      // of those who will be members
	named   map[Term]bool      // PreSharedKeyIDs
	removed map[LeafIndex]bool
	psks    int  // how many more there may be
	fixed   bool // extensions are among the values
}

// newChoice decides on the changes of leaves, from which the rest follows.
func newChoice(env *Env, m *Member, values []Proposal) *choice {
	c := &choice{env, m, map[LeafIndex]Term{}, map[Term]bool{}, map[Term]bool{}, map[LeafIndex]bool{}, env.maxPSKs(), false}
	final := map[LeafIndex]bool{m.Leaf: true}
	for _, p := range values {
		if p.Type == spec.ProposalRemove {
			final[p.Removed], c.removed[p.Removed] = true, true
		}
	}
	for _, p := range m.Proposals {
		if i, ok := p.changed(); ok && !final[i] {
			c.leaves[i] = p.Ref
			final[i] = p.Type == spec.ProposalRemove || !spec.Step(env.Rec, req.CoverLeaf)
			c.removed[i] = final[i]
		}
	}
	for i, l := range m.Tree.Leaves() {
		if !c.removed[i] {
			c.admit(l.SignatureKey, l.EncryptionKey)
		}
	}
	for _, p := range values {
		if p.KeyPackage != nil {
			c.admit(p.KeyPackage.LeafNode.SignatureKey, p.KeyPackage.LeafNode.EncryptionKey)
		}
		if p.Type == spec.ProposalPSK {
			c.psks--
		}
		c.fixed = c.fixed || p.Type == spec.ProposalGroupContextExtensions
	}
	return c
}

// admit notes keys of a member of the next epoch, and tells whether all are new.
func (c *choice) admit(keys ...Term) bool {
	if slices.ContainsFunc(keys, func(k Term) bool { return c.keys[k] }) {
		return false
	}
	for _, k := range keys {
		c.keys[k] = true
	}
	return true
}

// takes decides on one proposal.
func (c *choice) takes(p SentProposal) bool {
	switch p.Type {
	case spec.ProposalRemove:
		return c.leaves[p.Removed] == p.Ref
	case spec.ProposalUpdate:
		at := p.Sender.Leaf
		if c.leaves[at] != p.Ref {
			return false
		}
		if p.LeafNode.SignatureKey == c.m.Tree.Leaf(at).SignatureKey {
			return c.admit(p.LeafNode.EncryptionKey)
		}
		return c.admit(p.LeafNode.SignatureKey, p.LeafNode.EncryptionKey)
	case spec.ProposalAdd:
		return c.admit(p.KeyPackage.LeafNode.SignatureKey, p.KeyPackage.LeafNode.EncryptionKey)
	case spec.ProposalPSK:
		id := p.PSK.term(c.env.Store)
		if c.named[id] || len(c.named) >= c.psks || c.m.source(c.env)(*p.PSK) == 0 {
			return false
		}
		c.named[id] = true
	case spec.ProposalGroupContextExtensions:
		return !c.fixed
	}
	for _, l := range c.m.Tree.Leaves() {
		if !l.Capabilities.supportsProposal(p.Type) {
			return false
		}
	}
	return true
}

// withExtensions leaves in the newest GroupContextExtensions that all members of
// the next epoch support, and no other.
func (c *choice) withExtensions(covered []SentProposal) []SentProposal {
	without := func(keep int) []SentProposal {
		var rest []SentProposal
		for i, p := range covered {
			if i == keep || p.Type != spec.ProposalGroupContextExtensions {
				rest = append(rest, p)
			}
		}
		return rest
	}
	for i := len(covered) - 1; i >= 0; i-- {
		if covered[i].Type != spec.ProposalGroupContextExtensions {
			continue
		}
		a := c.m.apply(member(c.m.Leaf), without(i))
		if judge(nil, replacementRules, a.replacement(c.env)) == nil {
			return without(i)
		}
	}
	return without(-1)
}
