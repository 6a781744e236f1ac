package tree

import "mlssim/impl/suite"

// RFC 9420, Appendix D.

// node is the root of a subtree: a leaf of level 0 or a parent with two
// children of equal level. Nodes are never changed, so that trees share them.
type node struct {
	x           NodeIndex
	leaf        *LeafNode   // nil if blank, or a parent
	parent      *ParentNode // nil if blank, or a leaf
	left, right *node       // nil for a leaf

	hash    []byte    // tree hash, RFC 9420, Section 7.8
	members uint32    // leaves below that are not blank
	blank   LeafIndex // the leftmost blank leaf below, or noBlank
}

const noBlank = ^LeafIndex(0)

func newLeaf(s *suite.Suite, x NodeIndex, leaf *LeafNode) *node {
	n := &node{x: x, leaf: leaf, blank: x.Leaf()}
	if leaf != nil {
		n.members, n.blank = 1, noBlank
	}
	n.hash = n.treeHash(s)
	return n
}

func newParent(s *suite.Suite, left, right *node, parent *ParentNode) *node {
	n := &node{
		x:       left.x.Parent(),
		parent:  parent,
		left:    left,
		right:   right,
		members: left.members + right.members,
		blank:   min(left.blank, right.blank),
	}
	n.hash = n.treeHash(s)
	return n
}

// blanks returns a subtree of blank nodes whose leftmost leaf is first.
func blanks(s *suite.Suite, first LeafIndex, level int) *node {
	if level == 0 {
		return newLeaf(s, first.Node(), nil)
	}
	half := LeafIndex(1) << (level - 1)
	return newParent(s, blanks(s, first, level-1), blanks(s, first+half, level-1), nil)
}

// towards returns the child of n above or at x, and the other.
func (n *node) towards(x NodeIndex) (child, other *node) {
	if x < n.x {
		return n.left, n.right
	}
	return n.right, n.left
}

// find returns the node at x below n, or nil.
func (n *node) find(x NodeIndex) *node {
	for n != nil && n.x != x {
		if n.left == nil || !x.Below(n.x) {
			return nil
		}
		n, _ = n.towards(x)
	}
	return n
}

// replace returns n with another node at leaf x, and every parent on the way
// made anew by content from what it was.
func (n *node) replace(s *suite.Suite, x NodeIndex, leaf *LeafNode, content func(*node) *ParentNode) *node {
	if n.left == nil {
		return newLeaf(s, x, leaf)
	}
	if x < n.x {
		return newParent(s, n.left.replace(s, x, leaf, content), n.right, content(n))
	}
	return newParent(s, n.left, n.right.replace(s, x, leaf, content), content(n))
}
