package detlint

import (
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
