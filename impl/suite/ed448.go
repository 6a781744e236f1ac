package suite

import (
	"fmt"
	"io"

	"github.com/cloudflare/circl/sign/ed448"
)

// ed448Scheme is Ed448 with an empty context (RFC 8032). Private keys are seeds.
type ed448Scheme struct{}

func (ed448Scheme) generate(rand io.Reader) (Secret, error) { return readSeed(rand, ed448.SeedSize) }

func (ed448Scheme) public(seed Secret) (SignaturePublicKey, error) {
	if len(seed) != ed448.SeedSize {
		return nil, fmt.Errorf("ed448 key of %d bytes, want %d", len(seed), ed448.SeedSize)
	}
	return SignaturePublicKey(ed448.NewKeyFromSeed(seed).Public().(ed448.PublicKey)), nil
}

func (ed448Scheme) sign(seed Secret, message []byte) ([]byte, error) {
	return ed448.Sign(ed448.NewKeyFromSeed(seed), message, ""), nil
}

func (ed448Scheme) sizes() (public, signature int) {
	return ed448.PublicKeySize, ed448.SignatureSize
}

func (ed448Scheme) verify(public SignaturePublicKey, message, signature []byte) bool {
	return len(public) == ed448.PublicKeySize && ed448.Verify(ed448.PublicKey(public), message, signature, "")
}
