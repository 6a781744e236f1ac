package schedule

import (
	"mlssim/impl/suite"
	"mlssim/impl/tree"
)

// RFC 9420, Section 9.2: what is held, and what a step used up.

// A HeldSecret is one secret of a secret tree.
type HeldSecret struct {
	Kind       HeldKind
	Index      uint32       // HeldRoot, HeldNode: the node (Appendix C); else the leaf
	Generation uint32       // of a ratchet secret or key
	Secret     suite.Secret // of a key: the AEAD key
}

// HeldKind says what a [HeldSecret] is.
type HeldKind uint8

const (
	HeldRoot               HeldKind = iota + 1 // encryption_secret, also if the root is a leaf
	HeldNode                                   // tree_node_[N]_secret
	HeldHandshakeRatchet                       // handshake_ratchet_secret_[N]_[j]
	HeldApplicationRatchet                     // application_ratchet_secret_[N]_[j]
	HeldHandshakeKey                           // handshake_ratchet_key_[N]_[j]
	HeldApplicationKey                         // application_ratchet_key_[N]_[j]
)

// Held lists the secrets in the tree: nodes in order from the left, a leaf's
// handshake ratchet before its application ratchet, of each first the secret
// of the next generation, then the keys that were skipped. A nonce goes with
// its key and is not listed. It costs one visit per secret.
func (t *SecretTree) Held() []HeldSecret {
	return t.root.held(nil, HeldRoot, tree.NodeIndex(1)<<t.levels-1, t.levels)
}

func (n *subtree) held(list []HeldSecret, kind HeldKind, x tree.NodeIndex, level int) []HeldSecret {
	switch {
	case n.secret != nil:
		return append(list, HeldSecret{Kind: kind, Index: uint32(x), Secret: n.secret})
	case level == 0:
		leaf := uint32(x / 2)
		list = n.ratchets[Handshake].held(list, Handshake, leaf)
		return n.ratchets[Application].held(list, Application, leaf)
	}
	half := tree.NodeIndex(1) << (level - 1)
	list = n.left.held(list, HeldNode, x-half, level-1)
	return n.right.held(list, HeldNode, x+half, level-1)
}

func (r *ratchet) held(list []HeldSecret, t RatchetType, leaf uint32) []HeldSecret {
	if r.secret != nil {
		list = append(list, HeldSecret{Kind: t.secretKind(), Index: leaf, Generation: r.next, Secret: r.secret})
	}
	for _, k := range r.skipped {
		list = append(list, HeldSecret{Kind: t.keyKind(), Index: leaf, Generation: k.generation, Secret: k.key.Key})
	}
	return list
}

func (t RatchetType) secretKind() HeldKind {
	if t == Handshake {
		return HeldHandshakeRatchet
	}
	return HeldApplicationRatchet
}

func (t RatchetType) keyKind() HeldKind {
	if t == Handshake {
		return HeldHandshakeKey
	}
	return HeldApplicationKey
}

// A ratchetConsumer notes what a step uses up of one ratchet.
type ratchetConsumer struct {
	ratchet RatchetType
	note    func(kind HeldKind, generation uint32, secret suite.Secret)
}

func (c ratchetConsumer) secret(generation uint32, secret suite.Secret) {
	c.note(c.ratchet.secretKind(), generation, secret)
}

func (c ratchetConsumer) key(generation uint32, k KeyNonce) {
	c.note(c.ratchet.keyKind(), generation, k.Key)
}
