package wire

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// hexBytes is a byte string as the official test vectors write it.
type hexBytes []byte

func (b *hexBytes) UnmarshalText(text []byte) error {
	raw, err := hex.DecodeString(string(text))
	*b = raw
	return err
}

// vectorPath returns where a test vector file should be.
func vectorPath(name string) string {
	dir := cmp.Or(os.Getenv("MLS_VECTORS"), "../shared/vectors")
	if !filepath.IsAbs(dir) {
		dir = filepath.Join("../..", dir)
	}
	return filepath.Join(dir, name)
}

// loadVectors returns the entries of an official test vector file, from the
// directory that the environment variable MLS_VECTORS names relative to the
// module. Without the file the test is skipped, but fails where CI is set.
func loadVectors[T any](t testing.TB, name string) []T {
	t.Helper()
	b, err := os.ReadFile(vectorPath(name))
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
