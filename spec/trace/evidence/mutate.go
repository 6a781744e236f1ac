package evidence

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Uncompiled is what became of a mutant that is no program.
const Uncompiled = "uncompiled"

// A Trial says what became of a mutant: Killed, Survived, Unreached or Uncompiled.
type Trial struct {
	Mutant
	Outcome string `json:"outcome"`
	By      string `json:"by,omitempty"` // the test that failed
}

// Try builds the tests that saw the check of a mutant with the file of the mutant in
// place of its own, through an overlay, so that the source stays as it is, and runs them
// until one fails: those of the package that has most of them, at most MaxTests. A test that
// fails by itself kills nothing.
func (k *Knocker) Try(ctx context.Context, m *Mutant) (*Trial, error) {
	t := &Trial{Mutant: *m, Outcome: Unreached}
	root := k.Suite.root
	pkg, tests := m.witnesses(k.Records)
	if len(tests) == 0 {
		return t, nil
	}
	dir, err := os.MkdirTemp("", "mlssim-mutant")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	overlay, err := m.overlay(root, dir)
	if err != nil {
		return nil, err
	}
	built := filepath.Join(dir, "mutant.test")
	build := exec.CommandContext(ctx, "go", "test", "-c", "-tags", "spectrace", "-overlay", overlay, "-o", built, "./"+pkg)
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		if _, ended := errors.AsType[*exec.ExitError](err); !ended || ctx.Err() != nil {
			return nil, err
		}
		if !strings.Contains(string(out), m.File) {
			return nil, fmt.Errorf("%s:%d: %s", m.File, m.Line, last(out, 500))
		}
		t.Outcome = Uncompiled
		return t, nil
	}
	s := &Suite{root: root, dir: dir, packages: map[string]*binary{pkg: {path: built, dir: filepath.Join(root, pkg)}}}
	t.Outcome = Survived
	for _, name := range tests[:min(len(tests), k.MaxTests)] {
		r, err := s.Run(ctx, parsed(name), "", false)
		if err != nil {
			return nil, err
		}
		if !r.Passed && k.passes(ctx, name) {
			t.Outcome, t.By = Killed, name
			return t, nil
		}
	}
	return t, nil
}

// witnesses returns the tests that saw the check of a mutant, of the package that has most
// of those that saw it refuse: these first, of them those that asked for the id, then
// others.
func (m *Mutant) witnesses(records []Record) (pkg string, tests []string) {
	rank := map[string]int{}
	for i := range records {
		r := &records[i]
		here := path.Clean(r.File) == m.File && r.Line >= m.Line && r.Line <= m.last
		if m.rule { // which is decided by who goes through the table
			here = r.Side == sideOf(m.File)
		}
		if r.Req != m.Req || !here {
			continue
		}
		worth := 1
		if r.Reject {
			worth = 2 + b2i(r.Asserted)
		}
		rank[r.Witness] = max(rank[r.Witness], worth)
	}
	count := map[string]int{}
	for name, worth := range rank {
		count[packageOf(name)] += worth * worth
	}
	for name := range rank {
		tests = append(tests, name)
	}
	for p, n := range count {
		if n > count[pkg] || n == count[pkg] && p < pkg {
			pkg = p
		}
	}
	tests = slices.DeleteFunc(tests, func(name string) bool { return packageOf(name) != pkg })
	slices.SortFunc(tests, func(x, y string) int { return cmp.Or(cmp.Compare(rank[y], rank[x]), cmp.Compare(x, y)) })
	return pkg, tests
}

// sideOf returns which of the two programs a file belongs to.
func sideOf(file string) string {
	if _, rest, ok := strings.Cut(file, "/testdata/golden/"); ok { // of the tests of the gate
		file = rest
	}
	side, _, _ := strings.Cut(file, "/")
	return side
}

// overlay writes the file of a mutant, and what the go command is to take it for.
func (m *Mutant) overlay(root, dir string) (string, error) {
	changed := filepath.Join(dir, "mutant.go")
	if err := os.WriteFile(changed, m.source, 0o600); err != nil {
		return "", err
	}
	abs, err := filepath.Abs(root)
	if err != nil {
		return "", err
	}
	b, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(abs, filepath.FromSlash(m.File)): changed}})
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "overlay.json")
	return name, os.WriteFile(name, b, 0o600)
}
