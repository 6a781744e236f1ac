// Package vectors verifies and makes test vectors of MLS in the formats of the
// test-vectors folder of github.com/mlswg/mls-implementations. A file is an
// array of cases of one format; the format is told from what is in it.
//
// Each format has a file here. Its struct is a case as JSON; the method verify
// carries out every step that the format's description asks for, by the
// interfaces that the implementation itself uses, and make returns cases of our
// own. A further format is a type with these and a line in the table formats.
package vectors

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"mlssim/impl/suite"
	"mlssim/spec"
)

// MaxSize is the size in bytes of the largest file that Verify takes.
const MaxSize = 64 << 20

// ErrUnknown is the error of a file that is of none of the formats.
var ErrUnknown = errors.New("no test vectors of a known format")

// A Report is what has come of the cases of a file.
type Report struct {
	Kind     string    `json:"kind"`
	Total    int       `json:"total"`
	Passed   int       `json:"passed"`
	Failures []Failure `json:"failures"` // of the other cases, each at least one
}

// A Failure is a step of a case that did not come out as it should.
type Failure struct {
	Case        int     `json:"case"`                  // from 0, in the order of the file
	Step        string  `json:"step"`                  // the name of the value, or the index path to it
	Requirement spec.ID `json:"requirement,omitempty"` // of RFC 9420, where one was violated
	Detail      string  `json:"detail"`                // names the requirement, too
}

// String returns the failure as a line of text.
func (f Failure) String() string {
	return fmt.Sprintf("case %d: %s: %s", f.Case, f.Step, f.Detail)
}

// A vector is a case of a format.
type vector interface {
	verify(c *check)
}

// A format is a kind of file.
type format struct {
	kind string
	// blank returns a case to be filled from JSON.
	blank func() vector
	// recipes are the files of this format that can be made, by kind.
	recipes []recipe
}

// A recipe makes a file.
type recipe struct {
	kind string
	// suites tells that the file has cases for each cipher suite; else make is
	// called once, with nil.
	suites bool
	make   func(r *source, s *suite.Suite) ([]vector, error)
}

// of returns the format whose cases are of type T.
func of[T any, P interface {
	*T
	vector
}](kind string, recipes ...recipe) format {
	return format{kind: kind, blank: func() vector { return P(new(T)) }, recipes: recipes}
}

// Verify carries out all steps of all cases of a file. The error is for a file
// that cannot be read as a whole: too large, not an array of JSON, or of no known
// format. What is wrong with a case is in the Report.
func Verify(b []byte) (*Report, error) {
	if len(b) > MaxSize {
		return nil, fmt.Errorf("%d bytes, at most %d are read", len(b), MaxSize)
	}
	var cases []json.RawMessage
	if err := json.Unmarshal(b, &cases); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	f, ok := recognise(cases)
	if !ok {
		return nil, ErrUnknown
	}
	r := &Report{Kind: f.kind, Total: len(cases), Failures: []Failure{}}
	for i, raw := range cases {
		c := &check{number: i}
		if v := f.blank(); c.ok("format", decode(raw, v)) {
			v.verify(c)
		}
		if len(c.failures) == 0 {
			r.Passed++
		}
		r.Failures = append(r.Failures, c.failures...)
	}
	return r, nil
}

// Kinds returns what Generate can make, in alphabetical order.
func Kinds() []string {
	var kinds []string
	for _, f := range formats {
		for _, r := range f.recipes {
			kinds = append(kinds, r.kind)
		}
	}
	slices.Sort(kinds)
	return kinds
}

// Generate returns a file of a kind: the same bytes for the same seed. Where the
// format has cipher suites there are cases for each of suites, for all suites
// without any; else the suites mean nothing.
func Generate(kind string, seed uint64, suites ...*suite.Suite) ([]byte, error) {
	r, ok := find(kind)
	if !ok {
		return nil, fmt.Errorf("no test vectors of the kind %q", kind)
	}
	if len(suites) == 0 {
		suites = suite.All()
	}
	if !r.suites {
		suites = []*suite.Suite{nil}
	}
	var all []vector
	for _, s := range suites {
		made, err := r.make(newSource(seed, kind, s), s)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", kind, err)
		}
		all = append(all, made...)
	}
	b, err := json.MarshalIndent(all, "", "  ")
	return append(b, '\n'), err
}

// HasSuites tells whether the files of a kind have cases for each cipher suite,
// and whether there is such a kind.
func HasSuites(kind string) (suites, ok bool) {
	r, ok := find(kind)
	return r.suites, ok
}

func find(kind string) (recipe, bool) {
	for _, f := range formats {
		for _, r := range f.recipes {
			if r.kind == kind {
				return r, true
			}
		}
	}
	return recipe{}, false
}
