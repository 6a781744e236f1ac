package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mlssim/spec"
	"mlssim/spec/trace"
)

// TestPlacesOfFindings: a finding is where the catalog has what it is about.
func TestPlacesOfFindings(t *testing.T) {
	for at, want := range map[string]string{
		"u0187":                              "spec/units.tsv",
		"leaf.lifetime.now":                  "spec/registry/07-tree.yaml",
		"leaf.signature":                     "spec/registry/07-tree.yaml", // and not leaf.signature_key
		"lifetime.received":                  "spec/ambiguities.yaml",
		"leaf.signature impl commit.receive": "spec/registry/07-tree.yaml", // by the gate
		"u0014 u0015 u0016":                  "spec/dispositions.yaml",
		"99.9":                               "spec/texts.yaml",
	} {
		file, line := placeOf(at)
		b, err := fs.ReadFile(spec.Files, strings.TrimPrefix(file, "spec/"))
		if err != nil || file != want {
			t.Errorf("%s is in %s, want %s: %v", at, file, want, err)
			continue
		}
		first, _, _ := strings.Cut(at, " ")
		text := slices.Collect(strings.Lines(string(b)))[line-1]
		if words := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\n:[],-", r) }); at != "99.9" && !slices.Contains(words, first) {
			t.Errorf("%s:%d is %q, and not about %s", file, line, text, at)
		}
	}
}

// TestWriteSARIF: the file has each finding.
func TestWriteSARIF(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.sarif")
	findings := []trace.Finding{{Rule: "unit.unmapped", At: "u0007", What: "no requirement and no disposition"}}
	if err := writeSARIF(name, "mlssim trace lint", findings, false); err != nil {
		t.Fatal(err)
	}
	if err := writeSARIF(name, "mlssim trace lint", findings, false); err == nil {
		t.Error("the file is overwritten")
	}
	b, err := os.ReadFile(name)
	if err != nil || !json.Valid(b) {
		t.Fatal(err)
	}
	for _, want := range []string{`"ruleId": "unit.unmapped"`, `"text": "u0007: no requirement and no disposition"`, `"uri": "spec/units.tsv"`, `"startLine": 8`} {
		if !bytes.Contains(b, []byte(want)) {
			t.Errorf("no %s in %s", want, b)
		}
	}
}
