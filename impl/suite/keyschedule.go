package suite

import (
	"crypto/cipher"
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"github.com/cloudflare/circl/hpke"
	"github.com/cloudflare/circl/kem"
)

// HPKE's base mode over any KEM (RFC 9180, Section 5.1): circl's takes none but
// its own, among which ML-KEM alone is not.

// keySchedule names the three algorithms of HPKE.
type keySchedule struct {
	kem  hpke.KEM
	kdf  hpke.KDF
	aead hpke.AEAD
}

// circl returns the same three in circl's HPKE, which panics if it has not the KEM.
func (k keySchedule) circl() hpke.Suite { return hpke.NewSuite(k.kem, k.kdf, k.aead) }

// setupOwnSender draws a seed and encapsulates with it.
func (s *Suite) setupOwnSender(rand io.Reader, public kem.PublicKey, info []byte) (enc []byte, _ *hpkeContext, err error) {
	seed := make(Secret, s.scheme.EncapsulationSeedSize())
	if _, err := io.ReadFull(rand, seed); err != nil {
		return nil, nil, fmt.Errorf("randomness: %w", err)
	}
	enc, shared, err := s.scheme.EncapsulateDeterministically(public, seed)
	if err != nil {
		return nil, nil, err
	}
	c, err := s.hpke.context(shared, info)
	return enc, c, err
}

func (s *Suite) setupOwnReceiver(private *HPKEPrivateKey, enc, info []byte) (*hpkeContext, error) {
	shared, err := s.scheme.Decapsulate(private.held.key, enc)
	if err != nil {
		return nil, err
	}
	return s.hpke.context(shared, info)
}

// An hpkeContext seals and opens messages in order. It holds secrets.
type hpkeContext struct {
	schedule keySchedule
	aead     cipher.AEAD
	nonce    Secret // base_nonce
	exporter Secret
	next     uint64 // sequence number
}

// context is KeySchedule in base mode (RFC 9180, Section 5.1).
func (k keySchedule) context(shared, info []byte) (*hpkeContext, error) {
	const modeBase = 0
	context := slices.Concat([]byte{modeBase}, k.extract(nil, "psk_id_hash", nil), k.extract(nil, "info_hash", info))
	secret := k.extract(shared, "secret", nil)
	aead, err := k.aead.New(k.expand(secret, "key", context, k.aead.KeySize()))
	if err != nil {
		return nil, err
	}
	return &hpkeContext{
		schedule: k,
		aead:     aead,
		nonce:    k.expand(secret, "base_nonce", context, k.aead.NonceSize()),
		exporter: k.expand(secret, "exp", context, uint(k.kdf.ExtractSize())),
	}, nil
}

// labelled returns the prefix of what is extracted and expanded (RFC 9180, Section 4).
func (k keySchedule) labelled(label string) []byte {
	b := binary.BigEndian.AppendUint16([]byte("HPKE-v1HPKE"), uint16(k.kem))
	b = binary.BigEndian.AppendUint16(b, uint16(k.kdf))
	b = binary.BigEndian.AppendUint16(b, uint16(k.aead))
	return append(b, label...)
}

func (k keySchedule) extract(salt []byte, label string, ikm []byte) []byte {
	return k.kdf.Extract(slices.Concat(k.labelled(label), ikm), salt)
}

// expand returns length bytes, which are at most 255 times those of the hash.
func (k keySchedule) expand(prk []byte, label string, info []byte, length uint) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(length))
	return k.kdf.Expand(prk, slices.Concat(b, k.labelled(label), info), length)
}

// Export is the secret export of RFC 9180, Section 5.3.
func (c *hpkeContext) Export(context []byte, length uint) []byte {
	return c.schedule.expand(c.exporter, "sec", context, length)
}

// Seal encrypts the next message (RFC 9180, Section 5.2).
func (c *hpkeContext) Seal(plaintext, aad []byte) ([]byte, error) {
	sealed := c.aead.Seal(nil, c.nextNonce(), plaintext, aad)
	c.next++
	return sealed, nil
}

// Open decrypts the next message; after an error it is still the next.
func (c *hpkeContext) Open(ciphertext, aad []byte) ([]byte, error) {
	plain, err := c.aead.Open(nil, c.nextNonce(), ciphertext, aad)
	if err == nil {
		c.next++
	}
	return plain, err
}

func (c *hpkeContext) nextNonce() []byte {
	nonce := slices.Clone(c.nonce)
	last := nonce[len(nonce)-8:]
	binary.BigEndian.PutUint64(last, binary.BigEndian.Uint64(last)^c.next)
	return nonce
}
