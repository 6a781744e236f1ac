// Package suite is the cryptography of RFC 9420, Section 5: cipher suites, and
// the labelled forms of signing, encryption and derivation. Within impl it is
// the only package that imports cryptographic code.
package suite

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"

	"github.com/cloudflare/circl/hpke"
	"golang.org/x/crypto/chacha20poly1305"

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
	sum       func(dst, b []byte) []byte // appends the hash of all at once, and keeps no state
	hpke      keySchedule                // for a KEM that circl's HPKE has not
	kem       hpke.KEM
	scheme    kemScheme
	aead      func(key []byte) (cipher.AEAD, error)
	signature signatureScheme
	work      *Work   // nil counts nothing
	shared    *shared // nil shares nothing
}

// suites are those of RFC 9420, Section 17.1, in the order of their code points.
var suites = []*Suite{
	newSuite(spec.X25519_AES128GCM_SHA256_Ed25519, crypto.SHA256, hpke.KEM_X25519_HKDF_SHA256, hpke.KDF_HKDF_SHA256, hpke.AEAD_AES128GCM, ed25519Scheme{}),
	newSuite(spec.P256_AES128GCM_SHA256_P256, crypto.SHA256, hpke.KEM_P256_HKDF_SHA256, hpke.KDF_HKDF_SHA256, hpke.AEAD_AES128GCM, ecdsaScheme{elliptic.P256(), crypto.SHA256}),
	newSuite(spec.X25519_CHACHA20POLY1305_SHA256_Ed25519, crypto.SHA256, hpke.KEM_X25519_HKDF_SHA256, hpke.KDF_HKDF_SHA256, hpke.AEAD_ChaCha20Poly1305, ed25519Scheme{}),
	newSuite(spec.X448_AES256GCM_SHA512_Ed448, crypto.SHA512, hpke.KEM_X448_HKDF_SHA512, hpke.KDF_HKDF_SHA512, hpke.AEAD_AES256GCM, ed448Scheme{}),
	newSuite(spec.P521_AES256GCM_SHA512_P521, crypto.SHA512, hpke.KEM_P521_HKDF_SHA512, hpke.KDF_HKDF_SHA512, hpke.AEAD_AES256GCM, ecdsaScheme{elliptic.P521(), crypto.SHA512}),
	newSuite(spec.X448_CHACHA20POLY1305_SHA512_Ed448, crypto.SHA512, hpke.KEM_X448_HKDF_SHA512, hpke.KDF_HKDF_SHA512, hpke.AEAD_ChaCha20Poly1305, ed448Scheme{}),
	newSuite(spec.P384_AES256GCM_SHA384_P384, crypto.SHA384, hpke.KEM_P384_HKDF_SHA384, hpke.KDF_HKDF_SHA384, hpke.AEAD_AES256GCM, ecdsaScheme{elliptic.P384(), crypto.SHA384}),
}

func newSuite(id spec.CipherSuite, h crypto.Hash, kem hpke.KEM, kdf hpke.KDF, aead hpke.AEAD, signature signatureScheme) *Suite {
	s := &Suite{
		ID:        id,
		Nh:        h.Size(),
		Nk:        int(aead.KeySize()),
		Nn:        chacha20poly1305.NonceSize, // 12 bytes for all of them
		hash:      h.New,
		sum:       sums[h],
		hpke:      keySchedule{kem, kdf, aead},
		kem:       kem,
		scheme:    schemeOf(kem),
		aead:      aesGCM,
		signature: signature,
	}
	if aead == hpke.AEAD_ChaCha20Poly1305 {
		s.aead = chacha20poly1305.New
	}
	return s
}

// MaxNh is the greatest Nh of any suite.
const MaxNh = sha512.Size

// sums are the hash functions of the suites.
var sums = map[crypto.Hash]func(dst, b []byte) []byte{
	crypto.SHA256: func(dst, b []byte) []byte { h := sha256.Sum256(b); return append(dst, h[:]...) },
	crypto.SHA384: func(dst, b []byte) []byte { h := sha512.Sum384(b); return append(dst, h[:]...) },
	crypto.SHA512: func(dst, b []byte) []byte { h := sha512.Sum512(b); return append(dst, h[:]...) },
}

// Work counts the costly operations that were carried out with a suite.
type Work struct {
	Seals       int // public key encryptions
	Opens       int // public key decryptions
	Verifies    int // signatures verified
	Derivations int // of one secret from another
	Hashes      int // and authentication tags
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

// Get returns the suite of a code point, an experimental one too; an unknown one
// is a violation.
func Get(id spec.CipherSuite) (*Suite, error) {
	for _, list := range [][]*Suite{suites, experimental} {
		for _, s := range list {
			if s.ID == id {
				if !spec.Step(nil, req.SuiteParameters) {
					s = suites[len(suites)-1]
				}
				return s, spec.Check(nil, req.SuiteSupported, true)
			}
		}
	}
	return nil, spec.Checkf(nil, req.SuiteSupported, false, "cipher suite %v", id)
}

// Named returns the suite of a name, which is what its code point is written as.
func Named(name string) (*Suite, error) {
	for _, id := range spec.CipherSuites() {
		if id.String() == name {
			return Get(id)
		}
	}
	return nil, fmt.Errorf("no cipher suite %q", name)
}

// All returns the suites of RFC 9420 in the order of their code points. A client
// supports them all.
func All() []*Suite { return append([]*Suite(nil), suites...) }

func aesGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
