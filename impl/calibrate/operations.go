// Package calibrate measures what the operations of a cipher suite cost on the
// machine at hand. What a simulated member does is counted exactly; these figures
// turn counts into time.
package calibrate

import (
	"fmt"
	"io"

	"mlssim/impl/suite"
	"mlssim/impl/wire"
)

// An Operation is one that members carry out, of RFC 9420, Section 5 or 8.
type Operation string

// The operations, in the order in which they are measured.
const (
	GenerateKeyPair Operation = "generate_key_pair" // Nh bytes of randomness, then DeriveKeyPair
	Encrypt         Operation = "encrypt"           // EncryptWithLabel of a path secret
	Decrypt         Operation = "decrypt"           // DecryptWithLabel of a path secret
	Encapsulate     Operation = "encapsulate_init"  // init_secret of an external Commit, by the joiner
	Decapsulate     Operation = "decapsulate_init"  // the same, by a member
	Sign            Operation = "sign"              // SignWithLabel of a kilobyte
	Verify          Operation = "verify"            // VerifyWithLabel of a kilobyte
	Extract         Operation = "extract"           // KDF.Extract of two secrets
	Expand          Operation = "expand"            // DeriveSecret
	Hash            Operation = "hash"              // of a kilobyte
	MAC             Operation = "mac"               // of a kilobyte
	Seal            Operation = "seal"              // AEAD.Seal of a kilobyte
	Open            Operation = "open"              // AEAD.Open of a kilobyte
)

// Operations lists all of them in the order above.
func Operations() []Operation {
	return []Operation{GenerateKeyPair, Encrypt, Decrypt, Encapsulate, Decapsulate, Sign, Verify,
		Extract, Expand, Hash, MAC, Seal, Open}
}

// kilobyte is what is signed, hashed and sealed, in bytes.
const kilobyte = 1024

// label is one of RFC 9420's of usual length; all cost the same.
const label = "UpdatePathNode"

// bench is what the operations of one suite work on. All of it is made before
// anything is measured.
type bench struct {
	s          *suite.Suite
	rand       io.Reader
	secret     suite.Secret // also what is encrypted
	key        *suite.HPKEPrivateKey
	box        suite.HPKECiphertext
	kemOutput  []byte
	signer     *suite.SignatureKey
	content    []byte // a kilobyte
	signature  []byte
	aead       suite.Secret
	nonce      suite.Secret
	ciphertext []byte
}

// newBench draws what the operations need from rand.
func newBench(s *suite.Suite, rand io.Reader) (*bench, error) {
	b := &bench{s: s, rand: rand, content: make([]byte, kilobyte)}
	for _, prepare := range []func() error{
		func() (err error) { b.secret, err = s.Random(rand); return },
		func() (err error) { b.key, err = s.GenerateKeyPair(rand); return },
		func() (err error) {
			b.box, err = s.EncryptWithLabel(rand, b.key.Public(), label, nil, b.secret)
			return
		},
		func() (err error) { b.kemOutput, _, err = s.EncapsulateInit(rand, b.key.Public()); return },
		func() (err error) { b.signer, err = s.GenerateSignatureKey(rand); return },
		func() (err error) { b.signature, err = s.SignWithLabel(b.signer, label, wire.Bytes(b.content)); return },
		func() (err error) {
			b.aead = s.ExpandWithLabel(b.secret, "key", nil, s.Nk)
			b.nonce = s.ExpandWithLabel(b.secret, "nonce", nil, s.Nn)
			b.ciphertext, err = s.Seal(b.aead, b.nonce, nil, b.content)
			return
		},
	} {
		if err := prepare(); err != nil {
			return nil, fmt.Errorf("suite %v: %w", s.ID, err)
		}
	}
	return b, nil
}

// do carries out an operation once.
func (b *bench) do(o Operation) (err error) {
	switch o {
	case GenerateKeyPair:
		_, err = b.s.GenerateKeyPair(b.rand)
	case Encrypt:
		_, err = b.s.EncryptWithLabel(b.rand, b.key.Public(), label, nil, b.secret)
	case Decrypt:
		_, err = b.s.DecryptWithLabel(b.key, label, nil, b.box)
	case Encapsulate:
		_, _, err = b.s.EncapsulateInit(b.rand, b.key.Public())
	case Decapsulate:
		_, err = b.s.DecapsulateInit(b.key, b.kemOutput)
	case Sign:
		_, err = b.s.SignWithLabel(b.signer, label, wire.Bytes(b.content))
	case Verify:
		if !b.s.VerifyWithLabel(b.signer.Public(), label, wire.Bytes(b.content), b.signature) {
			err = fmt.Errorf("an own signature does not verify")
		}
	case Extract:
		b.s.Extract(b.secret, b.secret)
	case Expand:
		b.s.DeriveSecret(b.secret, label)
	case Hash:
		b.s.Hash(b.content)
	case MAC:
		b.s.MAC(b.secret, b.content)
	case Seal:
		_, err = b.s.Seal(b.aead, b.nonce, nil, b.content)
	case Open:
		_, err = b.s.Open(b.aead, b.nonce, nil, b.ciphertext)
	default:
		err = fmt.Errorf("no operation %q", o)
	}
	return err
}
