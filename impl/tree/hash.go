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
	return []byte(t.root.hash)
}

// NodeHash returns the tree hash of the node at x, or nil outside the tree.
func (t Tree) NodeHash(x NodeIndex) []byte {
	switch n := t.at(x); {
	case n != nil:
		return []byte(n.hash)
	case t.root == nil || !x.Below(t.root.index):
		return nil
	}
	return []byte(blankSubtree(newHasher(t.suite), x).hash)
}

// A hasher computes one hash after another, all in the same memory.
type hasher struct {
	*suite.Suite
	buffer wire.Buffer
	input  treeHashInput
	sum    []byte
}

func newHasher(s *suite.Suite) *hasher { return &hasher{Suite: s, sum: make([]byte, 0, s.Nh)} }

// A digest is a hash of Nh bytes, and zeros up to the length of the longest one.
type digest [suite.MaxNh]byte

// leaf returns the tree hash of the leaf at i; content is nil for a blank one.
func (h *hasher) leaf(i LeafIndex, content *LeafNode) digest {
	h.input.kind, h.input.index, h.input.leaf = spec.NodeLeaf, i, content
	return h.tree()
}

// parent returns the tree hash of a parent with these hashes of its children;
// content is nil for a blank one.
func (h *hasher) parent(content *ParentNode, left, right digest) digest {
	h.input.kind, h.input.parent = spec.NodeParent, content
	h.input.left = append(h.input.left[:0], left[:h.Nh]...)
	h.input.right = append(h.input.right[:0], right[:h.Nh]...)
	return h.tree()
}

// blank returns the tree hash of a blank subtree whose head is at x. It computes
// one hash per node, as that of a blank leaf covers its index, and keeps none.
func (h *hasher) blank(x NodeIndex) digest {
	if x.IsLeaf() && spec.Step(nil, req.TreeHashBlank) {
		return h.leaf(x.Leaf(), nil)
	}
	left := h.blank(x.Left())
	return h.parent(nil, left, h.blank(x.Right()))
}

func (h *hasher) tree() (d digest) {
	h.sum = h.AppendHash(h.sum[:0], h.buffer.Encode(&h.input))
	copy(d[:], h.sum)
	return d
}

// keep returns a hash for as long as it is needed.
func (h *hasher) keep(d digest) string { return string(d[:h.Nh]) }

// digest returns the hash that a node carries.
func (n *node) digest() (d digest) {
	copy(d[:], n.hash)
	return d
}

// treeHashInput is TreeHashInput: of a leaf LeafNodeHashInput, of a parent
// ParentNodeHashInput.
type treeHashInput struct {
	kind spec.NodeType

	index LeafIndex // kind leaf
	leaf  *LeafNode // kind leaf; nil if blank

	parent      *ParentNode // kind parent; nil if blank
	left, right []byte      // kind parent
}

func (n *treeHashInput) Wire(c *wire.Coder) {
	c.Is(req.EncodeTreeHashInput)
	wire.Uint8(c, &n.kind)
	switch n.kind {
	case spec.NodeLeaf:
		wire.Uint32(c, &n.index)
		wire.Optional(c, &n.leaf, wire.Of[LeafNode])
	case spec.NodeParent:
		wire.Optional(c, &n.parent, wire.Of[ParentNode])
		wire.Opaque(c, &n.left)
		wire.Opaque(c, &n.right)
	}
}
