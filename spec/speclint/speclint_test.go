package speclint

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/analysistest"
)

// TestFindings: everything in the test data that is marked is found, and nothing else.
func TestFindings(t *testing.T) {
	all := &analysis.Analyzer{Name: "all", Doc: "all of them", Run: func(pass *analysis.Pass) (any, error) {
		for _, a := range Analyzers {
			if _, err := a.Run(pass); err != nil {
				return nil, err
			}
		}
		return nil, nil
	}}
	analysistest.Run(t, analysistest.TestData(), all, "a")
}

// TestGolden: as a tool for go vet it finds what the gate's golden package has that can
// be seen without running it.
func TestGolden(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the tool")
	}
	tool := filepath.Join(t.TempDir(), "speclint")
	if out, err := exec.Command("go", "build", "-o", tool, "./cmd/speclint").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := exec.Command("go", "vet", "-vettool="+tool, "../trace/evidence/testdata/golden/impl").CombinedOutput()
	if err == nil {
		t.Error("nothing is wrong")
	}
	for _, want := range []string{
		"the result of spec.Check is dropped", "validate refuses without a requirement", `"golden.good" is no constant of spec/req`,
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is not among\n%s", want, out)
		}
	}
}
