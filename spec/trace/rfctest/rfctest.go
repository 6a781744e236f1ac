// Package rfctest gives the text of RFC 9420 to tests. The text is not part of the
// repository.
package rfctest

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// Read returns a file of the RFC: "rfc9420.md" or "rfc9420.xml". It looks in the
// folder that the environment variable MLS_RFC names, relative to the module, by
// default ../shared/rfc. Without the file the test is skipped, but fails where CI is
// set.
func Read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(Path(t, name))
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") == "" {
		t.Skipf("no text of the RFC: %v; set MLS_RFC to its folder", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Path returns where [Read] looks for a file.
func Path(t testing.TB, name string) string {
	t.Helper()
	dir := cmp.Or(os.Getenv("MLS_RFC"), "../shared/rfc")
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(moduleRoot(t), dir)
	}
	return filepath.Join(dir, name)
}

// moduleRoot returns the folder of go.mod, at or above that of the test.
func moduleRoot(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = up
	}
}
