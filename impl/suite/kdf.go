package suite

import (
	"crypto/hkdf"
	"crypto/hmac"
	"encoding/binary"
	"fmt"
	"hash"

	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// Hash returns the hash of b (RFC 9420, Section 5.1).
func (s *Suite) Hash(b []byte) []byte { return s.AppendHash(make([]byte, 0, s.Nh), b) }

// AppendHash appends the hash of b to dst, for many hashes in the same memory.
func (s *Suite) AppendHash(dst, b []byte) []byte {
	s.count(func(w *Work) *int { return &w.Hashes })
	return s.sum(dst, b)
}

// HashTogether returns the hash of what follows one another.
func (s *Suite) HashTogether(parts ...[]byte) []byte {
	s.count(func(w *Work) *int { return &w.Hashes })
	h := s.hash()
	for _, b := range parts {
		h.Write(b)
	}
	return h.Sum(nil)
}

// MAC returns the authentication tag of b under key (RFC 9420, Section 5.1).
func (s *Suite) MAC(key Secret, b []byte) []byte {
	s.count(func(w *Work) *int { return &w.Hashes })
	m := hmac.New(s.hash, key)
	m.Write(b)
	return m.Sum(nil)
}

// VerifyMAC tells in constant time whether tag is the tag of b under key.
func (s *Suite) VerifyMAC(key Secret, b, tag []byte) bool { return hmac.Equal(s.MAC(key, b), tag) }

// Zero returns Nh zero bytes: the secret "0" of RFC 9420, Section 8.
func (s *Suite) Zero() Secret { return make(Secret, s.Nh) }

// Extract is KDF.Extract (RFC 9420, Section 8).
func (s *Suite) Extract(salt, ikm Secret) Secret {
	s.count(func(w *Work) *int { return &w.Derivations })
	prk, err := hkdf.Extract(s.hash, ikm, salt)
	if err != nil {
		panic(err) // only under FIPS restrictions, for keys shorter than ours
	}
	return prk
}

// ExpandWithLabel derives length bytes from secret (RFC 9420, Section 8).
// length is at most 255*Nh; MLS asks for Nh, Nk or Nn, the exporter for what
// its caller checked.
func (s *Suite) ExpandWithLabel(secret Secret, label string, context []byte, length int) Secret {
	s.count(func(w *Work) *int { return &w.Derivations })
	out, err := hkdf.Expand(s.hash, secret, string(KDFLabel(label, context, length)), length)
	if err != nil {
		panic(fmt.Sprintf("suite: expand to %d bytes: %v", length, err))
	}
	return out
}

// KDFLabel returns the encoded KDFLabel that ExpandWithLabel feeds to the KDF
// (RFC 9420, Section 8), for an [Expander].
func KDFLabel(label string, context []byte, length int) []byte {
	return spec.Derive(nil, req.KdfLabel, wire.Encode(&kdfLabel{uint16(length), []byte(spec.LabelPrefix + label), context}))
}

// An Expander derives many secrets of Nh bytes from one, each at a fraction of
// the price of ExpandWithLabel (BenchmarkExpand). It is not for use by several
// goroutines.
type Expander struct {
	mac hash.Hash
	in  []byte
	out []byte
}

// Expander returns the expander of a secret.
func (s *Suite) Expander(secret Secret) *Expander {
	return &Expander{mac: hmac.New(s.hash, secret), out: make([]byte, 0, s.Nh)}
}

// Expand is KDF.Expand to Nh bytes: the first block of HKDF (RFC 5869, Section
// 2.3). The result is valid until the next call.
func (e *Expander) Expand(info []byte) Secret {
	e.mac.Reset()
	e.in = append(append(e.in[:0], info...), 1)
	e.mac.Write(e.in)
	e.out = e.mac.Sum(e.out[:0])
	return e.out
}

// DeriveSecret derives Nh bytes under a label alone (RFC 9420, Section 8).
func (s *Suite) DeriveSecret(secret Secret, label string) Secret {
	return s.ExpandWithLabel(secret, label, nil, s.Nh)
}

// DeriveTreeSecret derives length bytes for a generation of a ratchet (RFC 9420, Section 9.1).
func (s *Suite) DeriveTreeSecret(secret Secret, label string, generation uint32, length int) Secret {
	return s.ExpandWithLabel(secret, label, binary.BigEndian.AppendUint32(nil, generation), length)
}

// RefHash is the hash-based identifier of an encoded value (RFC 9420, Section 5.2).
func (s *Suite) RefHash(label string, value wire.Struct) []byte {
	return spec.Derive(nil, req.RefHash, s.Hash(wire.Encode(&labelled{req.EncodeRefHashInput, []byte(label), value})))
}

// kdfLabel is KDFLabel (RFC 9420, Section 8).
type kdfLabel struct {
	length  uint16
	label   []byte
	context []byte
}

func (l *kdfLabel) Wire(c *wire.Coder) {
	c.Is(req.EncodeKdfLabel)
	wire.Uint16(c, &l.length)
	wire.Opaque(c, &l.label)
	wire.Opaque(c, &l.context)
}

// labelled is the common shape of SignContent, EncryptContext and RefHashInput
// (RFC 9420, Sections 5.1.2, 5.1.3 and 5.2).
type labelled struct {
	is    spec.ID
	label []byte
	value wire.Struct // in which its encoding is opaque
}

func (l *labelled) Wire(c *wire.Coder) {
	c.Is(l.is)
	wire.Opaque(c, &l.label)
	wire.Nested(c, l.value)
}

func withPrefix(is spec.ID, label string, value wire.Struct) []byte {
	return wire.Encode(&labelled{is, []byte(spec.LabelPrefix + label), value})
}
