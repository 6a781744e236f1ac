package suite

// Sizes are the lengths of what a suite puts on the wire, in bytes and without
// the length that stands before each.
type Sizes struct {
	HPKEPublicKey      int // init keys, encryption keys, external_pub
	KEMOutput          int // of each public key encryption
	Tag                int // what any ciphertext is longer than its plaintext
	SignaturePublicKey int
	Signature          int // of ECDSA the longest: each is a few bytes shorter at times
}

// Sizes returns the suite's.
func (s *Suite) Sizes() Sizes {
	public, signature := s.signature.sizes()
	return Sizes{
		HPKEPublicKey:      s.scheme.PublicKeySize(),
		KEMOutput:          s.scheme.CiphertextSize(),
		Tag:                int(s.hpke.aead.CipherLen(0)),
		SignaturePublicKey: public,
		Signature:          signature,
	}
}
