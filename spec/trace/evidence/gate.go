package evidence

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mlssim/spec"
	"mlssim/spec/trace"
)

// A Gate holds evidence against what was reached before and what has to be reached.
type Gate struct {
	Registry   []trace.Requirement
	Lint       []trace.Finding // of the registry
	Tree       string          // hash of the source as it is now
	File       *File           // the evidence, with the verdicts of knockouts in its cells
	Records    []Record
	Exemptions []Exemption
	Lock       Lock
	Today      time.Time
}

// Gated is what a Gate says.
type Gated struct {
	Cells    int             `json:"cells"`
	Reached  int             `json:"reached"` // their targets
	Excused  int             `json:"excused"`
	Waived   int             `json:"waived"`
	Findings []trace.Finding `json:"findings"`
}

// Run returns everything for which a change is not to be taken. It fills in the
// reasons of cells.
func (g *Gate) Run() *Gated {
	r := &Gated{Cells: len(g.File.Cells), Findings: slices.Clone(g.Lint)}
	add := func(rule, at, format string, args ...any) {
		r.Findings = append(r.Findings, trace.Finding{Rule: rule, At: at, What: fmt.Sprintf(format, args...)})
	}
	if g.File.Tree != g.Tree {
		add("evidence.stale", "evidence.json", "it is of another state of the source: run mlssim trace evidence")
	}
	kinds, known := map[spec.ID]string{}, map[spec.ID]bool{}
	for _, q := range g.Registry {
		kinds[q.ID], known[q.ID] = q.Kind, true
	}
	needed := make([]bool, len(g.Exemptions))
	elsewhere := g.elsewhere()
	seen := map[place]bool{}
	for i := range g.File.Cells {
		c := &g.File.Cells[i]
		at := c.name()
		p := place{c.Req, c.Side, c.Ctx}
		seen[p] = true
		if before, ok := g.Lock[p]; !ok {
			add("lock.missing", at, "coverage.lock has no line for it")
		} else if c.Grade < before.grade {
			add("ratchet", at, "%v, and it was %v", c.Grade, before.grade)
		}
		if c.Grade >= c.Target {
			r.Reached++
			continue
		}
		if e := g.excused(c, kinds[c.Req], needed); e != nil {
			c.Reason = e.excuse()
			r.Excused++
			if e.As == "waiver" {
				r.Waived++
			}
			continue
		}
		switch where := elsewhere[place{req: c.Req, side: c.Side}]; {
		case c.Knockout != nil && c.Knockout.Forced == Survived:
			add("decorative", at, "no test fails when it is switched off")
		case len(c.Accept)+len(c.Reject) == 0 && len(where) > 0:
			add("context.wrong", at, "it is decided at %s, and not here", strings.Join(where, ", "))
		default:
			add("floor", at, "%v, and it has to be %v", c.Grade, c.Target)
		}
	}
	for p := range g.Lock {
		if !seen[p] {
			add("lock.dead", fmt.Sprintf("%s %s %s", p.req, p.side, p.ctx), "coverage.lock has a line for what is not graded")
		}
	}
	for i := range g.Exemptions {
		e := &g.Exemptions[i]
		r.Findings = append(r.Findings, e.check(known, g.Today)...)
		if !needed[i] {
			add("exemption.stale", e.name(), "nothing is below its target for which it would be a reason: %s", e.Reason)
		}
	}
	if float64(r.Waived) > MaxWaived*float64(r.Cells) {
		add("waiver.many", "exemptions.yaml", "%d of %d are waived, at most %g %% may be", r.Waived, r.Cells, 100*MaxWaived)
	}
	slices.SortStableFunc(r.Findings, func(a, b trace.Finding) int {
		return strings.Compare(a.Rule+" "+a.At, b.Rule+" "+b.At)
	})
	return r
}

func (c *Cell) name() string { return fmt.Sprintf("%s %s %s", c.Req, c.Side, c.Ctx) }

// excused returns the exemption of a cell, or nil.
func (g *Gate) excused(c *Cell, kind string, needed []bool) *Exemption {
	for i := range g.Exemptions {
		if e := &g.Exemptions[i]; e.covers(c, kind) {
			needed[i] = true
			return e
		}
	}
	return nil
}

// elsewhere returns at which entry points that the registry does not list each
// requirement was decided.
func (g *Gate) elsewhere() map[place][]string {
	where := map[place][]string{}
	for i := range g.Records {
		rec := &g.Records[i]
		p := place{req: rec.Req, side: rec.Side}
		if !rec.Listed && !slices.Contains(where[p], rec.Ctx) {
			where[p] = append(where[p], rec.Ctx)
		}
	}
	return where
}
