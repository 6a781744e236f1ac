// Package errata reads the RFC Editor's list of errata, which is a file of the user's,
// and finds the places of the text that each is about.
package errata

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mlssim/spec/trace"
	"mlssim/spec/trace/text"
)

// An Erratum is a report of a mistake in an RFC.
type Erratum struct {
	ID      int    `json:"eid"`
	Section string `json:"section"` // as its author has written it
	Type    string `json:"type"`    // "Technical", "Editorial"
	Status  string `json:"status"`  // "Verified", "Reported", "Held for Document Update", "Rejected"
	Date    string `json:"date"`    // of the report

	original string // words of the RFC
}

// MaxSize is how long a file may be, in bytes: the list of all RFCs has some 20 MB.
const MaxSize = 64 << 20

// Read returns the errata of an RFC in a file such as rfc-editor.org/errata.json, by
// their numbers.
func Read(b []byte, rfc int) ([]Erratum, error) {
	if len(b) > MaxSize {
		return nil, fmt.Errorf("longer than %d bytes", MaxSize)
	}
	var list []struct {
		ID       any    `json:"errata_id"` // a number, or its digits
		Document string `json:"doc-id"`
		Section  string `json:"section"`
		Type     string `json:"errata_type_code"`
		Status   string `json:"errata_status_code"`
		Date     string `json:"submit_date"`
		Original string `json:"orig_text"`
	}
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, fmt.Errorf("not a list of errata: %w", err)
	}
	var all []Erratum
	for i, e := range list {
		if e.Document != fmt.Sprintf("RFC%d", rfc) {
			continue
		}
		id, err := strconv.Atoi(fmt.Sprint(e.ID))
		if err != nil {
			return nil, fmt.Errorf("entry %d: errata_id %v is no number", i, e.ID)
		}
		all = append(all, Erratum{id, strings.TrimPrefix(strings.TrimSpace(e.Section), "Section "), e.Type, e.Status, e.Date, e.Original})
	}
	slices.SortFunc(all, func(a, b Erratum) int { return cmp.Compare(a.ID, b.ID) })
	return all, nil
}

// minRun is how many words in a row of what an erratum quotes show that it is about a
// place; a shorter quotation has to be there as a whole.
const minRun = 6

// Units returns the units of a text that an erratum is about: of the blocks in which
// words that it quotes stand in a row, in its section and those in it, or anywhere if
// it names none that the text has.
func (e *Erratum) Units(doc *text.Document) []trace.Unit {
	quoted := text.Fold(e.original)
	if len(quoted) == 0 {
		return nil
	}
	length := min(minRun, len(quoted))
	runs := map[string]bool{}
	for i := 0; i+length <= len(quoted); i++ {
		runs[strings.Join(quoted[i:i+length], " ")] = true
	}
	known := slices.ContainsFunc(doc.Sections, func(s text.Section) bool { return s.Number == e.Section })
	blocks := trace.ByBlock(doc)
	var all []trace.Unit
	for i, s := range doc.Sections {
		if known && s.Number != e.Section && !strings.HasPrefix(s.Number, e.Section+".") {
			continue
		}
		for j, b := range s.Blocks {
			words := text.Fold(b.Text + " " + strings.Join(b.Cells, " "))
			for k := 0; k+length <= len(words); k++ {
				if runs[strings.Join(words[k:k+length], " ")] {
					all = append(all, blocks[i][j]...)
					break
				}
			}
		}
	}
	return all
}
