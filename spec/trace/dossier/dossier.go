// Package dossier puts together, for each requirement, what is known of it: what the
// registry says, the units of the text, where the code names it, and which inputs it
// refuses.
package dossier

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"mlssim/spec"
	"mlssim/spec/trace"
	"mlssim/spec/trace/links"
)

// A Requirement is what is known of one.
type Requirement struct {
	ID          spec.ID      `json:"id"`
	Section     string       `json:"section"`
	Text        string       `json:"text"` // in our words
	Role        string       `json:"role"`
	Kind        string       `json:"kind"`
	Level       string       `json:"level"`
	Contexts    []string     `json:"contexts"`
	Errata      []int        `json:"errata"`
	Units       []Unit       `json:"units"`
	Sites       []links.Site `json:"sites"`
	Cases       []Case       `json:"cases"`
	Ambiguities []string     `json:"ambiguities"` // ids
	Proofs      []Proof      `json:"evidence"`    // by side and context; empty if no evidence is at hand
}

// A Proof is what was seen of a requirement on a side, at an entry point.
type Proof struct {
	Side    string `json:"side"`    // "model" or "impl"
	Context string `json:"context"` // an entry point
	Grade   string `json:"grade"`   // "G0" to "G5"
	Target  string `json:"target"`  // the grade that it is to have
	Reason  string `json:"reason"`  // why it may have less; "" if there is none

	Accept   []string `json:"accept"` // some tests that saw it accept
	Reject   []string `json:"reject"` // and refuse
	Isolated bool     `json:"isolated"`
	Asserted bool     `json:"asserted"`

	Knockout   string   `json:"knockout"` // what came of switching it off: killed, survived, unreached; "" if it was not tried
	Killer     string   `json:"killer"`   // the test that failed then
	Reverse    string   `json:"reverse"`  // the same where it refuses all
	Against    string   `json:"against"`
	Differs    bool     `json:"differs"`    // the other side notices that it is off
	Properties []string `json:"properties"` // that break with it off on both sides
}

// Run returns the command line that runs a test such as
// "impl/forge.TestRefusals/12.2_lists/an_Update", in the source of this program.
func Run(test string) string {
	pkg, name, _ := strings.Cut(test, ".")
	if !strings.HasPrefix(name, "Test") && !strings.HasPrefix(name, "Example") && !strings.HasPrefix(name, "Fuzz") {
		return test
	}
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = "^" + regexp.QuoteMeta(p) + "$"
	}
	return fmt.Sprintf("go test ./%s -run '%s'", pkg, strings.Join(parts, "/"))
}

// A Unit is a place of the text, without its words.
type Unit struct {
	Unit      string   `json:"unit"`
	Section   string   `json:"section"`
	Kind      string   `json:"kind"`
	Keywords  []string `json:"keywords"`
	Name      string   `json:"name"`
	Paragraph string   `json:"paragraph"` // the id that xml2rfc gives it
	Link      string   `json:"link"`      // to the RFC Editor's page
}

// A Case is an input of the forgers' catalogue, refused for a requirement alone.
type Case struct {
	Requirement spec.ID `json:"requirement"`
	Section     string  `json:"section"` // of the catalogue
	Name        string  `json:"name"`
	Entry       string  `json:"entry_point"`
	Then        string  `json:"then"`   // what refuses it with the rule switched off; "" if it is accepted, "-" if the rule must stay
	Bound       string  `json:"bound"`  // why it is no test vector for others; "" if it is one
	Vector      int     `json:"vector"` // its number among those of the requirement, from 1; 0 if it is none
}

// Test returns the test that has the input refused.
func (c *Case) Test() string {
	return strings.ReplaceAll("TestRefusals/"+c.Section+"/"+c.Name, " ", "_")
}

// A Book is all of them, and what they are made from.
type Book struct {
	Catalog *trace.Catalog
	Map     *links.Map // of the source, which may be empty
	All     []Requirement

	at    map[spec.ID]int
	units map[string]*trace.Unit
}

// rfc is where the RFC Editor has the text, with a mark at each paragraph.
const rfc = "https://www.rfc-editor.org/rfc/rfc9420.html#"

// Link returns where the RFC Editor has a paragraph, or else a section.
func Link(paragraph, section string) string {
	switch {
	case paragraph != "":
		return rfc + paragraph
	case section != "" && section[0] >= 'A':
		return rfc + "appendix-" + section
	}
	return rfc + "section-" + section
}

