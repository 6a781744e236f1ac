package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// goldenModule DIR puts the golden package of the tests of the gate into a module of its
// own, with what it is built from: package spec, and its requirements.
func goldenModule(ts *testscript.TestScript, not bool, args []string) {
	if not || len(args) != 1 {
		ts.Fatalf("usage: golden DIR")
	}
	module, to := ts.Getenv("MODULE"), ts.MkAbs(args[0])
	from := filepath.Join(module, "spec", "trace", "evidence", "testdata", "golden")
	copied := map[string]string{
		filepath.Join(from, "registry.yaml"):        "spec/registry/golden.yaml",
		filepath.Join(from, "req", "req.go"):        "spec/req/req.go",
		filepath.Join(from, "impl", "impl.go"):      "impl/impl.go",
		filepath.Join(from, "impl", "impl_test.go"): "impl/impl_test.go",
	}
	sources, err := filepath.Glob(filepath.Join(module, "spec", "*.go"))
	ts.Check(err)
	for _, name := range sources {
		base := filepath.Base(name)
		if base != "files.go" && !strings.HasSuffix(base, "_test.go") { // there is no text to embed
			copied[name] = "spec/" + base
		}
	}
	for name, place := range copied {
		b, err := os.ReadFile(name)
		ts.Check(err)
		place = filepath.Join(to, filepath.FromSlash(place))
		ts.Check(os.MkdirAll(filepath.Dir(place), 0o755))
		b = []byte(strings.ReplaceAll(string(b), "mlssim/spec/trace/evidence/testdata/golden/req", "mlssim/spec/req"))
		ts.Check(os.WriteFile(place, b, 0o644))
	}
}
