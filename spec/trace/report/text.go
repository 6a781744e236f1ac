package report

import (
	"html/template"
	"slices"
	"strconv"
	"strings"

	"mlssim/spec"
	"mlssim/spec/trace"
	"mlssim/spec/trace/dossier"
	"mlssim/spec/trace/text"
)

// A chapter is a section of the first level, and a page.
type chapter struct {
	Number, Title, Page string
	Sections            []section
	Previous, Next      *chapter
}

type section struct {
	Number, Title, Link string
	Rows                []row
}

// A row is a block of the text, with the code beside it.
type row struct {
	Anchor       string
	Kind         string // "p", "item", "pre", "table", "beside": what rests on no place of the text
	Depth        int    // of an item
	Marker       string // of an item
	Spans        []span
	Code         string
	Table        []tableRow
	Units        []unitView // code, and a text whose words are not at hand
	Requirements []string
	Disposed     []string // why units ask for nothing
	Link         string
	Model, Impl  []excerpt // of the requirements that are at home here
	Elsewhere    []string  // requirements that are at home in another row
}

// A span is a sentence.
type span struct {
	HTML         template.HTML
	Unit         string
	Class        string // "asked", "disposed", "plain", "new"
	Requirements []string
	Title        string
}

type tableRow struct {
	Cells []template.HTML
	span
}

type unitView struct {
	trace.Unit
	Requirements []string
	Title        string
	Class        string
}

// readChapters returns the text by its sections; without a text, its units.
func (m *maker) readChapters() []chapter {
	var sections []section
	if m.in.Text != nil {
		sections = m.read()
	} else {
		sections = m.outline()
	}
	var all []chapter
	for _, s := range sections {
		p := pageOf(s.Number)
		if len(all) == 0 || all[len(all)-1].Page != p {
			all = append(all, chapter{Number: s.Number, Title: s.Title, Page: p})
		}
		c := &all[len(all)-1]
		c.Sections = append(c.Sections, s)
	}
	for i := range all {
		if i > 0 {
			all[i].Previous = &all[i-1]
		}
		if i+1 < len(all) {
			all[i].Next = &all[i+1]
		}
	}
	return all
}

// outline returns sections of which only the units are known.
func (m *maker) outline() []section {
	c := m.in.Book.Catalog
	by := map[string][]trace.Unit{}
	for _, u := range c.Units {
		by[u.Section] = append(by[u.Section], u)
	}
	var all []section
	for _, number := range c.Texts.Sections {
		s := section{Number: number, Link: dossier.Link("", number)}
		for _, u := range by[number] {
			last := len(s.Rows) - 1
			if last < 0 || s.Rows[last].Anchor != u.ID {
				s.Rows = append(s.Rows, row{Kind: "units", Anchor: u.ID, Link: dossier.Link(u.ID, number)})
				last++
			}
			m.place(&s.Rows[last], u, u.Unit, trace.Same)
			s.Rows[last].Units = append(s.Rows[last].Units, m.view(u, u.Unit))
		}
		all = append(all, s)
	}
	return all
}

// read returns the sections of the text at hand.
func (m *maker) read() []section {
	doc := m.in.Text
	known, what := map[string]string{}, map[string]string{} // the catalog's unit, and what became of it, by the text's
	for _, c := range trace.Match(m.in.Book.Catalog.Units, trace.Scan(doc)) {
		if c.New == nil {
			continue
		}
		what[c.New.Unit] = c.What
		if c.Old != nil {
			known[c.New.Unit] = c.Old.Unit
		}
	}
	labels := map[string]string{}
	for _, s := range doc.Sections {
		if s.Label != "" {
			labels[s.Label] = s.Number
		}
	}
	blocks := trace.ByBlock(doc)
	var all []section
	for i, s := range doc.Sections {
		view := section{Number: s.Number, Title: s.Title, Link: dossier.Link("", s.Number)}
		for j := range s.Blocks {
			b, units := &s.Blocks[j], blocks[i][j]
			r := m.block(b, units, known, what, labels)
			for _, u := range units {
				m.place(&r, u, known[u.Unit], what[u.Unit])
			}
			if last := len(view.Rows) - 1; b.Kind == text.Row && last >= 0 && view.Rows[last].Anchor == r.Anchor {
				t := &view.Rows[last]
				t.Table = append(t.Table, r.Table...)
				t.Requirements = union(t.Requirements, r.Requirements)
				t.Disposed = union(t.Disposed, r.Disposed)
				continue
			}
			if len(r.Spans) > 0 || r.Code != "" || len(r.Table) > 0 {
				view.Rows = append(view.Rows, r)
			}
		}
		all = append(all, view)
	}
	return all
}

func union(a, b []string) []string {
	for _, s := range b {
		if !slices.Contains(a, s) {
			a = append(a, s)
		}
	}
	return a
}

// place notes of a row what a unit of it asks for.
func (m *maker) place(r *row, u trace.Unit, known, what string) {
	r.Requirements = union(r.Requirements, m.required[known])
	if d := m.disposed[known]; d != nil {
		r.Disposed = union(r.Disposed, []string{said(d)})
	}
	if what == trace.New {
		r.Disposed = union(r.Disposed, []string{"new: the registry does not have it"})
	}
}

func said(d *trace.Disposition) string {
	if len(d.Of) > 0 {
		return d.As + " " + unitRanges(d.Of) + ": " + d.Reason
	}
	return d.As + ": " + d.Reason
}

