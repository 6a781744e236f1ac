package tree

import (
	"bytes"
	"errors"

	"mlssim/impl/suite"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Sections 7.5 and 12.4.3.1: what a member learns from a path, out of
// its UpdatePath or, if it is new, out of its Welcome.

// PathSecrets is what a member learns from a path, from the lowest node that it
// shares with the committer up. It holds secrets, of which Keys outlive the
// Commit.
type PathSecrets struct {
	Index        int            // of the first secret's node in the filtered direct path
	Secrets      []suite.Secret // path secrets, lowest first
	Keys         []PathKey      // of the same nodes
	CommitSecret suite.Secret
}

// OpenPath opens the path secret that is meant for the member at leaf to, and
// derives what lies above it (Section 7.5). t is the tree that the proposals
// have made, p has passed [Tree.Merge] into it, keys are what the member holds
// in t, and context is the encoded provisional GroupContext. The error is a
// [spec.Violation].
func (t Tree) OpenPath(rec spec.Recorder, from, to LeafIndex, keys Keyring, p *UpdatePath, context []byte, newLeaves []LeafIndex) (*PathSecrets, error) {
	path := t.filteredDirectPath(from)
	if err := spec.Checkf(rec, req.PathNodesCount, len(p.Nodes) == len(path), "%d nodes, want %d", len(p.Nodes), len(path)); err != nil {
		return nil, err
	}
	first := lowestAbove(path, from, to)
	var secret []byte
	err := errNotRecipient
	if first >= 0 {
		secret, err = t.open(keys, path[first].recipients(newLeaves), p.Nodes[first].EncryptedPathSecret, context)
	}
	if err := spec.Checkf(rec, req.PathDecrypt, err == nil, "leaf %d: %w", to, err); err != nil {
		return nil, err
	}
	s := derive(t.suite, secret, path, first)
	for k, key := range s.Keys {
		match := bytes.Equal(key.Key.Public(), p.Nodes[first+k].EncryptionKey)
		if err := spec.Checkf(rec, req.PathPublicKeyMatches, match, "node %d", key.Node); err != nil {
			return nil, err
		}
	}
	return s, nil
}

var errNotRecipient = errors.New("no ciphertext is for a key that is held")

// open opens the one of the ciphertexts, in the order of their recipients, that
// is for a key in keys.
func (t Tree) open(keys Keyring, recipients []NodeIndex, sealed []suite.HPKECiphertext, context []byte) (suite.Secret, error) {
	for k, x := range recipients {
		if key, ok := keys.Key(x); ok && k < len(sealed) {
			return t.suite.DecryptWithLabel(key, spec.LabelUpdatePathNode, context, sealed[k])
		}
	}
	return nil, errNotRecipient
}

// derive returns what the secret of the node at path[first] gives.
func derive(s *suite.Suite, secret suite.Secret, path []step, first int) *PathSecrets {
	p := &PathSecrets{Index: first}
	p.Secrets, p.Keys, p.CommitSecret = climb(s, secret, path[first:])
	return p
}

// Implant derives what a new member at leaf to learns from the path secret in
// its Welcome, which is that of the lowest node above it and the committer at
// leaf from (Section 12.4.3.1). t is the tree that it joins, whose public keys
// must be those derived. The error is a [spec.Violation].
func (t Tree) Implant(rec spec.Recorder, from, to LeafIndex, secret suite.Secret) (*PathSecrets, error) {
	path := t.filteredDirectPath(from)
	first := lowestAbove(path, from, to)
	if err := spec.Checkf(rec, req.WelcomePathSecret, first >= 0, "leaves %d and %d share no node of the path", from, to); err != nil {
		return nil, err
	}
	s := derive(t.suite, secret, path, first)
	for _, key := range s.Keys {
		match := bytes.Equal(key.Key.Public(), t.EncryptionKey(key.Node))
		if err := spec.Checkf(rec, req.WelcomePathSecret, match, "node %d", key.Node); err != nil {
			return nil, err
		}
	}
	return s, nil
}
