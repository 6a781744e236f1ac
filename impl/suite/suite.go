// Package suite is the cryptography of RFC 9420, Section 5: cipher suites, and
// the labelled forms of signing, encryption and derivation. Within impl it is
// the only package that imports cryptographic code.
package suite

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"hash"

	"github.com/cloudflare/circl/hpke"

	"mlssim/spec"
	"mlssim/spec/req"
)

// A Suite is one cipher suite (RFC 9420, Section 5.1). Suites are immutable.
type Suite struct {
	ID spec.CipherSuite

	Nh int // size of a hash, of a MAC and of a derived secret, in bytes
	Nk int // size of an AEAD key, in bytes
	Nn int // size of an AEAD nonce, in bytes

	hash      func() hash.Hash
	hpke      hpke.Suite
	kem       hpke.KEM
	aead      func(key []byte) (cipher.AEAD, error)
	signature signatureScheme
	work      *Work // nil counts nothing
}

// Work counts the costly operations that were carried out with a suite.
type Work struct {
	Seals    int // public key encryptions
	Opens    int // public key decryptions
	Verifies int // signatures verified
}

// Counting returns the same suite, whose operations are counted in w. It is not
// for use by several goroutines at once.
func (s *Suite) Counting(w *Work) *Suite {
	c := *s
	c.work = w
	return &c
}

// count adds to one of the counters, if there are any.
func (s *Suite) count(of func(*Work) *int) {
	if s.work != nil {
		*of(s.work)++
	}
}

var x25519AES128SHA256Ed25519 = &Suite{
	ID:        spec.X25519_AES128GCM_SHA256_Ed25519,
	Nh:        32,
	Nk:        16,
	Nn:        12,
	hash:      sha256.New,
	hpke:      hpke.NewSuite(hpke.KEM_X25519_HKDF_SHA256, hpke.KDF_HKDF_SHA256, hpke.AEAD_AES128GCM),
	kem:       hpke.KEM_X25519_HKDF_SHA256,
	aead:      aesGCM,
	signature: ed25519Scheme{},
}

// Get returns the suite of a code point; an unknown one is a violation.
func Get(id spec.CipherSuite) (*Suite, error) {
	if id == x25519AES128SHA256Ed25519.ID {
		return x25519AES128SHA256Ed25519, nil
	}
	return nil, spec.Checkf(nil, req.SuiteSupported, false, "cipher suite %v", id)
}

// All returns the supported suites in the order of their code points.
func All() []*Suite { return []*Suite{x25519AES128SHA256Ed25519} }

func aesGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
