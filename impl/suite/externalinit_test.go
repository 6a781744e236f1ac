package suite

import (
	"bytes"
	stdhpke "crypto/hpke"
	"testing"

	"mlssim/spec"
	"mlssim/spec/req"
)

// standard returns the suite's HPKE in the standard library, which has no X448.
func standard(t *testing.T, s *Suite) (stdhpke.KEM, stdhpke.KDF, stdhpke.AEAD, bool) {
	t.Helper()
	k, err := stdhpke.NewKEM(uint16(s.kem))
	if err != nil {
		return nil, nil, nil, false
	}
	kdf, err := stdhpke.NewKDF(uint16(s.hpke.kdf))
	if err != nil {
		t.Fatal(err)
	}
	aead, err := stdhpke.NewAEAD(uint16(s.hpke.aead))
	if err != nil {
		t.Fatal(err)
	}
	return k, kdf, aead, true
}

// TestExternalInit: the two sides agree, and each of them with the standard
// library as the other.
func TestExternalInit(t *testing.T) {
	const label = "MLS 1.0 external init secret" // RFC 9420, Section 8.3
	for _, s := range everySuite() {
		key, err := s.GenerateKeyPair(stream(s.ID.String()))
		if err != nil {
			t.Fatal(err)
		}
		enc, sent, err := s.EncapsulateInit(stream("joiner"), key.Public())
		if err != nil {
			t.Fatal(err)
		}
		if again, secret, err := s.EncapsulateInit(stream("joiner"), key.Public()); err != nil || !bytes.Equal(again, enc) || !secret.Equal(sent) {
			t.Errorf("%v: the same randomness gives something else: %v", s.ID, err)
		}
		if other, secret, err := s.EncapsulateInit(stream("another"), key.Public()); err != nil || bytes.Equal(other, enc) || secret.Equal(sent) {
			t.Errorf("%v: other randomness gives the same: %v", s.ID, err)
		}
		received, err := s.DecapsulateInit(key, enc)
		if err != nil || len(sent) != s.Nh || !received.Equal(sent) {
			t.Errorf("%v: received %v, sent %v of %d bytes: %v", s.ID, received, sent, len(sent), err)
		}
		if stranger, err := s.DecapsulateInit(s.DeriveKeyPair(s.Zero()), enc); err == nil && stranger.Equal(sent) {
			t.Errorf("%v: another key gives the secret too", s.ID)
		}

		k, kdf, aead, ok := standard(t, s)
		if !ok {
			continue
		}
		private, err := k.NewPrivateKey(key.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		recipient, err := stdhpke.NewRecipient(enc, private, kdf, aead, nil)
		if err != nil {
			t.Fatal(err)
		}
		if theirs, err := recipient.Export(label, s.Nh); err != nil || !bytes.Equal(theirs, sent) {
			t.Errorf("%v: the library receives %x, %v", s.ID, theirs, err)
		}
		enc, sender, err := stdhpke.NewSender(private.PublicKey(), kdf, aead, nil)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := sender.Export(label, s.Nh)
		if err != nil {
			t.Fatal(err)
		}
		if ours, err := s.DecapsulateInit(key, enc); err != nil || !bytes.Equal(ours, theirs) {
			t.Errorf("%v: the library's secret is received as %v, %v", s.ID, ours, err)
		}
	}
	spec.Shows(req.ExternalInitSecret)
}

// TestExternalInitOfOtherLength: a kem_output or a public key that is cut or
// longer is an error, and so is randomness that ends.
func TestExternalInitOfOtherLength(t *testing.T) {
	for _, s := range everySuite() {
		key := s.DeriveKeyPair(s.Zero())
		enc, _, err := s.EncapsulateInit(stream("joiner"), key.Public())
		if err != nil {
			t.Fatal(err)
		}
		for n := range enc {
			if _, err := s.DecapsulateInit(key, enc[:n]); err == nil {
				t.Errorf("%v: took a kem_output of %d bytes", s.ID, n)
			}
		}
		if _, err := s.DecapsulateInit(key, append(enc, 0)); err == nil {
			t.Errorf("%v: took a kem_output with a byte more", s.ID)
		}
		for _, public := range []HPKEPublicKey{nil, key.Public()[1:], append(bytes.Clone(key.Public()), 0)} {
			if _, _, err := s.EncapsulateInit(stream("joiner"), public); err == nil {
				t.Errorf("%v: took a public key of %d bytes", s.ID, len(public))
			}
		}
		if _, _, err := s.EncapsulateInit(bytes.NewReader(make([]byte, 31)), key.Public()); err == nil {
			t.Errorf("%v: 31 bytes of randomness were enough", s.ID)
		}
	}
	if spec.LabelExternalInit != "MLS 1.0 external init secret" {
		t.Errorf("the label is %q", spec.LabelExternalInit)
	}
}
