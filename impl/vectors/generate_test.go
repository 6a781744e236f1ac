package vectors

import (
	"bytes"
	"testing"

	"mlssim/impl/suite"
)

// TestGenerated makes every kind for every suite from two seeds: what is made is
// right, is of its kind, and depends on the seed alone.
func TestGenerated(t *testing.T) {
	for _, kind := range Kinds() {
		t.Run(kind, func(t *testing.T) {
			suites, _ := HasSuites(kind)
			files := [][]byte{generate(t, kind, 1), generate(t, kind, 2)}
			if bytes.Equal(files[0], files[1]) {
				t.Error("the same from another seed")
			}
			for _, b := range files {
				r, err := Verify(b)
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range r.Failures {
					t.Error(f)
				}
				if r.Total == 0 || r.Passed != r.Total {
					t.Errorf("%d/%d", r.Passed, r.Total)
				}
			}
			for _, s := range suite.All() {
				if suites && !bytes.Contains(files[0], []byte(`"cipher_suite": `+string('0'+rune(s.ID)))) {
					t.Errorf("no case of %v", s.ID)
				}
			}
			if again := generate(t, kind, 1, suite.All()...); !bytes.Equal(again, files[0]) {
				t.Error("other vectors from the same seed")
			}
		})
	}
}

func generate(t testing.TB, kind string, seed uint64, suites ...*suite.Suite) []byte {
	t.Helper()
	b, err := Generate(kind, seed, suites...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
