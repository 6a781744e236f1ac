package impl

import (
	"bytes"
	"testing"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 6.3.1: what is drawn for a PrivateMessage and put behind it, where its
// readers take whatever it is.

// TestReuseGuardIsDrawn: the same member protects the same data twice, with the same
// key (RFC 9420, Section 6.3.1).
func TestReuseGuardIsDrawn(t *testing.T) {
	m := created(t, "one")
	sealed := func(name string) []byte {
		_, out, err := m.Send(testEnv(name), []byte("data"))
		if err != nil {
			t.Fatal(err)
		}
		return out.Message.PrivateMessage.Ciphertext
	}
	if !bytes.Equal(sealed("one"), sealed("one")) || bytes.Equal(sealed("one"), sealed("two")) {
		t.Error("the nonce does not depend on what is drawn")
	}
	spec.Shows(req.PrivateReuseGuard)
}

// TestPaddingIsAccepted: what is written as padding is what readers expect of it.
func TestPaddingIsAccepted(t *testing.T) {
	r := newRoom(t, spec.WirePublicMessage, "A", "B")
	r.env.Padding = func(int) int { return 100 }
	_, out, err := r.parties[0].member.Send(r.env, []byte("data"))
	r.ok(err)
	if _, got, err := r.parties[1].member.Receive(r.env, out.Message); err != nil || string(got.Data) != "data" {
		t.Errorf("%q, %v", got.Data, err)
	}
	spec.Shows(req.PrivatePaddingMade)
}
