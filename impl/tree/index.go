package tree

import "math/bits"

// RFC 9420, Appendix C.

// LeafIndex counts leaves from the left: 0, 1, 2 … (RFC 9420, Section 4.1).
type LeafIndex uint32

// NodeIndex counts nodes as in Appendix C: leaves are even, parents odd.
type NodeIndex uint32

// Node returns the index of the leaf among all nodes.
func (i LeafIndex) Node() NodeIndex { return NodeIndex(2 * i) }

// IsLeaf tells whether x is the index of a leaf.
func (x NodeIndex) IsLeaf() bool { return x&1 == 0 }

// Leaf returns the leaf at x, which has to be one.
func (x NodeIndex) Leaf() LeafIndex { return LeafIndex(x / 2) }

// Level returns the height of x above the leaves.
func (x NodeIndex) Level() int { return bits.TrailingZeros32(^uint32(x)) }

// Left returns the left child of x, which must not be a leaf.
func (x NodeIndex) Left() NodeIndex { return x ^ 1<<(x.Level()-1) }

// Right returns the right child of x, which must not be a leaf.
func (x NodeIndex) Right() NodeIndex { return x ^ 3<<(x.Level()-1) }

// Parent returns the parent of x in a tree large enough for it to have one.
func (x NodeIndex) Parent() NodeIndex {
	k := x.Level()
	return (x | 1<<k) &^ (1 << (k + 1))
}

// Sibling returns the other child of the parent of x.
func (x NodeIndex) Sibling() NodeIndex {
	p := x.Parent()
	if x < p {
		return p.Right()
	}
	return p.Left()
}

// Root returns the root of a tree with n leaves, a power of two.
func Root(n uint32) NodeIndex { return NodeIndex(n - 1) }

// CommonAncestor returns the lowest node above both a and b, or a if they are
// the same leaf.
func CommonAncestor(a, b LeafIndex) NodeIndex {
	x, y := a.Node(), b.Node()
	for x != y {
		if x.Level() <= y.Level() {
			x = x.Parent()
		} else {
			y = y.Parent()
		}
	}
	return x
}

// Below tells whether x is a or lies below it.
func (x NodeIndex) Below(a NodeIndex) bool {
	k := a.Level()
	return x.Level() <= k && x>>(k+1) == a>>(k+1)
}
