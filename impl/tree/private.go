package tree

import (
	"bytes"
	"cmp"
	"slices"

	"mlssim/impl/suite"
)

// RFC 9420, Section 4.2: what one member holds.

// A PathKey is the key pair of a parent node. It holds a secret.
type PathKey struct {
	Node NodeIndex
	Key  *suite.HPKEPrivateKey
}

// A Keyring holds the private keys of one member: of its leaf, and of those
// nodes of its direct path that are not blank and at which it is not unmerged.
// It is a value, and holds secrets.
type Keyring struct {
	own  LeafIndex
	leaf *suite.HPKEPrivateKey
	path []PathKey // by node, increasing
}

// NewKeyring returns what a member holds that knows no key but its leaf's.
func NewKeyring(own LeafIndex, key *suite.HPKEPrivateKey) Keyring {
	return Keyring{own: own, leaf: key}
}

// Leaf returns the key of the member's leaf.
func (k Keyring) Leaf() *suite.HPKEPrivateKey { return k.leaf }

// Nodes returns the keys of parent nodes, by node, increasing. Callers must not
// write to the list.
func (k Keyring) Nodes() []PathKey { return k.path }

// Key returns the private key of x, if the member holds it.
func (k Keyring) Key(x NodeIndex) (*suite.HPKEPrivateKey, bool) {
	if x == k.own.Node() {
		return k.leaf, k.leaf != nil
	}
	at, found := slices.BinarySearchFunc(k.path, PathKey{Node: x}, byNode)
	if !found {
		return nil, false
	}
	return k.path[at].Key, true
}

// WithLeaf returns k with another key for the member's leaf, and without the old one.
func (k Keyring) WithLeaf(key *suite.HPKEPrivateKey) Keyring {
	k.leaf = key
	return k
}

// With returns what the member holds in tree t when it has learned the keys of
// some nodes above it. A key, old or new, that does not belong to the public key
// of its node in t is gone: the node is blank, or has been given another
// (Section 7.5).
func (k Keyring) With(t Tree, learned []PathKey) Keyring {
	var path []PathKey
	for _, p := range slices.Concat(k.path, learned) {
		if k.own.Node().Below(p.Node) && bytes.Equal(t.EncryptionKey(p.Node), p.Key.Public()) {
			path = append(path, p)
		}
	}
	slices.SortFunc(path, byNode)
	k.path = slices.CompactFunc(path, func(a, b PathKey) bool { return a.Node == b.Node })
	return k
}

func byNode(a, b PathKey) int { return cmp.Compare(a.Node, b.Node) }
