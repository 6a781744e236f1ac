package tree

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"mlssim/impl/suite"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Sections 7.4 to 7.6.

// A FreshPath is a committer's new leaf and path, before it is sealed to the
// others. It holds secrets, and lives as long as the Commit is in the making.
type FreshPath struct {
	Tree         Tree                  // with the path in it
	LeafKey      *suite.HPKEPrivateKey // of the new leaf
	Secrets      []suite.Secret        // path_secret, lowest first
	Keys         []PathKey             // of the nodes of the filtered direct path
	CommitSecret suite.Secret

	before Tree
	from   LeafIndex
	path   []NodeIndex // filtered direct path
}

// NewPath draws a fresh path for the member at leaf from (Section 7.4). t is
// the tree after the proposals; leaf gives what of the new leaf stays as it
// is. In a group of one the path is empty and commit_secret is fresh.
func (t Tree) NewPath(rand io.Reader, from LeafIndex, leaf LeafNode, signer *suite.SignatureKey, groupID []byte) (*FreshPath, error) {
	p := &FreshPath{before: t, from: from, path: t.FilteredDirectPath(from)}
	var err error
	if p.LeafKey, err = t.s.GenerateKeyPair(rand); err != nil {
		return nil, err
	}
	first, err := t.s.Random(rand)
	if err != nil {
		return nil, err
	}
	p.Secrets, p.Keys, p.CommitSecret = climb(t.s, first, p.path)
	nodes := make([]*ParentNode, len(p.path))
	for j, k := range p.Keys {
		nodes[j] = &ParentNode{EncryptionKey: k.Key.Public()}
	}
	leaf.Source = spec.SourceCommit
	leaf.EncryptionKey = p.LeafKey.Public()
	leaf.ParentHash = t.chain(from, p.path, nodes)
	if leaf, err = leaf.Sign(t.s, signer, groupID, from); err != nil {
		return nil, err
	}
	p.Tree = t.withPath(from, leaf, p.path, nodes)
	return p, nil
}

// climb derives path secrets and key pairs for the nodes of a path, from the
// secret of the first, and the commit_secret, one step above the last.
func climb(s *suite.Suite, secret suite.Secret, path []NodeIndex) ([]suite.Secret, []PathKey, suite.Secret) {
	var secrets []suite.Secret
	var keys []PathKey
	for _, x := range path {
		secrets = append(secrets, secret)
		keys = append(keys, PathKey{x, s.DeriveKeyPair(s.DeriveSecret(secret, spec.LabelNode))})
		secret = s.DeriveSecret(secret, spec.LabelPath)
	}
	return secrets, keys, secret
}

// withPath returns the tree with a new leaf and nodes at its filtered direct
// path; the other nodes above the leaf are blank.
func (t Tree) withPath(from LeafIndex, leaf LeafNode, path []NodeIndex, nodes []*ParentNode) Tree {
	t.root = t.root.replace(t.s, from.Node(), &leaf, func(n *node) *ParentNode {
		if j := slices.Index(path, n.x); j >= 0 {
			return nodes[j]
		}
		return nil
	})
	return t
}

// recipients returns to whose keys the path secret of x is sealed: the
// resolution of its child on the copath, without the leaves that the same
// Commit adds (Section 7.5). t is the tree after the proposals.
func (t Tree) recipients(x NodeIndex, from LeafIndex, newLeaves []LeafIndex) []NodeIndex {
	return slices.DeleteFunc(t.Resolution(copathChild(x, from)), func(y NodeIndex) bool {
		return y.IsLeaf() && slices.Contains(newLeaves, y.Leaf())
	})
}

// publicKey returns the encryption key of a node that is not blank.
func (t Tree) publicKey(x NodeIndex) suite.HPKEPublicKey {
	n := t.at(x)
	if n.leaf != nil {
		return n.leaf.EncryptionKey
	}
	return n.parent.EncryptionKey
}

// Seal encrypts each path secret to the members below the other child of its
// node (Section 7.6). context is the encoded provisional GroupContext.
func (p *FreshPath) Seal(rand io.Reader, context []byte, newLeaves []LeafIndex) (*UpdatePath, error) {
	up := &UpdatePath{LeafNode: *p.Tree.Leaf(p.from)}
	for j, x := range p.path {
		n := UpdatePathNode{EncryptionKey: p.Keys[j].Key.Public()}
		for _, y := range p.before.recipients(x, p.from, newLeaves) {
			c, err := p.before.s.EncryptWithLabel(rand, p.before.publicKey(y), spec.LabelUpdatePathNode, context, p.Secrets[j])
			if err != nil {
				return nil, spec.Checkf(nil, req.SuitePublicKey, false, "node %d: %w", y, err)
			}
			n.EncryptedPathSecret = append(n.EncryptedPathSecret, c)
		}
		up.Nodes = append(up.Nodes, n)
	}
	return up, nil
}

// SecretFor returns the path secret of the lowest node above both the committer
// and a new member (Section 12.4.3.1).
func (p *FreshPath) SecretFor(leaf LeafIndex) suite.Secret {
	return p.Secrets[slices.Index(p.path, CommonAncestor(p.from, leaf))]
}

