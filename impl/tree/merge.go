package tree

import (
	"bytes"

	"mlssim/impl/suite"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Sections 7.5, 7.6 and 12.4.2: an UpdatePath merged into the public
// tree. No secret is needed.

// Merge returns the tree with another member's path in it (Section 7.5). t is
// the tree that the proposals of the Commit have made, newLeaves are the leaves
// that they added; from is the committer's leaf, in an external Commit the one
// that [Tree.Vacancy] gave. All is checked that can be without a secret, but for
// what [Rules.CommitLeaf] says of the leaf. That no key is in the tree already
// takes a look at every node; the rest costs O(log n) and the resolutions of the
// copath. The error is a [spec.Violation].
func (t Tree) Merge(rec spec.Recorder, from LeafIndex, p *UpdatePath, newLeaves []LeafIndex) (Tree, error) {
	path := t.filteredDirectPath(from)
	if err := t.checkKeys(rec, from, p); err != nil {
		return Tree{}, err
	}
	if err := checkCounts(rec, path, p, newLeaves); err != nil {
		return Tree{}, err
	}
	keys := make([]suite.HPKEPublicKey, len(path))
	for k := range path {
		keys[k] = p.Nodes[k].EncryptionKey
	}
	parents, hash := newParents(t.suite, path, keys)
	if err := spec.Check(rec, req.PathParentHash, bytes.Equal(p.LeafNode.ParentHash, hash)); err != nil {
		return Tree{}, err
	}
	return t.withPath(from, p.LeafNode, path, parents), nil
}

// checkKeys decides what Section 12.4.2 says of the public keys in a path.
func (t Tree) checkKeys(rec spec.Recorder, from LeafIndex, p *UpdatePath) error {
	if err := spec.Check(rec, req.PathLeafKeyChanged, !bytes.Equal(t.EncryptionKey(from.Node()), p.LeafNode.EncryptionKey)); err != nil {
		return err
	}
	if err := spec.Check(rec, req.PathKeysFresh, t.fresh(from, p)); err != nil {
		return err
	}
	for k := range p.Nodes {
		key := p.Nodes[k].EncryptionKey
		if err := spec.Checkf(rec, req.SuitePublicKey, t.suite.ValidHPKEPublicKey(key), "path node %d: key of %d bytes", k, len(key)); err != nil {
			return err
		}
	}
	return nil
}

// fresh tells whether no key of the path is in the tree, nor twice in the path.
// Whether the leaf has kept its key is decided by itself.
func (t Tree) fresh(from LeafIndex, p *UpdatePath) bool {
	leafKey := p.LeafNode.EncryptionKey
	keys := map[string]bool{string(leafKey): true}
	for _, n := range p.Nodes {
		if keys[string(n.EncryptionKey)] {
			return false
		}
		keys[string(n.EncryptionKey)] = true
	}
	for n := range t.nodes() {
		key := n.encryptionKey()
		own := n.index == from.Node() && bytes.Equal(key, leafKey)
		if key != nil && keys[string(key)] && !own {
			return false
		}
	}
	return true
}

// checkCounts decides whether the path has one entry per node of the filtered
// direct path, and each entry one ciphertext per recipient (Sections 7.5 and 7.6).
func checkCounts(rec spec.Recorder, path []step, p *UpdatePath, newLeaves []LeafIndex) error {
	if err := spec.Checkf(rec, req.PathNodesCount, len(p.Nodes) == len(path), "%d nodes, want %d", len(p.Nodes), len(path)); err != nil {
		return err
	}
	for k, s := range path {
		got, want := len(p.Nodes[k].EncryptedPathSecret), len(s.recipients(newLeaves))
		if err := spec.Checkf(rec, req.PathCiphertextCount, got == want, "node %d: %d ciphertexts, want %d", s.at, got, want); err != nil {
			return err
		}
	}
	return nil
}
