package plan

import (
	"fmt"
	"slices"
	"strings"

	"mlssim/sim"
)

// An Error is one thing that is wrong in a plan file, and where.
type Error struct {
	File    string
	Line    int    // from 1
	Column  int    // in characters, from 1
	Message string // what is wrong
	Hint    string // what would be right, where that can be said
	Source  string // the offending line
}

// Error gives the position and the message on the first line, then the line in
// question with a mark below the column, then the hint.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
	if e.Source != "" {
		line, column := excerpt(e.Source, e.Column)
		fmt.Fprintf(&b, "\n%6d | %s\n       | %*s", e.Line, line, column, "^")
	}
	if e.Hint != "" {
		fmt.Fprintf(&b, "\n       = %s", e.Hint)
	}
	return b.String()
}

// excerpt cuts a line to what fits a terminal, around the column, and takes
// tabs for blanks so that the mark below stays in place.
func excerpt(line string, column int) (string, int) {
	const width = 100
	r := []rune(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, line))
	column = min(max(column, 1), len(r)+1)
	if from := column - width*3/4; from > 0 {
		r, column = r[from:], column-from
	}
	return string(r[:min(len(r), width)]), column
}

// Errors is all that is wrong in one file, in the order of the file.
type Errors []*Error

// Error joins the errors, one below the other.
func (e Errors) Error() string {
	s := make([]string, len(e))
	for i := range e {
		s[i] = e[i].Error()
	}
	return strings.Join(s, "\n")
}

// Unwrap returns the single errors.
func (e Errors) Unwrap() []error {
	s := make([]error, len(e))
	for i := range e {
		s[i] = e[i]
	}
	return s
}

// Locate says where in a plan file a script step stands that the simulator
// could not carry out.
func Locate(name string, data []byte, err *sim.StepError) *Error {
	src := newSource(name, data)
	e := src.at(position{err.Step.Line, err.Step.Column}, err.Error(), "")
	return e
}

type position struct{ line, column int }

// A source is a plan file as text, for excerpts.
type source struct {
	name  string
	lines []string
}

func newSource(name string, data []byte) *source {
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	return &source{name, strings.Split(text, "\n")}
}

func (s *source) line(n int) string {
	if n < 1 || n > len(s.lines) {
		return ""
	}
	return s.lines[n-1]
}

func (s *source) at(p position, message, hint string) *Error {
	p.line, p.column = max(p.line, 1), max(p.column, 1)
	return &Error{s.name, p.line, p.column, message, hint, s.line(p.line)}
}

// sorted returns the errors by position, each once, or nil if there are none.
func sorted(errs Errors) error {
	if len(errs) == 0 {
		return nil
	}
	slices.SortStableFunc(errs, func(a, b *Error) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return slices.CompactFunc(errs, func(a, b *Error) bool { return *a == *b })
}
