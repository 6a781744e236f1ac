package model

import (
	"slices"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 7.8: tree hashes; Section 7.9: parent hashes.

// Hash returns the tree hash of the root.
func (t Tree) Hash(s *Store) Term { return t.hash(s, t.Root(), nil) }

// hash returns the tree hash of x in the tree as it would be without some
// leaves: blank, and not unmerged anywhere.
func (t Tree) hash(s *Store, x NodeIndex, without []LeafIndex) Term {
	if level(x) == 0 {
		i := LeafIndex(x / 2)
		var leaf Term
		if l := t[x].Leaf; l != nil && !slices.Contains(without, i) {
			leaf = l.term(s)
		} else if l == nil && !spec.Step(nil, req.TreeHashBlank) {
			leaf = s.Zero()
		}
		return s.Hash(s.Tuple("LeafNodeHashInput", s.Number(uint64(i)), leaf))
	}
	var node Term
	if p := t[x].Parent; p != nil {
		node = p.without(without).term(s)
	}
	return s.Hash(s.Tuple("ParentNodeHashInput", node, t.hash(s, left(x), without), t.hash(s, right(x), without)))
}

// without returns the node with some leaves taken off its unmerged ones.
func (p ParentNode) without(leaves []LeafIndex) ParentNode {
	if len(leaves) > 0 {
		p.UnmergedLeaves = slices.DeleteFunc(slices.Clone(p.UnmergedLeaves), func(i LeafIndex) bool {
			return slices.Contains(leaves, i)
		})
	}
	return p
}

// parentHash returns the parent hash of x with a copath child.
func (t Tree) parentHash(s *Store, x, sibling NodeIndex) Term {
	p := t[x].Parent
	return s.Hash(s.Tuple("ParentHashInput", p.EncryptionKey, p.ParentHash, t.hash(s, sibling, p.UnmergedLeaves)))
}

// chainHashes returns a copy of the tree in which the nodes of a filtered direct
// path carry their parent hashes, and the parent hash that the leaf is to carry.
// The chain begins at the top, where the parent hash is empty.
func (t Tree) chainHashes(s *Store, i LeafIndex, filtered []NodeIndex) (Tree, Term) {
	t = slices.Clone(t)
	var above Term
	for _, x := range slices.Backward(filtered) {
		p := *t[x].Parent
		p.ParentHash = above
		t[x].Parent = &p
		above = t.parentHash(s, x, copathChild(x, i))
	}
	return t, above
}

// parentHashValid tells whether node x, which is not blank, is vouched for by
// exactly one node below it (Section 7.9.2). If all parents of the tree are, the
// links form chains that end at leaves.
func (t Tree) parentHashValid(s *Store, x NodeIndex) bool {
	links := 0
	for _, side := range [][2]NodeIndex{{left(x), right(x)}, {right(x), left(x)}} {
		child, sibling := side[0], side[1]
		want := t.parentHash(s, x, sibling)
		res := t.Resolution(child)
		for _, d := range res {
			if t.parentHashOf(d) == want && t.unmergedIs(x, child, res, d) {
				links++
			}
		}
	}
	return links == 1
}

// parentHashOf returns the parent_hash field of a node, empty if it has none or
// lies outside the tree, as what a bad tree calls unmerged may.
func (t Tree) parentHashOf(d NodeIndex) Term {
	if int64(d) >= int64(len(t)) {
		return 0
	}
	switch n := t[d]; {
	case n.Parent != nil:
		return n.Parent.ParentHash
	case n.Leaf != nil && n.Leaf.Source == spec.SourceCommit:
		return n.Leaf.ParentHash
	}
	return 0
}

// unmergedIs tells whether the leaves unmerged at x below child are the
// resolution of child without d.
func (t Tree) unmergedIs(x, child NodeIndex, res []NodeIndex, d NodeIndex) bool {
	var unmerged, rest []NodeIndex
	for _, i := range t[x].Parent.UnmergedLeaves {
		if below(i, child) {
			unmerged = append(unmerged, i.Node())
		}
	}
	for _, y := range res {
		if y != d {
			rest = append(rest, y)
		}
	}
	slices.Sort(rest)
	return slices.Equal(unmerged, rest)
}
