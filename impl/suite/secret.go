package suite

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"io"
)

// A Secret is a symmetric secret or key. Printing one shows a fingerprint.
type Secret []byte

// Fingerprint returns the first four bytes of a hash of b in hexadecimal.
func fingerprint(b []byte) string {
	h := sha256.Sum256(b)
	return fmt.Sprintf("secret(%x)", h[:4])
}

// String returns a fingerprint, never the bytes.
func (s Secret) String() string { return fingerprint(s) }

// GoString returns a fingerprint, never the bytes.
func (s Secret) GoString() string { return fingerprint(s) }

// Format writes a fingerprint whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, fingerprint(s)) }

// Equal compares in constant time.
func (s Secret) Equal(t Secret) bool { return hmac.Equal(s, t) }
