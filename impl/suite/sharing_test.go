package suite

import (
	"bytes"
	"slices"
	"testing"

	"mlssim/impl/wire"
)

// A suite that shares gives the answers of one that does not, whatever it was asked
// before, and counts as much.
func TestSharing(t *testing.T) {
	for _, s := range All() {
		var plain, shared Work
		suites := []*Suite{s.Counting(&plain), s.Sharing().Counting(&shared)}
		signer, err := s.GenerateSignatureKey(stream("one"))
		if err != nil {
			t.Fatal(err)
		}
		other, _ := s.GenerateSignatureKey(stream("two"))
		content := wire.Bytes("content")
		signature, err := s.SignWithLabel(signer, "label", content)
		if err != nil {
			t.Fatal(err)
		}
		spoilt := slices.Clone(signature)
		spoilt[len(spoilt)/2] ^= 1
		for range 2 {
			for i, c := range []struct {
				public    SignaturePublicKey
				label     string
				content   wire.Bytes
				signature []byte
				want      bool
			}{
				{signer.Public(), "label", content, signature, true},
				{signer.Public(), "label", content, spoilt, false},
				{signer.Public(), "other", content, signature, false},
				{signer.Public(), "label", wire.Bytes("another"), signature, false},
				{other.Public(), "label", content, signature, false},
				{nil, "label", content, signature, false},
			} {
				for _, x := range suites {
					if got := x.VerifyWithLabel(c.public, c.label, c.content, c.signature); got != c.want {
						t.Errorf("%v, signature %d: %v", s.ID, i, got)
					}
				}
			}
		}
		key := s.DeriveKeyPair(bytes.Repeat([]byte{7}, s.Nh))
		stranger := s.DeriveKeyPair(bytes.Repeat([]byte{8}, s.Nh))
		sealed, err := s.EncryptWithLabel(stream("three"), key.Public(), "label", []byte("context"), []byte("secret"))
		if err != nil {
			t.Fatal(err)
		}
		changed := HPKECiphertext{sealed.KEMOutput, slices.Clone(sealed.Ciphertext)}
		changed.Ciphertext[0] ^= 1
		for range 2 {
			for i, c := range []struct {
				key     *HPKEPrivateKey
				label   string
				context string
				sealed  HPKECiphertext
				want    string
			}{
				{key, "label", "context", sealed, "secret"},
				{key, "label", "context", changed, ""},
				{key, "other", "context", sealed, ""},
				{key, "label", "another", sealed, ""},
				{stranger, "label", "context", sealed, ""},
				{key, "label", "context", HPKECiphertext{nil, sealed.Ciphertext}, ""},
			} {
				for _, x := range suites {
					got, err := x.DecryptWithLabel(c.key, c.label, []byte(c.context), c.sealed)
					if string(got) != c.want || (err == nil) != (c.want != "") {
						t.Errorf("%v, ciphertext %d: %q, %v", s.ID, i, got, err)
					}
					clear(got) // what the caller does with it stays with the caller
				}
			}
		}
		if plain != shared {
			t.Errorf("%v: counted %+v, and shared %+v", s.ID, plain, shared)
		}
	}
}

// What is remembered does not grow without end.
func TestSharingForgets(t *testing.T) {
	s := All()[0].Sharing()
	known := s.signature.(sharedScheme).known
	for i := range mostShared {
		known.verified[keyOf([]byte{byte(i), byte(i >> 8)})] = true
	}
	if s.VerifyWithLabel(nil, "label", wire.Bytes("x"), nil) || len(known.verified) != 1 {
		t.Errorf("%d are remembered", len(known.verified))
	}
}
