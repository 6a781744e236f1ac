package impl

import (
	"bytes"

	"mlssim/impl/message"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Sections 12.2 and 12.4: what a committer covers, if it has the choice.

// list collects what the Commit covers: by reference first, then by value.
func (m *Member) list(env *Env, o *CommitOptions) (*proposalList, error) {
	own := message.Member(m.leaf)
	l := &proposalList{committer: own, linking: o.linking}
	values, err := o.values(env, m.PublicGroup, own)
	if err != nil {
		return nil, err
	}
	switch {
	case o.Cover != nil:
		l.proposals, err = m.exactly(env, *o.Cover)
	case !o.Omit:
		l.proposals = m.cover(env, values)
	}
	if err != nil {
		return nil, err
	}
	l.proposals = append(l.proposals, values...)
	return l, nil
}

// exactly returns the proposals of this epoch that refs refer to.
func (g *PublicGroup) exactly(env *Env, refs []message.ProposalRef) ([]cached, error) {
	var list []cached
	named := g.references(env, len(refs))
	for _, ref := range refs {
		p, err := named(ref)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

// references returns a look-up of the proposals of this epoch, for a Commit that
// refers to so many: together they take time in proportion to their number.
func (g *PublicGroup) references(env *Env, n int) func(ref message.ProposalRef) (cached, error) {
	known := g.referred
	if n*len(g.proposals) > 1<<12 {
		known = g.indexed()
	}
	return func(ref message.ProposalRef) (cached, error) {
		p, ok := known(ref)
		return p, spec.Checkf(env.Rec, req.CommitRefsKnown, ok, "reference %.32x", []byte(ref))
	}
}

// values returns the proposals that a Commit carries by value.
func (o *CommitOptions) values(env *Env, g *PublicGroup, by message.Sender) ([]cached, error) {
	var values []cached
	add := func(p message.Proposal) { values = append(values, byValue(p, by)) }
	for _, leaf := range o.Remove {
		add(message.Proposal{Type: spec.ProposalRemove, Remove: &message.Remove{Removed: leaf}})
	}
	for _, kp := range o.Add {
		add(message.Proposal{Type: spec.ProposalAdd, Add: &message.Add{KeyPackage: *kp}})
	}
	for _, id := range o.PSKs {
		id, err := withNonce(env.Rand, g.suite, id)
		if err != nil {
			return nil, err
		}
		add(pskProposal(id))
	}
	if o.Extensions != nil {
		add(extensionsProposal(*o.Extensions))
	}
	if o.ReInit != nil {
		add(message.Proposal{Type: spec.ProposalReInit, ReInit: o.ReInit})
	}
	for _, c := range o.Custom {
		add(c.proposal())
	}
	return values, nil
}

// cover returns which of the proposals of this epoch a Commit by this member
// should refer to beside the given ones, in the order received: all of which a
// valid list can be made. Of those that exclude each other it prefers
//
//   - a Remove to any Update of the same leaf, of Updates the newest, of Removes
//     the first, and never what changes the committer's own leaf (Section 12.2);
//   - the first Add of a client;
//   - the newest GroupContextExtensions;
//   - everything else to a ReInit (Section 12.2).
//
// What the others could not follow, or this member cannot, it leaves out: a PSK
// that it does not have, a client or key that is in the group already, extensions
// that a member does not support; and what is beyond the Bounds of a Commit.
func (m *Member) cover(env *Env, given []cached) []cached {
	if !spec.Step(env.Rec, req.CommitProposalsAll) {
		return nil
	}
	c := newChoice(m, given, m.source(env))
	c.maxPSKs = env.maxPSKs() - (&proposalList{proposals: given}).count(spec.ProposalPSK)
	var covered, reinits []cached
	for _, p := range m.proposals {
		switch {
		case p.proposal.Type == spec.ProposalReInit && spec.Step(env.Rec, req.CoverReinit):
			reinits = append(reinits, p)
		case len(covered)+len(given) < env.maxCovered() && c.takes(&p):
			covered = append(covered, p)
		}
	}
	covered = c.withExtensions(covered)
	if len(covered)+len(given) == 0 && len(reinits) > 0 {
		return reinits[:1]
	}
	return covered
}

// A choice is what a committer has decided on so far.
type choice struct {
	member  *Member
	psks    pskSource
	leaves  map[tree.LeafIndex][]byte // the one change of a leaf, by its ref
	clients map[string]bool           // signature and encryption keys of those who will be members
	named   map[string]bool           // PreSharedKeyIDs
	maxPSKs int                       // how many there may be of these
	fixed   bool                      // extensions are given
	known   map[spec.ProposalType]bool
}

// newChoice decides on the changes of leaves, from which the rest follows.
func newChoice(m *Member, given []cached, psks pskSource) *choice {
	c := &choice{member: m, psks: psks, leaves: map[tree.LeafIndex][]byte{}, clients: map[string]bool{}, named: map[string]bool{}, known: map[spec.ProposalType]bool{}}
	gone := map[tree.LeafIndex]bool{m.leaf: true}
	removed := map[tree.LeafIndex]bool{}
	for _, p := range given {
		if leaf, ok := p.changes(); ok {
			gone[leaf], removed[leaf] = true, true
		}
	}
	for _, p := range m.proposals {
		if leaf, ok := p.changes(); ok && !gone[leaf] {
			c.leaves[leaf] = p.ref
			gone[leaf] = p.proposal.Type == spec.ProposalRemove
			removed[leaf] = gone[leaf]
		}
	}
	for i, leaf := range m.tree.Leaves() {
		if !removed[i] {
			c.admit(leaf)
		}
	}
	for i := range given {
		p := &given[i].proposal
		switch p.Type {
		case spec.ProposalAdd:
			c.admit(&p.Add.KeyPackage.LeafNode)
		case spec.ProposalGroupContextExtensions:
			c.fixed = true
		}
	}
	return c
}

// admit notes the keys of a member of the next epoch, and tells whether they
// are new.
func (c *choice) admit(leaf *tree.LeafNode) bool {
	if c.clients[string(leaf.SignatureKey)] || c.clients[string(leaf.EncryptionKey)] {
		return false
	}
	c.clients[string(leaf.SignatureKey)] = true
	c.clients[string(leaf.EncryptionKey)] = true
	return true
}

// renew is admit for the next version of a member's leaf.
func (c *choice) renew(at tree.LeafIndex, leaf *tree.LeafNode) bool {
	if kept := bytes.Equal(leaf.SignatureKey, c.member.tree.Leaf(at).SignatureKey); !kept {
		return c.admit(leaf)
	}
	if c.clients[string(leaf.EncryptionKey)] {
		return false
	}
	c.clients[string(leaf.EncryptionKey)] = true
	return true
}

// takes decides on one proposal.
func (c *choice) takes(p *cached) bool {
	switch p.proposal.Type {
	case spec.ProposalRemove:
		if !spec.Step(nil, req.CoverLeaf) {
			return true
		}
		return bytes.Equal(c.leaves[p.proposal.Remove.Removed], p.ref)
	case spec.ProposalUpdate:
		return bytes.Equal(c.leaves[p.sender.LeafIndex], p.ref) && c.renew(p.sender.LeafIndex, &p.proposal.Update.LeafNode)
	case spec.ProposalAdd:
		return c.admit(&p.proposal.Add.KeyPackage.LeafNode)
	case spec.ProposalPSK:
		id := p.proposal.PreSharedKey.Identifier()
		if c.named[id] || len(c.named) >= c.maxPSKs || c.psks(&p.proposal.PreSharedKey.PSK) == nil {
			return false
		}
		c.named[id] = true
		return true
	case spec.ProposalGroupContextExtensions:
		return !c.fixed
	}
	return c.supported(p)
}

// supported tells whether all members support a type of proposals. It asks them
// once for each type.
func (c *choice) supported(p *cached) bool {
	t := p.proposal.Type
	known, asked := c.known[t]
	if !asked {
		known = typeNotSupported(c.member.PublicGroup, &proposalList{proposals: []cached{*p}}) == nil
		c.known[t] = known
	}
	return known
}

// withExtensions leaves in the newest GroupContextExtensions that all members of
// the next epoch support, and no other.
func (c *choice) withExtensions(covered []cached) []cached {
	after := c.member.apply(&proposalList{proposals: without(covered, -1), committer: message.Member(c.member.leaf)})
	after.replaced = true
	for i := len(covered) - 1; i >= 0; i-- {
		if covered[i].proposal.Type != spec.ProposalGroupContextExtensions {
			continue
		}
		after.extensions = covered[i].proposal.GroupContextExtensions.Extensions
		if after.checkExtensions(&Env{}) == nil {
			return without(covered, i)
		}
	}
	return without(covered, -1)
}

// without returns a list without the GroupContextExtensions, but for the one at keep.
func without(list []cached, keep int) []cached {
	var rest []cached
	for i, p := range list {
		if i == keep || p.proposal.Type != spec.ProposalGroupContextExtensions {
			rest = append(rest, p)
		}
	}
	return rest
}
