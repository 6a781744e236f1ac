package tree

import (
	"math"
	"slices"

	"mlssim/impl/suite"
)

// RFC 9420, Appendix D: the tree as linked nodes. A node is never written to
// once it is made, so that any number of trees may share it.

// A node is the head of a subtree. What is worth knowing about the subtree
// without going down is kept beside it.
type node struct {
	index       NodeIndex
	leaf        *LeafNode   // content of a leaf; nil if blank
	parent      *ParentNode // content of a parent; nil if blank
	left, right *node       // nil at a leaf

	members int       // leaves that are not blank
	filled  int       // nodes that are not blank, this one included
	vacancy LeafIndex // the leftmost blank leaf, or noLeaf
	hash    []byte    // Section 7.8
}

// noLeaf stands for the blank leaf of a subtree that has none.
const noLeaf LeafIndex = math.MaxUint32

// newLeaf returns the leaf at i; content is nil for a blank one.
func newLeaf(s *suite.Suite, i LeafIndex, content *LeafNode) *node {
	n := &node{index: i.Node(), leaf: content, vacancy: i}
	if content != nil {
		n.members, n.filled, n.vacancy = 1, 1, noLeaf
	}
	n.hash = n.treeHash(s)
	return n
}

// newParent returns the parent of left and right; content is nil for a blank one.
func newParent(s *suite.Suite, content *ParentNode, left, right *node) *node {
	n := &node{
		index:   left.index.Parent(),
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
	n.hash = n.treeHash(s)
	return n
}

// blankSubtree returns a subtree without content whose head is at x. It costs
// one hash per node: the hash of a blank leaf covers its index.
func blankSubtree(s *suite.Suite, x NodeIndex) *node {
	if x.IsLeaf() {
		return newLeaf(s, x.Leaf(), nil)
	}
	return newParent(s, nil, blankSubtree(s, x.Left()), blankSubtree(s, x.Right()))
}

// extend returns a blank root over n and as many blank leaves again (Section 7.7).
func (n *node) extend(s *suite.Suite) *node {
	return newParent(s, nil, n, blankSubtree(s, n.index.Sibling()))
}

// truncate returns what is left when right halves without a member have been
// taken off; without any member, nil (Sections 7.7 and 12.1.3).
func (n *node) truncate() *node {
	if n.members == 0 {
		return nil
	}
	for n.right != nil && n.right.members == 0 {
		n = n.left
	}
	return n
}

// replace returns n with another content at leaf i, and with what above says
// at each node over it. These nodes are made anew; all others are shared.
func (n *node) replace(s *suite.Suite, i LeafIndex, content *LeafNode, above func(*node) *ParentNode) *node {
	if n.left == nil {
		return newLeaf(s, i, content)
	}
	left, right := n.left, n.right
	if i.Node().Below(left.index) {
		left = left.replace(s, i, content, above)
	} else {
		right = right.replace(s, i, content, above)
	}
	return newParent(s, above(n), left, right)
}

// blank is the content of a node that is to have none, for replace.
func blank(*node) *ParentNode { return nil }

// find returns the node at x, which is n or lies below it.
func (n *node) find(x NodeIndex) *node {
	for n.index != x {
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

// within returns those of the leaves, which are in increasing order, that are
// n or lie below it.
func (n *node) within(leaves []LeafIndex) []LeafIndex {
	width := LeafIndex(1) << n.index.Level() // the number of leaves below n
	first := n.index.Leaf() &^ (width - 1)
	from, _ := slices.BinarySearch(leaves, first)
	count, _ := slices.BinarySearch(leaves[from:], first+width)
	return leaves[from : from+count]
}

// walk runs through the subtree in the order of node indices, while visit
// returns true.
func (n *node) walk(visit func(*node) bool) bool {
	if n.left == nil {
		return visit(n)
	}
	return n.left.walk(visit) && visit(n) && n.right.walk(visit)
}
