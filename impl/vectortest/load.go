// Package vectortest gives the official test vectors of MLS to tests. The
// files are not part of the repository; their hashes are.
package vectortest

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// Hex is a byte string as the vectors write it.
type Hex []byte

// UnmarshalText reads hexadecimal digits.
func (b *Hex) UnmarshalText(text []byte) error {
	raw, err := hex.DecodeString(string(text))
	*b = raw
	return err
}

// Read returns an official vector file. It looks in the folder that the
// environment variable MLS_VECTORS names, relative to the module, by default
// ../shared/vectors. Without the file the test is skipped, but fails where CI
// is set; a file that is not the official one fails it.
func Read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := read(name)
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") == "" {
		t.Skipf("no test vectors: %v; set MLS_VECTORS to their folder", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if sum := fmt.Sprintf("%x", sha256.Sum256(b)); sum != official[name] {
		t.Fatalf("%s has the sha256 %s, the official file %s", name, sum, official[name])
	}
	return b
}

// LoadIfAny returns the entries of an official file for seeds that a test can do
// without: where the file is not at hand it returns nothing.
func LoadIfAny[T any](t testing.TB, name string) []T {
	t.Helper()
	if _, err := read(name); errors.Is(err, fs.ErrNotExist) {
		t.Logf("without seeds: %v", err)
		return nil
	}
	var entries []T
	if err := json.Unmarshal(Read(t, name), &entries); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if len(entries) == 0 {
		t.Fatalf("%s has no entries", name)
	}
	return entries
}

// read returns the content of a vector file.
func read(name string) ([]byte, error) {
	dir := cmp.Or(os.Getenv("MLS_VECTORS"), "../shared/vectors")
	if !filepath.IsAbs(dir) {
		root, err := moduleRoot()
		if err != nil {
			return nil, err
		}
		dir = filepath.Join(root, dir)
	}
	return os.ReadFile(filepath.Join(dir, name))
}

// moduleRoot returns the folder of go.mod, at or above that of the test.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("no go.mod above the test")
		}
	}
	return "", err
}
