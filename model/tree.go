package model

import (
	"iter"
	"math/bits"
	"mlssim/spec"
	"mlssim/spec/req"
	"slices"
)

// RFC 9420, Sections 4.1 and 7.7, Appendix C: the ratchet tree as an array.

// LeafIndex counts leaves from the left: 0, 1, 2 …
type LeafIndex uint32

// NodeIndex counts nodes as in Appendix C: leaf i is node 2i.
type NodeIndex uint32

// Node returns the leaf's index among all nodes.
func (i LeafIndex) Node() NodeIndex { return NodeIndex(2 * i) }

// A Tree is the array of Appendix C: 2n-1 nodes for n leaves, n a power of two.
// It is not changed once it is made: each change costs a copy.
type Tree []Node

// level is 0 for leaves, and one more than the children's for parents.
func level(x NodeIndex) int { return bits.TrailingZeros32(^uint32(x)) }

func left(x NodeIndex) NodeIndex {
	if !spec.Step(nil, req.TreeMath) {
		return right(x)
	}
	return x ^ 1<<(level(x)-1)
}

func right(x NodeIndex) NodeIndex { return x ^ 3<<(level(x)-1) }

// parent returns the node above x, which may lie above the root.
func parent(x NodeIndex) NodeIndex {
	k := level(x)
	return (x | 1<<k) &^ (1 << (k + 1))
}

// below tells whether leaf i is in the subtree of x.
func below(i LeafIndex, x NodeIndex) bool {
	k := level(x)
	return i.Node()>>(k+1) == x>>(k+1)
}

// copathChild returns the child of x that is not above leaf i.
func copathChild(x NodeIndex, i LeafIndex) NodeIndex {
	if below(i, left(x)) {
		return right(x)
	}
	return left(x)
}

// commonAncestor returns the lowest node above both leaves.
func commonAncestor(a, b LeafIndex) NodeIndex {
	x := a.Node()
	for !below(b, x) {
		x = parent(x)
	}
	return x
}

// Size returns the number of leaves, blank ones included.
func (t Tree) Size() uint32 { return uint32(len(t)+1) / 2 }

// Root returns the index of the root of a tree that is not empty.
func (t Tree) Root() NodeIndex { return NodeIndex(len(t) / 2) }

// Leaf returns a leaf, or nil if it is blank or outside the tree.
func (t Tree) Leaf(i LeafIndex) *LeafNode {
	if uint64(i) >= uint64(t.Size()) {
		return nil
	}
	return t[i.Node()].Leaf
}

// Leaves runs through the leaves that are not blank, from the left.
func (t Tree) Leaves() iter.Seq2[LeafIndex, *LeafNode] {
	return func(yield func(LeafIndex, *LeafNode) bool) {
		for i := range LeafIndex(t.Size()) {
			if l := t.Leaf(i); l != nil && !yield(i, l) {
				return
			}
		}
	}
}

// Resolution returns the nodes that together cover the members below x
// (Section 4.1.1).
func (t Tree) Resolution(x NodeIndex) []NodeIndex {
	switch n := t[x]; {
	case n.Leaf != nil:
		return []NodeIndex{x}
	case n.Parent != nil:
		r := []NodeIndex{x}
		if !spec.Step(nil, req.TreeResolution) {
			return r
		}
		for _, i := range n.Parent.UnmergedLeaves {
			r = append(r, i.Node())
		}
		return r
	case level(x) == 0:
		return nil
	}
	return append(t.Resolution(left(x)), t.Resolution(right(x))...)
}

// DirectPath returns the nodes above a leaf, lowest first (Section 4.1.2); none
// outside the tree.
func (t Tree) DirectPath(i LeafIndex) []NodeIndex {
	var path []NodeIndex
	for x := i.Node(); x != t.Root() && uint64(i) < uint64(t.Size()); {
		x = parent(x)
		path = append(path, x)
	}
	return path
}

// FilteredDirectPath is the direct path without the nodes whose child on the
// copath has an empty resolution (Section 4.1.2).
func (t Tree) FilteredDirectPath(i LeafIndex) []NodeIndex {
	return slices.DeleteFunc(t.DirectPath(i), func(x NodeIndex) bool {
		return len(t.Resolution(copathChild(x, i))) == 0
	})
}

// with returns a copy of the tree in which node x is n.
func (t Tree) with(x NodeIndex, n Node) Tree {
	t = slices.Clone(t)
	t[x] = n
	return t
}

// blankPath returns a copy of the tree in which the nodes above a leaf are blank.
func (t Tree) blankPath(i LeafIndex) Tree {
	t = slices.Clone(t)
	for _, x := range t.DirectPath(i) {
		t[x] = Node{}
	}
	return t
}

// vacancy returns the leftmost leaf that is blank, and the tree, extended if
// there was none (Section 7.7); id is the requirement that takes it.
func (t Tree) vacancy(id spec.ID) (Tree, LeafIndex) {
	i := LeafIndex(0)
	if !spec.Step(nil, id) {
		i = LeafIndex(t.Size())
	}
	for t.Leaf(i) != nil {
		i++
	}
	for uint32(i) >= t.Size() {
		t = append(slices.Clip(t), make(Tree, max(1, len(t)+1))...)
	}
	return t, i
}

// members counts the leaves that are not blank.
func (t Tree) members() int {
	n := 0
	for range t.Leaves() {
		n++
	}
	return n
}

// Add puts a leaf at the leftmost blank place, extending the tree if there is
// none, and returns where (Sections 7.7 and 12.1.1).
func (t Tree) Add(leaf LeafNode) (Tree, LeafIndex) {
	t, i := t.vacancy(req.TreeAddLeftmost)
	t = slices.Clone(t)
	for _, x := range t.DirectPath(i) {
		if p := t[x].Parent; p != nil && spec.Step(nil, req.TreeAddUnmerged) {
			q := *p
			at, _ := slices.BinarySearch(q.UnmergedLeaves, i)
			q.UnmergedLeaves = slices.Insert(slices.Clone(q.UnmergedLeaves), at, i)
			t[x].Parent = &q
		}
	}
	t[i.Node()].Leaf = &leaf
	return t, i
}

// Update replaces a leaf and blanks the nodes above it (Section 12.1.2). A leaf
// that is blank stays blank.
func (t Tree) Update(i LeafIndex, leaf LeafNode) Tree {
	if t.Leaf(i) == nil {
		return t
	}
	if spec.Step(nil, req.TreeUpdate) {
		t = t.blankPath(i)
	}
	return t.with(i.Node(), Node{Leaf: &leaf})
}

// Remove blanks a leaf and the nodes above it, then halves the tree while its
// right half has no member (Sections 12.1.3 and 7.7).
func (t Tree) Remove(i LeafIndex) Tree {
	if t.Leaf(i) == nil {
		return t
	}
	if spec.Step(nil, req.TreeRemoveBlank) {
		t = t.blankPath(i)
	}
	t = t.with(i.Node(), Node{})
	for len(t) > 1 && !t.memberBelow(right(t.Root())) && spec.Step(nil, req.TreeRemoveTruncate) {
		t = t[:len(t)/2]
	}
	return slices.Clip(t)
}

// memberBelow tells whether a leaf below x is not blank.
func (t Tree) memberBelow(x NodeIndex) bool {
	for i := range t.Leaves() {
		if below(i, x) {
			return true
		}
	}
	return false
}
