package suite

import (
	"crypto/ed25519"
	"fmt"
	"io"

	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// A SignaturePublicKey is a signature key in the encoding of RFC 9420, Section 5.1.1.
type SignaturePublicKey []byte

// A SignatureKey is a private signature key. Printing one shows a fingerprint.
type SignatureKey struct {
	private **Secret // two pointers, as in HPKEPrivateKey
	public  SignaturePublicKey
}

// Public returns the public key.
func (k *SignatureKey) Public() SignaturePublicKey { return k.public }

// Bytes returns the private key: for EdDSA its seed, for ECDSA its scalar.
func (k *SignatureKey) Bytes() Secret { return **k.private }

// String returns a fingerprint, never the key.
func (k *SignatureKey) String() string { return (*k.private).String() }

// Format writes a fingerprint whatever the verb.
func (k *SignatureKey) Format(f fmt.State, v rune) { (*k.private).Format(f, v) }

// signatureScheme is what a suite needs of a signature algorithm.
type signatureScheme interface {
	generate(rand io.Reader) (Secret, error)
	public(private Secret) (SignaturePublicKey, error)
	sign(private Secret, message []byte) ([]byte, error)
	verify(public SignaturePublicKey, message, signature []byte) bool
	sizes() (public, signature int) // in bytes; of signatures the longest
}

// GenerateSignatureKey draws a private key from rand.
func (s *Suite) GenerateSignatureKey(rand io.Reader) (*SignatureKey, error) {
	private, err := s.signature.generate(rand)
	if err != nil {
		return nil, fmt.Errorf("signature key: %w", err)
	}
	return s.ParseSignatureKey(private)
}

func readSeed(rand io.Reader, size int) (Secret, error) {
	seed := make(Secret, size)
	_, err := io.ReadFull(rand, seed)
	return seed, err
}

// ParseSignatureKey returns the key pair of a private key.
func (s *Suite) ParseSignatureKey(private []byte) (*SignatureKey, error) {
	public, err := s.signature.public(private)
	if err != nil {
		return nil, err
	}
	seed := new(append(Secret(nil), private...))
	return &SignatureKey{private: &seed, public: public}, nil
}

// SignWithLabel signs encoded content under a label (RFC 9420, Section 5.1.2).
func (s *Suite) SignWithLabel(key *SignatureKey, label string, content wire.Struct) ([]byte, error) {
	return s.signature.sign(**key.private, spec.Derive(nil, req.SignLabel, withPrefix(req.EncodeSignContent, label, content)))
}

// VerifyWithLabel tells whether signature is one of encoded content under a label
// (RFC 9420, Section 5.1.2). A malformed key verifies nothing.
func (s *Suite) VerifyWithLabel(public SignaturePublicKey, label string, content wire.Struct, signature []byte) bool {
	return s.Verifier().VerifyWithLabel(public, label, content, signature)
}

// Signatures tells whether signatures are right: a [Suite] or a [Verifier].
type Signatures interface {
	VerifyWithLabel(public SignaturePublicKey, label string, content wire.Struct, signature []byte) bool
}

// A Verifier verifies one signature after another, all in the same memory. It is
// not for use by several goroutines.
type Verifier struct {
	suite  *Suite
	buffer wire.Buffer
	input  labelled
}

// Verifier returns a verifier of signatures of s.
func (s *Suite) Verifier() *Verifier { return &Verifier{suite: s} }

// VerifyWithLabel is that of the suite.
func (v *Verifier) VerifyWithLabel(public SignaturePublicKey, label string, content wire.Struct, signature []byte) bool {
	v.suite.count(func(w *Work) *int { return &w.Verifies })
	v.input.is, v.input.value = req.EncodeSignContent, content
	v.input.label = append(append(v.input.label[:0], spec.LabelPrefix...), label...)
	return v.suite.signature.verify(public, spec.Derive(nil, req.SignLabel, v.buffer.Encode(&v.input)), signature)
}

type ed25519Scheme struct{}

func (ed25519Scheme) generate(rand io.Reader) (Secret, error) {
	return readSeed(rand, ed25519.SeedSize)
}

func (ed25519Scheme) public(seed Secret) (SignaturePublicKey, error) {
	if len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("ed25519 key of %d bytes, want %d", len(seed), ed25519.SeedSize)
	}
	return SignaturePublicKey(ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)), nil
}

func (ed25519Scheme) sign(seed Secret, message []byte) ([]byte, error) {
	return ed25519.Sign(ed25519.NewKeyFromSeed(seed), message), nil
}

func (ed25519Scheme) sizes() (public, signature int) {
	return ed25519.PublicKeySize, ed25519.SignatureSize
}

func (ed25519Scheme) verify(public SignaturePublicKey, message, signature []byte) bool {
	return len(public) == ed25519.PublicKeySize && ed25519.Verify(ed25519.PublicKey(public), message, signature)
}
