package tree

import (
	"math"
	"unsafe"

	"mlssim/impl/suite"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Appendix D: the tree as linked nodes. A node is never written to
// once it is made, so that any number of trees may share it.

// A node is the head of a subtree. What is worth knowing about the subtree
// without going down is kept beside it. A subtree without content is a node
// without children, unless it is large: see blankLevel.
type node struct {
	index   NodeIndex
	members uint32    // leaves that are not blank
	filled  uint32    // nodes that are not blank, this one included
	vacancy LeafIndex // the leftmost blank leaf, or noLeaf

	leaf        *LeafNode   // content of a leaf; nil if blank
	parent      *ParentNode // content of a parent; nil if blank
	left, right *node       // nil at a leaf, and in a blank subtree up to blankLevel
	hash        string      // Section 7.8
}

// nodeSize is what a node takes, but for its hash.
const nodeSize = int(unsafe.Sizeof(node{}))

// noLeaf stands for the blank leaf of a subtree that has none.
const noLeaf LeafIndex = math.MaxUint32

// blankLevel is the highest level at which a blank subtree is one node. In larger
// ones the nodes above stay, for their hashes: so 256 blank nodes, as many bytes in
// ratchet_tree, take the memory of two, and the first member in their midst
// costs no more than the 255 hashes of a subtree of 128 leaves.
const blankLevel = 7

// newLeaf returns the leaf at i; content is nil for a blank one.
func newLeaf(h *hasher, i LeafIndex, content *LeafNode) *node {
	n := &node{index: i.Node(), leaf: content, vacancy: i}
	if content != nil {
		n.members, n.filled, n.vacancy = 1, 1, noLeaf
	}
	n.hash = h.keep(h.leaf(i, content))
	return n
}

// newParent returns the parent at x of left and right; content is nil for a blank
// one. Where a child is nil there is a blank subtree.
func newParent(h *hasher, x NodeIndex, content *ParentNode, left, right *node) *node {
	if left == nil {
		left = blankSubtree(h, x.Left())
	}
	if right == nil {
		right = blankSubtree(h, x.Right())
	}
	n := &node{
		index:   x,
		parent:  content,
		left:    left,
		right:   right,
		members: left.members + right.members,
		filled:  left.filled + right.filled,
		vacancy: min(left.vacancy, right.vacancy),
	}
	if content != nil {
		n.filled++
	}
	if n.filled == 0 && x.Level() <= blankLevel {
		n.left, n.right = nil, nil
	}
	n.hash = h.keep(h.parent(content, left.digest(), right.digest()))
	return n
}

// blankSubtree returns a subtree without content whose head is at x. It costs
// one hash per node: the hash of a blank leaf covers its index.
func blankSubtree(h *hasher, x NodeIndex) *node {
	if x.Level() > blankLevel {
		return newParent(h, x, nil, nil, nil)
	}
	return &node{index: x, vacancy: x.first(), hash: h.keep(h.blank(x))}
}

// inside returns the content of a parent, and its children; nil for what lies
// inside of a blank subtree, where n may be nil, too.
func (n *node) inside() (content *ParentNode, left, right *node) {
	if n == nil {
		return nil, nil, nil
	}
	return n.parent, n.left, n.right
}

// extend returns a blank root over n and as many blank leaves again (Section 7.7).
func (n *node) extend(h *hasher) *node {
	return newParent(h, n.index.Parent(), nil, n, nil)
}

// truncate returns what is left when right halves without a member have been
// taken off; without any member, nil (Sections 7.7 and 12.1.3).
func (n *node) truncate() *node {
	if n.members == 0 {
		return nil
	}
	for n.right != nil && n.right.members == 0 && spec.Step(nil, req.TreeRemoveTruncate) {
		n = n.left
	}
	return n
}

// replace returns the tree with another content at leaf i, and with what above
// says at each node over it. These nodes are made anew; all others are shared.
func (t Tree) replace(i LeafIndex, content *LeafNode, above func(NodeIndex) *ParentNode) *node {
	return t.root.replace(newHasher(t.suite), t.root.index, i, content, above)
}

// replace is Tree.replace for n at x; nil if n lies inside of a blank subtree.
func (n *node) replace(h *hasher, x NodeIndex, i LeafIndex, content *LeafNode, above func(NodeIndex) *ParentNode) *node {
	if x.IsLeaf() {
		return newLeaf(h, i, content)
	}
	_, left, right := n.inside()
	if i.Node().Below(x.Left()) {
		left = left.replace(h, x.Left(), i, content, above)
	} else {
		right = right.replace(h, x.Right(), i, content, above)
	}
	return newParent(h, x, above(x), left, right)
}

// blank is the content of a node that is to have none, for replace.
func blank(NodeIndex) *ParentNode { return nil }

// find returns the node at x, which is n or lies below it; nil inside of a blank
// subtree.
func (n *node) find(x NodeIndex) *node {
	for n != nil && n.index != x {
		if x < n.index {
			n = n.left
		} else {
			n = n.right
		}
	}
	return n
}

// encryptionKey returns the public key of a node, or nil if it is blank.
func (n *node) encryptionKey() suite.HPKEPublicKey {
	switch {
	case n.leaf != nil:
		return n.leaf.EncryptionKey
	case n.parent != nil:
		return n.parent.EncryptionKey
	}
	return nil
}

// walk runs through the nodes of the subtree that are not blank, in the order of
// their indices, while visit returns true.
func (n *node) walk(visit func(*node) bool) bool {
	switch {
	case n.filled == 0:
		return true
	case n.leaf != nil:
		return visit(n)
	}
	return n.left.walk(visit) && (n.parent == nil || visit(n)) && n.right.walk(visit)
}
