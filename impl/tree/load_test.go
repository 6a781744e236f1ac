package tree

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"mlssim/impl/suite"
	"mlssim/spec"
)

// hexBytes is a byte string as the official test vectors write it.
type hexBytes []byte

func (b *hexBytes) UnmarshalText(text []byte) error {
	raw, err := hex.DecodeString(string(text))
	*b = raw
	return err
}

// loadVectors returns the entries of an official test vector file, from the
// directory that the environment variable MLS_VECTORS names relative to the
// module. Without the file the test is skipped, but fails where CI is set.
func loadVectors[T any](t testing.TB, name string) []T {
	t.Helper()
	dir := cmp.Or(os.Getenv("MLS_VECTORS"), "../shared/vectors")
	if !filepath.IsAbs(dir) {
		dir = filepath.Join("../..", dir)
	}
	b, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") == "" {
		t.Skipf("no test vectors: %v; set MLS_VECTORS to their directory", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	var entries []T
	if err := json.Unmarshal(b, &entries); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if len(entries) == 0 {
		t.Fatalf("%s has no entries", name)
	}
	return entries
}

// testSuite returns the cipher suite of these tests.
func testSuite(t testing.TB) *suite.Suite {
	t.Helper()
	s, err := suite.Get(spec.X25519_AES128GCM_SHA256_Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// mustParse returns the tree of a vector, which encodes to the same bytes again.
func mustParse(t testing.TB, s *suite.Suite, b []byte) Tree {
	t.Helper()
	tree, err := Parse(s, nil, b, 1<<16)
	if err != nil {
		t.Fatal(err)
	}
	if string(tree.Extension()) != string(b) {
		t.Fatalf("tree encodes to %x, want %x", tree.Extension(), b)
	}
	return tree
}
