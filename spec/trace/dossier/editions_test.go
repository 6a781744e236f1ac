package dossier

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"mlssim/spec"
	"mlssim/spec/trace"
	"mlssim/spec/trace/links"
	"mlssim/spec/trace/rfctest"
	"mlssim/spec/trace/text"
)

// A paragraph of the RFC that is one sentence with one keyword, and stands once.
type paragraph struct {
	unit    trace.Unit
	raw     []byte
	section string
}

// paragraphs returns those of the Markdown source that an edit can be made to without
// touching anything else.
func paragraphs(t *testing.T, src []byte, doc *text.Document) []paragraph {
	t.Helper()
	var all []paragraph
	blocks := trace.ByBlock(doc)
	for i, s := range doc.Sections {
		for j, b := range s.Blocks {
			units, raw := blocks[i][j], []byte("\n\n"+b.Raw+"\n\n")
			if b.Kind == text.Paragraph && len(units) == 1 && len(units[0].Keywords) == 1 && units[0].Tokens > 12 &&
				len(text.Sentences(b.Text)) == 1 && bytes.Count(src, raw) == 1 && bytes.Count(raw, []byte(units[0].Keywords[0])) == 1 {
				all = append(all, paragraph{units[0], raw, s.Number})
			}
		}
	}
	if len(all) < 20 {
		t.Fatalf("only %d paragraphs", len(all))
	}
	return all
}

// TestEditions edits the RFC, a paragraph at a time: each edit is told for what it is,
// with the requirements that rest on the paragraph, and the code of each.
func TestEditions(t *testing.T) {
	src := rfctest.Read(t, "rfc9420.md")
	doc, err := text.Read(src)
	if err != nil {
		t.Fatal(err)
	}
	c, err := trace.Open(spec.Files)
	if err != nil {
		t.Fatal(err)
	}
	m, err := links.Find(os.DirFS("../../.."), c.Requirements)
	if err != nil {
		t.Fatal(err)
	}
	book := New(c, m, []Case{{Requirement: "leaf.signature", Section: "7.3", Name: "of another"}})
	units := trace.Scan(doc)
	touches, required := c.Impact(units), c.Required()
	replace := func(old, new []byte) []byte { return bytes.Replace(src, old, new, 1) }
	elsewhere := []byte("\n# Sequencing of State Changes {#sequencing}\n")
	if bytes.Count(src, elsewhere) != 1 {
		t.Fatal("no place to move a paragraph to")
	}
	touched := 0
	some := paragraphs(t, src, doc)
	for i, p := range some[:min(len(some), 50)] {
		want := []string{trace.Gone, trace.Moved, trace.Level, trace.Edited, trace.New}[i%5]
		ids := slices.Sorted(slices.Values(required[p.unit.Unit]))
		var edited []byte
		switch want {
		case trace.Gone:
			edited = replace(p.raw, []byte("\n\n"))
		case trace.Moved:
			if p.section == "14" {
				continue
			}
			edited = bytes.Replace(replace(p.raw, []byte("\n\n")), elsewhere, append(slices.Clone(elsewhere), p.raw...), 1)
		case trace.Level:
			other := "MAY"
			if p.unit.Keywords[0] == "MAY" {
				other = "MUST"
			}
			edited = replace(p.raw, bytes.Replace(p.raw, []byte(p.unit.Keywords[0]), []byte(other), 1))
		case trace.Edited:
			edited = replace(p.raw, bytes.Replace(p.raw, []byte(p.unit.Keywords[0]), []byte(p.unit.Keywords[0]+" surely"), 1))
		case trace.New:
			edited = replace(p.raw, append(slices.Clone(p.raw), "A giraffe MUST look over the fence of its own garden every day.\n\n"...))
			ids = nil
		}
		now, err := text.Read(edited)
		if err != nil {
			t.Fatal(err)
		}
		changes := slices.DeleteFunc(trace.Match(units, trace.Scan(now)), func(c trace.Change) bool { return c.What == trace.Same })
		r := trace.Report(changes, touches)
		if len(r) != 1 || r[0].What != want || !slices.Equal(r[0].Requirements, ids) {
			t.Errorf("%s of Section %s: want %s with %v, got %+v", p.unit.Unit, p.section, want, ids, r)
			continue
		}
		for j, x := range book.Impact(r[0].Requirements) {
			d := book.Of(spec.ID(ids[j]))
			if string(x.Requirement) != ids[j] || len(x.Model) != len(d.On("model")) || len(x.Impl) != len(d.On("impl")) ||
				len(x.Tests) != len(d.On("test"))+len(d.On("tool")) || len(x.Cases) != len(d.Cases) {
				t.Errorf("%s touches %+v", ids[j], x)
			}
			touched += len(x.Model) + len(x.Impl)
		}
	}
	if touched < 10 {
		t.Errorf("all edits together touch %d places of the code", touched)
	}
}

// TestImpact names places and inputs; ids that nobody has are left out.
func TestImpact(t *testing.T) {
	c, err := trace.Open(spec.Files)
	if err != nil {
		t.Fatal(err)
	}
	m, err := links.Find(os.DirFS("../../.."), c.Requirements)
	if err != nil {
		t.Fatal(err)
	}
	b := New(c, m, []Case{{Requirement: "leaf.signature", Section: "7.3 a", Name: "b c"}, {Requirement: "leaf.signature", Bound: "why"}})
	all := b.Impact([]string{"nonesuch", "leaf.signature"})
	if len(all) != 1 || len(all[0].Cases) != 2 || all[0].Cases[0] != "TestRefusals/7.3_a/b_c" || all[0].Vectors != 1 {
		t.Fatalf("%+v", all)
	}
	if !slices.ContainsFunc(all[0].Model, func(s string) bool {
		return strings.HasPrefix(s, "model/validate.go:") && strings.HasSuffix(s, " leafRules")
	}) {
		t.Errorf("model: %v", all[0].Model)
	}
}

// TestRun: what is printed runs the one test.
func TestRun(t *testing.T) {
	for test, want := range map[string]string{
		"impl/forge.TestRefusals/12.2_lists/a(b)": `go test ./impl/forge -run '^TestRefusals$/^12\.2_lists$/^a\(b\)$'`,
		"model.TestJoin":            "go test ./model -run '^TestJoin$'",
		"impl.ExampleMember_Commit": "go test ./impl -run '^ExampleMember_Commit$'",
		"something else":            "something else",
	} {
		if got := Run(test); got != want {
			t.Errorf("%s: %s, want %s", test, got, want)
		}
	}
}
