package evidence

import (
	"cmp"
	"slices"

	"mlssim/spec"
	"mlssim/spec/trace"
)

// A Grade says how much was shown of a requirement, on one side, at one entry point.
type Grade int

const (
	Mapped   Grade = iota // G0: the registry has it
	Linked                // G1: the code of this side names it
	OneSided              // G2: a test that passes saw it accept, or saw it refuse
	Both                  // G3: and the other as well
	Sharp                 // G4: a refusal of what violates nothing else, by its id
	Load                  // G5: load-bearing, a test fails where it is switched off
)

var gradeNames = []string{"G0", "G1", "G2", "G3", "G4", "G5"}

func (g Grade) String() string { return gradeNames[g] }

// MarshalText returns the name of the grade.
func (g Grade) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

// UnmarshalText reads the name of a grade.
func (g *Grade) UnmarshalText(b []byte) error {
	*g = Grade(slices.Index(gradeNames, string(b)))
	if *g < 0 {
		return &gradeError{string(b)}
	}
	return nil
}

type gradeError struct{ name string }

func (e *gradeError) Error() string { return "no grade " + e.name }

// A Cell is what is known of a requirement, on one side, at one entry point.
type Cell struct {
	Req      spec.ID  `json:"req"`
	Side     string   `json:"side"`
	Ctx      string   `json:"ctx"`
	Grade    Grade    `json:"grade"`
	Target   Grade    `json:"target"`
	Accept   []string `json:"accept"`   // up to maxNamed tests, those in parts first
	Reject   []string `json:"reject"`   // the same
	Isolated bool     `json:"isolated"` // a test that asserts it saw it refused alone
	Asserted bool     `json:"asserted"`
	Knockout *Verdict `json:"knockout,omitempty"`
	Differ   bool     `json:"differ,omitempty"`     // +D: the simulator diverges without it
	Breaks   []string `json:"properties,omitempty"` // +P: properties that break without it
	Reason   string   `json:"reason,omitempty"`     // why the grade may be below the target
	Absent   string   `json:"absent,omitempty"`     // why there is nothing to grade
}

// maxNamed is how many tests a Cell names.
const maxNamed = 3

// Sides are the two programs.
var Sides = []string{"impl", "model"}

// decides tells whether a requirement is for the protocol's own programs.
func decides(r *trace.Requirement) bool {
	return slices.Contains([]string{"sender", "receiver", "both"}, r.Role)
}

// outside are entry points that lie outside of the protocol's steps.
var outside = []string{"app", "as", "ds", "future"}

// Target returns the grade that a requirement has to reach on a side. A check has to
// bear load, on the model to be sharp; what is derived or encoded has to bear load as
// well, for vectors tell one value from another; of options both sides have to be
// seen; of all else, that it is done.
func Target(r *trace.Requirement, side string) Grade {
	switch {
	case r.Kind == "check" && r.Level == "SHOULD":
		return Sharp
	case r.Kind == "check" && r.Level == "MAY":
		return Both
	case r.Kind == "check" && side == "impl":
		return Load
	case r.Kind == "check":
		return Sharp
	case (r.Kind == "derive" || r.Kind == "encode") && side == "impl":
		return Load
	case r.Kind == "option" || r.Kind == "ignore":
		return Both
	}
	return OneSided
}

// Cells grades all requirements that are for a program to keep: on each side, at each
// entry point. linked tells whether the code of a side names a requirement.
func Cells(registry []trace.Requirement, linked func(spec.ID, string) bool, records []Record, verdicts []Verdict) []Cell {
	by := map[place][]*Record{}
	for i := range records {
		p := place{records[i].Req, records[i].Side, records[i].Ctx}
		by[p] = append(by[p], &records[i])
	}
	knocked := map[place]*Verdict{}
	for i := range verdicts {
		v := &verdicts[i]
		knocked[place{v.Req, v.Side, v.Ctx}] = v
	}
	var cells []Cell
	for i := range registry {
		r := &registry[i]
		if !decides(r) {
			continue
		}
		for _, side := range Sides {
			for _, ctx := range r.Contexts {
				if slices.Contains(outside, ctx) {
					continue
				}
				p := place{r.ID, side, ctx}
				c := Cell{Req: r.ID, Side: side, Ctx: ctx, Target: Target(r, side), Accept: []string{}, Reject: []string{}, Knockout: knocked[p]}
				c.see(by[p])
				c.grade(r.Kind, linked(r.ID, side))
				cells = append(cells, c)
			}
		}
	}
	slices.SortFunc(cells, Cell.compare)
	return cells
}

// place is what a Cell is about.
type place struct {
	req       spec.ID
	side, ctx string
}

func placeAt(req, side, ctx string) place { return place{spec.ID(req), side, ctx} }

func (c Cell) compare(d Cell) int {
	return cmp.Or(cmp.Compare(c.Req, d.Req), cmp.Compare(c.Side, d.Side), cmp.Compare(c.Ctx, d.Ctx))
}

// see takes in what tests have seen.
func (c *Cell) see(records []*Record) {
	accept, reject := map[string]bool{}, map[string]bool{}
	asserted, isolated := map[string]bool{}, map[string]bool{}
	for _, r := range records {
		for _, note := range []struct {
			is bool
			in map[string]bool
		}{{r.Accept, accept}, {r.Reject, reject}, {r.Asserted, asserted}, {r.Isolated, isolated}} {
			if note.is {
				note.in[r.Witness] = true
			}
		}
	}
	c.Accept, c.Reject = some(accept), some(reject)
	for w := range asserted {
		c.Asserted = c.Asserted || reject[w]
		c.Isolated = c.Isolated || reject[w] && isolated[w]
	}
}

// some returns the first tests of a set, parts of tests before whole ones.
func some(set map[string]bool) []string {
	all := ordered(set)
	return all[:min(len(all), maxNamed)]
}

// grade sets the grade. What refuses nothing is not refused: for options and what is
// ignored it is the other branch, and what is derived or written has one side only.
func (c *Cell) grade(kind string, linked bool) {
	held := c.Knockout != nil && c.Knockout.Holds()
	switch {
	case len(c.Accept)+len(c.Reject) == 0:
		if linked {
			c.Grade = Linked
		}
	case held && (kind != "check" || c.Isolated && len(c.Accept) > 0):
		c.Grade = Load
	case len(c.Accept) == 0 || len(c.Reject) == 0:
		c.Grade = OneSided
	case c.Isolated && c.Asserted:
		c.Grade = Sharp
	default:
		c.Grade = Both
	}
}
