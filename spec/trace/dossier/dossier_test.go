package dossier

import (
	"slices"
	"testing"

	"mlssim/spec"
	"mlssim/spec/trace"
	"mlssim/spec/trace/links"
)

// TestNew: a requirement gets its units, cases and ambiguities, and nobody else's.
func TestNew(t *testing.T) {
	c, err := trace.Open(spec.Files)
	if err != nil {
		t.Fatal(err)
	}
	id := spec.ID("leaf.signature")
	cases := []Case{
		{Requirement: id, Section: "7.3 leaf", Name: "of another", Bound: ""},
		{Requirement: id, Section: "7.3 leaf", Name: "own", Bound: "for a reason"},
		{Requirement: "path.decrypt", Name: "other"},
		{Requirement: id, Section: "7.3 leaf", Name: "last"},
		{Requirement: "nonesuch", Name: "lost"},
	}
	b := New(c, &links.Map{}, cases)
	r := b.Of(id)
	if r == nil || len(r.Units) < 3 || r.Units[2].Section != "7.3" || r.Units[2].Link != "https://www.rfc-editor.org/rfc/rfc9420.html#"+r.Units[2].Paragraph {
		t.Fatalf("%+v", r)
	}
	var numbers []int
	for _, one := range r.Cases {
		numbers = append(numbers, one.Vector)
	}
	if !slices.Equal(numbers, []int{1, 0, 2}) || r.Vectors() != 2 || r.Cases[0].Test() != "TestRefusals/7.3_leaf/of_another" {
		t.Errorf("cases %+v", r.Cases)
	}
	if a := c.Ambiguities[0]; !slices.Contains(b.Of(spec.ID(a.Requirements[0])).Ambiguities, a.ID) {
		t.Errorf("%s has no ambiguity %s", a.Requirements[0], a.ID)
	}
	if b.Of("nonesuch") != nil || len(b.All) != len(c.Requirements) {
		t.Error("there are other requirements than those of the registry")
	}
	if near := b.Near("leaf.signatur"); !slices.Contains(near, "leaf.signature") || slices.Contains(near, "path.decrypt") {
		t.Errorf("near: %v", near)
	}
}

// TestLink: paragraphs, and where there is none sections and appendices.
func TestLink(t *testing.T) {
	for _, tt := range []struct{ paragraph, section, want string }{
		{"section-7.3-4.5.1", "7.3", "section-7.3-4.5.1"}, {"", "12.4.3.1", "section-12.4.3.1"}, {"", "C", "appendix-C"},
	} {
		if got := Link(tt.paragraph, tt.section); got != "https://www.rfc-editor.org/rfc/rfc9420.html#"+tt.want {
			t.Errorf("%v: %s", tt, got)
		}
	}
}
