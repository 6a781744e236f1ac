package tree

import "slices"

// RFC 9420, Section 7.7, and what proposals do to the tree: Sections 12.1.1 to 12.1.3.

// Vacancy returns the leftmost blank leaf, and the tree that has it: t, or t
// extended if all leaves of t are taken (Sections 7.7 and 12.4.1). Extending
// costs one hash per node that is added.
func (t Tree) Vacancy() (Tree, LeafIndex) {
	switch {
	case t.root == nil:
		t.root = newLeaf(t.suite, 0, nil)
	case t.root.vacancy == noLeaf:
		t.root = t.root.extend(t.suite)
	}
	return t, t.root.vacancy
}

// Add returns the tree with a new member at the leftmost blank leaf, unmerged
// at each node above it that is not blank, and says where that is (Section 12.1.1).
func (t Tree) Add(leaf LeafNode) (Tree, LeafIndex) {
	t, i := t.Vacancy()
	t.root = t.root.replace(t.suite, i, &leaf, func(n *node) *ParentNode { return n.parent.withUnmerged(i) })
	return t, i
}

// withUnmerged returns p with one more unmerged leaf; a blank node stays blank.
func (p *ParentNode) withUnmerged(i LeafIndex) *ParentNode {
	if p == nil {
		return nil
	}
	with := *p
	at, _ := slices.BinarySearch(p.UnmergedLeaves, i)
	with.UnmergedLeaves = slices.Concat(p.UnmergedLeaves[:at], []LeafIndex{i}, p.UnmergedLeaves[at:])
	return &with
}

// Update returns the tree with another leaf for the member at i, and the path
// above it blank (Section 12.1.2). Where there is no member it changes nothing.
func (t Tree) Update(i LeafIndex, leaf LeafNode) Tree {
	if t.Leaf(i) != nil {
		t.root = t.root.replace(t.suite, i, &leaf, blank)
	}
	return t
}

// Remove returns the tree without the member at i, the path above it blank, and
// no larger than the members left need (Section 12.1.3). Where there is no
// member it changes nothing.
func (t Tree) Remove(i LeafIndex) Tree {
	if t.Leaf(i) != nil {
		t.root = t.root.replace(t.suite, i, nil, blank).truncate()
	}
	return t
}
