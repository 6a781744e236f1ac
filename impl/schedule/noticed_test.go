package schedule

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"mlssim/impl/suite"
	"mlssim/spec"
	"mlssim/spec/req"
)

// expanded is ExpandWithLabel of RFC 9420, Section 8, written down once more, for
// SHA-256 and what is shorter than 64 bytes.
func expanded(t *testing.T, secret []byte, label string, context []byte, n int) []byte {
	t.Helper()
	label = "MLS 1.0 " + label
	info := binary.BigEndian.AppendUint16(nil, uint16(n))
	info = append(append(info, byte(len(label))), label...)
	info = append(append(info, byte(len(context))), context...)
	out, err := hkdf.Expand(sha256.New, secret, string(info), n)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestTreeSecretsAreThoseOfFigure25: both children, by HKDF of the standard library.
func TestTreeSecretsAreThoseOfFigure25(t *testing.T) {
	s := suite.All()[0]
	secret := suite.Secret(s.Hash([]byte("secret")))
	left, right := TreeChildren(s, secret)
	for side, got := range map[string]suite.Secret{"left": left, "right": right} {
		if want := expanded(t, secret, "tree", []byte(side), s.Nh); !got.Equal(want) {
			t.Errorf("%s: not what HKDF gives", side)
		}
	}
	spec.Shows(req.SecretTreeDerive)
}

// TestExportIsThatOfSection85, by the same.
func TestExportIsThatOfSection85(t *testing.T) {
	s := suite.All()[0]
	secret := suite.Secret(s.Hash([]byte("secret")))
	got, err := Export(s, secret, "label", []byte("context"), 16)
	if err != nil {
		t.Fatal(err)
	}
	derived := expanded(t, secret, "label", nil, s.Nh)
	if want := expanded(t, derived, "exported", s.Hash([]byte("context")), 16); !got.Equal(want) {
		t.Error("not what HKDF gives")
	}
	spec.Shows(req.ExporterDerive)
}