// New puts a book together. Cases are numbered as they come.
func New(c *trace.Catalog, m *links.Map, cases []Case) *Book {
	b := &Book{Catalog: c, Map: m, at: map[spec.ID]int{}, units: map[string]*trace.Unit{}}
	for i := range c.Units {
		b.units[c.Units[i].Unit] = &c.Units[i]
	}
	for _, r := range c.Requirements {
		b.at[r.ID] = len(b.All)
		d := Requirement{ID: r.ID, Section: r.Section, Text: r.Text, Role: r.Role, Kind: r.Kind, Level: r.Level, Contexts: r.Contexts,
			Errata: append([]int{}, r.Errata...), Units: []Unit{}, Sites: append([]links.Site{}, m.Of(r.ID)...), Cases: []Case{}, Ambiguities: []string{}, Proofs: []Proof{}}
		for _, name := range r.Units {
			if u := b.units[name]; u != nil {
				d.Units = append(d.Units, Unit{u.Unit, u.Section, u.Kind, append([]string{}, u.Keywords...), u.Name, u.ID, Link(u.ID, u.Section)})
			}
		}
		b.All = append(b.All, d)
	}
	vectors := map[spec.ID]int{}
	for _, one := range cases {
		if one.Bound == "" {
			vectors[one.Requirement]++
			one.Vector = vectors[one.Requirement]
		}
		if i, ok := b.at[one.Requirement]; ok {
			b.All[i].Cases = append(b.All[i].Cases, one)
		}
	}
	for _, a := range c.Ambiguities {
		for _, id := range a.Requirements {
			if i, ok := b.at[spec.ID(id)]; ok {
				b.All[i].Ambiguities = append(b.All[i].Ambiguities, a.ID)
			}
		}
	}
	return b
}

// Prove adds evidence, by requirement.
func (b *Book) Prove(proofs map[spec.ID][]Proof) {
	for i := range b.All {
		b.All[i].Proofs = append([]Proof{}, proofs[b.All[i].ID]...)
	}
}

// Of returns what is known of a requirement, or nil.
func (b *Book) Of(id spec.ID) *Requirement {
	if i, ok := b.at[id]; ok {
		return &b.All[i]
	}
	return nil
}

// Unit returns a unit of the catalog, or nil.
func (b *Book) Unit(name string) *trace.Unit { return b.units[name] }

// Near returns ids that have words of s in common, those with most of them first, for
// those who have misspelt one.
func (b *Book) Near(s string) []string {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r == '.' || r == '_' })
	common := func(id string) (n int) {
		for _, w := range words {
			if len(w) > 2 && strings.Contains(id, w) {
				n++
			}
		}
		return n
	}
	var near []string
	for _, r := range b.All {
		if common(string(r.ID)) > 0 {
			near = append(near, string(r.ID))
		}
	}
	slices.SortStableFunc(near, func(x, y string) int { return common(y) - common(x) })
	return near
}

// Outside tells whether a requirement is not for a client of the protocol to carry out,
// but for a service, an application, another document or a registry.
func (r *Requirement) Outside() bool {
	return r.Role != "sender" && r.Role != "receiver" && r.Role != "both"
}

// Grade returns the grade of a requirement on a side: the lowest of its contexts; G1 or
// G0 without evidence, by whether there is code; "" where there is nothing to grade.
func (r *Requirement) Grade(side string) string {
	lowest := ""
	for _, p := range r.Proofs {
		if p.Side == side && (lowest == "" || p.Grade < lowest) {
			lowest = p.Grade
		}
	}
	switch {
	case lowest != "":
		return lowest
	case len(r.On(side)) > 0:
		return "G1"
	case r.Outside():
		return ""
	}
	return "G0"
}

// On returns the sites of a side.
func (r *Requirement) On(side string) []links.Site {
	var some []links.Site
	for _, s := range r.Sites {
		if s.Side == side {
			some = append(some, s)
		}
	}
	return some
}

// Vectors returns how many of the cases are test vectors.
func (r *Requirement) Vectors() int {
	n := 0
	for _, c := range r.Cases {
		if c.Vector > 0 {
			n++
		}
	}
	return n
}

// At returns where a site is: file and line.
func At(s links.Site) string { return fmt.Sprintf("%s:%d", s.File, s.Line) }

// An Impact is what a change of a requirement touches.
type Impact struct {
	Requirement spec.ID  `json:"requirement"`
	Model       []string `json:"model"`   // file:line declaration
	Impl        []string `json:"impl"`    // the same
	Tests       []string `json:"tests"`   // the same, and of tools
	Cases       []string `json:"cases"`   // inputs that are refused for it
	Vectors     int      `json:"vectors"` // how many of these are negative test vectors
}

// Impact returns what changes of requirements touch, in their order.
func (b *Book) Impact(ids []string) []Impact {
	all := []Impact{}
	for _, id := range ids {
		r := b.Of(spec.ID(id))
		if r == nil {
			continue
		}
		i := Impact{Requirement: r.ID, Model: places(r.On("model")), Impl: places(r.On("impl")),
			Tests: places(append(r.On("test"), r.On("tool")...)), Cases: []string{}, Vectors: r.Vectors()}
		for _, c := range r.Cases {
			i.Cases = append(i.Cases, c.Test())
		}
		all = append(all, i)
	}
	return all
}

func places(sites []links.Site) []string {
	all := []string{}
	for _, s := range sites {
		all = append(all, strings.TrimSpace(At(s)+" "+s.In))
	}
	return all
}
