package evidence

import (
	"bytes"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"mlssim/spec"
	"mlssim/spec/trace"
)

// check returns a registry of one check, and a cell of it that has reached a grade.
func check(grade Grade) ([]trace.Requirement, Cell) {
	r := []trace.Requirement{{ID: "a.b", Role: "both", Kind: "check", Level: "MUST", Contexts: []string{"commit.send"}}}
	return r, Cell{Req: "a.b", Side: "impl", Ctx: "commit.send", Grade: grade, Target: Target(&r[0], "impl")}
}

// gated returns what the gate says of one cell, with exemptions.
func gated(grade Grade, before string, exemptions ...Exemption) []string {
	registry, cell := check(grade)
	lock, _ := ReadLock([]byte(before))
	g := &Gate{Registry: registry, File: &File{Cells: []Cell{cell}}, Lock: lock, Exemptions: exemptions, Today: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)}
	return rules(g.Run().Findings)
}

func TestGate(t *testing.T) {
	excuse := Exemption{Requirements: []spec.ID{"a.b"}, Side: "impl", As: "unreachable", Reason: "nobody can"}
	other := excuse
	other.Contexts = []string{"commit.receive"}
	nobody := Exemption{Kinds: []string{"check"}, Side: "impl", As: "waiver", Reason: "soon", Review: "2026-01-01"}
	for name, c := range map[string]struct{ got, want []string }{
		"all is well":              {gated(Load, "a.b impl commit.send G5\n"), nil},
		"better than it was":       {gated(Load, "a.b impl commit.send G3\n"), nil},
		"below":                    {gated(Sharp, "a.b impl commit.send G4\n"), []string{"floor a.b impl commit.send"}},
		"below, for a reason":      {gated(Sharp, "a.b impl commit.send G4 why\n", excuse), nil},
		"the reason is for others": {gated(Sharp, "a.b impl commit.send G4\n", other), []string{"exemption.stale a.b", "floor a.b impl commit.send"}},
		"worse, for a reason":      {gated(Both, "a.b impl commit.send G4\n", excuse), []string{"ratchet a.b impl commit.send"}},
		"a waiver of nobody":       {gated(Both, "a.b impl commit.send G3\n", nobody), []string{"waiver.incomplete [check]", "waiver.many exemptions.yaml"}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
}

// TestTargets: what has to be shown, by kind, level and side.
func TestTargets(t *testing.T) {
	for _, c := range []struct {
		kind, level, side string
		want              Grade
	}{
		{"check", "MUST", "impl", Load}, {"check", "IMPLIED", "impl", Load}, {"check", "FORMAT", "model", Sharp},
		{"check", "SHOULD", "impl", Sharp}, {"check", "MAY", "impl", Both},
		{"derive", "DERIVE", "impl", Load}, {"encode", "FORMAT", "impl", Load}, {"derive", "DERIVE", "model", OneSided},
		{"option", "MAY", "impl", Both}, {"ignore", "MUST", "model", Both}, {"produce", "MUST", "impl", OneSided},
	} {
		if got := Target(&trace.Requirement{Kind: c.kind, Level: c.level}, c.side); got != c.want {
			t.Errorf("%v: %v", c, got)
		}
	}
}

// TestLock: what is written is read, and what is damaged is refused.
func TestLock(t *testing.T) {
	_, cell := check(Both)
	cell.Reason = "unreachable: nobody can"
	b := WriteLock([]Cell{cell})
	if want := "a.b impl commit.send G3 unreachable: nobody can\n"; string(b) != want {
		t.Fatalf("%q, want %q", b, want)
	}
	lock, err := ReadLock(b)
	if l := lock[placeAt("a.b", "impl", "commit.send")]; err != nil || l.grade != Both || l.reason != cell.Reason {
		t.Errorf("%v, %v", lock, err)
	}
	for _, bad := range []string{"a.b impl G3\n", "a.b impl commit.send G9\n", string(b) + string(b)} {
		if _, err := ReadLock([]byte(bad)); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

func TestVerdictsTable(t *testing.T) {
	all := []Verdict{{Req: "a.b", Side: "impl", Ctx: "decode", Forced: Killed, By: "impl.TestX", Reverse: none, Sites: "00ff", Millis: 7}}
	b := WriteVerdicts(all)
	if got, err := ReadVerdicts(b); err != nil || !slices.Equal(got, all) {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"x\n", columns + "a\tb\n", string(bytes.ReplaceAll(b, []byte("\t7\n"), []byte("\tsoon\n")))} {
		if _, err := ReadVerdicts([]byte(bad)); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

// TestTreeHash: what tests can depend on changes the hash, and nothing else does.
func TestTreeHash(t *testing.T) {
	with := func(name, content string) string {
		dir := fstest.MapFS{"impl/a.go": {Data: []byte("package impl")}}
		if name != "" {
			dir[name] = &fstest.MapFile{Data: []byte(content)}
		}
		h, err := TreeHash(dir)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	plain := with("", "")
	for _, name := range []string{"impl/a.go", "impl/b_test.go", "spec/registry/x.yaml", "impl/testdata/x"} {
		if with(name, "other") == plain {
			t.Errorf("%s makes no difference", name)
		}
	}
	for _, name := range []string{"docs/trace.md", "README.md", ".git/HEAD", "spec/coverage.lock", "spec/knockouts.tsv"} {
		if with(name, "other") != plain {
			t.Errorf("%s makes a difference", name)
		}
	}
}

// TestInnermost: a decision counts for the innermost entry point that is listed.
func TestInnermost(t *testing.T) {
	path := []string{"message.receive", "commit.receive", "decode"}
	for want, listed := range map[string][]string{
		"commit.receive": {"message.receive", "commit.receive"}, "message.receive": {"message.receive"}, "decode": {"export"},
	} {
		if got := innermost(path, listed); got != want {
			t.Errorf("of %v: %s, want %s", listed, got, want)
		}
	}
}
