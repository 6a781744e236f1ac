package message

import (
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// A Commit ends the epoch and applies proposals (RFC 9420, Section 12.4).
type Commit struct {
	Proposals []ProposalOrRef
	Path      *tree.UpdatePath // may be nil
}

// Wire describes Commit (Section 12.4).
func (m *Commit) Wire(c *wire.Coder) {
	c.Is(req.EncodeCommit)
	wire.Vector(c, &m.Proposals, wire.Of[ProposalOrRef])
	wire.Optional(c, &m.Path, wire.Of[tree.UpdatePath])
}

// extensionLists returns the lists of extensions in what the Commit holds by
// value.
func (m *Commit) extensionLists() [][]tree.Extension {
	var lists [][]tree.Extension
	for _, p := range m.Proposals {
		if p.Type == spec.ByValue {
			lists = append(lists, p.Proposal.extensionLists()...)
		}
	}
	if m.Path != nil {
		lists = append(lists, m.Path.LeafNode.Extensions)
	}
	return lists
}

// A ProposalOrRef is how a Commit covers a proposal (Section 12.4).
type ProposalOrRef struct {
	Type      spec.ProposalOrRefType
	Proposal  *Proposal   // by value
	Reference ProposalRef // by reference
}

// Wire describes ProposalOrRef (Section 12.4).
func (p *ProposalOrRef) Wire(c *wire.Coder) {
	wire.Uint8(c, &p.Type)
	switch p.Type {
	case spec.ByValue:
		wire.Arm(c, &p.Proposal)
	case spec.ByReference:
		wire.Opaque(c, &p.Reference)
	default:
		c.Unknown("type", uint64(p.Type))
	}
}
