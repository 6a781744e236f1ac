package trace

import (
	"slices"
	"strings"
)

// A ChangeReport says what became of a unit, and whom it concerns.
type ChangeReport struct {
	What         string   `json:"what"`                    // one of Moved, Edited, Level, Gone, New
	Unit         string   `json:"unit,omitempty"`          // of the old text
	Section      string   `json:"section,omitempty"`       // of the old text
	NewSection   string   `json:"new_section,omitempty"`   // of the new one
	Kind         string   `json:"kind"`                    // of the new unit, or the old one
	Name         string   `json:"name,omitempty"`          // of a structure, an equation …
	Keywords     []string `json:"keywords"`                // of the old text
	NewKeywords  []string `json:"new_keywords"`            // of the new one
	Requirements []string `json:"requirements"`            // that rest on the old unit
	Words        string   `json:"words,omitempty"`         // where both texts are at hand: what differs
	Paragraph    string   `json:"paragraph,omitempty"`     // of the old text
	NewParagraph string   `json:"new_paragraph,omitempty"` // of the new one
}

// Report returns what changes say, with the requirements that rest on each old unit.
func Report(changes []Change, required map[string][]string) []ChangeReport {
	all := []ChangeReport{}
	for _, c := range changes {
		r := ChangeReport{What: c.What, Keywords: []string{}, NewKeywords: []string{}, Requirements: []string{}}
		if c.Old != nil {
			r.Unit, r.Section, r.Kind, r.Name, r.Paragraph = c.Old.Unit, c.Old.Section, c.Old.Kind, c.Old.Name, c.Old.ID
			r.Keywords = append(r.Keywords, c.Old.Keywords...)
			r.Requirements = append(r.Requirements, required[c.Old.Unit]...)
			slices.Sort(r.Requirements)
		}
		if c.New != nil {
			r.NewSection, r.Kind, r.Name, r.NewParagraph = c.New.Section, c.New.Kind, c.New.Name, c.New.ID
			r.NewKeywords = append(r.NewKeywords, c.New.Keywords...)
		}
		r.Words = differingWords(&c)
		all = append(all, r)
	}
	return all
}

// Required returns the requirements that rest on each unit of the catalog.
func (c *Catalog) Required() map[string][]string {
	required, _ := c.fates()
	return required
}

// differingWords returns the words of a unit with those that are gone as [-gone-] and
// those that are new as {+new+}; "" where a text is not known, or nothing differs.
func differingWords(c *Change) string {
	var from, to []string
	if c.Old != nil {
		from = plainWords(c.Old.words)
	}
	if c.New != nil {
		to = plainWords(c.New.words)
	}
	if c.Old != nil && len(from) == 0 || c.What == Moved {
		return ""
	}
	return wordDiff(from, to)
}

// markup is what formats write differently around the same words.
var markup = strings.NewReplacer("`", "", "**", "", "{{}}", "[…]")

func plainWords(s string) []string { return strings.Fields(markup.Replace(s)) }

// maxCells bounds the work of a comparison of words, which is that of the product of
// their numbers.
const maxCells = 1 << 22

// wordDiff returns two lists of words as one.
func wordDiff(from, to []string) string {
	if len(from)*len(to) > maxCells {
		return marked("[-", from, "-]") + " " + marked("{+", to, "+}")
	}
	// common[i][j] is how many words from[i:] and to[j:] have in common, in order.
	common := make([][]int, len(from)+1)
	for i := range common {
		common[i] = make([]int, len(to)+1)
	}
	for i := len(from) - 1; i >= 0; i-- {
		for j := len(to) - 1; j >= 0; j-- {
			if from[i] == to[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var parts, gone, came []string
	flush := func() {
		if len(gone) > 0 {
			parts = append(parts, marked("[-", gone, "-]"))
		}
		if len(came) > 0 {
			parts = append(parts, marked("{+", came, "+}"))
		}
		gone, came = nil, nil
	}
	i, j := 0, 0
	for i < len(from) || j < len(to) {
		switch {
		case i < len(from) && j < len(to) && from[i] == to[j]:
			flush()
			parts = append(parts, from[i])
			i, j = i+1, j+1
		case j == len(to) || i < len(from) && common[i+1][j] >= common[i][j+1]:
			gone = append(gone, from[i])
			i++
		default:
			came = append(came, to[j])
			j++
		}
	}
	flush()
	return strings.Join(parts, " ")
}

func marked(open string, words []string, end string) string {
	return open + strings.Join(words, " ") + end
}
