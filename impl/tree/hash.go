package tree

import (
	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 7.8: tree hashes. Each node carries its own from the moment
// it is made.

// Hash returns the tree hash of the root; nil for the empty tree, which has none.
func (t Tree) Hash() []byte {
	if t.root == nil {
		return nil
	}
	return t.root.hash
}

// NodeHash returns the tree hash of the node at x, or nil outside the tree.
func (t Tree) NodeHash(x NodeIndex) []byte {
	if n := t.at(x); n != nil {
		return n.hash
	}
	return nil
}

// treeHash computes the hash of n from its content and its children's hashes.
func (n *node) treeHash(s *suite.Suite) []byte { return s.Hash(wire.Encode((*treeHashInput)(n))) }

// treeHashInput is TreeHashInput: of a leaf LeafNodeHashInput, of a parent
// ParentNodeHashInput.
type treeHashInput node

func (n *treeHashInput) Wire(c *wire.Coder) {
	c.Is(req.EncodeTreeHashInput)
	kind := spec.NodeParent
	if n.left == nil {
		kind = spec.NodeLeaf
	}
	wire.Uint8(c, &kind)
	switch kind {
	case spec.NodeLeaf:
		i := n.index.Leaf()
		wire.Uint32(c, &i)
		wire.Optional(c, &n.leaf, wire.Of[LeafNode])
	case spec.NodeParent:
		wire.Optional(c, &n.parent, wire.Of[ParentNode])
		wire.Opaque(c, &n.left.hash)
		wire.Opaque(c, &n.right.hash)
	}
}
