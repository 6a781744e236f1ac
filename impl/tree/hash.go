package tree

import (
	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// RFC 9420, Section 7.8.

// Hash returns the tree hash: that of the root. It is computed when a node is
// made.
func (t Tree) Hash() []byte { return t.root.hash }

// treeHash computes the hash of n from its content and its children's hashes.
func (n *node) treeHash(s *suite.Suite) []byte { return s.Hash(wire.Encode((*treeHashInput)(n))) }

// treeHashInput is TreeHashInput.
type treeHashInput node

func (n *treeHashInput) Wire(c *wire.Coder) {
	if n.left == nil {
		kind, index := spec.NodeLeaf, n.x.Leaf()
		wire.Uint8(c, &kind)
		wire.Uint32(c, &index)
		wire.Optional(c, &n.leaf, wire.Of[LeafNode])
		return
	}
	kind := spec.NodeParent
	wire.Uint8(c, &kind)
	wire.Optional(c, &n.parent, wire.Of[ParentNode])
	wire.Opaque(c, &n.left.hash)
	wire.Opaque(c, &n.right.hash)
}
