package schedule

import (
	"bytes"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

func TestWithoutPSKsTheSecretIsZero(t *testing.T) {
	secret, err := PSKSecret(nil, s1, nil)
	if err != nil || !bytes.Equal(secret, make([]byte, s1.Nh)) {
		t.Errorf("%x, %v", []byte(secret), err)
	}
}

func TestOrderAndNonceOfPSKsMatter(t *testing.T) {
	psk := func(id, nonce string) PSK {
		return PSK{PreSharedKeyID{Type: spec.PSKExternal, ID: []byte(id), Nonce: []byte(nonce)}, suite.Secret(id)}
	}
	lists := [][]PSK{
		{psk("a", "1"), psk("b", "1")},
		{psk("b", "1"), psk("a", "1")},
		{psk("a", "1")},
		{psk("a", "2")},
		{},
	}
	seen := map[string]int{}
	for i, list := range lists {
		secret, err := PSKSecret(nil, s1, list)
		if err != nil {
			t.Fatal(err)
		}
		if j, ok := seen[string(secret)]; ok {
			t.Errorf("lists %d and %d give the same psk_secret", i, j)
		}
		seen[string(secret)] = i
	}
}

func TestMorePSKsThanCanBeCountedAreRefused(t *testing.T) {
	if _, err := PSKSecret(nil, s1, make([]PSK, math.MaxUint16+1)); spec.Violated(err) != req.PSKCount {
		t.Errorf("refused by %v", err)
	}
}

func TestPreSharedKeyIDArms(t *testing.T) {
	ids := []PreSharedKeyID{
		{Type: spec.PSKExternal, ID: []byte("name"), Nonce: []byte{1}},
		{Type: spec.PSKResumption, Usage: spec.UsageBranch, GroupID: []byte("group"), Epoch: 7, Nonce: []byte{2}},
	}
	for _, want := range ids {
		var got PreSharedKeyID
		if err := wire.Decode(wire.Encode(&want), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	for _, b := range [][]byte{{0, 0, 0}, {3, 0, 0}, {2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, {2, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}} {
		if err := wire.Decode(b, new(PreSharedKeyID)); spec.Violated(err) != req.WireSelectUnknown {
			t.Errorf("%x: %v", b, err)
		}
	}
}

func TestExportIsBoundToLabelContextAndLength(t *testing.T) {
	exporter := encryptionSecret()
	seen := map[string]bool{}
	for _, x := range []struct {
		label, context string
		length         int
	}{{"a", "", 32}, {"b", "", 32}, {"a", "c", 32}, {"a", "", 31}} {
		secret, err := Export(s1, exporter, x.label, []byte(x.context), x.length)
		if err != nil || len(secret) != x.length {
			t.Fatalf("%+v: %d bytes, %v", x, len(secret), err)
		}
		if seen[string(secret[:31])] {
			t.Errorf("%+v: exported before", x)
		}
		seen[string(secret[:31])] = true
	}
	if _, err := Export(s1, exporter, "a", nil, 255*s1.Nh); err != nil {
		t.Errorf("the longest export: %v", err)
	}
	for _, length := range []int{-1, 255*s1.Nh + 1, math.MaxInt} {
		if _, err := Export(s1, exporter, "a", nil, length); err == nil {
			t.Errorf("exported %d bytes", length)
		}
	}
}

func TestWelcomeSecretOpensWhatItSealed(t *testing.T) {
	w := NewMemberSecret(s1, encryptionSecret()).Welcome()
	sealed, err := w.Seal([]byte("group info"))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := w.Open(sealed); err != nil || string(plain) != "group info" {
		t.Errorf("opened to %q, %v", plain, err)
	}
	sealed[0] ^= 1
	if _, err := w.Open(sealed); err == nil {
		t.Error("opened a changed ciphertext")
	}
}
