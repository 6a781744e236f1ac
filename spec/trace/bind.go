package trace

import (
	"slices"

	"mlssim/spec/trace/text"
)

// A Binding says how much of a text the catalog accounts for.
type Binding struct {
	Format     string `json:"format"`
	Edition    string `json:"edition"`       // empty if the file is none that is known
	SHA256     string `json:"sha256"`        // of the file
	Statements int    `json:"statements"`    // keywords of BCP 14 in the text
	Bound      int    `json:"bound"`         // keywords in sentences that the catalog has word for word
	Units      int    `json:"units"`         // of the text
	Unmapped   int    `json:"unmapped"`      // units of the text without requirement or disposition
	Dead       int    `json:"dead_sections"` // sections that the catalog cites and the text does not have

	Sections []string `json:"dead,omitempty"` // these
	Changes  []Change `json:"-"`              // what is not the same
}

// Complete tells whether the catalog accounts for all of the text.
func (b *Binding) Complete() bool {
	return b.Statements > 0 && b.Bound == b.Statements && b.Unmapped == 0 && b.Dead == 0 && len(b.Changes) == 0
}

// Bind holds the catalog against a text.
func (c *Catalog) Bind(doc *text.Document) *Binding {
	units := Scan(doc)
	b := &Binding{Format: doc.Format, SHA256: doc.SHA256, Edition: c.Texts.Edition(doc.SHA256), Units: len(units)}
	for _, u := range units {
		b.Statements += len(u.Keywords)
	}
	required, disposed := c.fates()
	for _, change := range Match(c.Units, units) {
		if change.What != Same {
			b.Changes = append(b.Changes, change)
		}
		if change.New == nil {
			continue
		}
		if change.What == Same || change.What == Moved {
			b.Bound += len(change.New.Keywords)
		}
		if change.Old == nil || len(required[change.Old.Unit]) == 0 && disposed[change.Old.Unit] == 0 {
			b.Unmapped++
		}
	}
	b.Sections = c.deadSections(doc)
	b.Dead = len(b.Sections)
	return b
}

// deadSections returns the numbers of sections that the catalog cites and a document
// does not have.
func (c *Catalog) deadSections(doc *text.Document) []string {
	there := map[string]bool{}
	for _, s := range doc.Sections {
		there[s.Number] = true
	}
	var dead []string
	cite := func(number string) {
		if !there[number] {
			there[number] = true // said once
			dead = append(dead, number)
		}
	}
	for _, r := range c.Requirements {
		cite(r.Section)
	}
	for _, u := range c.Units {
		cite(u.Section)
	}
	for _, a := range c.Ambiguities {
		for _, s := range a.Sections {
			cite(s)
		}
	}
	slices.SortFunc(dead, before)
	return dead
}

// Impact returns the ids of the requirements that rest on a unit of a text: on the
// unit of the catalog that is the same, or that it is an edition of.
func (c *Catalog) Impact(units []Unit) map[string][]string {
	required, _ := c.fates()
	impact := map[string][]string{}
	for _, change := range Match(c.Units, units) {
		if change.Old != nil && change.New != nil {
			impact[change.New.Unit] = required[change.Old.Unit]
		}
	}
	return impact
}
