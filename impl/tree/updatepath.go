package tree

import (
	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/spec/req"
)

// An UpdatePathNode is a new public key for a node of the filtered direct path,
// and its path secret sealed to the copath (RFC 9420, Section 7.6).
type UpdatePathNode struct {
	EncryptionKey       suite.HPKEPublicKey
	EncryptedPathSecret []suite.HPKECiphertext // one per node of the copath child's resolution, new leaves left out
}

// Wire describes UpdatePathNode (RFC 9420, Section 7.6).
func (n *UpdatePathNode) Wire(c *wire.Coder) {
	wire.Opaque(c, &n.EncryptionKey)
	wire.Vector(c, &n.EncryptedPathSecret, wire.Of[suite.HPKECiphertext])
}

// An UpdatePath replaces a committer's leaf and the nodes of its filtered
// direct path (RFC 9420, Section 7.6).
type UpdatePath struct {
	LeafNode LeafNode
	Nodes    []UpdatePathNode // lowest first
}

// Wire describes UpdatePath (RFC 9420, Section 7.6).
func (p *UpdatePath) Wire(c *wire.Coder) {
	c.Is(req.EncodeUpdatePath)
	p.LeafNode.Wire(c)
	wire.Vector(c, &p.Nodes, wire.Of[UpdatePathNode])
}
