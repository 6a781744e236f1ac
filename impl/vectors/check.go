package vectors

import (
	"bytes"
	"fmt"

	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// maxFailures is how many failures of one case are kept.
const maxFailures = 16

// A check is the verification of one case; it collects what fails.
type check struct {
	number   int
	failures []Failure
}

// ok notes an error, if there is one, and tells whether there is none.
func (c *check) ok(step string, err error) bool {
	if err != nil && len(c.failures) < maxFailures {
		c.failures = append(c.failures, Failure{c.number, step, spec.Violated(err), err.Error()})
	}
	return err == nil
}

// holds notes a condition that does not hold.
func (c *check) holds(step string, condition bool, format string, args ...any) bool {
	if condition {
		return true
	}
	return c.ok(step, fmt.Errorf(format, args...))
}

// suite returns the suite of a case, or nil.
func (c *check) suite(id spec.CipherSuite) *suite.Suite {
	s, err := suite.Get(id)
	if !c.ok("cipher_suite", err) {
		return nil
	}
	return s
}

// equal notes a value that is not the vector's.
func equal[A, B ~[]byte](c *check, step string, got A, want B) bool {
	g, w := []byte(got), []byte(want) // a type of its own may hide what it holds
	if bytes.Equal(g, w) {
		return true
	}
	return c.ok(step, fmt.Errorf("it is %s, want %s", excerpt(g), excerpt(w)))
}

// excerpt returns hexadecimal digits, of a long value only the first.
func excerpt(b []byte) string {
	const most = 32
	if len(b) <= most {
		return fmt.Sprintf("%x", b)
	}
	return fmt.Sprintf("%x… (%d bytes)", b[:most], len(b))
}

// read fills v from its encoding, and makes sure that it encodes to the same
// bytes and that neither fewer nor more are taken for it.
func (c *check) read(step string, b []byte, v wire.Struct) bool {
	if !c.ok(step, wire.Decode(b, v)) {
		return false
	}
	again := wire.Encode(v)
	return equal(c, step+", encoded again", again, b)
}

// signer returns the key pair of a private signature key, which must be that of
// a public key; else nil.
func (c *check) signer(step string, s *suite.Suite, private Hex, public []byte) *suite.SignatureKey {
	key, err := s.ParseSignatureKey(private)
	if !c.ok(step, err) || !equal(c, step+", its public key", key.Public(), public) {
		return nil
	}
	return key
}

// hpkeKey is signer for a key of the suite's KEM. Some official cases give keys of
// a NIST curve without leading zeros, though SerializePrivateKey of RFC 9180 has
// them.
func (c *check) hpkeKey(step string, s *suite.Suite, private Hex, public []byte) *suite.HPKEPrivateKey {
	if size := len(s.DeriveKeyPair(s.Zero()).Bytes()); len(private) < size {
		private = append(make(Hex, size-len(private)), private...)
	}
	key, err := s.ParseHPKEPrivateKey(private)
	if !c.ok(step, err) || !equal(c, step+", its public key", key.Public(), public) {
		return nil
	}
	return key
}
