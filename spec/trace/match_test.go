package trace

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mlssim/spec/trace/rfctest"
)

// changes lists what is not the same, as "what section kind keywords".
func changes(all []Change) []string {
	var list []string
	for _, c := range all {
		if c.What == Same {
			continue
		}
		u := c.New
		if u == nil {
			u = c.Old
		}
		s := fmt.Sprintf("%s %s %s %s", c.What, u.Section, u.Kind, strings.Join(u.Keywords, ","))
		if c.Old != nil && c.New != nil && c.Old.Section != c.New.Section {
			s += " from " + c.Old.Section
		}
		list = append(list, strings.TrimSpace(s))
	}
	return list
}

// edition returns an edition of a text: old and new by turns, each old is there once.
func edition(t testing.TB, b []byte, oldnew ...string) []byte {
	t.Helper()
	s := string(b)
	for i := 0; i < len(oldnew); i += 2 {
		if n := strings.Count(s, oldnew[i]); n != 1 {
			t.Fatalf("%q is there %d times", oldnew[i], n)
		}
		s = strings.Replace(s, oldnew[i], oldnew[i+1], 1)
	}
	return []byte(s)
}

// TestMatchFollowsEdits makes editions of the RFC, each by one edit, and says what is
// to be found.
func TestMatchFollowsEdits(t *testing.T) {
	rfc := rfctest.Read(t, "rfc9420.md")
	old := Scan(document(t, rfc))
	// Sentences are found by how they begin and end: more of them need not stand here.
	sentence := func(begin, end string) string {
		t.Helper()
		words := regexp.QuoteMeta(begin) + `[^.]*` + regexp.QuoteMeta(end)
		m := regexp.MustCompile(strings.ReplaceAll(words, " ", `\s+`)).FindString(string(rfc))
		if m == "" {
			t.Fatalf("there is no %q", begin)
		}
		return m
	}
	padding := sentence("The `padding` field MUST", "bytes.")
	reuse := sentence("The sender MUST include the reuse", "decryption.")
	for _, tt := range []struct {
		name   string
		oldnew []string
		want   []string
	}{
		{"nothing", nil, nil},
		{"lines are broken elsewhere", []string{reuse, strings.Join(strings.Fields(reuse), " ")}, nil},
		{"MUST becomes SHOULD", []string{padding, strings.Replace(padding, "MUST", "SHOULD", 1)}, []string{"level 6.3.1 statement SHOULD"}},
		{"MUST becomes must", []string{padding, strings.Replace(padding, "MUST", "must", 1)}, []string{"gone 6.3.1 statement MUST"}},
		{"words change", []string{reuse, strings.Replace(reuse, "message", "ciphertext", 1)}, []string{"edited 6.3.1 statement MUST"}},
		{"a sentence moves", []string{reuse, "", padding, "Padding follows.", "\n# Sequencing", "\n" + padding + "\n\n" + reuse + "\n\n# Sequencing"},
			[]string{"moved 13.5 statement MUST from 6.3.1", "moved 13.5 statement MUST from 6.3.1"}},
		{"a sentence goes", []string{padding, ""}, []string{"gone 6.3.1 statement MUST"}},
		{"a sentence comes", []string{padding, padding + " Cats MAY sleep on padding at any time."}, []string{"new 6.3.1 statement MAY"}},
		{"a field is added", []string{"opaque reuse_guard[4];", "opaque reuse_guard[4];\n    opaque weather<V>;"}, []string{"edited 6.3.2 struct"}},
		{"a step changes", []string{"* Verify the integrity of the ratchet tree.", "* Verify the integrity of the ratchet tree and its nodes."}, []string{"edited 12.4.3.1 step"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := changes(Match(old, Scan(document(t, edition(t, rfc, tt.oldnew...)))))
			if !slices.Equal(got, tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// TestSimilarityHasBounds: by the distance of sketches, the sections, and whether
// keywords agree.
func TestSimilarityHasBounds(t *testing.T) {
	unit := func(section string, sketch uint64, tokens int, keywords ...string) Unit {
		return Unit{Section: section, Kind: "statement", Fold: fmt.Sprint(section, sketch, tokens, keywords), Sketch: sketch, Tokens: tokens, Keywords: keywords}
	}
	anchor := unit("1", 0xffff0000, 9) // in both texts: else they are no editions
	old := unit("2", 0, 10, "MUST")
	for _, tt := range []struct {
		name string
		new  Unit
		want string
	}{
		{"near", unit("3", 1<<21-1, 10, "MUST"), Edited},
		{"far", unit("3", 1<<22-1, 10, "MUST"), Gone},
		{"another level, here", unit("2", 1<<21-1, 10, "MAY"), Level},
		{"another level, elsewhere", unit("3", 1<<10-1, 10, "MAY"), Level},
		{"another level, elsewhere, far", unit("3", 1<<11-1, 10, "MAY"), Gone},
		{"twice as long", unit("2", 1, 20, "MUST"), Edited},
		{"longer", unit("2", 1, 21, "MUST"), Gone},
		{"short", unit("2", 1, 3, "MUST"), Gone},
	} {
		got := Match([]Unit{anchor, old}, []Unit{anchor, tt.new})
		if got[0].What != Same || got[1].What != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got[1].What, tt.want)
		}
	}
	if got := Match([]Unit{old}, []Unit{unit("2", 1, 10, "MUST")}); got[0].What != Gone {
		t.Errorf("texts without a unit in common: %s", got[0].What)
	}
}

// TestNewSectionMovesTheOthers: a section before Section 12 changes numbers, and no
// unit is taken for another one.
func TestNewSectionMovesTheOthers(t *testing.T) {
	rfc := rfctest.Read(t, "rfc9420.md")
	_, rest, _ := strings.Cut(string(rfc), "\n# Group Evolution")
	if rest == "" {
		t.Fatal("no section to stand before")
	}
	doc := document(t, edition(t, rfc, "\n# Group Evolution", "\n# Weather\n\nIt rains.\n\n# Group Evolution"))
	c := catalog(t)
	b := c.Bind(doc)
	if b.Edition != "" || b.Bound != b.Statements || b.Unmapped != 0 {
		t.Errorf("%s %q: %d of %d bound, %d unmapped, dead %v", b.Format, b.Edition, b.Bound, b.Statements, b.Unmapped, b.Sections)
	}
	moved := 0
	for _, change := range Match(c.Units, Scan(doc)) {
		if change.What == Moved {
			moved++
			if change.Old.Fold != change.New.Fold {
				t.Errorf("%s is taken for %s", change.Old.Unit, change.New.Unit)
			}
		}
	}
	if want := 450; moved < want {
		t.Errorf("%d units have moved, want at least %d", moved, want)
	}
}

// TestBindSaysWhatIsMissing of an edition with a sentence more, one changed, and a
// section less.
func TestBindSaysWhatIsMissing(t *testing.T) {
	rfc := rfctest.Read(t, "rfc9420.md")
	doc := document(t, edition(t, rfc,
		"\n# Sequencing", "\nIt MUST rain on every day of the week.\n\n# Sequencing",
		"MUST be rejected as malformed.\n\n~~~", "SHOULD be rejected as malformed.\n\n~~~",
		"\n# Link-Based Trees", "\nMore of it:"))
	b := catalog(t).Bind(doc)
	if b.Complete() || b.Statements != 197 || b.Bound != 195 || b.Unmapped != 1 || !slices.Equal(b.Sections, []string{"D"}) {
		t.Errorf("%s %q: %d of %d bound, %d unmapped, dead %v", b.Format, b.Edition, b.Bound, b.Statements, b.Unmapped, b.Sections)
	}
}

// TestImpact names the requirements that rest on a unit of another edition.
func TestImpact(t *testing.T) {
	rfc := rfctest.Read(t, "rfc9420.md")
	units := Scan(document(t, edition(t, rfc, "the smallest number of bits", "the smallest number of bytes")))
	impact := catalog(t).Impact(units)
	for _, u := range units {
		if u.Section == "2.1.2" && u.Ordinal == 1 {
			if got := impact[u.Unit]; !slices.Equal(got, []string{"wire.varint.shortest"}) {
				t.Errorf("%v", got)
			}
			return
		}
	}
	t.Error("there is no such unit")
}
