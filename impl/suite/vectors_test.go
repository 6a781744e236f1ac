package suite

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"mlssim/impl/vectortest"
)

// basics is an entry of crypto-basics.json.
type basics struct {
	CipherSuite uint16 `json:"cipher_suite"`
	RefHash     struct {
		Label      string
		Value, Out vectortest.Hex
	} `json:"ref_hash"`
	ExpandWithLabel struct {
		Secret, Context, Out vectortest.Hex
		Label                string
		Length               int
	} `json:"expand_with_label"`
	DeriveSecret struct {
		Secret, Out vectortest.Hex
		Label       string
	} `json:"derive_secret"`
	DeriveTreeSecret struct {
		Secret, Out vectortest.Hex
		Label       string
		Generation  uint32
		Length      int
	} `json:"derive_tree_secret"`
	SignWithLabel struct {
		Priv, Pub, Content, Signature vectortest.Hex
		Label                         string
	} `json:"sign_with_label"`
	EncryptWithLabel struct {
		Priv, Pub, Context, Plaintext, Ciphertext vectortest.Hex
		KEMOutput                                 vectortest.Hex `json:"kem_output"`
		Label                                     string
	} `json:"encrypt_with_label"`
}

func TestVectorsCryptoBasics(t *testing.T) {
	entries := vectortest.Load[basics](t, "crypto-basics.json")
	done := 0
	for _, e := range entries {
		for _, s := range All() {
			if uint16(s.ID) == e.CipherSuite {
				e.derivations(t, s)
				e.signature(t, s)
				e.encryption(t, s)
				done++
			}
		}
	}
	if done != len(All()) {
		t.Errorf("%d suites of %d are in the vectors", done, len(All()))
	}
	t.Logf("crypto-basics.json: %d/%d", done, len(entries))
}

func (e *basics) derivations(t *testing.T, s *Suite) {
	equal := func(what string, got []byte, want vectortest.Hex) {
		t.Helper()
		if !bytes.Equal(got, want) {
			t.Errorf("%v: %s: %x, want %x", s.ID, what, got, want)
		}
	}
	r, x, d, g := e.RefHash, e.ExpandWithLabel, e.DeriveSecret, e.DeriveTreeSecret
	equal("ref_hash", s.RefHash(r.Label, r.Value), r.Out)
	equal("expand_with_label", s.ExpandWithLabel(Secret(x.Secret), x.Label, x.Context, x.Length), x.Out)
	equal("derive_secret", s.DeriveSecret(Secret(d.Secret), d.Label), d.Out)
	equal("derive_tree_secret", s.DeriveTreeSecret(Secret(g.Secret), g.Label, g.Generation, g.Length), g.Out)
}

func (e *basics) signature(t *testing.T, s *Suite) {
	v := e.SignWithLabel
	key, err := s.ParseSignatureKey(v.Priv)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(key.Public(), v.Pub) {
		t.Errorf("%v: public signature key %x, want %x", s.ID, key.Public(), v.Pub)
	}
	own, err := s.SignWithLabel(key, v.Label, v.Content)
	if err != nil {
		t.Fatal(err)
	}
	for _, signature := range [][]byte{v.Signature, own} {
		if !s.VerifyWithLabel(SignaturePublicKey(v.Pub), v.Label, v.Content, signature) {
			t.Errorf("%v: signature %x does not verify", s.ID, signature)
		}
		if s.VerifyWithLabel(SignaturePublicKey(v.Pub), v.Label+".", v.Content, signature) {
			t.Errorf("%v: signature verifies under another label", s.ID)
		}
		if s.VerifyWithLabel(SignaturePublicKey(v.Pub), v.Label, append(v.Content, 0), signature) {
			t.Errorf("%v: signature verifies for another content", s.ID)
		}
	}
}

func (e *basics) encryption(t *testing.T, s *Suite) {
	v := e.EncryptWithLabel
	key, err := s.ParseHPKEPrivateKey(v.Priv)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(key.Public(), v.Pub) {
		t.Errorf("%v: public HPKE key %x, want %x", s.ID, key.Public(), v.Pub)
	}
	own, err := s.EncryptWithLabel(rand.NewChaCha8([32]byte{}), HPKEPublicKey(v.Pub), v.Label, v.Context, v.Plaintext)
	if err != nil {
		t.Fatal(err)
	}
	for _, sealed := range []HPKECiphertext{{v.KEMOutput, v.Ciphertext}, own} {
		plain, err := s.DecryptWithLabel(key, v.Label, v.Context, sealed)
		if err != nil || !bytes.Equal(plain, v.Plaintext) {
			t.Errorf("%v: opened to %x, %v; want %x", s.ID, plain, err, v.Plaintext)
		}
		if _, err := s.DecryptWithLabel(key, v.Label+".", v.Context, sealed); err == nil {
			t.Errorf("%v: opened under another label", s.ID)
		}
		if _, err := s.DecryptWithLabel(key, v.Label, append(v.Context, 0), sealed); err == nil {
			t.Errorf("%v: opened in another context", s.ID)
		}
	}
}
