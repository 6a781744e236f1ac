// Package tree is the ratchet tree of RFC 9420, Sections 4 and 7: an immutable
// tree whose versions share what they have in common.
package tree

import (
	"iter"
	"slices"

	"mlssim/impl/suite"
)

// A Tree is a ratchet tree (RFC 9420, Section 4.1). It is a value that is never
// changed; each node holds its tree hash, so that a change costs O(log n).
type Tree struct {
	s    *suite.Suite
	root *node // nil: no leaf
}

// New returns a tree without leaves.
func New(s *suite.Suite) Tree { return Tree{s: s} }

// Size returns the number of leaves, blank ones too: 0 or a power of two.
func (t Tree) Size() uint32 {
	if t.root == nil {
		return 0
	}
	return 1 << t.root.x.Level()
}

// Members returns the number of leaves that are not blank.
func (t Tree) Members() int {
	if t.root == nil {
		return 0
	}
	return int(t.root.members)
}

func (t Tree) at(x NodeIndex) *node {
	if t.root == nil {
		return nil
	}
	return t.root.find(x)
}

// Leaf returns a leaf, or nil if it is blank or outside of the tree. Callers
// must not write to it.
func (t Tree) Leaf(i LeafIndex) *LeafNode {
	if uint32(i) >= t.Size() {
		return nil
	}
	return t.at(i.Node()).leaf
}

// Parent returns a parent node, or nil if it is blank, a leaf or outside of the
// tree. Callers must not write to it.
func (t Tree) Parent(x NodeIndex) *ParentNode {
	if n := t.at(x); n != nil {
		return n.parent
	}
	return nil
}

// Leaves yields the leaves that are not blank, from the left.
func (t Tree) Leaves() iter.Seq2[LeafIndex, *LeafNode] {
	return func(yield func(LeafIndex, *LeafNode) bool) {
		if t.root != nil {
			t.root.walk(func(n *node) bool { return n.leaf == nil || yield(n.x.Leaf(), n.leaf) })
		}
	}
}

// Parents yields the parent nodes that are not blank, from the left.
func (t Tree) Parents() iter.Seq2[NodeIndex, *ParentNode] {
	return func(yield func(NodeIndex, *ParentNode) bool) {
		if t.root != nil {
			t.root.walk(func(n *node) bool { return n.parent == nil || yield(n.x, n.parent) })
		}
	}
}

// walk visits all nodes from the left until visit returns false.
func (n *node) walk(visit func(*node) bool) bool {
	if n.left == nil {
		return visit(n)
	}
	return n.left.walk(visit) && visit(n) && n.right.walk(visit)
}

// Resolution returns the nodes that together cover the members below x, in the
// order of RFC 9420, Section 4.1.1.
func (t Tree) Resolution(x NodeIndex) []NodeIndex {
	n := t.at(x)
	if n == nil {
		return nil
	}
	return n.resolution(nil)
}

func (n *node) resolution(to []NodeIndex) []NodeIndex {
	switch {
	case n.members == 0 && n.parent == nil:
		return to
	case n.leaf != nil:
		return append(to, n.x)
	case n.parent != nil:
		to = append(to, n.x)
		for _, leaf := range n.parent.UnmergedLeaves {
			to = append(to, leaf.Node())
		}
		return to
	}
	return n.right.resolution(n.left.resolution(to))
}

// DirectPath returns the nodes above a leaf, the lowest first (RFC 9420, Section 4.1.2).
func (t Tree) DirectPath(i LeafIndex) []NodeIndex {
	var path []NodeIndex
	for x := i.Node(); uint32(i) < t.Size() && x != t.root.x; {
		x = x.Parent()
		path = append(path, x)
	}
	return path
}

// FilteredDirectPath returns the direct path of a leaf without the nodes whose
// child on the copath has an empty resolution, the lowest first (RFC 9420,
// Section 4.1.2).
func (t Tree) FilteredDirectPath(i LeafIndex) []NodeIndex {
	path := t.DirectPath(i)
	return slices.DeleteFunc(path, func(x NodeIndex) bool { return len(t.Resolution(copathChild(x, i))) == 0 })
}

// copathChild returns the child of x that is not above leaf i.
func copathChild(x NodeIndex, i LeafIndex) NodeIndex {
	if i.Node() < x {
		return x.Right()
	}
	return x.Left()
}