// Merge returns the tree with another member's path in it (Section 7.5). t is
// the tree after the proposals. All that can be checked without a secret is;
// the leaf by itself is for [Rules.CommitLeaf].
func (t Tree) Merge(rec spec.Recorder, from LeafIndex, p *UpdatePath, newLeaves []LeafIndex) (Tree, error) {
	path := t.FilteredDirectPath(from)
	if err := t.checkPath(rec, from, path, p, newLeaves); err != nil {
		return Tree{}, err
	}
	nodes := make([]*ParentNode, len(path))
	for j := range path {
		nodes[j] = &ParentNode{EncryptionKey: p.Nodes[j].EncryptionKey}
	}
	hash := t.chain(from, path, nodes)
	if err := spec.Check(rec, req.PathParentHash, bytes.Equal(hash, p.LeafNode.ParentHash)); err != nil {
		return Tree{}, err
	}
	return t.withPath(from, p.LeafNode, path, nodes), nil
}

func (t Tree) checkPath(rec spec.Recorder, from LeafIndex, path []NodeIndex, p *UpdatePath, newLeaves []LeafIndex) error {
	if err := spec.Checkf(rec, req.PathNodesCount, len(p.Nodes) == len(path),
		"%d nodes, the filtered direct path has %d", len(p.Nodes), len(path)); err != nil {
		return err
	}
	for j, x := range path {
		got, want := len(p.Nodes[j].EncryptedPathSecret), len(t.recipients(x, from, newLeaves))
		if err := spec.Checkf(rec, req.PathCiphertextCount, got == want, "%d ciphertexts at node %d, want %d", got, x, want); err != nil {
			return err
		}
	}
	old := t.Leaf(from).EncryptionKey
	if err := spec.Check(rec, req.PathLeafKeyChanged, !bytes.Equal(old, p.LeafNode.EncryptionKey)); err != nil {
		return err
	}
	return spec.Check(rec, req.PathKeysFresh, t.fresh(p))
}

// fresh tells whether no key of the path occurs in the tree, nor twice in the path.
func (t Tree) fresh(p *UpdatePath) bool {
	keys := map[string]bool{string(p.LeafNode.EncryptionKey): true}
	for _, n := range p.Nodes {
		if keys[string(n.EncryptionKey)] {
			return false
		}
		keys[string(n.EncryptionKey)] = true
	}
	return t.root.walk(func(n *node) bool {
		return !(n.leaf != nil && keys[string(n.leaf.EncryptionKey)] || n.parent != nil && keys[string(n.parent.EncryptionKey)])
	})
}

// PathSecrets is what a member learns from a path: the secrets from the lowest
// node that it shares with the committer upward. They are to be dropped when
// the next epoch is entered; the Keys stay.
type PathSecrets struct {
	Index        int            // of the first secret's node in the filtered direct path
	Secrets      []suite.Secret // path_secret, lowest first
	Keys         []PathKey
	CommitSecret suite.Secret
}

// OpenPath opens the path secret that is meant for the member at leaf to, and
// derives and checks what lies above (Section 7.5). t is the tree after the
// proposals, p has passed Merge, and keys are the member's keys in t.
func (t Tree) OpenPath(rec spec.Recorder, from, to LeafIndex, keys Keyring, p *UpdatePath, context []byte, newLeaves []LeafIndex) (*PathSecrets, error) {
	path := t.FilteredDirectPath(from)
	first := slices.Index(path, CommonAncestor(from, to))
	secret, err := t.open(rec, path, first, from, to, keys, p, context, newLeaves)
	if err != nil {
		return nil, err
	}
	s := &PathSecrets{Index: first}
	s.Secrets, s.Keys, s.CommitSecret = climb(t.s, secret, path[first:])
	for j, k := range s.Keys {
		if err := spec.Checkf(rec, req.PathPublicKeyMatches,
			bytes.Equal(k.Key.Public(), p.Nodes[first+j].EncryptionKey), "node %d", k.Node); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (t Tree) open(rec spec.Recorder, path []NodeIndex, first int, from, to LeafIndex, keys Keyring, p *UpdatePath, context []byte, newLeaves []LeafIndex) (suite.Secret, error) {
	var secret []byte
	err := fmt.Errorf("no ciphertext for leaf %d", to)
	if first >= 0 {
		for k, y := range t.recipients(path[first], from, newLeaves) {
			if key, ok := keys.Key(y); ok && to.Node().Below(y) {
				secret, err = t.s.DecryptWithLabel(key, spec.LabelUpdatePathNode, context, p.Nodes[first].EncryptedPathSecret[k])
				break
			}
		}
	}
	return secret, spec.Checkf(rec, req.PathDecrypt, err == nil, "%w", err)
}

// Implant derives what a new member at leaf to learns from the path secret of
// the lowest node that it shares with the committer (Section 12.4.3.1). t is
// the tree that it joins.
func (t Tree) Implant(rec spec.Recorder, from, to LeafIndex, secret suite.Secret) (*PathSecrets, error) {
	path := t.FilteredDirectPath(from)
	first := slices.Index(path, CommonAncestor(from, to))
	if err := spec.Checkf(rec, req.WelcomePathSecret, first >= 0, "leaf %d shares no node with leaf %d", to, from); err != nil {
		return nil, err
	}
	s := &PathSecrets{Index: first}
	s.Secrets, s.Keys, s.CommitSecret = climb(t.s, secret, path[first:])
	for _, k := range s.Keys {
		n := t.Parent(k.Node)
		if err := spec.Checkf(rec, req.WelcomePathSecret, n != nil && bytes.Equal(n.EncryptionKey, k.Key.Public()), "node %d", k.Node); err != nil {
			return nil, err
		}
	}
	return s, nil
}
