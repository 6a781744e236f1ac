package report

import (
	"cmp"
	"slices"

	"mlssim/spec/trace"
	"mlssim/spec/trace/dossier"
	"mlssim/spec/trace/links"
)

// A statement is the page of a requirement.
type statement struct {
	*dossier.Requirement
	Home           home
	Model, Impl    []excerpt
	Tests          []tests
	Matrix         []matrixRow
	Unclear        []trace.Ambiguity
	Previous, Next string
}

// tests are the places of tests in one file.
type tests struct {
	File  string
	Sites []links.Site
}

// A matrixRow is an entry point: whether the registry has it for the requirement, and
// what there is for it on each side.
type matrixRow struct {
	Context     string
	Listed      bool
	Leads       map[string]bool // sides whose code it leads to
	Model, Impl *dossier.Proof
}

// statements makes a page of each requirement.
func (m *maker) statements() error {
	all := m.ordered()
	for i, r := range all {
		s := statement{Requirement: r, Home: m.homes[r.ID], Model: m.excerpts(r.On("model")), Impl: m.excerpts(r.On("impl")), Matrix: matrix(r)}
		for _, side := range []string{"test", "tool"} {
			for _, site := range r.On(side) {
				if last := len(s.Tests) - 1; last < 0 || s.Tests[last].File != site.File {
					s.Tests = append(s.Tests, tests{File: site.File})
				}
				t := &s.Tests[len(s.Tests)-1]
				t.Sites = append(t.Sites, site)
			}
		}
		for _, a := range m.in.Book.Catalog.Ambiguities {
			if slices.Contains(a.Requirements, string(r.ID)) {
				s.Unclear = append(s.Unclear, a)
			}
		}
		if i > 0 {
			s.Previous = string(all[i-1].ID)
		}
		if i+1 < len(all) {
			s.Next = string(all[i+1].ID)
		}
		if err := m.write("r/"+string(r.ID)+".html", "statement.html", string(r.ID), "requirements", s); err != nil {
			return err
		}
	}
	return nil
}

// matrix returns the entry points of a requirement, those of the registry first.
func matrix(r *dossier.Requirement) []matrixRow {
	var all []matrixRow
	row := func(context string, listed bool) *matrixRow {
		for i := range all {
			if all[i].Context == context {
				return &all[i]
			}
		}
		all = append(all, matrixRow{Context: context, Listed: listed, Leads: map[string]bool{}})
		return &all[len(all)-1]
	}
	for _, c := range r.Contexts {
		row(c, true)
	}
	for _, side := range []string{"model", "impl"} {
		for _, s := range r.On(side) {
			for _, c := range s.Contexts {
				row(c, false).Leads[side] = true
			}
		}
	}
	for i := range r.Proofs {
		p := &r.Proofs[i]
		if x := row(p.Context, false); p.Side == "model" {
			x.Model = p
		} else {
			x.Impl = p
		}
	}
	return all
}

// requirements makes the list of all.
func (m *maker) requirements() error {
	return m.write("requirements.html", "requirements.html", "Requirements", "requirements", m.ordered())
}

// A bar says how many requirements of a section have each grade, on a side.
type bar struct {
	Parts []part
	Total int
}

type part struct {
	Grade    string
	N        int
	From, To float64 // percent
}

// Width is how wide a part is, in percent.
func (p part) Width() float64 { return p.To - p.From }

type sectionBars struct {
	Section     string
	Model, Impl bar
	Worst       float64 // share of the requirements without code on some side
	IDs         []string
}

type levelBars struct {
	Level       string
	Sections    []sectionBars
	Model, Impl bar
	Outside     int // requirements that are not for a client
}

// barOf counts the grades of requirements on a side.
func barOf(all []*dossier.Requirement, side string) bar {
	counts := map[string]int{}
	b := bar{}
	for _, r := range all {
		if g := r.Grade(side); g != "" {
			counts[g]++
			b.Total++
		}
	}
	at := 0
	for _, g := range grades {
		if n := counts[g]; n > 0 {
			b.Parts = append(b.Parts, part{g, n, 100 * float64(at) / float64(b.Total), 100 * float64(at+n) / float64(b.Total)})
			at += n
		}
	}
	return b
}

// missing returns how far a bar is from its end: 0 if all have the best grade there is
// evidence for, 1 if nothing has code.
func (b bar) missing() float64 {
	if b.Total == 0 {
		return 0
	}
	sum := 0
	for _, p := range b.Parts {
		sum += p.N * slices.Index(grades, p.Grade)
	}
	return float64(sum) / float64(b.Total*(len(grades)-1))
}

