package suite

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// TestKeysAreNeverPrinted: whatever the verb, and inside a struct of others.
func TestKeysAreNeverPrinted(t *testing.T) {
	for _, s := range everySuite() {
		key := s.DeriveKeyPair(s.Zero())
		signer, err := s.GenerateSignatureKey(stream("signer"))
		if err != nil {
			t.Fatal(err)
		}
		keys := struct {
			h HPKEPrivateKey
			s SignatureKey
			p *HPKEPrivateKey
		}{*key, *signer, key}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
			text := fmt.Sprintf(verb+verb+verb, key, signer, keys)
			for _, private := range []Secret{key.Bytes(), signer.Bytes()} {
				half := []byte(private[:len(private)/2])
				for _, shown := range []string{fmt.Sprintf("%x", half), strings.Trim(fmt.Sprint(half), "[]"), string(half)} {
					if strings.Contains(text, shown) {
						t.Errorf("%v: %s shows %d: %q", s.ID, verb, half, text)
					}
				}
			}
		}
	}
}

// TestKeysAreShared: goroutines open with one key at once; for the race detector.
func TestKeysAreShared(t *testing.T) {
	for _, s := range everySuite() {
		key := s.DeriveKeyPair(s.Zero())
		sealed, err := s.EncryptWithLabel(stream("sender"), key.Public(), "label", nil, []byte("plain"))
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if plain, err := s.DecryptWithLabel(key, "label", nil, sealed); err != nil || string(plain) != "plain" {
					t.Errorf("%v: opened to %q, %v", s.ID, plain, err)
				}
			})
		}
		all.Wait()
	}
}
