package trace

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"mlssim/spec"
	"mlssim/spec/trace/rfctest"
)

func catalog(t testing.TB) *Catalog {
	t.Helper()
	c, err := Open(spec.Files)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestCatalogIsClean: every unit has its requirements or a disposition, and whatever
// else the rules of Lint ask.
func TestCatalogIsClean(t *testing.T) {
	c := catalog(t)
	if len(c.Units) == 0 || len(c.Requirements) == 0 || len(c.Dispositions) == 0 || len(c.Ambiguities) == 0 {
		t.Fatalf("%d units, %d requirements, %d dispositions, %d ambiguities", len(c.Units), len(c.Requirements), len(c.Dispositions), len(c.Ambiguities))
	}
	for _, f := range c.Lint() {
		t.Error(f)
	}
}

// TestUnitsOfCodeAreThoseCounted: what the RFC has of each kind was counted before
// this program, by hand and by regular expressions.
func TestUnitsOfCodeAreThoseCounted(t *testing.T) {
	count := map[string]int{}
	for _, u := range catalog(t).Units {
		count[u.Kind]++
		count["keywords"] += len(u.Keywords)
		if u.Kind == "row" && strings.HasPrefix(u.Section, "17.") {
			count["registered"]++
		}
	}
	for kind, want := range map[string]int{
		"keywords": 196, "statement": 181, "struct": 61, "enum": 8, "arm": 54, "registered": 115, "row": 115 + 25,
	} {
		if count[kind] != want {
			t.Errorf("%d of kind %s, want %d", count[kind], kind, want)
		}
	}
}

// TestCatalogHasItsOwnWords: no paraphrase shares six words in a row with the RFC.
func TestCatalogHasItsOwnWords(t *testing.T) {
	for _, f := range catalog(t).LintText(document(t, rfctest.Read(t, "rfc9420.md"))) {
		t.Error(f)
	}
}

// TestCatalogBinds to the RFC in both formats, without anything left over.
func TestCatalogBinds(t *testing.T) {
	c := catalog(t)
	for _, name := range []string{"rfc9420.md", "rfc9420.xml"} {
		b := c.Bind(document(t, rfctest.Read(t, name)))
		if !b.Complete() || b.Statements != 196 || b.Units != len(c.Units) || b.Edition == "" {
			t.Errorf("%s: %+v", name, b)
		}
	}
}

// small is a catalog of the small text in testdata, in which everything is in order.
func small(t *testing.T) *Catalog {
	c := &Catalog{Units: Scan(parcel(t, "md"))}
	for i, u := range c.Units {
		r := Requirement{ID: spec.ID(fmt.Sprintf("r%d", i+1)), Section: u.Section, Units: Units{u.Unit}, Text: "Ours.", Level: "IMPLIED"}
		if len(u.Keywords) == 1 {
			r.Level = strength[u.Keywords[0]]
		}
		c.Requirements = append(c.Requirements, r)
	}
	c.Requirements[0].Level = "MUST" // u0001 has MUST and MAY
	c.Requirements = append(c.Requirements, Requirement{ID: "may", Section: "1", Units: Units{"u0001"}, Text: "Ours.", Level: "MAY"})
	c.Texts.Sections = []string{"1", "1.1", "2", "A"}
	c.Ambiguities = []Ambiguity{{ID: "a", Sections: []string{"2"}, Question: "q", Effect: "e", Reading: "r", Why: "w"}}
	if found := c.Lint(); len(found) > 0 {
		t.Fatalf("the small catalog: %v", found)
	}
	return c
}

// TestLintFinds changes one thing of a catalog that is in order, and names what Lint
// has to say.
func TestLintFinds(t *testing.T) {
	drop := func(c *Catalog, unit string) {
		c.Requirements = slices.DeleteFunc(c.Requirements, func(r Requirement) bool { return slices.Contains(r.Units, unit) })
	}
	renumber := func(c *Catalog) { // the sections that bind
		for i := range c.Units {
			c.Units[i].Section = "5.1"
		}
		c.Texts.Sections = append(c.Texts.Sections, "5.1")
	}
	for _, tt := range []struct {
		rule, at string
		change   func(*Catalog)
	}{
		{"unit.unmapped", "u0008", func(c *Catalog) { drop(c, "u0008") }},
		{"unit.both", "u0008", func(c *Catalog) {
			c.Dispositions = []Disposition{{Units: Units{"u0008"}, As: "informative", Reason: "r"}}
		}},
		{"unit.twice", "u0008", func(c *Catalog) {
			drop(c, "u0008")
			d := Disposition{Units: Units{"u0008"}, As: "informative", Reason: "r"}
			c.Dispositions = []Disposition{d, d}
		}},
		{"unit.level", "u0004", func(c *Catalog) { c.Requirements[3].Level = "MAY" }},
		{"unit.level", "u0001", func(c *Catalog) { c.Requirements[0].Level = "SHOULD" }},
		{"unit.unknown", "r1", func(c *Catalog) { c.Requirements[0].Units = Units{"u0001", "u0099"} }},
		{"section.dead", "r1", func(c *Catalog) { c.Requirements[0].Section = "3" }},
		{"section.dead", "a", func(c *Catalog) { c.Ambiguities[0].Sections = []string{"1.2"} }},
		{"disposition.kind", "u0008", func(c *Catalog) {
			drop(c, "u0008")
			c.Dispositions = []Disposition{{Units: Units{"u0008"}, As: "boring", Reason: "r"}}
		}},
		{"disposition.reason", "u0008", func(c *Catalog) {
			drop(c, "u0008")
			c.Dispositions = []Disposition{{Units: Units{"u0008"}, As: "example"}}
		}},
		{"disposition.of", "u0008", func(c *Catalog) {
			drop(c, "u0008")
			c.Dispositions = []Disposition{{Units: Units{"u0008"}, As: "duplicate-of", Reason: "r"}}
		}},
		{"disposition.of", "u0008", func(c *Catalog) { // of one that nothing stands for
			drop(c, "u0008")
			drop(c, "u0009")
			c.Dispositions = []Disposition{
				{Units: Units{"u0008"}, As: "duplicate-of", Of: Units{"u0009"}, Reason: "r"},
				{Units: Units{"u0009"}, As: "example", Reason: "r"},
			}
		}},
		{"disposition.binding", "u0018", func(c *Catalog) { // a MUST
			renumber(c)
			drop(c, "u0018")
			c.Dispositions = []Disposition{{Units: Units{"u0018"}, As: "informative", Reason: "r"}}
		}},
		{"disposition.binding", "u0019", func(c *Catalog) { // a step
			renumber(c)
			drop(c, "u0019")
			c.Dispositions = []Disposition{{Units: Units{"u0019"}, As: "example", Reason: "r"}}
		}},
		{"ambiguity.incomplete", "a", func(c *Catalog) { c.Ambiguities[0].Effect = "" }},
		{"ambiguity.requirement", "a", func(c *Catalog) { c.Ambiguities[0].Requirements = []string{"nonesuch"} }},
	} {
		c := small(t)
		tt.change(c)
		found := c.Lint()
		if !slices.ContainsFunc(found, func(f Finding) bool { return f.Rule == tt.rule && f.At == tt.at }) {
			t.Errorf("%s at %s is not found, only %v", tt.rule, tt.at, found)
		}
	}
}

// TestDuplicatesMayBind: a MUST may say again what another unit says.
func TestDuplicatesMayBind(t *testing.T) {
	c := small(t)
	c.Requirements = slices.DeleteFunc(c.Requirements, func(r Requirement) bool { return slices.Contains(r.Units, "u0018") })
	c.Dispositions = []Disposition{{Units: Units{"u0018"}, As: "duplicate-of", Of: Units{"u0017"}, Reason: "r"}}
	if found := c.Lint(); len(found) > 0 {
		t.Error(found)
	}
}

// TestLintTextFinds six words of the text, and not five.
func TestLintTextFinds(t *testing.T) {
	c, doc := small(t), parcel(t, "xml")
	c.Requirements[0].Text = "Take these steps, in order."
	if found := c.LintText(doc); len(found) > 0 {
		t.Error(found)
	}
	c.Requirements[0].Text = "A depot takes these steps in ORDER."
	c.Dispositions = []Disposition{{Units: Units{"u0002"}, Reason: "the key changes every night, as drawn"}}
	c.Ambiguities[0].Effect = "depots hand parcels over as Section 9 says"
	c.Texts.Sections = append(c.Texts.Sections, "7")
	var rules []string
	for _, f := range c.LintText(doc) {
		rules = append(rules, f.Rule+" "+f.At)
	}
	if want := []string{"text.copied r1", "text.copied u0002", "text.copied a", "section.dead 7"}; !slices.Equal(rules, want) {
		t.Errorf("%v, want %v", rules, want)
	}
}

// TestRangesOfUnits are read strictly.
func TestRangesOfUnits(t *testing.T) {
	read := func(units string) (Units, error) {
		reqs, err := Load(fstest.MapFS{"07.yaml": {Data: []byte(strings.Replace(good, "units: []", "units: "+units, 1))}})
		if err != nil {
			return nil, err
		}
		return reqs[0].Units, nil
	}
	if got, err := read("[u0009, u0011-u0013]"); err != nil || !slices.Equal(got, Units{"u0009", "u0011", "u0012", "u0013"}) {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"[u9]", "[x0009]", "[u0009-]", "[u0009-u0009]", "[u0009-u0008]", "[u0000]", "[u00x9]"} {
		if got, err := read(bad); err == nil {
			t.Errorf("%s: %v", bad, got)
		}
	}
}
