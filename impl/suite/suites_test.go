package suite

import (
	"bytes"
	stdhpke "crypto/hpke"
	"crypto/sha256"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cloudflare/circl/hpke"

	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

func stream(name string) *rand.ChaCha8 { return rand.NewChaCha8(sha256.Sum256([]byte(name))) }

// everySuite returns the suites of RFC 9420 and the experimental ones.
func everySuite() []*Suite { return append(All(), Experimental()...) }

// TestDeriveKeyPair compares with the standard library, which has all KEMs but
// X448 and takes secrets of any length, and for those of RFC 9180 with circl at
// the one length that it takes.
func TestDeriveKeyPair(t *testing.T) {
	for _, s := range everySuite() {
		r := stream(s.ID.String())
		for range 20 {
			ikm, err := s.Random(r)
			if err != nil {
				t.Fatal(err)
			}
			got := s.DeriveKeyPair(ikm)
			if k, err := stdhpke.NewKEM(uint16(s.kem)); err == nil {
				want, err := k.DeriveKeyPair(ikm)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got.Public(), want.PublicKey().Bytes()) {
					t.Errorf("%v: public key %x, want %x", s.ID, got.Public(), want.PublicKey().Bytes())
				}
				private, err := want.Bytes()
				if err != nil || latticed(s.kem) && !bytes.Equal(got.Bytes(), private) {
					t.Errorf("%v: private key %v of %d bytes, want %v of %d: %v", s.ID, got, len(got.Bytes()), Secret(private), len(private), err)
				}
			} else if s.kem != hpke.KEM_X448_HKDF_SHA512 {
				t.Errorf("%v: %v", s.ID, err)
			}
			if latticed(s.kem) { // circl derives these in ways of its own
				continue
			}
			seed := make([]byte, s.kem.Scheme().SeedSize())
			r.Read(seed)
			want, _ := s.kem.Scheme().DeriveKeyPair(seed)
			b, err := want.MarshalBinary()
			if err != nil {
				t.Fatal(err)
			}
			if got := s.DeriveKeyPair(seed).Public(); !bytes.Equal(got, b) {
				t.Errorf("%v: from a seed of %d bytes %x, want %x", s.ID, len(seed), got, b)
			}
		}
	}
}

// TestSuitesAreDeterministic: the same randomness gives the same keys and
// ciphertexts, and a signature needs none.
func TestSuitesAreDeterministic(t *testing.T) {
	for _, s := range everySuite() {
		run := func() []byte {
			r := stream("the same")
			signer, err := s.GenerateSignatureKey(r)
			if err != nil {
				t.Fatal(err)
			}
			signature, err := s.SignWithLabel(signer, "label", wire.Bytes("content"))
			if err != nil {
				t.Fatal(err)
			}
			if !s.VerifyWithLabel(signer.Public(), "label", wire.Bytes("content"), signature) {
				t.Errorf("%v: a signature does not verify", s.ID)
			}
			key, err := s.GenerateKeyPair(r)
			if err != nil {
				t.Fatal(err)
			}
			sealed, err := s.EncryptWithLabel(r, key.Public(), "label", nil, []byte("plain"))
			if err != nil {
				t.Fatal(err)
			}
			return bytes.Join([][]byte{signer.Public(), signature, key.Public(), sealed.KEMOutput, sealed.Ciphertext}, nil)
		}
		if !bytes.Equal(run(), run()) {
			t.Errorf("%v: two runs differ", s.ID)
		}
	}
}

// TestForeignKeys: keys, signatures and ciphertexts that are changed, cut or of
// another suite are refused without a panic.
func TestForeignKeys(t *testing.T) {
	for _, s := range everySuite() {
		signer, err := s.GenerateSignatureKey(stream("signer"))
		if err != nil {
			t.Fatal(err)
		}
		signature, err := s.SignWithLabel(signer, "label", wire.Bytes("content"))
		if err != nil {
			t.Fatal(err)
		}
		if s.VerifyWithLabel(signer.Public(), "label", wire.Bytes("other"), signature) || s.VerifyWithLabel(signer.Public(), "other", wire.Bytes("content"), signature) {
			t.Errorf("%v: the signature is good for something else", s.ID)
		}
		for n := range signer.Public() {
			if s.VerifyWithLabel(signer.Public()[:n], "label", wire.Bytes("content"), signature) {
				t.Errorf("%v: verified with %d bytes of the key", s.ID, n)
			}
		}
		for n := range signature {
			if s.VerifyWithLabel(signer.Public(), "label", wire.Bytes("content"), signature[:n]) {
				t.Errorf("%v: verified %d bytes of a signature", s.ID, n)
			}
		}
		if s.VerifyWithLabel(signer.Public(), "label", wire.Bytes("content"), append(bytes.Clone(signature), 0)) {
			t.Errorf("%v: verified a signature with a byte more", s.ID)
		}
		key := s.DeriveKeyPair(s.Zero())
		for n := range key.Public() {
			if s.ValidHPKEPublicKey(key.Public()[:n]) {
				t.Errorf("%v: %d bytes are a public key", s.ID, n)
			}
		}
		if _, err := s.ParseSignatureKey(append(bytes.Clone(signer.Bytes()), 0)); err == nil {
			t.Errorf("%v: took a private key with a byte more", s.ID)
		}
		if _, err := s.ParseHPKEPrivateKey(append(bytes.Clone(key.Bytes()), 0)); err == nil {
			t.Errorf("%v: took an HPKE private key with a byte more", s.ID)
		}
	}
}

func TestUnknownSuite(t *testing.T) {
	for _, id := range []spec.CipherSuite{0, 8, 0x0a0a, 0xf000, 0xf005, 0xfafa, 0xffff} {
		if _, err := Get(id); spec.Violated(err) != req.SuiteSupported {
			t.Errorf("suite %v: %v", id, err)
		}
	}
	for i, s := range All() {
		if got, err := Get(s.ID); err != nil || got != s || int(s.ID) != i+1 {
			t.Errorf("suite %d is %v, %v", i+1, got, err)
		}
	}
	for i, s := range Experimental() {
		if got, err := Get(s.ID); err != nil || got != s || int(s.ID) != 0xf001+i || !s.ID.Experimental() {
			t.Errorf("suite %d is %v, %v", 0xf001+i, got, err)
		}
	}
	for _, name := range []string{"", "0x0001", "x25519_aes128gcm_sha256_ed25519"} {
		if s, err := Named(name); err == nil {
			t.Errorf("%q names %v", name, s.ID)
		}
	}
	var ids []spec.CipherSuite
	for _, s := range everySuite() {
		if got, err := Named(s.ID.String()); err != nil || got != s {
			t.Errorf("%v names %v, %v", s.ID, got, err)
		}
		ids = append(ids, s.ID)
	}
	if named := spec.CipherSuites(); !slices.Equal(named, ids) {
		t.Errorf("suites with a name are %v, there are %v", named, ids)
	}
}
