package wire

import (
	"bytes"
	"testing"

	"mlssim/impl/vectortest"
)

func TestVectorsDeserialization(t *testing.T) {
	entries := vectortest.Load[struct {
		Header vectortest.Hex `json:"vlbytes_header"`
		Length int            `json:"length"`
	}](t, "deserialization.json")
	for i, e := range entries {
		c := Coder{in: e.Header, decoding: true}
		if n := c.varint(); c.err != nil || n != e.Length || len(c.in) > 0 {
			t.Errorf("entry %d: %x read as %d, %v, %d bytes left; want %d", i, e.Header, n, c.err, len(c.in), e.Length)
		}
		if h := AppendVarint(nil, e.Length); !bytes.Equal(h, e.Header) {
			t.Errorf("entry %d: %d written as %x, want %x", i, e.Length, h, e.Header)
		}
	}
	t.Logf("deserialization.json: %d/%d", len(entries), len(entries))
}
