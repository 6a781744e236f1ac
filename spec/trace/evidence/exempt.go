package evidence

import (
	"fmt"
	"slices"
	"time"

	"github.com/goccy/go-yaml"

	"mlssim/spec"
	"mlssim/spec/trace"
)

// An Exemption says why requirements need not reach their targets on a side.
type Exemption struct {
	Requirements []spec.ID `yaml:"requirements"` // these, or
	Kinds        []string  `yaml:"kinds"`        // all of these kinds
	Side         string    `yaml:"side"`
	Contexts     []string  `yaml:"contexts"` // entry points; none stands for all
	As           string    `yaml:"as"`       // one of exemptions
	Of           spec.ID   `yaml:"of"`       // of what is subsumed: by which requirement
	Reason       string    `yaml:"reason"`

	Owner  string `yaml:"owner"`  // of a waiver: who is to see to it
	Review string `yaml:"review"` // of a waiver: the last day on which it holds, 2027-01-31
}

// exemptions are the kinds of reasons. All but the last are for good. What is absent is no
// cell at all, and is refused where code or a test says otherwise.
var exemptions = []string{
	"absent",      // this side has nothing that could do it, or could fail to
	"unreachable", // no input can violate it at this entry point, or nobody can bring it there
	"composed",    // it holds if others do, and is refused for these
	"subsumed",    // another requirement refuses the same inputs
	"declined",    // a SHOULD that is not followed, for a reason
	"elsewhere",   // it is decided at another entry point, before this one begins or after it
	"outputs",     // it is about what is made: tests look at that, and not at a probe
	waiver,        // it is to be done
}

const waiver = "waiver"

// MaxWaived is the share of cells that waivers may excuse.
const MaxWaived = 0.03

// ReadExemptions reads spec/exemptions.yaml, strictly.
func ReadExemptions(b []byte) ([]Exemption, error) {
	var all []Exemption
	if err := yaml.UnmarshalWithOptions(b, &all, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("exemptions.yaml:%w", err)
	}
	return all, nil
}

// covers tells whether an exemption is for a cell.
func (e *Exemption) covers(c *Cell, kind string) bool {
	return e.Side == c.Side && (slices.Contains(e.Requirements, c.Req) || slices.Contains(e.Kinds, kind)) &&
		(len(e.Contexts) == 0 || slices.Contains(e.Contexts, c.Ctx))
}

// excuse is the reason as coverage.lock has it.
func (e *Exemption) excuse() string {
	if e.Of != "" {
		return e.As + " by " + string(e.Of) + ": " + e.Reason
	}
	return e.As + ": " + e.Reason
}

// check returns what is wrong with an exemption by itself.
func (e *Exemption) check(levels map[spec.ID]string, today time.Time) []trace.Finding {
	var found []trace.Finding
	at := e.name()
	add := func(rule, what string) { found = append(found, trace.Finding{Rule: rule, At: at, What: what}) }
	if !slices.Contains(exemptions, e.As) {
		add("exemption.kind", fmt.Sprintf("%q is none of %v", e.As, exemptions))
	}
	if e.Reason == "" || !slices.Contains(Sides, e.Side) || len(e.Requirements)+len(e.Kinds) == 0 {
		add("exemption.incomplete", "it lacks a reason, a side, or what it is for")
	}
	if (e.As == "subsumed") != (e.Of != "") {
		add("exemption.incomplete", "what is subsumed, and nothing else, is so by a requirement")
	}
	for _, id := range slices.Concat(e.Requirements, []spec.ID{e.Of}) {
		if id != "" && levels[id] == "" {
			add("exemption.unknown", "there is no requirement "+string(id))
		}
	}
	if e.As == "declined" {
		for _, id := range e.Requirements {
			if levels[id] != "SHOULD" {
				add("exemption.declined", "what is no SHOULD cannot be declined: "+string(id))
			}
		}
	}
	if e.As != waiver {
		return found
	}
	last, err := time.Parse(time.DateOnly, e.Review)
	switch {
	case err != nil || e.Owner == "":
		add("waiver.incomplete", "it lacks an owner or a day of review")
	case today.After(last.AddDate(0, 0, 1)):
		add("waiver.expired", "it was to be reviewed by "+e.Review)
	}
	return found
}

func (e *Exemption) name() string {
	if len(e.Requirements) > 0 {
		return string(e.Requirements[0])
	}
	return fmt.Sprint(e.Kinds)
}

// there tells whether there is something of a cell of which an exemption says that it is
// absent: a test that saw it, or, if the exemption is for all entry points, code.
func (c *Cell) there(e *Exemption) bool {
	return c.Grade > Linked || c.Grade == Linked && len(e.Contexts) == 0
}
