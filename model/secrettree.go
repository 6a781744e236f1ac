package model

import (
	"slices"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 9: the secret tree; 9.1: its ratchets; 9.2: deletion.

// A RatchetType says what a ratchet's keys protect (Section 9.1).
type RatchetType uint8

const (
	Handshake RatchetType = iota
	Application
)

// kinds returns what the ratchet's secrets and keys are called.
func (r RatchetType) kinds() (secret, key Kind) {
	if r == Handshake {
		return HandshakeRatchet, HandshakeKey
	}
	return ApplicationRatchet, ApplicationKey
}

// A SecretTree is what one member has left of an epoch's secret tree: subtrees
// not reached yet, ratchets of leaves that were, and keys of messages that have
// not come. It is a value: each use returns another.
type SecretTree struct {
	root     NodeIndex
	subtrees []Key // the secret of a node, as private key of it
	ratchets []ratchet
	skipped  []messageKey
}

// ratchet is a ratchet before generation gen.
type ratchet struct {
	leaf   LeafIndex
	of     RatchetType
	gen    uint32
	secret Term
}

// messageKey is the key and nonce of one generation.
type messageKey struct {
	leaf       LeafIndex
	of         RatchetType
	gen        uint32
	key, nonce Term
}

// use tells what one use of the tree brought into being and used up.
type use struct {
	made     []Secret
	consumed []Term
	key      Term // of a message that was sent
}

// newSecretTree returns the tree of an epoch, of which nothing is used.
func newSecretTree(encryption Term, t Tree) SecretTree {
	return SecretTree{root: t.Root(), subtrees: []Key{{t.Root(), encryption}}}
}

// Held returns all secrets that the tree holds: subtrees, ratchets, skipped keys.
func (t SecretTree) Held() []Term {
	var held []Term
	for _, k := range t.subtrees {
		held = append(held, k.Private)
	}
	for _, r := range t.ratchets {
		held = append(held, r.secret)
	}
	for _, k := range t.skipped {
		held = append(held, k.key)
	}
	return held
}

// find returns the place of a ratchet, or -1 if its leaf has not been reached.
func (t SecretTree) find(i LeafIndex, of RatchetType) int {
	return slices.IndexFunc(t.ratchets, func(r ratchet) bool { return r.leaf == i && r.of == of })
}

// reach derives tree secrets down to a leaf and makes its ratchets. What is
// passed on the way is used up; the siblings are held instead (Section 9.2).
func (t SecretTree) reach(s *Store, i LeafIndex, u *use) SecretTree {
	if t.find(i, Handshake) >= 0 {
		return t
	}
	at := slices.IndexFunc(t.subtrees, func(k Key) bool { return below(i, k.Node) })
	if at < 0 {
		return t
	}
	x, secret := t.subtrees[at].Node, t.subtrees[at].Private
	t.subtrees = slices.Delete(slices.Clone(t.subtrees), at, at+1)
	for level(x) > 0 {
		var sibling Key
		x, secret, sibling = descend(s, x, secret, i, u)
		t.subtrees = append(t.subtrees, sibling)
	}
	slices.SortFunc(t.subtrees, func(a, b Key) int { return int(a.Node) - int(b.Node) })
	u.consumed = append(u.consumed, secret)
	return t.withRatchets(s, i, secret, u)
}

// descend makes the two children of a node (Section 9, first figure), and
// returns the one above leaf i and its sibling.
func descend(s *Store, x NodeIndex, secret Term, i LeafIndex, u *use) (NodeIndex, Term, Key) {
	l := Key{left(x), s.derived(req.SecretTreeDerive, s.Expand(secret, spec.LabelTree, s.Bytes(spec.ContextLeft)))}
	r := Key{right(x), s.derived(req.SecretTreeDerive, s.Expand(secret, spec.LabelTree, s.Bytes(spec.ContextRight)))}
	u.made = append(u.made,
		makes(M2, TreeSecret, l.Private, secret).at(uint32(l.Node)),
		makes(M2, TreeSecret, r.Private, secret).at(uint32(r.Node)))
	u.consumed = append(u.consumed, secret)
	if below(i, l.Node) {
		return l.Node, l.Private, r
	}
	return r.Node, r.Private, l
}

// withRatchets adds the two ratchets of a leaf (Section 9, second figure).
func (t SecretTree) withRatchets(s *Store, i LeafIndex, secret Term, u *use) SecretTree {
	hs := s.Expand(secret, spec.LabelHandshake, 0)
	app := s.Expand(secret, spec.LabelApplication, 0)
	t.ratchets = append(slices.Clip(t.ratchets), ratchet{i, Handshake, 0, hs}, ratchet{i, Application, 0, app})
	u.made = append(u.made,
		makes(M3, HandshakeRatchet, hs, secret).at(uint32(i)),
		makes(M3, ApplicationRatchet, app, secret).at(uint32(i)))
	return t
}

// next takes the key of a ratchet's present generation (Section 9.1).
func (t SecretTree) next(s *Store, i LeafIndex, of RatchetType, u *use) (messageKey, SecretTree) {
	r := t.ratchets[t.find(i, of)]
	return t.key(s, i, of, r.gen, u)
}

// key takes the key of a generation that is still there: passing others by, if
// need be, whose keys are then kept (Section 15.3).
func (t SecretTree) key(s *Store, i LeafIndex, of RatchetType, gen uint32, u *use) (messageKey, SecretTree) {
	at := t.find(i, of)
	r := t.ratchets[at]
	if spec.Branch(nil, req.RatchetKeep, gen < r.gen) {
		return t.takeSkipped(i, of, gen, u)
	}
	t.ratchets = slices.Clone(t.ratchets)
	for {
		k, next := r.step(s, u)
		t.ratchets[at] = next
		if k.gen == gen {
			u.consumed = append(u.consumed, k.key)
			return k, t
		}
		t.skipped = append(slices.Clip(t.skipped), k)
		r = next
	}
}

// keeping drops the oldest keys of a ratchet that were kept beyond a number
// (Section 15.3).
func (t SecretTree) keeping(i LeafIndex, of RatchetType, most int, u *use) SecretTree {
	n := 0
	for _, k := range t.skipped {
		if k.leaf == i && k.of == of {
			n++
		}
	}
	t.skipped = slices.DeleteFunc(slices.Clone(t.skipped), func(k messageKey) bool {
		if k.leaf != i || k.of != of || n <= most {
			return false
		}
		n--
		u.consumed = append(u.consumed, k.key)
		return true
	})
	return t
}

// step is one step of a ratchet: a key, a nonce, and the next secret.
func (r ratchet) step(s *Store, u *use) (messageKey, ratchet) {
	gen := s.Number(uint64(r.gen))
	of := func(label string) Term { return s.derived(req.RatchetDerive, s.Expand(r.secret, label, gen)) }
	k := messageKey{r.leaf, r.of, r.gen, of(spec.LabelKey), of(spec.LabelNonce)}
	next := ratchet{r.leaf, r.of, r.gen + 1, of(spec.LabelSecret)}
	secretKind, keyKind := r.of.kinds()
	u.made = append(u.made,
		makes(M4, secretKind, next.secret, r.secret).at(uint32(r.leaf)).gen(next.gen),
		makes(M4, keyKind, k.key, r.secret).at(uint32(r.leaf)).gen(k.gen))
	u.consumed = append(u.consumed, r.secret)
	return k, next
}

// takeSkipped takes a key that was kept.
func (t SecretTree) takeSkipped(i LeafIndex, of RatchetType, gen uint32, u *use) (messageKey, SecretTree) {
	at := t.findSkipped(i, of, gen)
	k := t.skipped[at]
	t.skipped = slices.Delete(slices.Clone(t.skipped), at, at+1)
	u.consumed = append(u.consumed, k.key)
	return k, t
}

func (t SecretTree) findSkipped(i LeafIndex, of RatchetType, gen uint32) int {
	return slices.IndexFunc(t.skipped, func(k messageKey) bool { return k.leaf == i && k.of == of && k.gen == gen })
}

// unused tells whether the key of a generation is still to be had.
func (t SecretTree) unused(i LeafIndex, of RatchetType, gen uint32) bool {
	at := t.find(i, of)
	return at < 0 || gen >= t.ratchets[at].gen || t.findSkipped(i, of, gen) >= 0
}

// ahead returns how many generations a ratchet would have to pass by.
func (t SecretTree) ahead(i LeafIndex, of RatchetType, gen uint32) uint32 {
	var at uint32
	if n := t.find(i, of); n >= 0 {
		at = t.ratchets[n].gen
	}
	return max(gen, at) - at
}
