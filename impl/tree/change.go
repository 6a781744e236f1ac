package tree

import "slices"

// RFC 9420, Sections 7.7 and 12.1.1 to 12.1.3.

// Add returns the tree with a new member at the leftmost blank leaf, and that
// leaf. If there is none the tree grows to twice its size. The new leaf is
// unmerged at the nodes above it that are not blank (Section 12.1.1).
func (t Tree) Add(leaf LeafNode) (Tree, LeafIndex) {
	switch {
	case t.root == nil:
		t.root = newLeaf(t.s, 0, nil)
	case t.root.blank == noBlank:
		t.root = newParent(t.s, t.root, blanks(t.s, LeafIndex(t.Size()), t.root.x.Level()), nil)
	}
	i := t.root.blank
	t.root = t.root.replace(t.s, i.Node(), &leaf, func(n *node) *ParentNode { return n.parent.withUnmerged(i) })
	return t, i
}

// withUnmerged returns a parent node with one more unmerged leaf.
func (p *ParentNode) withUnmerged(i LeafIndex) *ParentNode {
	if p == nil {
		return nil
	}
	with := *p
	at, _ := slices.BinarySearch(p.UnmergedLeaves, i)
	with.UnmergedLeaves = slices.Insert(slices.Clone(p.UnmergedLeaves), at, i)
	return &with
}

// Update returns the tree with another leaf for a member, and the nodes above
// it blank (Section 12.1.2). i must be inside of the tree.
func (t Tree) Update(i LeafIndex, leaf LeafNode) Tree {
	t.root = t.root.replace(t.s, i.Node(), &leaf, blanked)
	return t
}

func blanked(*node) *ParentNode { return nil }

// Remove returns the tree without a member: its leaf and the nodes above are
// blank, and the right half is cut off while it has no member (Section 12.1.3).
// i must be inside of the tree.
func (t Tree) Remove(i LeafIndex) Tree {
	t.root = t.root.replace(t.s, i.Node(), nil, blanked)
	for t.root.left != nil && t.root.right.members == 0 {
		t.root = t.root.left
	}
	return t
}
