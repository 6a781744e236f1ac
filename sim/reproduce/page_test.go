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
	if want := Index(func(page string) ([]byte, error) { return os.ReadFile(filepath.Join(results, page)) }); string(index) != string(want) {
		t.Errorf("the index is not that of the pages: any mlssim reproduce NAME --out docs/results --format svg --force writes it")
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
	}
}

// A page is what comes out: of one that is quick to make.
func TestResultIsMadeAgain(t *testing.T) {
	e, _ := Find("new-group-bytes")
	p, err := e.Load(e.Source())
	if err != nil {
		t.Fatal(err)
	}
	o, err := e.Run(t.Context(), p, false, 2)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join(results, e.Name+".md"))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(Page(p, o, false)); got != string(want) {
		t.Errorf("docs/results/%s.md is not what comes out:\n%s", e.Name, got)
	}
}
