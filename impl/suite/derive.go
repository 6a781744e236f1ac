package suite

import (
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"hash"
	"math/big"
	"slices"

	"github.com/cloudflare/circl/hpke"
	"github.com/cloudflare/circl/kem"
)

// RFC 9180, Section 7.1.3. circl's own DeriveKeyPair takes secrets of the size
// of a private key alone; MLS derives from Nh bytes, which for X448 and P-521 is
// another number.

// deriveKey returns the private key of ikm.
func (s *Suite) deriveKey(ikm Secret) kem.PrivateKey {
	size := s.scheme.PrivateKeySize()
	if latticed(s.kem) {
		return s.parseDerived(deriveSeed(s.kem, ikm, size))
	}
	d := keyDerivation{kem: s.kem, hash: kemHash(s.kem)}
	prk := d.extract("dkp_prk", ikm)
	curve := nistCurve(s.kem)
	if curve == nil {
		return s.parseDerived(d.expand(prk, "sk", nil, size))
	}
	for counter := range 256 {
		candidate := d.expand(prk, "candidate", []byte{byte(counter)}, size)
		candidate[0] &= 0xff >> (8*size - curve.Params().BitSize)
		n := new(big.Int).SetBytes(candidate)
		if n.Sign() > 0 && n.Cmp(curve.Params().N) < 0 {
			return s.parseDerived(candidate)
		}
	}
	panic("suite: no candidate for a private key") // probability below 2^-8000
}

func (s *Suite) parseDerived(private []byte) kem.PrivateKey {
	key, err := s.scheme.UnmarshalBinaryPrivateKey(private)
	if err != nil {
		panic(err) // it has the size, and for a curve the range
	}
	return key
}

// keyDerivation is the labelled KDF of a KEM (RFC 9180, Section 4).
type keyDerivation struct {
	kem  hpke.KEM
	hash func() hash.Hash
}

// labelled returns the prefix of what is extracted and expanded.
func (d keyDerivation) labelled(label string) []byte {
	b := binary.BigEndian.AppendUint16([]byte("HPKE-v1KEM"), uint16(d.kem))
	return append(b, label...)
}

func (d keyDerivation) extract(label string, ikm []byte) []byte {
	prk, err := hkdf.Extract(d.hash, slices.Concat(d.labelled(label), ikm), nil)
	if err != nil {
		panic(err) // only under FIPS restrictions, for keys shorter than ours
	}
	return prk
}

func (d keyDerivation) expand(prk []byte, label string, info []byte, length int) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(length))
	out, err := hkdf.Expand(d.hash, prk, string(slices.Concat(b, d.labelled(label), info)), length)
	if err != nil {
		panic(err) // length is that of a private key
	}
	return out
}

// nistCurve returns the curve of a KEM whose private keys have a range, else nil.
func nistCurve(k hpke.KEM) elliptic.Curve {
	switch k {
	case hpke.KEM_P256_HKDF_SHA256:
		return elliptic.P256()
	case hpke.KEM_P384_HKDF_SHA384:
		return elliptic.P384()
	case hpke.KEM_P521_HKDF_SHA512:
		return elliptic.P521()
	}
	return nil
}

// kemHash returns the hash of the KEM's own KDF (RFC 9180, Section 7.1).
func kemHash(k hpke.KEM) func() hash.Hash {
	switch k {
	case hpke.KEM_P384_HKDF_SHA384:
		return sha512.New384
	case hpke.KEM_P521_HKDF_SHA512, hpke.KEM_X448_HKDF_SHA512:
		return sha512.New
	}
	return sha256.New
}
