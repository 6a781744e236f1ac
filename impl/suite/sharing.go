package suite

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

// shared remembers what came out of operations that several members of a group, in one
// process, carry out on the same bytes: each verifies the signature of a message, and
// all below a node open the same ciphertext with the same private key.
type shared struct {
	verified map[[sha256.Size]byte]bool
	opened   map[[sha256.Size]byte][]byte
}

// mostShared is how many results of a kind are remembered: beyond, all are forgotten.
const mostShared = 1 << 16

// Sharing returns the same suite, which remembers the outcome of verifications and of
// public key decryptions that succeed, and does none of them twice. What it returns is
// the same, and [Work] counts the same. It holds plaintexts, and is for simulations of
// many members in one process; it is not for use by several goroutines at once.
func (s *Suite) Sharing() *Suite {
	c := *s
	c.signature = sharedScheme{s.signature, &shared{verified: map[[sha256.Size]byte]bool{}}}
	c.shared = &shared{opened: map[[sha256.Size]byte][]byte{}}
	return &c
}

// sharedScheme is a signature scheme that remembers what it has verified.
type sharedScheme struct {
	signatureScheme
	known *shared
}

func (s sharedScheme) verify(public SignaturePublicKey, message, signature []byte) bool {
	key := keyOf(public, message, signature)
	right, ok := s.known.verified[key]
	if !ok {
		right = s.signatureScheme.verify(public, message, signature)
		if len(s.known.verified) == mostShared {
			clear(s.known.verified)
		}
		s.known.verified[key] = right
	}
	return right
}

// open returns what open does, or did when it was last asked for the same.
func (s *shared) open(open func() ([]byte, error), private *HPKEPrivateKey, info []byte, t HPKECiphertext) ([]byte, error) {
	if s == nil {
		return open()
	}
	key := keyOf(private.Bytes(), info, t.KEMOutput, t.Ciphertext)
	if plaintext, ok := s.opened[key]; ok {
		return slices.Clone(plaintext), nil
	}
	plaintext, err := open()
	if err == nil {
		if len(s.opened) == mostShared {
			clear(s.opened)
		}
		s.opened[key] = slices.Clone(plaintext)
	}
	return plaintext, err
}

// keyOf is a hash of parts, of which no two lists have the same.
func keyOf(parts ...[]byte) [sha256.Size]byte {
	h := sha256.New()
	for _, p := range parts {
		h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(p))))
		h.Write(p)
	}
	return [sha256.Size]byte(h.Sum(nil))
}
