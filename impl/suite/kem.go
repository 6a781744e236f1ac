package suite

import (
	"fmt"
	"io"

	"github.com/cloudflare/circl/hpke"
	"github.com/cloudflare/circl/kem"
	"github.com/cloudflare/circl/kem/mlkem/mlkem768"

	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// An HPKEPublicKey is a public key of the suite's KEM (RFC 9420, Section 5.1.1).
type HPKEPublicKey []byte

// kemScheme is what a suite needs of a KEM. Encapsulation takes its randomness
// as a seed, for a reader's bytes have to give the same output each time.
type kemScheme interface {
	PublicKeySize() int
	PrivateKeySize() int
	CiphertextSize() int
	EncapsulationSeedSize() int
	UnmarshalBinaryPublicKey(public []byte) (kem.PublicKey, error)
	UnmarshalBinaryPrivateKey(private []byte) (kem.PrivateKey, error)
	EncapsulateDeterministically(public kem.PublicKey, seed []byte) (enc, shared []byte, err error)
	Decapsulate(private kem.PrivateKey, enc []byte) (shared []byte, err error)
}

// schemeOf returns the KEM of a code point.
func schemeOf(k hpke.KEM) kemScheme {
	if k == kemMLKEM768 {
		return mlkemScheme{mlkem768.Scheme()}
	}
	return k.Scheme()
}

// An HPKEPrivateKey is a key pair of the suite's KEM. Printing one shows a
// fingerprint. It may be shared between goroutines.
type HPKEPrivateKey struct {
	held   *hpkeKey
	public HPKEPublicKey
}

// hpkeKey keeps its secrets behind a second pointer: fmt prints unexported
// fields without asking for their Format, and if the verb does not fit it
// follows the first.
type hpkeKey struct {
	key     kem.PrivateKey
	private *Secret
}

// Public returns the public key.
func (k *HPKEPrivateKey) Public() HPKEPublicKey { return k.public }

// Bytes returns the private key as SerializePrivateKey of RFC 9180 does.
func (k *HPKEPrivateKey) Bytes() Secret { return *k.held.private }

// String returns a fingerprint, never the key.
func (k *HPKEPrivateKey) String() string { return k.held.private.String() }

// Format writes a fingerprint whatever the verb.
func (k *HPKEPrivateKey) Format(f fmt.State, v rune) { k.held.private.Format(f, v) }

// newHPKEPrivateKey asks for the public key at once: circl computes it on
// first use without a lock, and would compute it again in each decapsulation.
func newHPKEPrivateKey(key kem.PrivateKey) (*HPKEPrivateKey, error) {
	public, err := key.Public().MarshalBinary()
	if err != nil {
		return nil, err
	}
	b, err := key.MarshalBinary()
	if err != nil {
		return nil, err
	}
	private := Secret(b)
	return &HPKEPrivateKey{held: &hpkeKey{key, &private}, public: public}, nil
}

// DeriveKeyPair returns the key pair of ikm, a secret of Nh bytes (RFC 9420,
// Section 7.4; RFC 9180, Section 7.1.3).
func (s *Suite) DeriveKeyPair(ikm Secret) *HPKEPrivateKey {
	k, err := newHPKEPrivateKey(s.deriveKey(ikm))
	if err != nil {
		panic(err) // a key that circl has just made can be encoded
	}
	return k
}

// GenerateKeyPair derives a key pair from Nh bytes of rand.
func (s *Suite) GenerateKeyPair(rand io.Reader) (*HPKEPrivateKey, error) {
	ikm, err := s.Random(rand)
	if err != nil {
		return nil, err
	}
	return s.DeriveKeyPair(ikm), nil
}

// Random draws a secret of Nh bytes from rand.
func (s *Suite) Random(rand io.Reader) (Secret, error) {
	b := make(Secret, s.Nh)
	if _, err := io.ReadFull(rand, b); err != nil {
		return nil, fmt.Errorf("randomness: %w", err)
	}
	return b, nil
}

// ParseHPKEPrivateKey returns the key pair of a serialized private key.
func (s *Suite) ParseHPKEPrivateKey(private []byte) (*HPKEPrivateKey, error) {
	key, err := s.scheme.UnmarshalBinaryPrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("HPKE private key of %d bytes: %w", len(private), err)
	}
	return newHPKEPrivateKey(key)
}

