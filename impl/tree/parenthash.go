package tree

import (
	"bytes"
	"slices"

	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// RFC 9420, Section 7.9.

// parentHashInput is ParentHashInput.
type parentHashInput struct {
	encryptionKey           suite.HPKEPublicKey
	parentHash              []byte
	originalSiblingTreeHash []byte
}

func (p *parentHashInput) Wire(c *wire.Coder) {
	wire.Opaque(c, &p.encryptionKey)
	wire.Opaque(c, &p.parentHash)
	wire.Opaque(c, &p.originalSiblingTreeHash)
}

// parentHash returns the parent hash of p with copath child sibling.
func parentHash(s *suite.Suite, p *ParentNode, sibling *node) []byte {
	original := sibling.without(s, p.UnmergedLeaves)
	return s.Hash(wire.Encode(&parentHashInput{p.EncryptionKey, p.ParentHash, original.hash}))
}

// without returns a subtree as it was before some leaves were added: they are
// blank and unmerged nowhere. A subtree with none of them is returned as it is.
func (n *node) without(s *suite.Suite, leaves []LeafIndex) *node {
	if !slices.ContainsFunc(leaves, func(i LeafIndex) bool { return i.Node().Below(n.x) }) {
		return n
	}
	if n.left == nil {
		return newLeaf(s, n.x, nil)
	}
	var parent *ParentNode
	if n.parent != nil {
		p := *n.parent
		p.UnmergedLeaves = slices.DeleteFunc(slices.Clone(p.UnmergedLeaves), func(i LeafIndex) bool { return slices.Contains(leaves, i) })
		parent = &p
	}
	return newParent(s, n.left.without(s, leaves), n.right.without(s, leaves), parent)
}

// chain fills in the parent hashes of the new nodes of a filtered direct path,
// from the top down, and returns that of the leaf (Section 7.9.1). nodes stand
// at path, the lowest first, above leaf i of t.
func (t Tree) chain(i LeafIndex, path []NodeIndex, nodes []*ParentNode) []byte {
	var hash []byte
	for j := len(path) - 1; j >= 0; j-- {
		nodes[j].ParentHash = hash
		hash = parentHash(t.s, nodes[j], t.at(copathChild(path[j], i)))
	}
	return hash
}

// parentHashValid tells whether every parent node is vouched for by exactly one
// node below it (Section 7.9.2, top down).
func (t Tree) parentHashValid() bool {
	if t.root == nil {
		return true
	}
	return t.root.walk(func(p *node) bool {
		return p.parent == nil || p.vouchers(t.s, p.left, p.right)+p.vouchers(t.s, p.right, p.left) == 1
	})
}

// vouchers counts the nodes D in the resolution of child c of p whose parent
// hash is valid with respect to p, s being the other child.
func (p *node) vouchers(cs *suite.Suite, c, s *node) int {
	hash := parentHash(cs, p.parent, s)
	resolution := c.resolution(nil)
	var unmerged []NodeIndex
	for _, i := range p.parent.UnmergedLeaves {
		if i.Node().Below(c.x) {
			unmerged = append(unmerged, i.Node())
		}
	}
	count := 0
	for _, x := range resolution {
		d := c.find(x)
		rest := slices.DeleteFunc(slices.Clone(resolution), func(y NodeIndex) bool { return y == x })
		slices.Sort(rest)
		if d.carries(hash) && slices.Equal(rest, unmerged) {
			count++
		}
	}
	return count
}

// carries tells whether the parent_hash field of n is hash.
func (n *node) carries(hash []byte) bool {
	if n.leaf != nil {
		return n.leaf.Source == spec.SourceCommit && bytes.Equal(n.leaf.ParentHash, hash)
	}
	return bytes.Equal(n.parent.ParentHash, hash)
}
