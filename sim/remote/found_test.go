package remote

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

// TestScriptsOfDocs goes through the scripts of the documentation with a server of
// ours: each step is one that there is something to do for, and nothing is found.
func TestScriptsOfDocs(t *testing.T) {
	names, err := filepath.Glob("../../docs/torture/*.script")
	if err != nil || len(names) == 0 {
		t.Fatalf("%v, %v", names, err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Parse(string(b))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		w, err := newWorld(context.Background(), []*Party{ours("A", 1)}, s, now)
		if err != nil {
			t.Fatal(err)
		}
		for i := range s.Steps {
			if done, err := w.do(i, &s.Steps[i]); !done && !refusedByAll[filepath.Base(name)] || err != nil {
				t.Errorf("%s: step %d (%s): done %v, %v", name, i, s.Steps[i], done, err)
			}
		}
	}
}

// refusedByAll are scripts that end with what a client has to refuse.
var refusedByAll = map[string]bool{"mlspp-reinit-members.script": true}
