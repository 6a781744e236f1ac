package tree

import (
	"fmt"
	"io"
	"slices"

	"mlssim/impl/suite"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Sections 7.4 to 7.6: the committer's side of an UpdatePath.

// A FreshPath is a committer's new leaf and direct path, before it is sealed to
// the others. It holds secrets, of which LeafKey and Keys outlive the Commit.
type FreshPath struct {
	Tree Tree // with the new path

	LeafKey *suite.HPKEPrivateKey
	Secrets []suite.Secret // path secrets of the filtered direct path, lowest first
	Keys    []PathKey      // of the same nodes

	CommitSecret suite.Secret

	from LeafIndex
	path []step
}

// NewPath refreshes the direct path of leaf from: a fresh key for the leaf, new
// path secrets, parent hashes, and the leaf signed anew (Section 7.5). t is the
// tree that the proposals of the Commit have made; from is the committer's leaf,
// in an external Commit the one that [Tree.Vacancy] gave. leaf gives what stays
// as it is: credential, signature key, capabilities and extensions. With nobody
// else in the tree the path is empty, and CommitSecret is fresh randomness.
func (t Tree) NewPath(rand io.Reader, from LeafIndex, leaf LeafNode, signer *suite.SignatureKey, groupID []byte) (*FreshPath, error) {
	if !t.has(from) {
		return nil, fmt.Errorf("path from leaf %d of %d", from, t.Size())
	}
	leafKey, err := t.suite.GenerateKeyPair(rand)
	if err != nil {
		return nil, err
	}
	if !spec.Step(nil, req.PathLeafFresh) {
		leafKey = t.suite.DeriveKeyPair(t.suite.Zero())
	}
	secret, err := t.suite.Random(rand)
	if err != nil {
		return nil, err
	}
	p := &FreshPath{LeafKey: leafKey, from: from, path: t.filteredDirectPath(from)}
	p.Secrets, p.Keys, p.CommitSecret = climb(t.suite, secret, p.path)

	parents, hash := newParents(t.suite, p.path, publicKeys(p.Keys))
	if spec.Step(nil, req.PathLeafMade) {
		leaf.Source = spec.SourceCommit
	}
	leaf.EncryptionKey = leafKey.Public()
	leaf.ParentHash = spec.Derive(nil, req.PathParentHashMade, hash)
	if leaf, err = leaf.Sign(t.suite, signer, groupID, from); err != nil {
		return nil, err
	}
	leaf.Signature = spec.Derive(nil, req.LeafResigned, leaf.Signature)
	p.Tree = t.withPath(from, leaf, p.path, parents)
	return p, nil
}

// climb derives what a path secret gives, from its node up: the path secrets and
// key pairs of the nodes, and the secret one step above the last, which is
// commit_secret (Sections 7.4 and 12.4.1). Without nodes it is the secret itself.
func climb(s *suite.Suite, secret suite.Secret, path []step) (secrets []suite.Secret, keys []PathKey, commit suite.Secret) {
	for _, step := range path {
		secrets = append(secrets, secret)
		keys = append(keys, PathKey{step.at, s.DeriveKeyPair(spec.Derive(nil, req.PathNodeDerive, s.DeriveSecret(secret, spec.LabelNode)))})
		secret = spec.Derive(nil, req.PathSecretChain, s.DeriveSecret(secret, spec.LabelPath))
	}
	return secrets, keys, spec.Derive(nil, req.CommitCommitSecret, secret)
}

func publicKeys(keys []PathKey) []suite.HPKEPublicKey {
	list := make([]suite.HPKEPublicKey, len(keys))
	for k := range keys {
		list[k] = keys[k].Key.Public()
	}
	return list
}

// withPath returns t with a new leaf at from, and above it the parents at the
// nodes of the filtered direct path and blanks at all others.
func (t Tree) withPath(from LeafIndex, leaf LeafNode, path []step, parents []*ParentNode) Tree {
	t.root = t.replace(from, &leaf, func(x NodeIndex) *ParentNode {
		if k := slices.IndexFunc(path, func(s step) bool { return s.at == x }); k >= 0 && spec.Step(nil, req.PathMerge) {
			return parents[k]
		}
		if !spec.Step(nil, req.PathBlank) {
			return t.Parent(x)
		}
		return nil
	})
	return t
}

// Seal encrypts each path secret to the members below the other child of its
// node (Section 7.6), but for the leaves that the same Commit adds: they get
// theirs by Welcome. context is the encoded provisional GroupContext. A node
// whose other child covers new leaves alone stays in the path, without a
// ciphertext.
func (p *FreshPath) Seal(rand io.Reader, context []byte, newLeaves []LeafIndex) (*UpdatePath, error) {
	update := &UpdatePath{LeafNode: *p.Tree.Leaf(p.from)}
	if !spec.Step(nil, req.PathNewLeafExcluded) {
		newLeaves = nil
	}
	for k, s := range p.path {
		n := UpdatePathNode{EncryptionKey: p.Keys[k].Key.Public()}
		for _, x := range s.recipients(newLeaves) {
			sealed, err := p.Tree.seal(rand, x, context, p.Secrets[k])
			if err != nil {
				return nil, err
			}
			if spec.Step(nil, req.PathEncrypt) {
				n.EncryptedPathSecret = append(n.EncryptedPathSecret, sealed)
			}
		}
		update.Nodes = append(update.Nodes, n)
	}
	return update, nil
}

// recipients returns the nodes that the path secret of s is sealed to: the
// resolution of the copath child without the new leaves (Section 7.5), which are
// in increasing order, as they were added.
func (s step) recipients(newLeaves []LeafIndex) []NodeIndex {
	return slices.DeleteFunc(s.copath.resolution(nil), func(x NodeIndex) bool {
		_, found := slices.BinarySearch(newLeaves, x.Leaf())
		return found && x.IsLeaf()
	})
}

// seal encrypts a path secret to the key of x.
func (t Tree) seal(rand io.Reader, x NodeIndex, context []byte, secret suite.Secret) (suite.HPKECiphertext, error) {
	sealed, err := t.suite.EncryptWithLabel(rand, t.EncryptionKey(x), spec.LabelUpdatePathNode, context, secret)
	if err != nil {
		return sealed, fmt.Errorf("path secret for node %d: %w", x, err)
	}
	return sealed, nil
}

// SecretFor returns the path secret of the lowest node above both the committer
// and a new member (Section 12.4.1); nil if no node of the path is above both.
func (p *FreshPath) SecretFor(leaf LeafIndex) suite.Secret {
	if k := lowestAbove(p.path, p.from, leaf); k >= 0 && spec.Step(nil, req.WelcomePathSecretMade) {
		return p.Secrets[k]
	}
	return nil
}

// lowestAbove returns where in the path from one leaf the lowest node above
// both leaves is, or -1 if it is not in it.
func lowestAbove(path []step, from, leaf LeafIndex) int {
	x := CommonAncestor(from, leaf)
	return slices.IndexFunc(path, func(s step) bool { return s.at == x })
}
