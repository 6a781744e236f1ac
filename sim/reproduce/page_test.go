package reproduce

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const results = "../../docs/results"

// Each experiment has a page and a figure in docs/results, of the plan as it is, and
// the index says so.
func TestResultsAreOfThesePlans(t *testing.T) {
	index, err := os.ReadFile(filepath.Join(results, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range All() {
		page, err := os.ReadFile(filepath.Join(results, e.Name+".md"))
		if err != nil {
			t.Errorf("%v: mlssim reproduce %s --out docs/results --format svg --force makes it", err, e.Name)
			continue
		}
		_, source := e.Source()
		if !strings.Contains(string(page), "Plan "+digest(source)[:16]+",") {
			t.Errorf("%s.md is of another plan", e.Name)
		}
		if _, err := os.Stat(filepath.Join(results, e.Name+".svg")); err != nil {
			t.Error(err)
		}
		if !strings.Contains(string(index), "]("+e.Name+".md)") {
			t.Errorf("the index does not list %s", e.Name)
		}
	}
}
