package main

import (
	"os"
	"path/filepath"
	"testing"

	"mlssim/spec"
	"mlssim/spec/trace/dossier"
	"mlssim/spec/trace/evidence"
	"mlssim/spec/trace/links"
)

// TestReasons: where the source says why a grade may be below its target, the proof
// has it, and others have none.
func TestReasons(t *testing.T) {
	c, err := openCatalog()
	if err != nil {
		t.Fatal(err)
	}
	source := t.TempDir()
	if err := os.Mkdir(filepath.Join(source, "spec"), 0o755); err != nil {
		t.Fatal(err)
	}
	const excuses = "- requirements: [wire.memory]\n  side: model\n  as: absent\n  reason: there are no bytes\n"
	if err := os.WriteFile(filepath.Join(source, "spec", "exemptions.yaml"), []byte(excuses), 0o644); err != nil {
		t.Fatal(err)
	}
	f := &evidence.File{Cells: evidence.Cells(c.Requirements, func(spec.ID, string) bool { return false }, nil, nil)}
	if err := complete(dossier.New(c, new(links.Map), nil), f, nil, t.TempDir(), source); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for i := range f.Cells {
		want := ""
		if f.Cells[i].Req == "wire.memory" && f.Cells[i].Side == "model" {
			want = "absent: there are no bytes"
			seen++
		}
		if p := proofOf(&f.Cells[i]); p.Reason != want {
			t.Errorf("%s %s %s: %q, want %q", f.Cells[i].Req, p.Side, p.Context, p.Reason, want)
		}
	}
	if seen == 0 {
		t.Error("no cell is excused")
	}
}
