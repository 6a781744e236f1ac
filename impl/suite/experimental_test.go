package suite

import (
	"bytes"
	stdhpke "crypto/hpke"
	"testing"

	"mlssim/impl/wire"
	"mlssim/spec/req"
)

// TestEncryptionAgreesWithTheLibrary: what we seal, crypto/hpke opens, and the
// other way round, for all suites but those of X448, which it has not.
func TestEncryptionAgreesWithTheLibrary(t *testing.T) {
	context, plain := []byte("context"), []byte("a path secret")
	info := withPrefix(req.EncodeSignContent, "label", wire.Bytes(context))
	compared := 0
	for _, s := range everySuite() {
		k, kdf, aead, ok := standard(t, s)
		if !ok {
			continue
		}
		compared++
		key, err := s.GenerateKeyPair(stream(s.ID.String()))
		if err != nil {
			t.Fatal(err)
		}
		private, err := k.NewPrivateKey(key.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := s.EncryptWithLabel(stream("sender"), key.Public(), "label", context, plain)
		if err != nil {
			t.Fatal(err)
		}
		recipient, err := stdhpke.NewRecipient(sealed.KEMOutput, private, kdf, aead, info)
		if err != nil {
			t.Fatal(err)
		}
		if opened, err := recipient.Open(nil, sealed.Ciphertext); err != nil || !bytes.Equal(opened, plain) {
			t.Errorf("%v: the library opens %q, %v", s.ID, opened, err)
		}
		public, err := k.NewPublicKey(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		enc, sender, err := stdhpke.NewSender(public, kdf, aead, info)
		if err != nil {
			t.Fatal(err)
		}
		ciphertext, err := sender.Seal(nil, plain)
		if err != nil {
			t.Fatal(err)
		}
		if opened, err := s.DecryptWithLabel(key, "label", context, HPKECiphertext{enc, ciphertext}); err != nil || !bytes.Equal(opened, plain) {
			t.Errorf("%v: opens the library's as %q, %v", s.ID, opened, err)
		}
		if _, err := s.DecryptWithLabel(key, "label", plain, HPKECiphertext{enc, ciphertext}); err == nil {
			t.Errorf("%v: opened in another context", s.ID)
		}
		stranger := s.DeriveKeyPair(s.Zero())
		if _, err := s.DecryptWithLabel(stranger, "label", context, HPKECiphertext{enc, ciphertext}); err == nil {
			t.Errorf("%v: opened with another key", s.ID)
		}
	}
	if compared != 9 {
		t.Errorf("%d suites were compared", compared)
	}
}

// TestOwnHPKE runs our key schedule over the KEMs that circl's HPKE has, too:
// from the same randomness both give the same, message after message.
func TestOwnHPKE(t *testing.T) {
	for _, s := range everySuite() {
		if !s.kem.IsValid() {
			continue
		}
		key := s.DeriveKeyPair(s.Zero())
		public := key.held.key.Public()
		theirs, err := s.hpke.circl().NewSender(public, []byte("info"))
		if err != nil {
			t.Fatal(err)
		}
		wantEnc, want, err := theirs.Setup(stream("sender"))
		if err != nil {
			t.Fatal(err)
		}
		enc, sender, err := s.setupOwnSender(stream("sender"), public, []byte("info"))
		if err != nil {
			t.Fatal(err)
		}
		receiver, err := s.setupOwnReceiver(key, wantEnc, []byte("info"))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(enc, wantEnc) {
			t.Errorf("%v: encapsulates to %x, want %x", s.ID, enc, wantEnc)
		}
		for _, text := range []string{"first", "second", "third"} {
			expected, err := want.Seal([]byte(text), []byte("aad"))
			if err != nil {
				t.Fatal(err)
			}
			if sealed, err := sender.Seal([]byte(text), []byte("aad")); err != nil || !bytes.Equal(sealed, expected) {
				t.Errorf("%v: %s message is %x, %v, want %x", s.ID, text, sealed, err, expected)
			}
			if _, err := receiver.Open(expected, nil); err == nil {
				t.Errorf("%v: opened without the aad", s.ID)
			}
			if plain, err := receiver.Open(expected, []byte("aad")); err != nil || string(plain) != text {
				t.Errorf("%v: %s message opens to %q, %v", s.ID, text, plain, err)
			}
		}
		for _, length := range []uint{0, 16, 100} {
			expected := want.Export([]byte("context"), length)
			for _, c := range []*hpkeContext{sender, receiver} {
				if got := c.Export([]byte("context"), length); !bytes.Equal(got, expected) {
					t.Errorf("%v: exports %x, want %x", s.ID, got, expected)
				}
			}
		}
	}
}

// TestSizes compares what a suite says of its lengths with what it makes.
func TestSizes(t *testing.T) {
	for _, s := range everySuite() {
		want, longest := s.Sizes(), 0
		r := stream(s.ID.String())
		key, err := s.GenerateKeyPair(r)
		if err != nil {
			t.Fatal(err)
		}
		for range 24 { // of ECDSA signatures every fourth is of the greatest length
			sealed, err := s.EncryptWithLabel(r, key.Public(), "label", nil, []byte("plain"))
			if err != nil {
				t.Fatal(err)
			}
			signer, err := s.GenerateSignatureKey(r)
			if err != nil {
				t.Fatal(err)
			}
			signature, err := s.SignWithLabel(signer, "label", wire.Bytes("content"))
			if err != nil {
				t.Fatal(err)
			}
			longest = max(longest, len(signature))
			got := Sizes{len(key.Public()), len(sealed.KEMOutput), len(sealed.Ciphertext) - len("plain"), len(signer.Public()), want.Signature}
			if got != want {
				t.Errorf("%v: %+v, want %+v", s.ID, got, want)
			}
		}
		if longest != want.Signature {
			t.Errorf("%v: the longest signature has %d bytes, want %d", s.ID, longest, want.Signature)
		}
	}
}

// TestLatticeSizes pins what the simulator's figures rest on, from
// FIPS 203 and FIPS 204.
func TestLatticeSizes(t *testing.T) {
	x, m := Sizes{1216, 1120, 16, 32, 64}, Sizes{1184, 1088, 16, 32, 64}
	xd, md := x, m
	xd.SignaturePublicKey, xd.Signature = 1952, 3309
	md.SignaturePublicKey, md.Signature = 1952, 3309
	for i, want := range []Sizes{x, m, xd, md} {
		if s := Experimental()[i]; s.Sizes() != want {
			t.Errorf("%v: %+v, want %+v", s.ID, s.Sizes(), want)
		}
	}
}

// TestLatticeKeysKeepTheirRange: of a public key ML-KEM's coefficients have to be
// below its modulus (FIPS 203, Section 7.2).
func TestLatticeKeysKeepTheirRange(t *testing.T) {
	for _, s := range Experimental() {
		public := bytes.Clone(s.DeriveKeyPair(s.Zero()).Public())
		if !s.ValidHPKEPublicKey(public) {
			t.Errorf("%v: a key of its own is none", s.ID)
		}
		public[0], public[1] = 0xff, public[1]|0x0f // 4095
		if s.ValidHPKEPublicKey(public) {
			t.Errorf("%v: took a coefficient of 4095", s.ID)
		}
	}
}

// BenchmarkSuites times the costly operations of each suite.
func BenchmarkSuites(b *testing.B) {
	for _, s := range everySuite() {
		r := stream("bench")
		key := s.DeriveKeyPair(s.Zero())
		signer, err := s.GenerateSignatureKey(r)
		if err != nil {
			b.Fatal(err)
		}
		plain := make([]byte, s.Nh)
		sealed, err := s.EncryptWithLabel(r, key.Public(), "label", nil, plain)
		if err != nil {
			b.Fatal(err)
		}
		signature, err := s.SignWithLabel(signer, "label", wire.Bytes(plain))
		if err != nil {
			b.Fatal(err)
		}
		for _, operation := range []struct {
			name string
			run  func() bool
		}{
			{"derive", func() bool { return s.DeriveKeyPair(s.Zero()) != nil }},
			{"seal", func() bool {
				_, err := s.EncryptWithLabel(r, key.Public(), "label", nil, plain)
				return err == nil
			}},
			{"open", func() bool {
				_, err := s.DecryptWithLabel(key, "label", nil, sealed)
				return err == nil
			}},
			{"sign", func() bool {
				_, err := s.SignWithLabel(signer, "label", wire.Bytes(plain))
				return err == nil
			}},
			{"verify", func() bool { return s.VerifyWithLabel(signer.Public(), "label", wire.Bytes(plain), signature) }},
		} {
			b.Run(s.ID.String()+"/"+operation.name, func(b *testing.B) {
				for b.Loop() {
					if !operation.run() {
						b.Fatal("it fails")
					}
				}
			})
		}
	}
}
