package tree

import (
	"bytes"
	"slices"

	"mlssim/impl/suite"
)

// RFC 9420, Section 4.2.

// PathKey is the private key of a parent node. It is secret.
type PathKey struct {
	Node NodeIndex
	Key  *suite.HPKEPrivateKey
}

// A Keyring is the private keys that one member holds: that of its leaf, and
// those of the nodes above it that are not blank and at which it is not
// unmerged. It is never changed.
type Keyring struct {
	leaf  LeafIndex
	key   *suite.HPKEPrivateKey
	nodes []PathKey // by index
}

// NewKeyring returns the keys of a member that holds none but its leaf's.
func NewKeyring(leaf LeafIndex, key *suite.HPKEPrivateKey) Keyring {
	return Keyring{leaf: leaf, key: key}
}

// Leaf returns the private key of the member's leaf.
func (k Keyring) Leaf() *suite.HPKEPrivateKey { return k.key }

// Nodes returns the keys of parent nodes, by index. Callers must not write to it.
func (k Keyring) Nodes() []PathKey { return k.nodes }

// Key returns the private key of a node, if the member holds it.
func (k Keyring) Key(x NodeIndex) (*suite.HPKEPrivateKey, bool) {
	if x == k.leaf.Node() {
		return k.key, true
	}
	if i, ok := k.search(x); ok {
		return k.nodes[i].Key, true
	}
	return nil, false
}

func (k Keyring) search(x NodeIndex) (int, bool) {
	return slices.BinarySearchFunc(k.nodes, x, func(p PathKey, x NodeIndex) int { return int(p.Node) - int(x) })
}

// WithLeaf returns k with another leaf key.
func (k Keyring) WithLeaf(key *suite.HPKEPrivateKey) Keyring {
	k.key = key
	return k
}

// With returns the keys that the member holds in tree t when it has learned
// some. A key that t has no use for is dropped: its node is blank, was given
// another key, or has the member unmerged.
func (k Keyring) With(t Tree, learned []PathKey) Keyring {
	var nodes []PathKey
	for _, p := range slices.Concat(k.nodes, learned) {
		n := t.Parent(p.Node)
		if n != nil && bytes.Equal(n.EncryptionKey, p.Key.Public()) && !slices.Contains(n.UnmergedLeaves, k.leaf) {
			nodes = append(nodes, p)
		}
	}
	slices.SortFunc(nodes, func(a, b PathKey) int { return int(a.Node) - int(b.Node) })
	k.nodes = nodes
	return k
}