// unitRanges writes units as in "u0007, u0009 to u0012".
func unitRanges(units []string) string {
	number := func(u string) int { n, _ := strconv.Atoi(strings.TrimPrefix(u, "u")); return n }
	var parts []string
	for i := 0; i < len(units); {
		j := i
		for j+1 < len(units) && number(units[j+1]) == number(units[j])+1 {
			j++
		}
		part := units[i]
		if j > i {
			part += " to " + units[j]
		}
		parts = append(parts, part)
		i = j + 1
	}
	return strings.Join(parts, ", ")
}

// view returns a unit as it is named where its words are not.
func (m *maker) view(u trace.Unit, known string) unitView {
	v := unitView{Unit: u, Requirements: m.required[known], Class: "asked"}
	if d := m.disposed[known]; d != nil {
		v.Class, v.Title = "disposed", said(d)
	}
	return v
}

// block returns the row of a block.
func (m *maker) block(b *text.Block, units []trace.Unit, known, what, labels map[string]string) row {
	r := row{Anchor: b.ID, Link: dossier.Link(b.ID, "")}
	mark := func(u *trace.Unit, html template.HTML) span {
		s := span{HTML: html, Class: "plain", Title: "no requirement rests on this"}
		if u == nil {
			return s
		}
		s.Unit, s.Requirements, s.Class, s.Title = u.Unit, m.required[known[u.Unit]], "asked", ""
		if d := m.disposed[known[u.Unit]]; d != nil {
			s.Class, s.Title = "disposed", said(d)
		}
		switch w := what[u.Unit]; w {
		case trace.New:
			s.Class, s.Title = "new", "new: the registry does not have it"
		case trace.Same:
		default:
			s.Title = strings.TrimSpace(s.Title + " (" + w + " since the registry's edition)")
		}
		return s
	}
	switch b.Kind {
	case text.Code:
		r.Kind, r.Code = "pre", strings.Trim(b.Text, "\n")
		for i := range units {
			r.Units = append(r.Units, m.view(units[i], known[units[i].Unit]))
		}
	case text.Row:
		r.Kind = "table"
		t := tableRow{}
		for _, c := range b.Cells {
			t.Cells = append(t.Cells, inline(c, labels))
		}
		if len(units) > 0 {
			t.span = mark(&units[0], "")
		}
		r.Table = []tableRow{t}
	default:
		r.Kind = "p"
		if parts := strings.Split(b.ID[strings.LastIndex(b.ID, "-")+1:], "."); b.Kind != text.Paragraph && len(parts) > 1 {
			r.Kind, r.Depth = "item", len(parts)/2
			if b.Kind == text.Item {
				r.Marker = "•"
				if b.Ordered {
					r.Marker = parts[2*r.Depth-1] + "."
				}
			}
		}
		for i, s := range pair(b) {
			r.Spans = append(r.Spans, mark(unitOf(units, s.plain, pairIndex(b, i)), inline(s.shown, labels)))
		}
	}
	return r
}

// settle gives each requirement a row at which its code stands: in its own section if
// it rests on a place there. Those that rest on none get a row of their own.
func (m *maker) settle() {
	type at struct{ c, s, r int }
	rows := map[string][]at{}
	for c := range m.chapters {
		for s := range m.chapters[c].Sections {
			for r, row := range m.chapters[c].Sections[s].Rows {
				for _, id := range row.Requirements {
					rows[id] = append(rows[id], at{c, s, r})
				}
			}
		}
	}
	for _, r := range m.ordered() {
		list := rows[string(r.ID)]
		own := slices.IndexFunc(list, func(a at) bool { return m.chapters[a.c].Sections[a.s].Number == r.Section })
		var to *row
		var page string
		switch {
		case len(list) > 0:
			a := list[max(own, 0)]
			to, page = &m.chapters[a.c].Sections[a.s].Rows[a.r], m.chapters[a.c].Page
		default:
			to, page = m.beside(r.Section)
		}
		if to == nil {
			continue
		}
		if len(list) == 0 {
			to.Requirements = append(to.Requirements, string(r.ID))
		}
		m.homes[r.ID] = home{page, to.Anchor}
	}
	for c := range m.chapters {
		for s := range m.chapters[c].Sections {
			for r := range m.chapters[c].Sections[s].Rows {
				m.furnish(&m.chapters[c].Sections[s].Rows[r], m.chapters[c].Page)
			}
		}
	}
}

// beside returns the row of a section for what rests on no place of it, or nil if the
// text does not have the section.
func (m *maker) beside(number string) (*row, string) {
	for c := range m.chapters {
		for s := range m.chapters[c].Sections {
			v := &m.chapters[c].Sections[s]
			if v.Number != number {
				continue
			}
			if last := len(v.Rows) - 1; last < 0 || v.Rows[last].Kind != "beside" {
				v.Rows = append(v.Rows, row{Kind: "beside", Anchor: "beside-" + number})
			}
			return &v.Rows[len(v.Rows)-1], m.chapters[c].Page
		}
	}
	return nil, ""
}

// furnish gives a row the code of the requirements that are at home in it.
func (m *maker) furnish(r *row, page string) {
	var here []string
	for _, id := range r.Requirements {
		if m.homes[spec.ID(id)] == (home{page, r.Anchor}) {
			here = append(here, id)
		} else {
			r.Elsewhere = append(r.Elsewhere, id)
		}
	}
	r.Model = m.excerpts(m.onSide(here, "model"))
	r.Impl = m.excerpts(m.onSide(here, "impl"))
}

// texts makes a page of each chapter.
func (m *maker) texts() error {
	for i := range m.chapters {
		c := &m.chapters[i]
		title := "Section " + c.Number
		if c.Number[0] >= 'A' {
			title = "Appendix " + c.Number
		}
		if c.Title != "" {
			title += ": " + c.Title
		}
		if err := m.write(c.Page, "text.html", title, "text", c); err != nil {
			return err
		}
	}
	return nil
}
