package trace

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var rewrite = flag.Bool("update", false, "write docs/ambiguities.md instead of comparing it")

const page = "../../docs/ambiguities.md"

// TestPageIsMade: docs/ambiguities.md is what spec/ambiguities.yaml gives.
func TestPageIsMade(t *testing.T) {
	want := Page(catalog(t).Ambiguities)
	if *rewrite {
		if err := os.WriteFile(page, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s: go test ./spec/trace -run TestPageIsMade -update\n%s", page, diff)
	}
}
