package trace

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"mlssim/spec/trace/text"
)

// A Unit is a place of the text that asks for something, or may: facts about it, and
// none of its words but the identifiers that code there is about.
type Unit struct {
	Unit     string   // "u0001", in the order of the text
	Section  string   // "7.3"
	Kind     string   // one of unitKinds
	Keywords []string // of BCP 14, in their order
	Ordinal  int      // of its first keyword in the section, from 1; 0 if there is none
	ID       string   // that xml2rfc gives to its paragraph
	Parent   string   // what introduces its list: a unit, or the ID of a paragraph
	Name     string   // identifiers: of a structure, a row, the left side of an equation
	Tokens   int      // length, in words
	Fold     string   // 128 bits of the sha256 of the folded text
	Sketch   uint64   // SimHash of its pairs of words, without keywords

	words string // as the text has them; known only of what was scanned
}

// unitKinds are the kinds of units: a sentence with a keyword; what else a list item
// says, "step" if it tells somebody to do something; pieces of code; rows of tables.
var unitKinds = []string{"statement", "step", "item", "struct", "arm", "enum", "alias", "equation", "function", "call", "row"}

// Scan returns the units of a document.
func Scan(doc *text.Document) []Unit {
	s := scanner{units: map[string]string{}}
	for _, section := range doc.Sections {
		s.section, s.ordinal = section.Number, 0
		for i := range section.Blocks {
			s.block(&section.Blocks[i])
		}
	}
	if doc.Format == "txt" { // figures and lists cannot be counted there as xml2rfc does
		for i := range s.all {
			s.all[i].ID = ""
			if strings.HasPrefix(s.all[i].Parent, "section-") {
				s.all[i].Parent = ""
			}
		}
	}
	return s.all
}

// ByBlock returns the units of each block of a document: of its sections, in their
// order, and the blocks of each.
func ByBlock(doc *text.Document) [][][]Unit {
	s := scanner{units: map[string]string{}}
	var all [][][]Unit
	for _, section := range doc.Sections {
		s.section, s.ordinal = section.Number, 0
		var blocks [][]Unit
		for i := range section.Blocks {
			before := len(s.all)
			s.block(&section.Blocks[i])
			blocks = append(blocks, s.all[before:])
		}
		all = append(all, blocks)
	}
	return all
}

// A scanner collects units.
type scanner struct {
	all     []Unit
	section string
	ordinal int               // keywords of the section so far
	units   map[string]string // the first unit of each paragraph, by its ID
}

func (s *scanner) block(b *text.Block) {
	switch b.Kind {
	case text.Code:
		for _, p := range text.Pieces(b.Text) {
			folded := text.FoldCode(p.Body)
			s.add(b, Unit{Kind: p.Kind, Name: p.Name, Tokens: len(text.Fold(p.Body)), Fold: text.Hash(folded), Sketch: text.Sketch(text.Fold(p.Body)), words: p.Body})
		}
	case text.Row:
		var words []string
		for _, c := range b.Cells {
			words = append(words, strings.Join(text.Fold(c), ""))
		}
		s.add(b, Unit{Kind: "row", Name: rowName(b.Cells), Tokens: len(words), Fold: text.Hash(strings.Join(words, "|")), Sketch: text.Sketch(words), words: strings.Join(b.Cells, " | ")})
	default:
		s.prose(b)
	}
}

// rowName returns the number or the identifier that a row of a table is about.
func rowName(cells []string) string {
	if len(cells) == 0 {
		return ""
	}
	name := strings.Trim(cells[0], "`\"{}")
	if strings.HasPrefix(name, "0x") { // a range of numbers
		return strings.ReplaceAll(name, " ", "")
	}
	if strings.Contains(name, " ") {
		return ""
	}
	return name
}

