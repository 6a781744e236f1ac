package text

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNoRFC(t *testing.T) {
	for what, b := range map[string]string{
		"empty":               "",
		"words":               "a letter\nof two lines\n",
		"Markdown, no middle": "---\ntitle: T\n---\n# Introduction\nWords.\n",
		"Markdown, no end":    "---\n",
		"skipped level":       "---\nt: T\n\n--- middle\n\n# One\n\n### Three\n",
		"XML, other":          "<html><body/></html>",
		"XML, cut":            "<rfc><middle><section>",
		"XML, no section":     "<rfc><middle/></rfc>",
		"XML, deep":           "<rfc>" + strings.Repeat("<t>", 200) + strings.Repeat("</t>", 200) + "</rfc>",
		"XML, no root":        "<?xml version='1.0'?>",
		"too long":            strings.Repeat(" ", MaxSize+1),
	} {
		if _, err := Read([]byte(b)); err == nil {
			t.Errorf("%s: read", what)
		}
	}
}

func TestFold(t *testing.T) {
	for s, want := range map[string]string{
		"The `leaf_index`, as {{tree}} says":     "the leaf index as says",
		"As Section 12.4.3.1 and Figure 3 show.": "as and show",
		"up to 2^30 (see Appendix A.1)":          "up to 2 30 see",
		"*Kept*; \"so\"":                         "kept so",
	} {
		if got := strings.Join(Fold(s), " "); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

func TestSentences(t *testing.T) {
	got := Sentences("One, e.g. Two. (Three?) `four` stays. {{five}} is. Section 6.1 goes on. 7 ends")
	want := []string{"One, e.g. Two.", "(Three?) `four` stays.", "{{five}} is.", "Section 6.1 goes on.", "7 ends"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestKeywords(t *testing.T) {
	got := Keywords("It MUST NOT, it MUST, it is NOT RECOMMENDED, and MAYBE it must.")
	if diff := cmp.Diff([]string{"MUST NOT", "MUST", "NOT RECOMMENDED"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestSketch: one word of twenty makes a small difference, another text a large one,
// another keyword none.
func TestSketch(t *testing.T) {
	of := func(s string) uint64 { return Sketch(Fold(WithoutKeywords(s))) }
	const a = "a depot that takes a parcel over MUST write down when it came and from whom, and keep that for a year"
	const other = "nobody is allowed to open boxes of which neither the weight nor the size has been looked up before noon"
	if d := Distance(of(a), of(strings.Replace(a, "year", "month", 1))); d == 0 || d > 12 {
		t.Errorf("an edited sentence has the distance %d", d)
	}
	if d := Distance(of(a), of(other)); d < 22 {
		t.Errorf("another sentence has the distance %d", d)
	}
	if d := Distance(of(a), of(strings.Replace(a, "MUST", "SHOULD", 1))); d != 0 {
		t.Errorf("another keyword makes a distance of %d", d)
	}
}

// TestCodeIsComparedWithoutSpace, comments left out, operators kept.
func TestCodeIsComparedWithoutSpace(t *testing.T) {
	if a, b := FoldCode("x = a - b; // less"), FoldCode("x =  a\n\t- b; /* minus */"); a != b {
		t.Errorf("%q and %q", a, b)
	}
	if FoldCode("a - b") == FoldCode("a + b") {
		t.Error("plus is minus")
	}
}

func TestPieces(t *testing.T) {
	type piece struct{ Kind, Name, Body string }
	for code, want := range map[string][]piece{
		"struct {\n  select (a.b) {\n    case x:\n    case y: struct{};\n  };\n} A;": {
			{"struct", "A", "struct{select(a.b){casex:casey:struct{};};}A;"},
			{"arm", "A.x", "Acasex:"}, {"arm", "A.y", "Acasey:struct{};"},
		},
		"f(x)\n  = g(x)\nh = 1": {{"equation", "f", "f(x)=g(x)"}, {"equation", "h", "h=1"}},
		"if p == 3:\n  return":  nil,
		"def f(x):\n    return x\n\ndef g(y):\n    def h(): pass\n    return y": {
			{"function", "f", "deff(x):returnx"}, {"function", "g", "defg(y):defh():passreturny"},
		},
		"  |\n  V\n  MAC(., f(x)) --> y": {{"call", "MAC", "MAC(.,f(x))"}},
		"struct {":                       nil,
	} {
		var got []piece
		for _, p := range Pieces(code) {
			got = append(got, piece{p.Kind, p.Name, FoldCode(p.Body)})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s\n%s", code, diff)
		}
	}
}

// FuzzRead: whatever a file holds, reading it ends, and does not panic.
func FuzzRead(f *testing.F) {
	for _, format := range []string{"md", "xml", "txt"} {
		b, err := os.ReadFile("../testdata/parcel." + format)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte("1.  T\n\n   a\n\nA   [Page 1]\n\f\nRFC 1\n\n   b\n"))
	f.Add([]byte("---\n\n--- middle\n\n# T\n\n* a\n\n  b\n\n\n* c\n~~~\n{: x\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		doc, err := Read(b)
		if err != nil {
			return
		}
		for _, s := range doc.Sections {
			for _, block := range s.Blocks {
				Sentences(block.Text)
				Pieces(block.Text)
				FoldCode(block.Text)
			}
		}
	})
}

// TestGoesOn: what stands first on a page belongs to what stood last on the one before
// if it has the same column and the line had no room for its first word.
func TestGoesOn(t *testing.T) {
	full := strings.Repeat("word ", 13) + "lines" // 70 characters
	for _, tt := range []struct {
		last, first string
		want        bool
	}{
		{"   " + full[3:], "   that go on", true},
		{"   " + full[3:], "   I", false},
		{"   " + full[3:40], "   that do not go on", false},
		{"      " + full[6:], "   another paragraph", false},
		{"   *  " + full[6:], "      of the item", true},
		{"   *  " + full[6:], "   *  another item", false},
		{"   " + full[3:], "2.  Heading", false},
		{"   | a | b |", "   +---+---+", true},
		{"   " + full[3:], "   +---+---+", false},
	} {
		if got := goesOn(tt.last, tt.first); got != tt.want {
			t.Errorf("%q, %q: %v", tt.last, tt.first, got)
		}
	}
}
