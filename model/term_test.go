package model

import "testing"

func TestEqualTermsAreMadeAlike(t *testing.T) {
	s := NewStore()
	a, b := s.Fresh(LeafKey, 1), s.Fresh(LeafKey, 2)
	if a == b || a == s.Fresh(InitKey, 1) || a != s.Fresh(LeafKey, 1) {
		t.Error("fresh values are told apart by kind and number, and by nothing else")
	}
	if s.DeriveSecret(a, "x") == s.DeriveSecret(a, "y") || s.DeriveSecret(a, "x") == s.DeriveSecret(b, "x") {
		t.Error("label and secret count")
	}
	if s.DeriveSecret(a, "x") != s.Expand(a, "x", 0) || s.Bytes("") != 0 {
		t.Error("no context is the zero-length octet string")
	}
	if s.Tuple("T", a, 0) == s.Tuple("T", a) || s.Hash(a) == s.Private(a) || s.Extract(a, b) == s.Extract(b, a) {
		t.Error("length, operation and order count")
	}
	// A label that ends in what looks like an argument must not run into it.
	if s.Tuple("T\x02\x00\x00\x00") == s.Tuple("T", 2) {
		t.Error("label and fields run together")
	}
}

func TestKeysOpenWhatIsMeantForThem(t *testing.T) {
	s := NewStore()
	a, b, text := s.Fresh(LeafKey, 1), s.Fresh(LeafKey, 2), s.Bytes("text")
	box := s.Seal(s.Public(a), "label", text, b)
	if got, ok := s.Open(a, "label", text, box); !ok || got != b {
		t.Error("the right key does not open")
	}
	for name, ok := range map[string]bool{
		"key":     second(s.Open(b, "label", text, box)),
		"label":   second(s.Open(a, "other", text, box)),
		"context": second(s.Open(a, "label", a, box)),
		"no box":  second(s.Open(a, "label", text, text)),
	} {
		if ok {
			t.Errorf("opens in spite of the wrong %s", name)
		}
	}
	ciphertext := s.Encrypt(a, b, text, text)
	if got, ok := s.Decrypt(a, b, text, ciphertext); !ok || got != text {
		t.Error("the right key does not decrypt")
	}
	if second(s.Decrypt(b, b, text, ciphertext)) || second(s.Decrypt(a, a, text, ciphertext)) ||
		second(s.Decrypt(a, b, 0, ciphertext)) || second(s.Decrypt(a, b, text, text)) {
		t.Error("decrypts in spite of a wrong key, nonce, aad or ciphertext")
	}
}

func second(_ Term, ok bool) bool { return ok }

func TestSignaturesAreOfOneKeyLabelAndContent(t *testing.T) {
	s := NewStore()
	a, b, text := s.Fresh(SignatureKey, 1), s.Fresh(SignatureKey, 2), s.Bytes("text")
	sig := s.Sign(a, "label", text)
	if !s.Verify(s.Public(a), "label", text, sig) {
		t.Error("a right signature does not verify")
	}
	if s.Verify(s.Public(b), "label", text, sig) || s.Verify(s.Public(a), "other", text, sig) ||
		s.Verify(s.Public(a), "label", a, sig) || s.Verify(s.Public(a), "label", text, text) {
		t.Error("a wrong signature verifies")
	}
}

func TestDecodeInvertsEncode(t *testing.T) {
	s := NewStore()
	secrets := GroupSecrets{Joiner: s.Fresh(EpochSecret, 1)}
	if got, ok := decode[GroupSecrets](s, encode(s, secrets)); !ok || got.Joiner != secrets.Joiner {
		t.Error("what was encoded does not decode")
	}
	if _, ok := decode[GroupInfo](s, encode(s, secrets)); ok {
		t.Error("decodes as another structure")
	}
	if _, ok := decode[GroupSecrets](s, 0); ok {
		t.Error("the empty string decodes")
	}
}
