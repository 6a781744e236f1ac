package model

import (
	"encoding/binary"
	"fmt"
	"mlssim/spec"
	"mlssim/spec/req"
	"strings"
)

// RFC 9420, Section 5.1: keys, signatures, MACs, derived secrets and sealed
// boxes as terms.

// A Term stands for an octet string by how it was made. Terms of one [Store]
// are equal if and only if they were made alike. The zero Term is the
// zero-length octet string, and stands for what is absent.
type Term uint32

// op is the outermost operation of a term.
type op uint8

const (
	opEmpty   op = iota
	opFresh      // label: kind; number: which
	opZero       // KDF.Nh zero bytes
	opBytes      // label: the bytes
	opNumber     // number
	opTuple      // label: name of the structure; args: fields
	opHash       // args: content
	opRefHash    // label; args: content
	opMAC        // args: key, content
	opExtract    // args: salt, ikm
	opExpand     // label; args: secret, context
	opPrivate    // args: secret
	opPublic     // args: private
	opSeal       // label; args: public, context, plaintext
	opEncrypt    // args: key, nonce, aad, plaintext
	opSign       // label; args: private, content
)

var opNames = [...]string{"Empty", "Fresh", "Zero", "Bytes", "Number", "Tuple", "Hash", "RefHash", "MAC",
	"Extract", "Expand", "Private", "Public", "Seal", "Encrypt", "Sign"}

// shape is how a term was made.
type shape struct {
	op     op
	label  string
	number uint64
	args   []Term
}

// A Store holds the terms of a run. It only grows, and what it returns depends
// on its arguments alone, so states that share a Store stay values.
type Store struct {
	shapes  []shape
	index   map[string]Term
	decoded map[Term]any
	key     []byte // scratch
}

// NewStore returns a Store that holds the empty term alone.
func NewStore() *Store {
	return &Store{shapes: []shape{{}}, index: map[string]Term{}, decoded: map[Term]any{}}
}

// intern returns the one term of this shape.
func (s *Store) intern(o op, label string, number uint64, args ...Term) Term {
	k := append(s.key[:0], byte(o))
	k = binary.AppendUvarint(k, uint64(len(label)))
	k = append(k, label...)
	k = binary.AppendUvarint(k, number)
	for _, a := range args {
		k = binary.LittleEndian.AppendUint32(k, uint32(a))
	}
	s.key = k
	if t, ok := s.index[string(k)]; ok {
		return t
	}
	t := Term(len(s.shapes))
	s.shapes = append(s.shapes, shape{o, label, number, append([]Term(nil), args...)})
	s.index[string(k)] = t
	return t
}

// Fresh returns a random value; kind and number name it, and nobody can guess it.
func (s *Store) Fresh(kind Kind, number uint64) Term {
	return s.intern(opFresh, string(kind), number)
}

// Zero returns the all-zero octet string of length KDF.Nh.
func (s *Store) Zero() Term { return s.intern(opZero, "", 0) }

// Bytes returns an octet string that anyone can write down.
func (s *Store) Bytes(b string) Term {
	if b == "" {
		return 0
	}
	return s.intern(opBytes, b, 0)
}

// Number returns an integer.
func (s *Store) Number(n uint64) Term { return s.intern(opNumber, "", n) }

// Tuple returns the encoding of a structure with these fields.
func (s *Store) Tuple(name string, fields ...Term) Term {
	return s.intern(opTuple, name, 0, fields...)
}

// Hash is the hash function of the cipher suite.
func (s *Store) Hash(content Term) Term { return s.intern(opHash, "", 0, content) }

// RefHash makes a hash reference (Section 5.2).
func (s *Store) RefHash(label string, content Term) Term {
	return s.intern(opRefHash, labelled(req.RefHash, label), 0, content)
}

// MAC is the message authentication code of the cipher suite.
func (s *Store) MAC(key, content Term) Term { return s.intern(opMAC, "", 0, key, content) }

// Extract is KDF.Extract.
func (s *Store) Extract(salt, ikm Term) Term { return s.intern(opExtract, "", 0, salt, ikm) }

// Expand is ExpandWithLabel (Section 8).
func (s *Store) Expand(secret Term, label string, context Term) Term {
	return s.intern(opExpand, labelled(req.KdfLabel, label), 0, secret, context)
}

// DeriveSecret is [Store.Expand] without context (Section 8).
func (s *Store) DeriveSecret(secret Term, label string) Term { return s.Expand(secret, label, 0) }

// Private returns the private key that KEM.DeriveKeyPair makes of a secret.
func (s *Store) Private(secret Term) Term { return s.intern(opPrivate, "", 0, secret) }

// Public returns the public key of a private key.
func (s *Store) Public(private Term) Term { return s.intern(opPublic, "", 0, private) }

// Seal is EncryptWithLabel (Section 5.1.3). Sealing the same plaintext twice
// gives the same term, though real boxes would differ: no rule compares them.
func (s *Store) Seal(public Term, label string, context, plaintext Term) Term {
	return s.intern(opSeal, labelled(req.EncryptLabel, label), 0, public, context, plaintext)
}

