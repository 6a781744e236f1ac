package tree

import (
	"bytes"
	"slices"

	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 7.9: parent hashes.

// parentHashInput is ParentHashInput (RFC 9420, Section 7.9).
type parentHashInput struct {
	encryptionKey           suite.HPKEPublicKey
	parentHash              []byte
	originalSiblingTreeHash []byte
}

func (p *parentHashInput) Wire(c *wire.Coder) {
	c.Is(req.EncodeParentHashInput)
	wire.Opaque(c, &p.encryptionKey)
	wire.Opaque(c, &p.parentHash)
	wire.Opaque(c, &p.originalSiblingTreeHash)
}

// parentHash returns what the path below p takes in: p, and its other child as it was.
func (h *hasher) parentHash(p *ParentNode, sibling *node) []byte {
	original := h.without(sibling, p.UnmergedLeaves)
	return h.Hash(h.buffer.Encode(&parentHashInput{p.EncryptionKey, p.ParentHash, original[:h.Nh]}))
}

// without returns the tree hash of a subtree as it was before the leaves were
// added: they are blank, and unmerged nowhere. leaves are in increasing order;
// lists of unmerged leaves below n must name leaves below their node alone. It
// costs one hash per node above one of the leaves.
func (h *hasher) without(n *node, leaves []LeafIndex) digest {
	leaves = n.index.within(leaves)
	switch {
	case len(leaves) == 0 || n.filled == 0:
		return n.digest()
	case n.index.IsLeaf():
		return h.blank(n.index)
	}
	left := h.without(n.left, leaves)
	right := h.without(n.right, leaves)
	return h.parent(n.parent.withoutUnmerged(leaves), left, right)
}

// withoutUnmerged returns p with none of the leaves, which are in increasing
// order, among its unmerged ones; a blank node stays blank.
func (p *ParentNode) withoutUnmerged(leaves []LeafIndex) *ParentNode {
	if p == nil {
		return nil
	}
	without := *p
	without.UnmergedLeaves = slices.DeleteFunc(slices.Clone(p.UnmergedLeaves), func(i LeafIndex) bool {
		_, found := slices.BinarySearch(leaves, i)
		return found
	})
	return &without
}

// newParents returns the content that a path with these public keys gives to
// the nodes of a filtered direct path, and the parent hash for its leaf
// (Section 7.9.1). Hashes are chained from the top down, the highest node
// having nothing above it.
func newParents(s *suite.Suite, path []step, keys []suite.HPKEPublicKey) ([]*ParentNode, []byte) {
	h := newHasher(s)
	parents := make([]*ParentNode, len(path))
	var hash []byte
	for k := len(path) - 1; k >= 0; k-- {
		parents[k] = &ParentNode{EncryptionKey: keys[k], ParentHash: hash}
		hash = h.parentHash(parents[k], path[k].copath)
	}
	return parents, hash
}

// verifyParentHashes checks from the top down that each parent that is not
// blank is vouched for by exactly one node below it (Section 7.9.2). That node
// is a leaf, or a parent for which the same is checked: all chains end at leaves.
func (t Tree) verifyParentHashes(rec spec.Recorder) error {
	h := newHasher(t.suite)
	for p := range t.nodes() {
		if p.parent == nil {
			continue
		}
		vouchers := 0
		if t.vouchedFor(h, p, p.left, p.right) {
			vouchers++
		}
		if t.vouchedFor(h, p, p.right, p.left) {
			vouchers++
		}
		if err := spec.Checkf(rec, req.TreeParentHash, vouchers == 1, "node %d: %d nodes below vouch for it", p.index, vouchers); err != nil {
			return err
		}
	}
	return nil
}

// vouchedFor tells whether some node D below child c of p has a parent hash that
// is valid with respect to p; s is the other child. By the third criterion of
// Section 7.9.2 only one node can be D: the one in the resolution of c that is
// not unmerged at p.
func (t Tree) vouchedFor(h *hasher, p, c, s *node) bool {
	d, ok := soleMerged(c.resolution(nil), c.index.within(p.parent.UnmergedLeaves))
	return ok && bytes.Equal(t.at(d).parentHash(), h.parentHash(p.parent, s))
}

// soleMerged returns the one node of a resolution that is not among the
// unmerged leaves, and tells whether there is one and all these leaves are in
// the resolution.
func soleMerged(resolution []NodeIndex, unmerged []LeafIndex) (NodeIndex, bool) {
	if len(resolution) != len(unmerged)+1 {
		return 0, false
	}
	var sole NodeIndex
	merged := 0
	for _, x := range resolution {
		if _, found := slices.BinarySearch(unmerged, x.Leaf()); !found || !x.IsLeaf() {
			sole = x
			merged++
		}
	}
	return sole, merged == 1
}

// parentHash returns the parent_hash field of a node. Where there is none, as
// in a leaf that no Commit has set, it is nil, which is the hash of nothing.
func (n *node) parentHash() []byte {
	switch {
	case n == nil:
	case n.parent != nil:
		return n.parent.ParentHash
	case n.leaf != nil && n.leaf.Source == spec.SourceCommit:
		return n.leaf.ParentHash
	}
	return nil
}
