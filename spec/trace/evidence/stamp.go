package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// A Stamp says what evidence is evidence of.
type Stamp struct {
	Tree string   `json:"tree"` // TreeHash of the module
	Go   string   `json:"go"`   // version
	Tags []string `json:"tags"` // of the build
}

// made are files that are written from evidence, and so no part of what it is of.
var made = []string{"spec/coverage.lock", "spec/knockouts.tsv"}

// TreeHash returns a hash of all files of the module that a test can depend on: all
// but the documents, what begins with a dot, runs, evidence where commands put it if they
// are not told otherwise, and what is made from it.
func TreeHash(module fs.FS) (string, error) {
	h := sha256.New()
	err := fs.WalkDir(module, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && strings.HasPrefix(path.Base(name), "."), name == "docs", name == "runs", name == "evidence":
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir(), !d.Type().IsRegular(), slices.Contains(made, name), slices.Contains([]string{".md", ".cff", ".test", ".prof", ".out"}, path.Ext(name)):
			return nil
		}
		b, err := fs.ReadFile(module, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(b)
		h.Write([]byte(name + "\x00"))
		h.Write(sum[:])
		return nil
	})
	return hex.EncodeToString(h.Sum(nil)), err
}
