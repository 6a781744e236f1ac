package suite

import (
	"fmt"
	"io"

	"github.com/cloudflare/circl/sign/mldsa/mldsa65"
)

// mldsa65Scheme is ML-DSA-65 (FIPS 204) with an empty context, as
// draft-ietf-tls-mldsa has it. Private keys are seeds. Signatures are
// deterministic, which FIPS 204 allows.
type mldsa65Scheme struct{}

func (mldsa65Scheme) generate(rand io.Reader) (Secret, error) {
	return readSeed(rand, mldsa65.SeedSize)
}

func (m mldsa65Scheme) public(seed Secret) (SignaturePublicKey, error) {
	public, _, err := m.expand(seed)
	if err != nil {
		return nil, err
	}
	return public.Bytes(), nil
}

// expand returns the key pair of a seed. Only seeds are kept, so each signature
// expands anew: a third of its time.
func (mldsa65Scheme) expand(seed Secret) (*mldsa65.PublicKey, *mldsa65.PrivateKey, error) {
	if len(seed) != mldsa65.SeedSize {
		return nil, nil, fmt.Errorf("ML-DSA-65 key of %d bytes, want %d", len(seed), mldsa65.SeedSize)
	}
	public, private := mldsa65.NewKeyFromSeed((*[mldsa65.SeedSize]byte)(seed))
	return public, private, nil
}

func (m mldsa65Scheme) sign(seed Secret, message []byte) ([]byte, error) {
	_, private, err := m.expand(seed)
	if err != nil {
		return nil, err
	}
	signature := make([]byte, mldsa65.SignatureSize)
	return signature, mldsa65.SignTo(private, message, nil, false, signature)
}

func (mldsa65Scheme) sizes() (public, signature int) {
	return mldsa65.PublicKeySize, mldsa65.SignatureSize
}

func (mldsa65Scheme) verify(public SignaturePublicKey, message, signature []byte) bool {
	var key mldsa65.PublicKey
	return key.UnmarshalBinary(public) == nil && mldsa65.Verify(&key, message, nil, signature)
}