// coverage returns the grades of all requirements by level and section, worst first.
func (m *maker) coverage() []levelBars {
	var all []levelBars
	for _, level := range trace.Levels {
		l := levelBars{Level: level}
		by := map[string][]*dossier.Requirement{}
		var every []*dossier.Requirement
		for _, r := range m.ordered() {
			switch {
			case r.Level != level:
			case r.Outside():
				l.Outside++
			default:
				by[r.Section] = append(by[r.Section], r)
				every = append(every, r)
			}
		}
		for number, some := range by {
			s := sectionBars{Section: number, Model: barOf(some, "model"), Impl: barOf(some, "impl")}
			s.Worst = s.Model.missing() + 2*s.Impl.missing()
			for _, r := range some {
				s.IDs = append(s.IDs, string(r.ID))
			}
			l.Sections = append(l.Sections, s)
		}
		slices.SortFunc(l.Sections, func(a, b sectionBars) int {
			return cmp.Or(cmp.Compare(b.Worst, a.Worst), trace.CompareSections(a.Section, b.Section))
		})
		l.Model, l.Impl = barOf(every, "model"), barOf(every, "impl")
		all = append(all, l)
	}
	return all
}

func (m *maker) sections() error {
	return m.write("sections.html", "sections.html", "Sections", "sections", m.coverage())
}

// index makes the first page.
func (m *maker) index() error {
	d := struct {
		Levels                                         []levelBars
		Units, Requirements, Dispositions, Ambiguities int
		Model, Impl, Tests, Cases, Vectors             int
		Kinds                                          []string
	}{Levels: m.coverage()}
	c := m.in.Book.Catalog
	d.Units, d.Requirements, d.Dispositions, d.Ambiguities = len(c.Units), len(c.Requirements), len(c.Dispositions), len(c.Ambiguities)
	for i := range m.in.Book.All {
		r := &m.in.Book.All[i]
		for side, n := range map[string]*int{"model": &d.Model, "impl": &d.Impl, "test": &d.Tests} {
			if len(r.On(side)) > 0 {
				*n++
			}
		}
		d.Cases += len(r.Cases)
		d.Vectors += r.Vectors()
	}
	return m.write("index.html", "index.html", "From the text to the code", "index", d)
}

// reverse makes the page of refusals that rest on no text.
func (m *maker) reverse() error {
	type anonymous struct {
		links.Error
		Lines []line
	}
	d := struct {
		Own        []*dossier.Requirement
		Directives []links.Directive
		Errors     []anonymous
	}{}
	for _, r := range m.ordered() {
		if len(r.Units) == 0 {
			d.Own = append(d.Own, r)
		}
	}
	for _, x := range m.in.Book.Map.Directives {
		if x.Verb == "extra" {
			d.Directives = append(d.Directives, x)
		}
	}
	for _, e := range m.in.Book.Map.Anonymous {
		d.Errors = append(d.Errors, anonymous{e, m.lines(e.File, e.First, e.Last)})
	}
	return m.write("reverse.html", "reverse.html", "Code without text", "reverse", d)
}

func (m *maker) ambiguities() error {
	return m.write("ambiguities.html", "ambiguities.html", "Ambiguities", "ambiguities", m.in.Book.Catalog.Ambiguities)
}

// changes makes the page of what another edition changes.
func (m *maker) changes() error {
	type touched struct {
		trace.ChangeReport
		Impact []dossier.Impact
	}
	d := struct {
		Since   string
		Changes []touched
	}{Since: m.in.Since}
	for _, c := range m.in.Changes {
		d.Changes = append(d.Changes, touched{c, m.in.Book.Impact(c.Requirements)})
	}
	return m.write("changes.html", "changes.html", "Changes", "changes", d)
}

// detection makes the table of what notices that a rule is missing.
func (m *maker) detection() error {
	type found struct {
		*dossier.Requirement
		Killers, Properties []string
		Knockout            string
		Differs             bool
	}
	d := struct {
		Rows                []found
		Differs, Properties bool // of any
	}{}
	for _, r := range m.ordered() {
		if r.Kind != "check" {
			continue
		}
		f := found{Requirement: r}
		for _, p := range r.Proofs {
			if p.Side != "impl" {
				continue
			}
			if f.Knockout == "" || p.Knockout != "killed" && p.Knockout != "" {
				f.Knockout = p.Knockout
			}
			if p.Killer != "" {
				f.Killers = union(f.Killers, []string{p.Killer})
			}
			f.Differs = f.Differs || p.Differs
			f.Properties = union(f.Properties, p.Properties)
		}
		d.Differs, d.Properties = d.Differs || f.Differs, d.Properties || len(f.Properties) > 0
		d.Rows = append(d.Rows, f)
	}
	return m.write("detection.html", "detection.html", "What notices a missing check", "detection", d)
}
