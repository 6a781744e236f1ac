package tree

import (
	"iter"
	"slices"

	"mlssim/impl/suite"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 4.1: nodes, resolutions and paths.

// A Tree is the public state of a ratchet tree (RFC 9420, Section 4.1): a
// value. What changes a tree returns another and leaves the old one as it was,
// and costs a hash per node on the way to the root.
type Tree struct {
	suite *suite.Suite
	root  *node // nil in the empty tree
}

// New returns the empty tree.
func New(s *suite.Suite) Tree { return Tree{suite: s} }

// Size returns the number of leaves, blank ones included: 0 or a power of two.
func (t Tree) Size() uint32 {
	if t.root == nil {
		return 0
	}
	return 1 << t.root.index.Level()
}

// Members returns the number of leaves that are not blank.
func (t Tree) Members() int {
	if t.root == nil {
		return 0
	}
	return int(t.root.members)
}

// at returns the node at x, or nil outside the tree and inside of a blank subtree.
func (t Tree) at(x NodeIndex) *node {
	if t.root == nil || !x.Below(t.root.index) {
		return nil
	}
	return t.root.find(x)
}

// has tells whether the tree has a leaf at i, blank or not.
func (t Tree) has(i LeafIndex) bool { return uint32(i) < t.Size() }

// Leaf returns the leaf at i, or nil if it is blank or outside the tree. It is
// shared: callers must not write to it.
func (t Tree) Leaf(i LeafIndex) *LeafNode {
	if !t.has(i) {
		return nil
	}
	if n := t.root.find(i.Node()); n != nil {
		return n.leaf
	}
	return nil
}

// Parent returns the content of a parent, or nil if x is blank, a leaf, or
// outside the tree. It is shared: callers must not write to it.
func (t Tree) Parent(x NodeIndex) *ParentNode {
	if n := t.at(x); n != nil {
		return n.parent
	}
	return nil
}

// EncryptionKey returns the public key at x, or nil if x is blank or outside
// the tree.
func (t Tree) EncryptionKey(x NodeIndex) suite.HPKEPublicKey {
	if n := t.at(x); n != nil {
		return n.encryptionKey()
	}
	return nil
}

// nodes runs through the nodes that are not blank, in the order of their indices.
func (t Tree) nodes() iter.Seq[*node] {
	return func(yield func(*node) bool) {
		if t.root != nil {
			t.root.walk(yield)
		}
	}
}

// Leaves runs through the leaves that are not blank, from the left.
func (t Tree) Leaves() iter.Seq2[LeafIndex, *LeafNode] {
	return func(yield func(LeafIndex, *LeafNode) bool) {
		for n := range t.nodes() {
			if n.leaf != nil && !yield(n.index.Leaf(), n.leaf) {
				return
			}
		}
	}
}

// Parents runs through the parents that are not blank, in the order of their indices.
func (t Tree) Parents() iter.Seq2[NodeIndex, *ParentNode] {
	return func(yield func(NodeIndex, *ParentNode) bool) {
		for n := range t.nodes() {
			if n.parent != nil && !yield(n.index, n.parent) {
				return
			}
		}
	}
}

// Resolution returns the nodes that together cover the members at and below x,
// in the order of Section 4.1.1. It costs one visit per node returned and per
// blank passed above one. Outside the tree there is nothing to cover.
func (t Tree) Resolution(x NodeIndex) []NodeIndex {
	if n := t.at(x); n != nil {
		return n.resolution(nil)
	}
	return nil
}

// resolution appends the resolution of n to list.
func (n *node) resolution(list []NodeIndex) []NodeIndex {
	switch {
	case n.filled == 0:
	case n.parent != nil:
		list = append(list, n.index)
		for _, i := range n.parent.UnmergedLeaves {
			if !spec.Step(nil, req.TreeResolution) {
				break
			}
			list = append(list, i.Node())
		}
	case n.leaf != nil:
		list = append(list, n.index)
	default:
		list = n.right.resolution(n.left.resolution(list))
	}
	return list
}

// DirectPath returns the nodes above leaf i, lowest first (Section 4.1.2). A
// leaf outside the tree has no path.
func (t Tree) DirectPath(i LeafIndex) []NodeIndex {
	return t.climb(i, NodeIndex.Parent)
}

// Copath returns the sibling of leaf i and those of the nodes above it, lowest
// first (Section 4.1.2).
func (t Tree) Copath(i LeafIndex) []NodeIndex {
	return t.climb(i, NodeIndex.Sibling)
}

// climb returns of for leaf i and each node above it, but for the root.
func (t Tree) climb(i LeafIndex, of func(NodeIndex) NodeIndex) []NodeIndex {
	var list []NodeIndex
	if t.has(i) {
		for x := i.Node(); x != t.root.index; x = x.Parent() {
			list = append(list, of(x))
		}
	}
	return list
}

// FilteredDirectPath returns the nodes of the direct path of leaf i whose child
// on the copath covers somebody, lowest first (Section 4.1.2).
func (t Tree) FilteredDirectPath(i LeafIndex) []NodeIndex {
	path := t.filteredDirectPath(i)
	list := make([]NodeIndex, len(path))
	for k, s := range path {
		list[k] = s.at
	}
	return list
}

// A step is a node of a filtered direct path and its child on the copath, which
// is not blank.
type step struct {
	at     NodeIndex
	copath *node
}

// filteredDirectPath returns the steps of the filtered direct path of leaf i,
// lowest first. A resolution is empty iff no node below has content.
func (t Tree) filteredDirectPath(i LeafIndex) []step {
	if !t.has(i) {
		return nil
	}
	var path []step
	for n := t.root; n.left != nil; { // in a blank subtree nobody is to be found
		below, copath := n.left, n.right
		if i.Node().Below(n.right.index) {
			below, copath = n.right, n.left
		}
		if copath.filled > 0 {
			path = append(path, step{n.index, copath})
		}
		n = below
	}
	slices.Reverse(path)
	return path
}
