package evidence

import (
	"bytes"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

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
	absent := Exemption{Requirements: []spec.ID{"a.b"}, Side: "impl", As: "absent", Reason: "there is none"}
	absentHere := absent
	absentHere.Contexts = []string{"commit.send"}
	declined := Exemption{Requirements: []spec.ID{"a.b"}, Side: "impl", As: "declined", Reason: "it is better so"}
	nobody := Exemption{Kinds: []string{"check"}, Side: "impl", As: "waiver", Reason: "soon", Review: "2026-01-01"}
	for name, c := range map[string]struct{ got, want []string }{
		"all is well":              {gated(Load, "a.b impl commit.send G5\n"), nil},
		"better than it was":       {gated(Load, "a.b impl commit.send G3\n"), nil},
		"below":                    {gated(Sharp, "a.b impl commit.send G4\n"), []string{"floor a.b impl commit.send"}},
		"below, for a reason":      {gated(Sharp, "a.b impl commit.send G4 why\n", excuse), nil},
		"the reason is for others": {gated(Sharp, "a.b impl commit.send G4\n", other), []string{"exemption.stale a.b", "floor a.b impl commit.send"}},
		"worse, for a reason":      {gated(Both, "a.b impl commit.send G4\n", excuse), []string{"ratchet a.b impl commit.send"}},
		"absent":                   {gated(Mapped, "", absent), nil},
		"absent, with code":        {gated(Linked, "", absent), []string{"absent.there a.b impl commit.send"}},
		"absent here":              {gated(Linked, "", absentHere), nil},
		"absent, and seen":         {gated(OneSided, "", absentHere), []string{"absent.there a.b impl commit.send"}},
		"absent, with a line":      {gated(Mapped, "a.b impl commit.send G0\n", absent), []string{"lock.dead a.b impl commit.send"}},
		"a MUST that is declined":  {gated(Both, "a.b impl commit.send G3\n", declined), []string{"exemption.declined a.b"}},
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
	for _, name := range []string{"docs/trace.md", "README.md", ".git/HEAD", "spec/coverage.lock", "spec/knockouts.tsv", "evidence/evidence.json"} {
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

// TestLevels: cells by level, side and grade, and what became of those below their target.
func TestLevels(t *testing.T) {
	registry := []trace.Requirement{
		{ID: "a.must", Role: "both", Kind: "check", Level: "MUST", Contexts: []string{"decode", "encode"}},
		{ID: "b.step", Role: "both", Kind: "produce", Level: "IMPLIED", Contexts: []string{"commit.send"}},
	}
	cell := func(id spec.ID, side, at string, g Grade) Cell {
		return Cell{Req: id, Side: side, Ctx: at, Grade: g, Target: Load}
	}
	differing := cell("a.must", "impl", "decode", Load)
	differing.Differ, differing.Breaks = true, []string{"props.TestX"}
	g := &Gate{Registry: registry, Lock: Lock{}, File: &File{Cells: []Cell{
		differing, cell("a.must", "impl", "encode", Both), cell("a.must", "model", "decode", Sharp),
		cell("b.step", "impl", "commit.send", Linked), cell("b.step", "model", "commit.send", Mapped),
	}}, Exemptions: []Exemption{
		{Requirements: []spec.ID{"a.must"}, Side: "impl", As: "waiver", Reason: "soon", Owner: "somebody", Review: "2027-01-01"},
		{Requirements: []spec.ID{"a.must"}, Side: "model", As: "unreachable", Reason: "nobody can"},
		{Requirements: []spec.ID{"b.step"}, Side: "model", As: "absent", Reason: "there is none"},
	}}
	r := g.Run()
	grades := func(some map[string]int) map[string]int {
		all := map[string]int{}
		for _, name := range gradeNames {
			all[name] = some[name]
		}
		return all
	}
	want := []Level{
		{Level: "MUST", Side: "impl", Cells: 2, Grades: grades(map[string]int{"G3": 1, "G5": 1}), Reached: 1, Excused: 1, Waived: 1, Differ: 1, Breaks: 1},
		{Level: "IMPLIED", Side: "impl", Cells: 1, Grades: grades(map[string]int{"G1": 1})},
		{Level: "MUST", Side: "model", Cells: 1, Grades: grades(map[string]int{"G4": 1}), Excused: 1},
		{Level: "IMPLIED", Side: "model", Grades: grades(nil), Absent: 1},
	}
	if d := cmp.Diff(want, r.Levels); d != "" {
		t.Errorf("levels (-want +got):\n%s", d)
	}
	if r.Cells != 4 || r.Reached != 1 || r.Excused != 2 || r.Waived != 1 || r.Absent != 1 {
		t.Errorf("in all %+v", r)
	}
}
