package schedule

import (
	"fmt"
	"io"
	"math/bits"

	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 9.

// A SecretTree is what one member still holds of the keys of an epoch's
// messages. It is never changed: a step returns another tree, which shares
// with the old one all but the path to one leaf. Secrets are derived when a
// leaf is first needed, and what has been derived from is no longer in the
// tree after (Section 9.2).
type SecretTree struct {
	s      *suite.Suite
	root   *subtree
	levels int // the tree has 1<<levels leaves
}

// A subtree is in one of three states: untouched, and secret is all there is of
// it; a parent that has been derived from, with both children; a leaf that has
// been reached, with its two ratchets.
type subtree struct {
	secret      suite.Secret
	left, right *subtree
	ratchets    *[2]ratchet // by RatchetType
}

// NewSecretTree returns the secret tree that encryption, the encryption_secret
// of an epoch, is the root of (Section 9). leaves is the size of the ratchet
// tree, a power of two of at most 1<<31; other numbers are rounded up to one.
func NewSecretTree(s *suite.Suite, encryption suite.Secret, leaves uint32) *SecretTree {
	return &SecretTree{
		s:      s,
		root:   &subtree{secret: encryption},
		levels: bits.Len32(max(leaves, 1) - 1),
	}
}

// Format writes how much is held, and no secret, whatever the verb.
func (t *SecretTree) Format(f fmt.State, _ rune) {
	io.WriteString(f, fmt.Sprintf("secret tree of %d leaves, %d secrets held", 1<<t.levels, len(t.Held())))
}

// Next returns the key of the next generation that a sender has not used yet,
// the tree after its use, and what that used up (Section 9.1). Whoever goes on
// with the old tree uses the key twice.
func (t *SecretTree) Next(rec spec.Recorder, leaf tree.LeafIndex, r RatchetType) (generation uint32, k KeyNonce, after *SecretTree, consumed []HeldSecret, err error) {
	if err := t.inside(rec, leaf); err != nil {
		return 0, KeyNonce{}, nil, nil, err
	}
	if now := t.find(leaf); now != nil {
		if err := spec.Checkf(rec, req.RatchetKeyOnce, now[r].secret != nil, "every generation was used"); err != nil {
			return 0, KeyNonce{}, nil, nil, err
		}
		generation = now[r].next
	}
	k, after, consumed = t.take(leaf, r, generation, Window{})
	return generation, k, after, consumed, nil
}

// Key returns the key of a generation for a receiver, the tree after its use,
// and what that used up (Section 9.1). It refuses a generation that was used
// or lies too far ahead (Section 15.3), both before anything is derived. The
// caller goes on with after if the message opened, else with t, for which then
// nothing has been used up (Section 9.2).
func (t *SecretTree) Key(rec spec.Recorder, leaf tree.LeafIndex, r RatchetType, generation uint32, w Window) (k KeyNonce, after *SecretTree, consumed []HeldSecret, err error) {
	if err := t.inside(rec, leaf); err != nil {
		return KeyNonce{}, nil, nil, err
	}
	now := t.find(leaf)
	if now == nil { // both ratchets stand at generation 0; which secret is there does not matter here
		now = &[2]ratchet{{secret: t.s.Zero()}, {secret: t.s.Zero()}}
	}
	if err := now[r].check(rec, generation, w); err != nil {
		return KeyNonce{}, nil, nil, err
	}
	k, after, consumed = t.take(leaf, r, generation, w)
	return k, after, consumed, nil
}

// inside decides whether there is such a leaf at all. Whether it is blank only
// the ratchet tree can tell.
func (t *SecretTree) inside(rec spec.Recorder, leaf tree.LeafIndex) error {
	return spec.Checkf(rec, req.PrivateSenderDataLeaf, uint64(leaf)>>t.levels == 0,
		"leaf %d in a tree of %d", leaf, uint64(1)<<t.levels)
}

// find returns the ratchets of a leaf, or nil if it has not been reached.
func (t *SecretTree) find(leaf tree.LeafIndex) *[2]ratchet {
	n := t.root
	for level := t.levels - 1; level >= 0 && n.secret == nil; level-- {
		if leaf>>level&1 == 0 {
			n = n.left
		} else {
			n = n.right
		}
	}
	return n.ratchets
}

// take carries out a step that has been found admissible.
func (t *SecretTree) take(leaf tree.LeafIndex, r RatchetType, generation uint32, w Window) (KeyNonce, *SecretTree, []HeldSecret) {
	use := &use{s: t.s, leaf: leaf, ratchet: r, generation: generation, window: w}
	rootKind, rootIndex := HeldRoot, tree.NodeIndex(1)<<t.levels-1
	after := use.descend(t.root, rootKind, rootIndex, t.levels)
	return use.key, &SecretTree{s: t.s, root: after, levels: t.levels}, use.consumed
}

// A use is one step in the making: which key is taken, and what it takes to
// get there.
type use struct {
	s          *suite.Suite
	leaf       tree.LeafIndex
	ratchet    RatchetType
	generation uint32
	window     Window

	key      KeyNonce
	consumed []HeldSecret // from the root down
}

// descend returns the subtree n without what the use uses up. n is node x at a
// level, leaves being at level 0; kind is what its secret is listed as.
func (u *use) descend(n *subtree, kind HeldKind, x tree.NodeIndex, level int) *subtree {
	if n.secret != nil {
		u.consumed = append(u.consumed, HeldSecret{Kind: kind, Index: uint32(x), Secret: n.secret})
		n = derive(u.s, n.secret, level)
	}
	if level == 0 {
		return &subtree{ratchets: u.turn(*n.ratchets)}
	}
	half := tree.NodeIndex(1) << (level - 1)
	if u.leaf>>(level-1)&1 == 0 {
		return &subtree{left: u.descend(n.left, HeldNode, x-half, level-1), right: n.right}
	}
	return &subtree{left: n.left, right: u.descend(n.right, HeldNode, x+half, level-1)}
}

// turn takes the key from the leaf's ratchets.
func (u *use) turn(ratchets [2]ratchet) *[2]ratchet {
	consume := func(kind HeldKind, generation uint32, secret suite.Secret) {
		u.consumed = append(u.consumed, HeldSecret{Kind: kind, Index: uint32(u.leaf), Generation: generation, Secret: secret})
	}
	u.key, ratchets[u.ratchet] = ratchets[u.ratchet].take(u.s, u.generation, u.window, ratchetConsumer{u.ratchet, consume})
	return &ratchets
}

// derive returns what a tree secret at a level becomes when it is used.
func derive(s *suite.Suite, secret suite.Secret, level int) *subtree {
	if level == 0 {
		handshake, application := LeafRatchets(s, secret)
		return &subtree{ratchets: &[2]ratchet{Handshake: {secret: handshake}, Application: {secret: application}}}
	}
	left, right := TreeChildren(s, secret)
	return &subtree{left: &subtree{secret: left}, right: &subtree{secret: right}}
}

// TreeChildren returns the tree secrets of a parent's children (Section 9,
// Figure 25).
func TreeChildren(s *suite.Suite, secret suite.Secret) (left, right suite.Secret) {
	return spec.Derive(nil, req.SecretTreeDerive, s.ExpandWithLabel(secret, spec.LabelTree, []byte(spec.ContextLeft), s.Nh)),
		s.ExpandWithLabel(secret, spec.LabelTree, []byte(spec.ContextRight), s.Nh)
}

// LeafRatchets returns the ratchet secrets of generation 0 of a leaf (Section
// 9, Figure 26).
func LeafRatchets(s *suite.Suite, secret suite.Secret) (handshake, application suite.Secret) {
	return s.DeriveSecret(secret, spec.LabelHandshake), s.DeriveSecret(secret, spec.LabelApplication)
}
