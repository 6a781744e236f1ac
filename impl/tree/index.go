package tree

import (
	"math/bits"
	"slices"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Appendix C: the addresses of nodes, and arithmetic on them.

// LeafIndex counts leaves from the left: 0, 1, 2 … (RFC 9420, Section 4.1).
type LeafIndex uint32

// NodeIndex counts nodes as in Appendix C: leaves are even, parents odd.
type NodeIndex uint32

// Node returns the index of the leaf among all nodes.
func (i LeafIndex) Node() NodeIndex { return NodeIndex(2 * i) }

// IsLeaf tells whether x is the index of a leaf.
func (x NodeIndex) IsLeaf() bool { return x&1 == 0 }

// Leaf returns the index among the leaves of a node that is one.
func (x NodeIndex) Leaf() LeafIndex { return LeafIndex(x / 2) }

// Level returns the height of x: 0 for leaves, 1 for their parents.
func (x NodeIndex) Level() int { return bits.TrailingZeros32(^uint32(x)) }

// Left returns the left child of a node that is not a leaf.
func (x NodeIndex) Left() NodeIndex {
	if !spec.Step(nil, req.TreeMath) {
		return x.Right()
	}
	return x ^ 1<<(x.Level()-1)
}

// Right returns the right child of a node that is not a leaf.
func (x NodeIndex) Right() NodeIndex { return x ^ 3<<(x.Level()-1) }

// Parent returns the node above x in a tree large enough to have one.
func (x NodeIndex) Parent() NodeIndex {
	k := x.Level()
	return (x | 1<<k) &^ (1 << (k + 1))
}

// Sibling returns the other child of the parent of x.
func (x NodeIndex) Sibling() NodeIndex { return x ^ 2<<x.Level() }

// Below tells whether x is a or lies below it.
func (x NodeIndex) Below(a NodeIndex) bool {
	k := a.Level() + 1
	return x.Level() < k && x>>k == a>>k
}

// width returns the number of leaves at and below x.
func (x NodeIndex) width() LeafIndex { return 1 << x.Level() }

// first returns the leftmost leaf at or below x.
func (x NodeIndex) first() LeafIndex { return x.Leaf() &^ (x.width() - 1) }

// within returns those of the leaves, which are in increasing order, that are x or
// lie below it.
func (x NodeIndex) within(leaves []LeafIndex) []LeafIndex {
	from, _ := slices.BinarySearch(leaves, x.first())
	count, _ := slices.BinarySearch(leaves[from:], x.first()+x.width())
	return leaves[from : from+count]
}

// Root returns the root of a tree with this many leaves, a power of two.
func Root(leaves uint32) NodeIndex { return NodeIndex(leaves - 1) }

// CommonAncestor returns the lowest node that has both leaves at or below it.
func CommonAncestor(a, b LeafIndex) NodeIndex {
	k := bits.Len32(uint32(a ^ b)) // the level of that node
	return a.Node()>>(k+1)<<(k+1) | (1<<k - 1)
}
