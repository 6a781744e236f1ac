package tree

import (
	"testing"

	"mlssim/impl/meter"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// FuzzX509 gives a client bytes as an X.509 credential. To parse a certificate takes
// more memory than to decode a message: package crypto/x509 has a large structure
// for each, and lists of what is in it.
func FuzzX509(f *testing.F) {
	w := newWorldOf(f, 1)
	key := w.tree.Leaf(0).SignatureKey
	rules := w.rules()
	der := certificateFor(f, "client", publicKeyOf(f, w.s, key))
	for _, chain := range [][][]byte{nil, {der}, {der, der}, {der, nil}, {der[:40]}} {
		c := X509Credential(chain...)
		f.Add(wire.Encode(&c))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var c Credential
		if wire.Decode(b, &c) != nil {
			return
		}
		var err error
		most := uint64(200*len(b) + 64<<10)
		if used := meter.Allocated(most, func() { err = rules.Credential(c, key) }); used > most {
			t.Errorf("%d bytes of input, %d of memory", len(b), used)
		} else if once := uint64(4*len(b) + 32<<10); used > once { // or it cannot be allocated at once
			if used := meter.Largest(func() { err = rules.Credential(c, key) }); used > int64(once) {
				t.Errorf("%d bytes of input, %d of memory at once", len(b), used)
			}
		}
		if err != nil && spec.Violated(err) == "" {
			t.Errorf("refused without a requirement: %v", err)
		}
	})
}
