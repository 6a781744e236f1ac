package schedule

import (
	"fmt"

	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
)

// A secret tree, written down. What Section 9.2 has deleted is not in it.

// Encode returns what is left of the tree as bytes, from which
// [DecodeSecretTree] makes an equal one. They are as secret as the tree is.
func (t *SecretTree) Encode() suite.Secret { return wire.Encode((*storedTree)(t)) }

// DecodeSecretTree returns the tree that b was written from, for a ratchet tree
// of so many leaves. The error names what cannot be: it is of a length that the
// suite has not got, or out of order.
func DecodeSecretTree(s *suite.Suite, b []byte, leaves uint32) (*SecretTree, error) {
	t := NewSecretTree(s, nil, leaves)
	t.root = nil
	if err := wire.Decode(b, (*storedTree)(t)); err != nil {
		return nil, fmt.Errorf("secret tree: %w", err)
	}
	if err := t.root.check(s, tree.NodeIndex(1)<<t.levels-1, t.levels); err != nil {
		return nil, fmt.Errorf("secret tree: %w", err)
	}
	return t, nil
}

// storedTree is a SecretTree whose number of levels is known.
type storedTree SecretTree

func (t *storedTree) Wire(c *wire.Coder) { storeSubtree(c, &t.root, t.levels) }

// The three states of a subtree.
const (
	storedUntouched uint8 = iota + 1
	storedParent
	storedLeaf
)

// storeSubtree describes a subtree at a level; below level 0 there is nothing,
// whatever the bytes say.
func storeSubtree(c *wire.Coder, p **subtree, level int) {
	if c.Decoding() {
		*p = &subtree{}
	}
	n := *p
	state := n.state()
	wire.Uint8(c, &state)
	switch {
	case c.Err() != nil:
	case state == storedUntouched:
		wire.Opaque(c, &n.secret)
	case state == storedParent && level > 0:
		storeSubtree(c, &n.left, level-1)
		storeSubtree(c, &n.right, level-1)
	case state == storedLeaf && level == 0:
		if c.Decoding() {
			n.ratchets = &[2]ratchet{}
		}
		n.ratchets[Handshake].wire(c)
		n.ratchets[Application].wire(c)
	default:
		c.Unknown(fmt.Sprintf("state of a subtree at level %d", level), uint64(state))
	}
}

func (n *subtree) state() uint8 {
	switch {
	case n.secret != nil:
		return storedUntouched
	case n.ratchets != nil:
		return storedLeaf
	}
	return storedParent
}

func (r *ratchet) wire(c *wire.Coder) {
	wire.Opaque(c, &r.secret)
	wire.Uint32(c, &r.next)
	wire.Vector(c, &r.skipped, func(c *wire.Coder, k *skippedKey) {
		wire.Uint32(c, &k.generation)
		wire.Opaque(c, &k.key.Key)
		wire.Opaque(c, &k.key.Nonce)
	})
}

// check holds what was read to what a tree of the suite can be.
//
//spec:extra a state that was written down is read, and nothing that a peer has sent
func (n *subtree) check(s *suite.Suite, x tree.NodeIndex, level int) error {
	switch n.state() {
	case storedLeaf:
		for kind, r := range n.ratchets {
			if err := r.checkStored(s); err != nil {
				return fmt.Errorf("leaf %d, ratchet %d: %w", x/2, kind, err)
			}
		}
		return nil
	case storedUntouched:
		if len(n.secret) != s.Nh {
			return fmt.Errorf("node %d: a secret of %d bytes", x, len(n.secret))
		}
		return nil
	}
	if n.left == nil { // an untouched subtree whose secret was empty
		return fmt.Errorf("node %d: a secret of 0 bytes", x)
	}
	half := tree.NodeIndex(1) << (level - 1)
	if err := n.left.check(s, x-half, level-1); err != nil {
		return err
	}
	return n.right.check(s, x+half, level-1)
}

//spec:extra a state that was written down is read, and nothing that a peer has sent
func (r *ratchet) checkStored(s *suite.Suite) error {
	if r.secret != nil && len(r.secret) != s.Nh {
		return fmt.Errorf("a secret of %d bytes", len(r.secret))
	}
	for i, k := range r.skipped {
		if len(k.key.Key) != s.Nk || len(k.key.Nonce) != s.Nn {
			return fmt.Errorf("generation %d: a key of %d bytes and a nonce of %d", k.generation, len(k.key.Key), len(k.key.Nonce))
		}
		if i > 0 && k.generation <= r.skipped[i-1].generation || r.secret != nil && k.generation >= r.next {
			return fmt.Errorf("generation %d out of order", k.generation)
		}
	}
	return nil
}
