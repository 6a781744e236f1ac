package tree

import (
	"slices"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 7.7, and what proposals do to the tree: Sections 12.1.1 to 12.1.3.

// Vacancy returns the leftmost blank leaf, and the tree that has it: t, or t
// extended if all leaves of t are taken (Sections 7.7 and 12.4.1). Extending
// costs one hash per node that is added.
func (t Tree) Vacancy() (Tree, LeafIndex) {
	switch {
	case t.root == nil:
		t.root = newLeaf(newHasher(t.suite), 0, nil)
	case t.root.vacancy == noLeaf:
		t.root = t.root.extend(newHasher(t.suite))
	}
	if !spec.Step(nil, req.ExternalLeaf) {
		t.root = t.root.extend(newHasher(t.suite))
	}
	return t, t.root.vacancy
}

// Add returns the tree with a new member at the leftmost blank leaf, unmerged
// at each node above it that is not blank, and says where that is (Section 12.1.1).
func (t Tree) Add(leaf LeafNode) (Tree, LeafIndex) {
	t, at := t.AddAll([]*LeafNode{&leaf})
	return t, at[0]
}

// AddAll is Add for one leaf after the other, and says where they are: from left
// to right. A node above several of them is hashed once: what many Adds cost grows
// with their number, and not with its square. The leaves are shared: callers must
// not write to them any more.
func (t Tree) AddAll(leaves []*LeafNode) (Tree, []LeafIndex) {
	if len(leaves) == 0 {
		return t, nil
	}
	h := newHasher(t.suite)
	if t.root == nil {
		t.root = newLeaf(h, 0, nil)
	}
	if !spec.Step(nil, req.TreeAddLeftmost) {
		t.root = newParent(h, t.root.index.Parent(), nil, nil, nil)
	}
	at := make([]LeafIndex, 0, len(leaves))
	for at = t.root.vacancies(t.root.index, at); len(at) < len(leaves); {
		x := t.root.index.Sibling()
		t.root = t.root.extend(h)
		at = t.root.right.vacancies(x, at)
	}
	t.root = t.root.place(h, t.root.index, at, leaves)
	return t, at
}

// vacancies appends the blank leaves below n at x to list, from the left and as
// far as its capacity. Inside of a blank subtree n is nil.
func (n *node) vacancies(x NodeIndex, list []LeafIndex) []LeafIndex {
	switch {
	case n != nil && n.vacancy == noLeaf || len(list) == cap(list):
		return list
	case n == nil || n.left == nil: // a leaf, or a blank subtree
		for i := range min(int(x.width()), cap(list)-len(list)) {
			list = append(list, x.first()+LeafIndex(i))
		}
		return list
	}
	return n.right.vacancies(x.Right(), n.left.vacancies(x.Left(), list))
}

// place returns n at x with new members at blank leaves below it. at is in
// increasing order, and the leaves in that of at. Inside of a blank subtree n is nil.
func (n *node) place(h *hasher, x NodeIndex, at []LeafIndex, leaves []*LeafNode) *node {
	if len(at) == 0 {
		return n
	}
	if x.IsLeaf() {
		return newLeaf(h, at[0], leaves[0])
	}
	content, left, right := n.inside()
	k := len(x.Left().within(at))
	left = left.place(h, x.Left(), at[:k], leaves[:k])
	right = right.place(h, x.Right(), at[k:], leaves[k:])
	return newParent(h, x, content.withUnmerged(at), left, right)
}

// withUnmerged returns p with more unmerged leaves; a blank node stays blank.
func (p *ParentNode) withUnmerged(leaves []LeafIndex) *ParentNode {
	if p == nil || !spec.Step(nil, req.TreeAddUnmerged) {
		return p
	}
	with := *p
	with.UnmergedLeaves = slices.Concat(p.UnmergedLeaves, leaves)
	slices.Sort(with.UnmergedLeaves)
	return &with
}

// Update returns the tree with another leaf for the member at i, and the path
// above it blank (Section 12.1.2). Where there is no member it changes nothing.
func (t Tree) Update(i LeafIndex, leaf LeafNode) Tree {
	if t.Leaf(i) != nil && spec.Step(nil, req.TreeUpdate) {
		t.root = t.replace(i, &leaf, blank)
	}
	return t
}

// Remove returns the tree without the member at i, the path above it blank, and
// no larger than the members left need (Section 12.1.3). Where there is no
// member it changes nothing.
func (t Tree) Remove(i LeafIndex) Tree {
	if t.Leaf(i) != nil && spec.Step(nil, req.TreeRemoveBlank) {
		t.root = t.replace(i, nil, blank).truncate()
	}
	return t
}