// Open is DecryptWithLabel (Section 5.1.3). It reports false unless the box was
// sealed to the public key of private with this label and context.
func (s *Store) Open(private Term, label string, context, box Term) (Term, bool) {
	b := s.shapes[box]
	if b.op != opSeal || b.label != labelled(req.EncryptLabel, label) || b.args[0] != s.Public(private) || b.args[1] != context {
		return 0, false
	}
	return b.args[2], true
}

// Encrypt is AEAD encryption.
func (s *Store) Encrypt(key, nonce, aad, plaintext Term) Term {
	return s.intern(opEncrypt, "", 0, key, nonce, aad, plaintext)
}

// Decrypt is AEAD decryption. It reports false unless all but the plaintext is
// as it was at encryption.
func (s *Store) Decrypt(key, nonce, aad, ciphertext Term) (Term, bool) {
	c := s.shapes[ciphertext]
	if c.op != opEncrypt || c.args[0] != key || c.args[1] != nonce || c.args[2] != aad {
		return 0, false
	}
	return c.args[3], true
}

// Sign is SignWithLabel (Section 5.1.2).
func (s *Store) Sign(private Term, label string, content Term) Term {
	return s.intern(opSign, labelled(req.SignLabel, label), 0, private, content)
}

// Verify is VerifyWithLabel (Section 5.1.2).
func (s *Store) Verify(public Term, label string, content, signature Term) bool {
	g := s.shapes[signature]
	return g.op == opSign && g.label == labelled(req.SignLabel, label) && g.args[1] == content && s.Public(g.args[0]) == public
}

// labelled returns a label, of a derivation that has one.
func labelled(id spec.ID, label string) string {
	if !spec.Step(nil, id) {
		return ""
	}
	return label
}

// derived returns a term that an equation of the RFC gives.
func (s *Store) derived(id spec.ID, t Term) Term {
	if !spec.Step(nil, id) {
		return s.Tuple("another value", t)
	}
	return t
}

// drawn tells whether a term is a random value. Such a one stands for an octet
// string of length KDF.Nh; what was made in another way is of another length.
func (s *Store) drawn(t Term) bool { return s.shapes[t].op == opFresh }

// length returns how many bytes a term has that was written down, and 0 for others:
// those are never long.
func (s *Store) length(t Term) int {
	if s.shapes[t].op != opBytes {
		return 0
	}
	return len(s.shapes[t].label)
}

// SealedBy returns what a box made by Seal holds, and the private key that opens
// it. Only an observer of everything may ask: no step of a member does.
func (s *Store) SealedBy(box Term) (private, plaintext Term, ok bool) {
	b := s.shapes[box]
	if b.op != opSeal {
		return 0, 0, false
	}
	private, ok = s.PrivateOf(b.args[0])
	return private, b.args[2], ok
}

// EncryptedBy returns what a ciphertext made by Encrypt holds, and its key, as
// [Store.SealedBy] for observers.
func (s *Store) EncryptedBy(ciphertext Term) (key, plaintext Term, ok bool) {
	c := s.shapes[ciphertext]
	if c.op != opEncrypt {
		return 0, 0, false
	}
	return c.args[0], c.args[3], true
}

// PrivateOf returns the private key of a public key, as [Store.SealedBy] for
// observers.
func (s *Store) PrivateOf(public Term) (Term, bool) {
	p := s.shapes[public]
	if p.op != opPublic {
		return 0, false
	}
	return p.args[0], true
}

// structure is what can be encoded.
type structure interface{ term(*Store) Term }

// encode returns the encoding of v, which [decode] then inverts.
func encode(s *Store, v structure) Term {
	t := v.term(s)
	s.decoded[t] = v
	return t
}

// decode returns the structure that t encodes. It reports false if t encodes
// nothing or a structure of another type.
func decode[T structure](s *Store, t Term) (T, bool) {
	v, ok := s.decoded[t].(T)
	return v, ok
}

// list returns the encoding of a vector.
func list[T any](s *Store, items []T, term func(T) Term) Term {
	if len(items) == 0 {
		return 0
	}
	terms := make([]Term, len(items))
	for i, item := range items {
		terms[i] = term(item)
	}
	return s.Tuple("vector", terms...)
}

// numbers returns the encoding of a vector of integers.
func numbers[T ~uint8 | ~uint16 | ~uint32](s *Store, items []T) Term {
	return list(s, items, func(n T) Term { return s.Number(uint64(n)) })
}

// String writes a term out, three operations deep: for messages of tests.
func (s *Store) String(t Term) string { return s.write(t, 3) }

func (s *Store) write(t Term, depth int) string {
	h := s.shapes[t]
	switch {
	case h.op == opBytes:
		return fmt.Sprintf("%q", h.label)
	case h.op == opNumber:
		return fmt.Sprint(h.number)
	case h.op == opFresh:
		return fmt.Sprintf("%s#%d", h.label, h.number)
	case depth == 0:
		return "…"
	}
	args := make([]string, len(h.args))
	for i, a := range h.args {
		args[i] = s.write(a, depth-1)
	}
	name := opNames[h.op]
	if h.label != "" {
		name += "[" + h.label + "]"
	}
	return name + "(" + strings.Join(args, ", ") + ")"
}
