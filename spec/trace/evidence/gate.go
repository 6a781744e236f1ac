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
	Cells    int             `json:"cells"`   // but for those that are absent
	Reached  int             `json:"reached"` // their targets
	Excused  int             `json:"excused"`
	Waived   int             `json:"waived"` // of those that are excused
	Absent   int             `json:"absent"`
	Levels   []Level         `json:"levels"`
	Findings []trace.Finding `json:"findings"`
}

// Run returns everything for which a change is not to be taken. It fills in the
// reasons of cells.
func (g *Gate) Run() *Gated {
	r := &Gated{Findings: slices.Clone(g.Lint)}
	add := func(rule, at, format string, args ...any) {
		r.Findings = append(r.Findings, trace.Finding{Rule: rule, At: at, What: fmt.Sprintf(format, args...)})
	}
	if g.File.Tree != g.Tree {
		add("evidence.stale", "evidence.json", "it is of another state of the source: run mlssim trace evidence")
	}
	kinds, levels := map[spec.ID]string{}, map[spec.ID]string{}
	for _, q := range g.Registry {
		kinds[q.ID], levels[q.ID] = q.Kind, q.Level
	}
	needed := make([]bool, len(g.Exemptions))
	elsewhere := g.elsewhere()
	seen := map[place]bool{}
	for i := range g.File.Cells {
		c := &g.File.Cells[i]
		at := c.name()
		p := place{c.Req, c.Side, c.Ctx}
		e := g.exemption(c, kinds[c.Req])
		c.Reason, c.Absent = "", ""
		if e >= 0 && g.Exemptions[e].As == "absent" {
			needed[e] = true
			if c.Absent = g.Exemptions[e].Reason; c.there(&g.Exemptions[e]) {
				add("absent.there", at, "%v, and there is to be nothing: %s", c.Grade, c.Absent)
			}
			continue
		}
		seen[p] = true
		if before, ok := g.Lock[p]; !ok {
			add("lock.missing", at, "coverage.lock has no line for it")
		} else if c.Grade < before.grade {
			add("ratchet", at, "%v, and it was %v", c.Grade, before.grade)
		}
		if c.Grade >= c.Target {
			continue
		}
		if e >= 0 {
			needed[e] = true
			c.Reason = g.Exemptions[e].excuse()
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
	r.count(g, levels)
	for i := range g.Exemptions {
		e := &g.Exemptions[i]
		r.Findings = append(r.Findings, e.check(levels, g.Today)...)
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

// exemption returns the place of the exemption of a cell, or -1.
func (g *Gate) exemption(c *Cell, kind string) int {
	return slices.IndexFunc(g.Exemptions, func(e Exemption) bool { return e.covers(c, kind) })
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
