package trace

import (
	"fmt"
	"slices"
	"strings"

	"mlssim/spec/trace/text"
)

// A Finding is something that is wrong with the catalog.
type Finding struct {
	Rule string `json:"rule"` // "unit.unmapped", "text.copied" …
	At   string `json:"at"`   // a unit, an id, or a number of an entry
	What string `json:"what"`
}

func (f Finding) String() string { return f.At + ": " + f.What + " (" + f.Rule + ")" }

// MaxShared is how many words in a row a paraphrase may share with the text.
const MaxShared = 5

// Lint returns what is wrong with the catalog by itself.
func (c *Catalog) Lint() []Finding {
	var l linter
	l.units = map[string]*Unit{}
	for i := range c.Units {
		l.units[c.Units[i].Unit] = &c.Units[i]
	}
	l.required, l.disposed = c.fates()
	l.levels = map[string]string{}
	for _, r := range c.Requirements {
		l.levels[string(r.ID)] = r.Level
	}
	for _, r := range c.Requirements {
		l.known(string(r.ID), r.Units)
		l.section(c, string(r.ID), r.Section)
	}
	for _, u := range c.Units {
		l.unit(&u)
		l.section(c, u.Unit, u.Section)
	}
	for i := range c.Dispositions {
		l.disposition(&c.Dispositions[i])
	}
	for i := range c.Ambiguities {
		l.ambiguity(c, &c.Ambiguities[i])
	}
	return l.found
}

// A linter collects findings.
type linter struct {
	found    []Finding
	units    map[string]*Unit
	required map[string][]string // ids, by unit
	disposed map[string]int      // dispositions, by unit
	levels   map[string]string   // by id
}

func (l *linter) add(rule, at, format string, args ...any) {
	l.found = append(l.found, Finding{rule, at, fmt.Sprintf(format, args...)})
}

func (l *linter) known(at string, units []string) {
	for _, u := range units {
		if l.units[u] == nil {
			l.add("unit.unknown", at, "there is no unit %s", u)
		}
	}
}

func (l *linter) section(c *Catalog, at, number string) {
	if !slices.Contains(c.Texts.Sections, number) {
		l.add("section.dead", at, "there is no Section %s", number)
	}
}

// strength is the level that a word of BCP 14 asks for.
var strength = map[string]string{
	"MUST": "MUST", "MUST NOT": "MUST", "SHALL": "MUST", "SHALL NOT": "MUST", "REQUIRED": "MUST",
	"SHOULD": "SHOULD", "SHOULD NOT": "SHOULD", "RECOMMENDED": "SHOULD", "NOT RECOMMENDED": "SHOULD",
	"MAY": "MAY", "OPTIONAL": "MAY",
}

func (l *linter) unit(u *Unit) {
	ids := l.required[u.Unit]
	switch n := l.disposed[u.Unit]; {
	case len(ids) == 0 && n == 0:
		l.add("unit.unmapped", u.Unit, "no requirement and no disposition")
	case len(ids) > 0 && n > 0:
		l.add("unit.both", u.Unit, "a disposition, and requirements as well: %s", strings.Join(ids, ", "))
	case n > 1:
		l.add("unit.twice", u.Unit, "%d dispositions", n)
	}
	if len(ids) == 0 {
		return
	}
	for _, k := range u.Keywords {
		if !slices.ContainsFunc(ids, func(id string) bool { return l.levels[id] == strength[k] }) {
			l.add("unit.level", u.Unit, "it says %s, and none of %s is of level %s", k, strings.Join(ids, ", "), strength[k])
		}
	}
}

func (l *linter) disposition(d *Disposition) {
	at := strings.Join(d.Units, " ")
	l.known(at, d.Units)
	l.known(at, d.Of)
	if !slices.Contains(dispositions, d.As) {
		l.add("disposition.kind", at, "%q is none of %v", d.As, dispositions)
	}
	if d.Reason == "" {
		l.add("disposition.reason", at, "no reason")
	}
	if (d.As == "duplicate-of") != (len(d.Of) > 0) {
		l.add("disposition.of", at, "%s of %d units", d.As, len(d.Of))
	}
	for _, name := range d.Of {
		if len(l.required[name]) == 0 && !(l.isDuplicate(name) && name < d.Units[0]) {
			l.add("disposition.of", at, "%s has no requirement", name)
		}
	}
	for _, name := range d.Units {
		if u := l.units[name]; u != nil && d.As != "duplicate-of" && binding(u) {
			l.add("disposition.binding", name, "%s of Section %s cannot be %s", u.Kind, u.Section, d.As)
		}
	}
}

// isDuplicate tells whether a unit has a disposition; chains lead back in the text.
func (l *linter) isDuplicate(unit string) bool { return l.disposed[unit] == 1 }

// binding tells whether a unit is for a client to do: a MUST or a step of Sections 5
// to 15.
func binding(u *Unit) bool {
	if before(u.Section, "5") < 0 || before(u.Section, "16") >= 0 {
		return false
	}
	return u.Kind == "step" || slices.ContainsFunc(u.Keywords, func(k string) bool { return strength[k] == "MUST" })
}

func (l *linter) ambiguity(c *Catalog, a *Ambiguity) {
	if a.ID == "" || a.Question == "" || a.Effect == "" || a.Reading == "" || a.Why == "" || len(a.Sections) == 0 {
		l.add("ambiguity.incomplete", a.ID, "it lacks an id, a section, the question, its effect, the reading or the reason")
	}
	for _, s := range a.Sections {
		l.section(c, a.ID, s)
	}
	for _, id := range a.Requirements {
		if l.levels[id] == "" {
			l.add("ambiguity.requirement", a.ID, "there is no requirement %s", id)
		}
	}
}

// LintText returns what is wrong with the catalog beside a text: words of the text in
// the catalog, and sections that do not exist.
func (c *Catalog) LintText(doc *text.Document) []Finding {
	var l linter
	runs := NewRuns(doc, MaxShared+1)
	check := func(at, s string) {
		if run := runs.In(s); run != "" {
			l.add("text.copied", at, "%d words in a row are those of the text: %q", MaxShared+1, run)
		}
	}
	for _, r := range c.Requirements {
		check(string(r.ID), r.Text)
	}
	for _, d := range c.Dispositions {
		check(strings.Join(d.Units, " "), d.Reason)
	}
	for _, a := range c.Ambiguities {
		for _, s := range []string{a.Question, a.Effect, a.Reading, a.Why} {
			check(a.ID, s)
		}
	}
	var numbers []string
	for _, s := range doc.Sections {
		numbers = append(numbers, s.Number)
	}
	for _, s := range c.Texts.Sections {
		if !slices.Contains(numbers, s) {
			l.add("section.dead", s, "the text has no Section %s", s)
		}
	}
	return l.found
}
