package forge

import (
	"encoding/asn1"
	"fmt"
	"math/big"

	"mlssim/impl/suite"
	"mlssim/spec"
)

// A certificate is as much of one as RFC 5280, Section 4.1, asks for.
type certificate struct {
	TBS       tbsCertificate
	Algorithm algorithm
	Signature asn1.BitString
}

type tbsCertificate struct {
	Serial    *big.Int
	Signature algorithm
	Issuer    []asn1.RawValue // of no name
	Validity  struct{ From, To asn1.RawValue }
	Subject   []asn1.RawValue
	Key       struct {
		Algorithm algorithm
		Bits      asn1.BitString
	}
}

type algorithm struct {
	ID         asn1.ObjectIdentifier
	Parameters asn1.ObjectIdentifier `asn1:"optional"`
}

// algorithmOf returns the kind of a suite's signature keys (RFC 8410, Section 3, and
// RFC 5480, Section 2.1.1).
func algorithmOf(s *suite.Suite) (algorithm, error) {
	curve := func(oid ...int) (algorithm, error) {
		return algorithm{asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}, oid}, nil
	}
	switch s.ID {
	case spec.X25519_AES128GCM_SHA256_Ed25519, spec.X25519_CHACHA20POLY1305_SHA256_Ed25519:
		return algorithm{ID: asn1.ObjectIdentifier{1, 3, 101, 112}}, nil
	case spec.X448_AES256GCM_SHA512_Ed448, spec.X448_CHACHA20POLY1305_SHA512_Ed448:
		return algorithm{ID: asn1.ObjectIdentifier{1, 3, 101, 113}}, nil
	case spec.P256_AES128GCM_SHA256_P256:
		return curve(1, 2, 840, 10045, 3, 1, 7)
	case spec.P384_AES256GCM_SHA384_P384:
		return curve(1, 3, 132, 0, 34)
	case spec.P521_AES256GCM_SHA512_P521:
		return curve(1, 3, 132, 0, 35)
	}
	return algorithm{}, fmt.Errorf("no certificates of %v", s.ID)
}

// Certificate returns a DER certificate for a signature key, whose own signature is
// none: whether it is to be trusted is for the Authentication Service alone (RFC
// 9420, Section 5.3.1).
func Certificate(s *suite.Suite, key suite.SignaturePublicKey) ([]byte, error) {
	kind, err := algorithmOf(s)
	if err != nil {
		return nil, err
	}
	var c certificate
	c.TBS.Serial = big.NewInt(1)
	day := func(s string) asn1.RawValue { return asn1.RawValue{Tag: asn1.TagUTCTime, Bytes: []byte(s)} }
	c.TBS.Validity.From, c.TBS.Validity.To = day("700101000000Z"), day("491231235959Z")
	c.TBS.Key.Algorithm, c.TBS.Key.Bits = kind, asn1.BitString{Bytes: key, BitLength: 8 * len(key)}
	c.TBS.Signature, c.Algorithm = kind, kind
	c.Signature = asn1.BitString{Bytes: []byte{0}, BitLength: 8}
	return asn1.Marshal(c)
}
