package suite

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"io"
)

// ecdsaScheme is ECDSA with DER signatures (RFC 9420, Section 5.1.2). Private
// keys are scalars of the size of the curve's order, public keys uncompressed
// points. Signatures are deterministic (RFC 6979).
type ecdsaScheme struct {
	curve elliptic.Curve
	hash  crypto.Hash
}

// tries is how many scalars are drawn until one is in range: of random ones, at
// most every second is not.
const tries = 128

// generate draws scalars until one is in range.
func (c ecdsaScheme) generate(rand io.Reader) (Secret, error) {
	bits := c.curve.Params().BitSize
	private := make(Secret, (bits+7)/8)
	for range tries {
		if _, err := io.ReadFull(rand, private); err != nil {
			return nil, err
		}
		private[0] &= 0xff >> (8*len(private) - bits)
		if _, err := ecdsa.ParseRawPrivateKey(c.curve, private); err == nil {
			return private, nil
		}
	}
	return nil, fmt.Errorf("none of %d numbers is a %s key: the source of randomness is broken", tries, c.curve.Params().Name)
}

func (c ecdsaScheme) public(private Secret) (SignaturePublicKey, error) {
	key, err := c.parse(private)
	if err != nil {
		return nil, err
	}
	return key.PublicKey.Bytes()
}

// parse reads a scalar. One whose leading zeros were left out is the same.
func (c ecdsaScheme) parse(private Secret) (*ecdsa.PrivateKey, error) {
	padded := make([]byte, max(len(private), (c.curve.Params().BitSize+7)/8))
	copy(padded[len(padded)-len(private):], private)
	key, err := ecdsa.ParseRawPrivateKey(c.curve, padded)
	if err != nil {
		return nil, fmt.Errorf("%s key of %d bytes: %w", c.curve.Params().Name, len(private), err)
	}
	return key, nil
}

func (c ecdsaScheme) sign(private Secret, message []byte) ([]byte, error) {
	key, err := c.parse(private)
	if err != nil {
		return nil, err
	}
	return key.Sign(nil, c.digest(message), c.hash)
}

func (c ecdsaScheme) verify(public SignaturePublicKey, message, signature []byte) bool {
	key, err := ecdsa.ParseUncompressedPublicKey(c.curve, public)
	return err == nil && ecdsa.VerifyASN1(key, c.digest(message), signature)
}

// sizes counts a signature as a SEQUENCE of two INTEGERs, each as long as the
// order and, if its first bit would be taken for a sign, a byte more. Short
// numbers make shorter signatures.
func (c ecdsaScheme) sizes() (public, signature int) {
	bits := c.curve.Params().BitSize
	signature = 2 * (2 + bits/8 + 1)
	if signature >= 128 { // the length of the SEQUENCE takes a byte more
		signature++
	}
	return 1 + 2*((bits+7)/8), 2 + signature
}

func (c ecdsaScheme) digest(message []byte) []byte {
	switch c.hash {
	case crypto.SHA384:
		d := sha512.Sum384(message)
		return d[:]
	case crypto.SHA512:
		d := sha512.Sum512(message)
		return d[:]
	}
	d := sha256.Sum256(message)
	return d[:]
}
