package tree

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"

	"mlssim/impl/suite"
	"mlssim/spec"
)

// RFC 9420, Section 5.3: X.509 credentials. What a certificate says is read here,
// and whether the first one is for the right key. Whether the chain holds together
// and ends at an authority to be trusted is for the Authentication Service: a
// chain may leave out certificates that its readers have, so one that does not
// certify the one before it may still belong where it stands.

// A CertificateService is an [AuthenticationService] that wants X.509 credentials
// parsed: it is asked ValidateChain for these, and Validate for all others.
type CertificateService interface {
	AuthenticationService
	// ValidateChain tells why a chain, which is not empty and whose first
	// certificate is for key, does not authenticate a member; or nil.
	ValidateChain(chain []*x509.Certificate, key suite.SignaturePublicKey) error
}

// Chain returns the certificates of an X.509 credential, the end entity first; for
// another type it returns nil. The error says which one is no certificate (RFC
// 9420, Section 5.3).
func (r *Credential) Chain() ([]*x509.Certificate, error) {
	if r.Type != spec.CredentialX509 {
		return nil, nil
	}
	if len(r.Certificates) == 0 {
		return nil, errors.New("no certificate")
	}
	chain := make([]*x509.Certificate, len(r.Certificates))
	for i, der := range r.Certificates {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("certificate %d: %w", i, err)
		}
		chain[i] = certificate
	}
	return chain, nil
}

// X509Credential returns the credential of a chain of DER certificates, the end
// entity first (RFC 9420, Section 5.3).
func X509Credential(chain ...[]byte) Credential {
	return Credential{Type: spec.CredentialX509, Certificates: chain}
}

// subjectPublicKeyInfo is SubjectPublicKeyInfo (RFC 5280, Section 4.1.2.7). It is
// read here because crypto/x509 knows neither Ed448 nor ML-DSA, and because the
// bits in it are the signature_key of RFC 9420, Section 5.1.1, as they stand: for
// EdDSA (RFC 8410, Section 4) and ML-DSA the encoded key, for ECDSA (RFC 5480,
// Section 2.2) a point, of which the uncompressed form is the one to compare.
type subjectPublicKeyInfo struct {
	Algorithm pkix.AlgorithmIdentifier
	PublicKey asn1.BitString
}

// algorithm names the kind of a signature key in a certificate.
type algorithm struct {
	oid   asn1.ObjectIdentifier
	curve asn1.ObjectIdentifier // ECDSA; nil where parameters are absent
}

var (
	ed25519Algorithm = algorithm{oid: asn1.ObjectIdentifier{1, 3, 101, 112}}
	ed448Algorithm   = algorithm{oid: asn1.ObjectIdentifier{1, 3, 101, 113}}
	mldsa65Algorithm = algorithm{oid: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, 18}}
	ecPublicKey      = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	p256Algorithm    = algorithm{ecPublicKey, asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}}
	p384Algorithm    = algorithm{ecPublicKey, asn1.ObjectIdentifier{1, 3, 132, 0, 34}}
	p521Algorithm    = algorithm{ecPublicKey, asn1.ObjectIdentifier{1, 3, 132, 0, 35}}
)

// algorithms are those of the cipher suites' signature keys.
var algorithms = map[spec.CipherSuite]algorithm{
	spec.X25519_AES128GCM_SHA256_Ed25519:         ed25519Algorithm,
	spec.P256_AES128GCM_SHA256_P256:              p256Algorithm,
	spec.X25519_CHACHA20POLY1305_SHA256_Ed25519:  ed25519Algorithm,
	spec.X448_AES256GCM_SHA512_Ed448:             ed448Algorithm,
	spec.P521_AES256GCM_SHA512_P521:              p521Algorithm,
	spec.X448_CHACHA20POLY1305_SHA512_Ed448:      ed448Algorithm,
	spec.P384_AES256GCM_SHA384_P384:              p384Algorithm,
	spec.MLKEM768X25519_AES256GCM_SHA384_Ed25519: ed25519Algorithm,
	spec.MLKEM768_AES256GCM_SHA384_Ed25519:       ed25519Algorithm,
	spec.MLKEM768X25519_AES256GCM_SHA384_MLDSA65: mldsa65Algorithm,
	spec.MLKEM768_AES256GCM_SHA384_MLDSA65:       mldsa65Algorithm,
}

// certifies tells why a certificate is not for a signature key of a suite, or nil.
func certifies(certificate *x509.Certificate, s *suite.Suite, key suite.SignaturePublicKey) error {
	var info subjectPublicKeyInfo
	rest, err := asn1.Unmarshal(certificate.RawSubjectPublicKeyInfo, &info)
	if err != nil {
		return fmt.Errorf("public key: %w", err)
	}
	if len(rest) > 0 {
		return fmt.Errorf("%d bytes after the public key", len(rest))
	}
	if want, ok := algorithms[s.ID]; !ok || !want.is(&info.Algorithm) {
		return fmt.Errorf("public key of algorithm %v, not the one of cipher suite %v", info.Algorithm.Algorithm, s.ID)
	}
	if info.PublicKey.BitLength != 8*len(info.PublicKey.Bytes) || !bytes.Equal(info.PublicKey.Bytes, key) {
		return errors.New("public key is not the signature_key")
	}
	return nil
}

// is tells whether an AlgorithmIdentifier names the algorithm.
func (a *algorithm) is(id *pkix.AlgorithmIdentifier) bool {
	if !id.Algorithm.Equal(a.oid) {
		return false
	}
	if a.curve == nil {
		return len(id.Parameters.FullBytes) == 0
	}
	var curve asn1.ObjectIdentifier
	rest, err := asn1.Unmarshal(id.Parameters.FullBytes, &curve)
	return err == nil && len(rest) == 0 && curve.Equal(a.curve)
}
