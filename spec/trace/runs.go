package trace

import (
	"slices"
	"strings"

	"mlssim/spec/trace/text"
)

// Runs are all sequences of so many words that a document has.
type Runs struct {
	length int
	seen   map[string]bool
}

// NewRuns returns the sequences of length words in the paragraphs, items and tables of
// a document, and in the comments of its code: its structures consist of names. What
// consists of numbers alone is left out.
func NewRuns(doc *text.Document, length int) *Runs {
	r := &Runs{length: length, seen: map[string]bool{}}
	for _, s := range doc.Sections {
		for _, b := range s.Blocks {
			words := text.Fold(b.Text)
			switch b.Kind {
			case text.Code:
				words = text.Fold(text.Comments(b.Text))
			case text.Row:
				words = text.Fold(strings.Join(b.Cells, " "))
			}
			for i := 0; i+length <= len(words); i++ {
				if run := words[i : i+length]; slices.ContainsFunc(run, isWord) {
					r.seen[strings.Join(run, " ")] = true
				}
			}
		}
	}
	return r
}

// isWord tells whether something is more than a number, decimal or not.
func isWord(s string) bool { return !strings.ContainsAny(s, "0123456789") }

// In returns the first sequence of the document that occurs in s, or "".
func (r *Runs) In(s string) string {
	words := text.Fold(s)
	for i := 0; i+r.length <= len(words); i++ {
		if run := strings.Join(words[i:i+r.length], " "); r.seen[run] {
			return run
		}
	}
	return ""
}

// Len returns how many sequences there are.
func (r *Runs) Len() int { return len(r.seen) }