// HPKECiphertext is what one public key encryption sends (RFC 9420, Section 7.6).
type HPKECiphertext struct {
	KEMOutput  []byte
	Ciphertext []byte
}

// Wire describes HPKECiphertext (RFC 9420, Section 7.6).
func (t *HPKECiphertext) Wire(c *wire.Coder) {
	c.Is(req.EncodeHpkeCiphertext)
	wire.Opaque(c, &t.KEMOutput)
	wire.Opaque(c, &t.Ciphertext)
}

// EncryptWithLabel seals plaintext to public (RFC 9420, Section 5.1.3). It
// draws the encapsulation from rand.
func (s *Suite) EncryptWithLabel(rand io.Reader, public HPKEPublicKey, label string, context, plaintext []byte) (HPKECiphertext, error) {
	s.count(func(w *Work) *int { return &w.Seals })
	enc, sealer, err := s.setupSender(rand, public, spec.Derive(nil, req.EncryptLabel, withPrefix(req.EncodeEncryptContext, label, wire.Bytes(context))))
	if err != nil {
		return HPKECiphertext{}, err
	}
	ct, err := sealer.Seal(plaintext, nil)
	return HPKECiphertext{KEMOutput: enc, Ciphertext: ct}, err
}

// DecryptWithLabel opens a ciphertext (RFC 9420, Section 5.1.3).
func (s *Suite) DecryptWithLabel(private *HPKEPrivateKey, label string, context []byte, t HPKECiphertext) ([]byte, error) {
	s.count(func(w *Work) *int { return &w.Opens })
	info := spec.Derive(nil, req.EncryptLabel, withPrefix(req.EncodeEncryptContext, label, wire.Bytes(context)))
	return s.shared.open(func() ([]byte, error) {
		opener, err := s.setupReceiver(private, t.KEMOutput, info)
		if err != nil {
			return nil, err
		}
		return opener.Open(t.Ciphertext, nil)
	}, private, info, t)
}

// sealer and opener are the two ends of HPKE, as far as MLS uses them.
type (
	sealer interface {
		Seal(plaintext, aad []byte) ([]byte, error)
		Export(context []byte, length uint) []byte
	}
	opener interface {
		Open(ciphertext, aad []byte) ([]byte, error)
		Export(context []byte, length uint) []byte
	}
)

// setupSender is SetupBaseS (RFC 9180, Section 5.1.1).
func (s *Suite) setupSender(rand io.Reader, public HPKEPublicKey, info []byte) (enc []byte, _ sealer, err error) {
	key, err := s.scheme.UnmarshalBinaryPublicKey(public)
	if err != nil {
		return nil, nil, fmt.Errorf("HPKE public key of %d bytes: %w", len(public), err)
	}
	if !s.kem.IsValid() {
		return s.setupOwnSender(rand, key, info)
	}
	sender, err := s.hpke.circl().NewSender(key, info)
	if err != nil {
		return nil, nil, err
	}
	return sender.Setup(rand)
}

// setupReceiver is SetupBaseR (RFC 9180, Section 5.1.1).
func (s *Suite) setupReceiver(private *HPKEPrivateKey, enc, info []byte) (opener, error) {
	if !s.kem.IsValid() {
		return s.setupOwnReceiver(private, enc, info)
	}
	receiver, err := s.hpke.circl().NewReceiver(private.held.key, info)
	if err != nil {
		return nil, err
	}
	return receiver.Setup(enc)
}

// Seal encrypts with the suite's AEAD.
func (s *Suite) Seal(key, nonce Secret, aad, plaintext []byte) ([]byte, error) {
	a, err := s.aead(key)
	if err != nil {
		return nil, err
	}
	if len(nonce) != a.NonceSize() {
		return nil, fmt.Errorf("nonce of %d bytes, want %d", len(nonce), a.NonceSize())
	}
	return a.Seal(nil, nonce, plaintext, aad), nil
}

// Open decrypts with the suite's AEAD.
func (s *Suite) Open(key, nonce Secret, aad, ciphertext []byte) ([]byte, error) {
	a, err := s.aead(key)
	if err != nil {
		return nil, err
	}
	if len(nonce) != a.NonceSize() {
		return nil, fmt.Errorf("nonce of %d bytes, want %d", len(nonce), a.NonceSize())
	}
	return a.Open(nil, nonce, ciphertext, aad)
}
