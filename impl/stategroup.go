package impl

import (
	"bytes"
	"fmt"
	"math"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// Encode returns all that g is as bytes, from which [DecodePublicGroup] makes an
// equal one. No secret is in them.
func (g *PublicGroup) Encode() []byte {
	r := recordOfGroup(g)
	return encodeState(statePublicGroup, &r)
}

// DecodePublicGroup returns the group that Encode has written down. The error is
// or wraps [ErrStateDamaged], [ErrStateVersion] or [ErrStateKind].
func DecodePublicGroup(b []byte) (*PublicGroup, error) {
	var r groupRecord
	if err := decodeState(statePublicGroup, b, &r); err != nil {
		return nil, err
	}
	g, err := r.group()
	return g, stateError(statePublicGroup, err)
}

// groupRecord is what there is to write of a PublicGroup; the rest follows from it.
type groupRecord struct {
	context   schedule.GroupContext
	tree      []byte // as in a ratchet_tree extension
	tag       []byte
	proposals []cached
	reinit    *message.ReInit
}

func (r *groupRecord) Wire(c *wire.Coder) {
	r.context.Wire(c)
	wire.Opaque(c, &r.tree)
	wire.Opaque(c, &r.tag)
	wire.Vector(c, &r.proposals, func(c *wire.Coder, p *cached) {
		wire.Opaque(c, &p.ref)
		p.proposal.Wire(c)
		p.sender.Wire(c)
	})
	wire.Optional(c, &r.reinit, wire.Of[message.ReInit])
}

func recordOfGroup(g *PublicGroup) groupRecord {
	return groupRecord{g.context, g.tree.Extension(), g.tag, g.proposals, g.reinit}
}

// group completes the group of a record. That the tree is that of the context
// shows that both were read as they were written.
func (r *groupRecord) group() (*PublicGroup, error) {
	s, err := suite.Get(r.context.CipherSuite)
	if err != nil {
		return nil, err
	}
	t, err := tree.Parse(s, nil, r.tree, math.MaxInt)
	if err != nil {
		return nil, fmt.Errorf("ratchet tree: %w", err)
	}
	if !bytes.Equal(t.Hash(), r.context.TreeHash) {
		return nil, fmt.Errorf("ratchet tree: its hash is %x, the GroupContext has %x", t.Hash(), r.context.TreeHash)
	}
	if _, err := tree.RequiredCapabilitiesOf(r.context.Extensions); err != nil {
		return nil, err
	}
	for i, p := range r.proposals {
		if err := p.receivable(t); err != nil {
			return nil, fmt.Errorf("proposal %d: %w", i, err)
		}
	}
	g := newPublicGroup(s, r.context, t, r.tag)
	g.proposals, g.reinit = r.proposals, r.reinit
	return g, nil
}

// receivable refuses a proposal that no group with this tree can have received:
// of a member that is none, or an Update of who is no member.
//
//spec:extra a state that was written down is read, and nothing that a peer has sent
func (p *cached) receivable(t tree.Tree) error {
	byMember := p.sender.Type == spec.SenderMember
	if byMember && t.Leaf(p.sender.LeafIndex) == nil {
		return fmt.Errorf("its sender is leaf %d, which is blank", p.sender.LeafIndex)
	}
	if p.proposal.Type == spec.ProposalUpdate && !byMember {
		return fmt.Errorf("an Update by %v", p.sender.Type)
	}
	return nil
}