// prose adds a unit for each sentence with a keyword; and, if the block is part of a
// list, one for the other sentences together.
func (s *scanner) prose(b *text.Block) {
	if strings.Contains(b.Text, `"NOT RECOMMENDED"`) { // BCP 14 about itself
		return
	}
	var rest []string
	at := len(s.all)
	for _, sentence := range text.Sentences(b.Text) {
		keywords := text.Keywords(sentence)
		if len(keywords) == 0 {
			rest = append(rest, sentence)
			continue
		}
		u := words(sentence)
		u.Kind, u.Keywords, u.Ordinal = "statement", keywords, s.ordinal+1
		s.ordinal += len(keywords)
		s.add(b, u)
	}
	other := strings.Join(rest, " ")
	if b.Kind == text.Paragraph || len(text.Fold(other)) == 0 {
		return
	}
	u := words(other)
	u.Kind = "item"
	if b.Ordered || isStep(other) {
		u.Kind = "step"
	}
	s.add(b, u)
	if len(s.all) > at+1 && len(text.Fold(rest[0])) > 0 && strings.HasPrefix(b.Text, rest[0]) {
		// What the item begins with stands first.
		s.all = slices.Insert(s.all[:len(s.all)-1], at, s.all[len(s.all)-1])
		for i := at; i < len(s.all); i++ {
			s.all[i].Unit = unitName(i)
		}
		s.units[b.ID] = s.all[at].Unit
	}
}

func words(s string) Unit {
	folded := text.Fold(s)
	// A change of level leaves the sketch as it is.
	return Unit{Tokens: len(folded), Fold: text.Hash(strings.Join(folded, " ")), Sketch: text.Sketch(text.Fold(text.WithoutKeywords(s))), words: s}
}

func unitName(i int) string { return fmt.Sprintf("u%04d", i+1) }

func (s *scanner) add(b *text.Block, u Unit) {
	u.Unit, u.Section, u.ID = unitName(len(s.all)), s.section, b.ID
	u.Parent = cmp.Or(s.units[b.Parent], b.Parent)
	if s.units[b.ID] == "" {
		s.units[b.ID] = u.Unit
	}
	s.all = append(s.all, u)
}

// stepWords begin what tells somebody to do something.
var stepWords = strings.Fields(`add append apply blank broadcast build check clear compute construct
	calculate create decrypt define derive descend destroy determine download encrypt extend fill find for from generate
	identify if ignore include increment initialize insert locate look merge optionally perform populate process prepare protect
	re recalculate reject remove replace repeat return send set sign truncate unprotect update use validate verify`)

func isStep(s string) bool {
	folded := text.Fold(s)
	return len(folded) > 2 && slices.Contains(stepWords, folded[0])
}

var unitColumns = []string{"unit", "section", "kind", "keywords", "ordinal", "paragraph", "parent", "name", "tokens", "fold", "sketch"}

// WriteUnits writes units as a table, one a line, with tabs between columns.
func WriteUnits(w io.Writer, units []Unit) error {
	t := csv.NewWriter(w)
	t.Comma = '\t'
	t.Write(unitColumns)
	for _, u := range units {
		t.Write([]string{
			u.Unit, u.Section, u.Kind, strings.Join(u.Keywords, ","), strconv.Itoa(u.Ordinal), u.ID, u.Parent, u.Name,
			strconv.Itoa(u.Tokens), u.Fold, fmt.Sprintf("%016x", u.Sketch),
		})
	}
	t.Flush()
	return t.Error()
}

// ReadUnits reads what [WriteUnits] has written, strictly.
func ReadUnits(b []byte) ([]Unit, error) {
	r := csv.NewReader(bytes.NewReader(b))
	r.Comma = '\t'
	r.FieldsPerRecord = len(unitColumns)
	rows, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 || !slices.Equal(rows[0], unitColumns) {
		return nil, fmt.Errorf("the first line is not %s", strings.Join(unitColumns, " "))
	}
	var units []Unit
	for i, row := range rows[1:] {
		u := Unit{Unit: row[0], Section: row[1], Kind: row[2], ID: row[5], Parent: row[6], Name: row[7], Fold: row[9]}
		if row[3] != "" {
			u.Keywords = strings.Split(row[3], ",")
		}
		var errs [3]error
		u.Ordinal, errs[0] = strconv.Atoi(row[4])
		u.Tokens, errs[1] = strconv.Atoi(row[8])
		u.Sketch, errs[2] = strconv.ParseUint(row[10], 16, 64)
		if err := cmp.Or(errs[0], errs[1], errs[2]); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+2, err)
		}
		if u.Unit != unitName(i) || !slices.Contains(unitKinds, u.Kind) {
			return nil, fmt.Errorf("line %d: unit %s of kind %s, want %s of a kind in %v", i+2, u.Unit, u.Kind, unitName(i), unitKinds)
		}
		units = append(units, u)
	}
	return units, nil
}
