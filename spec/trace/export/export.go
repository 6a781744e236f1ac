// Package export writes what is known of the requirements for other programs.
package export

import (
	"encoding/json"

	"github.com/google/jsonschema-go/jsonschema"

	"mlssim/spec/trace/dossier"
)

// Format is the version of the files: it goes up when a reader has to be changed.
const Format = 1

// A Spec is spec.json: facts about RFC 9420 and its requirements, and none of its words.
// Ids of requirements and units stay what they are; fields are added, and none is
// taken away while Format stays the same.
type Spec struct {
	Format       int                   `json:"format" jsonschema:"version of this format"`
	RFC          int                   `json:"rfc" jsonschema:"number of the RFC"`
	Editions     []Edition             `json:"editions" jsonschema:"files of the RFC that are known"`
	Sections     []string              `json:"sections" jsonschema:"numbers of all sections, in their order"`
	Units        []Unit                `json:"units" jsonschema:"places of the text that ask for something, or may, in their order"`
	Requirements []dossier.Requirement `json:"requirements" jsonschema:"in the order of their ids"`
	Dispositions []Disposition         `json:"dispositions" jsonschema:"why other units ask for nothing"`
	Ambiguities  []Ambiguity           `json:"ambiguities" jsonschema:"where the text can be read in two ways"`
	Evidence     *Stamp                `json:"stamp" jsonschema:"what the evidence of the requirements is of; null without evidence"`
}

// An Edition is a file that is known by its hash.
type Edition struct {
	Name   string `json:"name"`
	Format string `json:"format"`
	SHA256 string `json:"sha256"`
}

// A Unit is a place of the text.
type Unit struct {
	Unit      string   `json:"unit" jsonschema:"u0001 and so on"`
	Section   string   `json:"section"`
	Kind      string   `json:"kind"`
	Keywords  []string `json:"keywords" jsonschema:"of BCP 14"`
	Name      string   `json:"name" jsonschema:"identifier that code or a row is about"`
	Paragraph string   `json:"paragraph" jsonschema:"the id that xml2rfc gives it"`
	Link      string   `json:"link"`

	Ordinal int    `json:"ordinal" jsonschema:"number of its first keyword in the section, from 1; 0 if it has none"`
	Parent  string `json:"parent" jsonschema:"what introduces its list: a unit, or a paragraph"`
	Tokens  int    `json:"tokens" jsonschema:"length in words"`
	Fold    string `json:"fold" jsonschema:"128 bits of the sha256 of its words, folded"`
}

// A Disposition says of units that they ask for nothing.
type Disposition struct {
	Units  []string `json:"units"`
	As     string   `json:"as"`
	Of     []string `json:"of" jsonschema:"units that say the same"`
	Reason string   `json:"reason"`
}

// An Ambiguity is a place that can be read in two ways.
type Ambiguity struct {
	ID           string   `json:"id"`
	Sections     []string `json:"sections"`
	Question     string   `json:"question"`
	Effect       string   `json:"effect"`
	Reading      string   `json:"reading"`
	Why          string   `json:"why"`
	Option       string   `json:"option"`
	Runs         []string `json:"runs"`
	Requirements []string `json:"requirements"`
}

// A Stamp says what evidence is of.
type Stamp struct {
	Tree string   `json:"tree" jsonschema:"hash of the source"`
	Go   string   `json:"go" jsonschema:"version"`
	Tags []string `json:"tags" jsonschema:"of the build"`
}

// Of returns the contents of spec.json.
func Of(b *dossier.Book, stamp *Stamp) *Spec {
	c := b.Catalog
	s := &Spec{Format: Format, RFC: 9420, Editions: []Edition{}, Sections: list(c.Texts.Sections), Units: []Unit{}, Requirements: b.All,
		Dispositions: []Disposition{}, Ambiguities: []Ambiguity{}, Evidence: stamp}
	for _, e := range c.Texts.Editions {
		s.Editions = append(s.Editions, Edition{e.Name, e.Format, e.SHA256})
	}
	for _, u := range c.Units {
		s.Units = append(s.Units, Unit{u.Unit, u.Section, u.Kind, list(u.Keywords), u.Name, u.ID, dossier.Link(u.ID, u.Section), u.Ordinal, u.Parent, u.Tokens, u.Fold})
	}
	for _, d := range c.Dispositions {
		s.Dispositions = append(s.Dispositions, Disposition{list(d.Units), d.As, list(d.Of), d.Reason})
	}
	for _, a := range c.Ambiguities {
		s.Ambiguities = append(s.Ambiguities, Ambiguity{a.ID, list(a.Sections), a.Question, a.Effect, a.Reading, a.Why, a.Option, list(a.Runs), list(a.Requirements)})
	}
	return s
}

// list returns a list that is never null.
func list(s []string) []string { return append([]string{}, s...) }

// Encode returns the bytes of spec.json.
func (s *Spec) Encode() ([]byte, error) {
	b, err := json.MarshalIndent(s, "", " ")
	return append(b, '\n'), err
}

// Schema returns the JSON Schema of spec.json (draft 2020-12), made from its types.
func Schema() []byte {
	s, err := jsonschema.For[Spec](nil)
	if err != nil { // the types are fixed
		panic(err)
	}
	s.Schema = "https://json-schema.org/draft/2020-12/schema"
	s.Title = "requirements of RFC 9420, by mlssim"
	s.Properties["format"].Const = pointer[any](Format)
	settle(s)
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic(err)
	}
	return append(b, '\n')
}

func pointer[T any](v T) *T { return &v }

// settle lets lists be lists, and never null.
func settle(s *jsonschema.Schema) {
	if s == nil {
		return
	}
	if s.Items != nil {
		s.Type, s.Types = "array", nil
		settle(s.Items)
	}
	for _, p := range s.Properties {
		settle(p)
	}
}
