package forge

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mlssim/spec"
	"mlssim/spec/trace"
)

var rewrite = flag.Bool("update", false, "write docs/validation.md instead of comparing it")

const validation = "../../docs/validation.md"

// TestValidationTable compares docs/validation.md with what the registry and the
// tests say, and expects a test for each rule that the implementation decides.
func TestValidationTable(t *testing.T) {
	registry, err := trace.Load(os.DirFS("../../spec/registry"))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]spec.ID{}
	for _, r := range registry {
		names[trace.ConstName(r.ID)] = r.ID
	}
	code, tests := mentions(t, names, false), mentions(t, names, true)
	for _, c := range Catalogue() {
		input := fmt.Sprintf("TestRefusals/%s/%s", c.Section, c.Name)
		tests[c.Want] = append([]string{strings.ReplaceAll(input, " ", "_")}, tests[c.Want]...)
	}
	var page bytes.Buffer
	page.WriteString(`# Every rule that the implementation decides

One row for each requirement of spec/registry whose violation the implementation
refuses: the entry points at which it is to be decided, and a test that has it
refused. Inputs of TestRefusals are the catalogue of impl/forge. They violate this
rule alone: with the rule switched off they are accepted, or refused for the reason
that the table beside the input names; and the same input without what is wrong with
it is accepted. Written by "go test ./impl/forge -run TestValidationTable -update",
and compared in every test run.

| requirement | section | what has to hold | entry points | refused in |
|---|---|---|---|---|
`)
	for _, r := range registry {
		if r.Kind != "check" || len(code[r.ID]) == 0 {
			continue
		}
		test := "none"
		if list := tests[r.ID]; len(list) > 0 {
			slices.SortFunc(list, isolatingFirst)
			test = list[0]
		} else {
			t.Errorf("%s: no test has it refused", r.ID)
		}
		fmt.Fprintf(&page, "| %s | %s | %s | %s | %s |\n", r.ID, r.Section, r.Text, strings.Join(r.Contexts, ", "), test)
	}
	if *rewrite {
		if err := os.WriteFile(validation, page.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	written, err := os.ReadFile(validation)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(written, page.Bytes()) {
		t.Errorf("%s is not what code and tests say: go test ./impl/forge -run TestValidationTable -update", validation)
	}
}

// isolatingFirst sorts inputs that violate one rule alone before other tests.
func isolatingFirst(a, b string) int {
	isolates := func(s string) bool { return strings.HasPrefix(s, "TestRefusals/") }
	if isolates(a) != isolates(b) {
		if isolates(a) {
			return -1
		}
		return 1
	}
	return strings.Compare(a, b)
}

// mentions returns where files of the implementation, or its tests, name each
// requirement: package and declaration.
func mentions(t *testing.T, names map[string]spec.ID, tests bool) map[spec.ID][]string {
	t.Helper()
	found := map[spec.ID][]string{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !tests && d.IsDir() && d.Name() == "forge" {
			return fs.SkipDir // which names requirements that it does not decide
		}
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") != tests {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			ast.Inspect(d, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok {
					if x, ok := s.X.(*ast.Ident); ok && x.Name == "req" {
						id := names[s.Sel.Name]
						found[id] = append(found[id], filepath.Join("impl", strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), ".."))+", "+declared(d))
					}
				}
				return true
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// declared returns the name of a declaration.
func declared(d ast.Decl) string {
	switch d := d.(type) {
	case *ast.FuncDecl:
		return d.Name.Name
	case *ast.GenDecl:
		if v, ok := d.Specs[0].(*ast.ValueSpec); ok {
			return v.Names[0].Name
		}
	}
	return "a declaration"
}
