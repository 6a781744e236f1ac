package suite

import (
	"bytes"
	"crypto/sha3"
	"encoding/binary"

	"github.com/cloudflare/circl/hpke"
	"github.com/cloudflare/circl/kem"
	"github.com/cloudflare/circl/kem/mlkem/mlkem768"
)

// The KEMs of draft-ietf-hpke-pq: ML-KEM-768, and X-Wing, which circl's HPKE has.

// kemMLKEM768 is ML-KEM-768 alone.
const kemMLKEM768 hpke.KEM = 0x0041

// latticed tells whether a KEM is one of them.
func latticed(k hpke.KEM) bool { return k == kemMLKEM768 || k == hpke.KEM_XWING }

// deriveSeed returns the private key, a seed, of ikm: DeriveKeyPair with
// SHAKE256 as LabeledDerive.
func deriveSeed(k hpke.KEM, ikm Secret, size int) []byte {
	const label = "DeriveKeyPair"
	h := sha3.NewSHAKE256()
	h.Write(ikm)
	h.Write(binary.BigEndian.AppendUint16([]byte("HPKE-v1KEM"), uint16(k)))
	h.Write(binary.BigEndian.AppendUint16(nil, uint16(len(label))))
	h.Write([]byte(label))
	h.Write(binary.BigEndian.AppendUint16(nil, uint16(size)))
	seed := make([]byte, size)
	h.Read(seed)
	return seed
}

// mlkemScheme is ML-KEM-768 with private keys as HPKE has them: the seed of 64
// bytes, of which circl would encode all that follows from it.
type mlkemScheme struct{ kem.Scheme }

// mlkemKey is a private key that remembers its seed.
type mlkemKey struct {
	kem.PrivateKey
	seed Secret
}

func (k *mlkemKey) MarshalBinary() ([]byte, error) { return bytes.Clone(k.seed), nil }

func (mlkemScheme) PrivateKeySize() int { return mlkem768.KeySeedSize }

func (m mlkemScheme) UnmarshalBinaryPrivateKey(seed []byte) (kem.PrivateKey, error) {
	if len(seed) != mlkem768.KeySeedSize {
		return nil, kem.ErrPrivKeySize
	}
	_, key := m.Scheme.DeriveKeyPair(seed)
	return &mlkemKey{PrivateKey: key, seed: bytes.Clone(seed)}, nil
}

func (m mlkemScheme) Decapsulate(private kem.PrivateKey, enc []byte) ([]byte, error) {
	key, ok := private.(*mlkemKey)
	if !ok {
		return nil, kem.ErrTypeMismatch
	}
	return m.Scheme.Decapsulate(key.PrivateKey, enc)
}
