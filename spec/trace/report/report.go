// Package report draws what is known of the requirements as pages to read: the text,
// the rules of the model and the checks of the implementation side by side, a page for
// each requirement, and what is missing. The pages need no server and nothing from
// elsewhere; the same input gives the same bytes.
package report

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"

	"mlssim/spec"
	"mlssim/spec/trace"
	"mlssim/spec/trace/dossier"
	"mlssim/spec/trace/links"
	"mlssim/spec/trace/text"
)

//go:embed pages/*.html assets
var files embed.FS

// Input is what a report is made from.
type Input struct {
	Book    *dossier.Book
	Text    *text.Document       // nil: without the words of the RFC
	Edition string               // of the text
	Changes []trace.ChangeReport // from the registry, or an older edition, to the text
	Since   string               // what the changes are from
	Stamp   string               // of the evidence; "" if there is none
}

// Marker is the file that tells a folder of a report from others.
const Marker = "report.json"

// facts are what the marker holds.
type facts struct {
	Text         string `json:"text"`   // edition; "" without text
	SHA256       string `json:"sha256"` // of the text
	Evidence     string `json:"stamp"`  // of the evidence
	Requirements int    `json:"requirements"`
	Pages        int    `json:"pages"`
	Bytes        int    `json:"bytes"` // of all files but this one
}

// A maker makes the pages.
type maker struct {
	in       Input
	coloured map[string][]template.HTML // lines, by file
	required map[string][]string        // requirements, by unit
	disposed map[string]*trace.Disposition
	homes    map[spec.ID]home
	chapters []chapter
	pages    *template.Template
	files    map[string][]byte
}

// Make returns the files of a report by their names, with slashes.
func Make(in Input) (map[string][]byte, error) {
	m := &maker{in: in, coloured: map[string][]template.HTML{}, required: in.Book.Catalog.Required(),
		disposed: map[string]*trace.Disposition{}, homes: map[spec.ID]home{}, files: map[string][]byte{}}
	for i := range in.Book.Catalog.Dispositions {
		d := &in.Book.Catalog.Dispositions[i]
		for _, u := range d.Units {
			m.disposed[u] = d
		}
	}
	var err error
	if m.pages, err = template.New("").Funcs(m.functions()).ParseFS(files, "pages/*.html"); err != nil {
		return nil, err
	}
	m.chapters = m.readChapters()
	m.settle()
	for _, name := range []string{"style.css", "report.js"} {
		b, err := files.ReadFile("assets/" + name)
		if err != nil {
			return nil, err
		}
		m.files[name] = b
	}
	for _, make := range []func() error{m.index, m.texts, m.statements, m.requirements, m.sections, m.reverse, m.ambiguities, m.changes, m.detection} {
		if err := make(); err != nil {
			return nil, err
		}
	}
	return m.files, m.mark()
}

func (m *maker) mark() error {
	f := facts{Requirements: len(m.in.Book.All), Evidence: m.in.Stamp}
	if m.in.Text != nil {
		f.Text, f.SHA256 = m.edition(), m.in.Text.SHA256
	}
	for name, b := range m.files {
		f.Bytes += len(b)
		if strings.HasSuffix(name, ".html") {
			f.Pages++
		}
	}
	b, err := json.MarshalIndent(f, "", "  ")
	m.files[Marker] = append(b, '\n')
	return err
}

// edition says which text there is.
func (m *maker) edition() string {
	switch {
	case m.in.Text == nil:
		return ""
	case m.in.Edition == "":
		return "an edition that is not known"
	}
	return m.in.Edition
}

// A page is what all templates are given.
type page struct {
	Title string
	Root  string // "" or "../"
	Here  string // the entry of the menu
	Text  string // edition, "" without text
	Stamp string
	Data  any
}

// write makes a page of a template.
func (m *maker) write(name, tmpl, title, here string, data any) error {
	p := page{Title: title, Here: here, Text: m.edition(), Stamp: m.in.Stamp, Data: data}
	p.Root = strings.Repeat("../", strings.Count(name, "/"))
	var b bytes.Buffer
	if err := m.pages.ExecuteTemplate(&b, tmpl, p); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	m.files[name] = b.Bytes()
	return nil
}

// A home is where the code of a requirement stands beside the text.
type home struct {
	Page   string // "text-7.html"
	Anchor string // of the row
}

func (m *maker) functions() template.FuncMap {
	return template.FuncMap{
		"join":     strings.Join,
		"link":     dossier.Link,
		"about":    func(id string) *dossier.Requirement { return m.in.Book.Of(spec.ID(id)) },
		"home":     func(id string) home { return m.homes[spec.ID(id)] },
		"chapters": func() []chapter { return m.chapters },
		"args":     func(a ...any) []any { return a },
		"marks":    m.marks,
		"lower":    strings.ToLower,
		"run":      dossier.Run,
		"count": func(n int, thing string) string {
			if n == 1 {
				return "1 " + thing
			}
			return fmt.Sprintf("%d %ss", n, thing)
		},
		"page":  pageOf,
		"names": func() []string { return trace.Levels },
	}
}

// pageOf returns the page of a section's chapter.
func pageOf(section string) string {
	top, _, _ := strings.Cut(section, ".")
	return "text-" + top + ".html"
}

var grades = []string{"G5", "G4", "G3", "G2", "G1", "G0"}

// sideMarks are the letters of a side that stand beside a requirement.
type sideMarks struct {
	Side, Grade, Title string
	Letters            []letter
}

// A letter says that something was seen, or was not.
type letter struct {
	Letter, Title string
	Seen          bool
}

// marks returns what was seen of a requirement on both sides.
func (m *maker) marks(r *dossier.Requirement) []sideMarks {
	var all []sideMarks
	for _, side := range []string{"model", "impl"} {
		s := sideMarks{Side: side, Grade: r.Grade(side)}
		n := len(r.On(side))
		s.Letters = []letter{{"L", "code names it", n > 0}}
		any := func(seen func(*dossier.Proof) bool) bool {
			return slices.ContainsFunc(r.Proofs, func(p dossier.Proof) bool { return p.Side == side && seen(&p) })
		}
		if len(r.Proofs) > 0 {
			s.Letters = append(s.Letters,
				letter{"A", "seen to accept", any(func(p *dossier.Proof) bool { return len(p.Accept) > 0 })},
				letter{"R", "seen to refuse", any(func(p *dossier.Proof) bool { return len(p.Reject) > 0 })},
				letter{"K", "a test fails when it is switched off", any(func(p *dossier.Proof) bool { return p.Knockout == "killed" })},
				letter{"D", "the other side notices when it is switched off", any(func(p *dossier.Proof) bool { return p.Differs })},
				letter{"P", "a property breaks when it is switched off on both sides", any(func(p *dossier.Proof) bool { return len(p.Properties) > 0 })})
		}
		var said []string
		for _, l := range s.Letters {
			if l.Seen {
				said = append(said, l.Title)
			}
		}
		s.Title = side + ": " + strings.Join(said, ", ")
		if len(said) == 0 {
			s.Title = side + ": no code names it"
		}
		all = append(all, s)
	}
	return all
}

// ordered returns all requirements in the order of the text.
func (m *maker) ordered() []*dossier.Requirement {
	var all []*dossier.Requirement
	for i := range m.in.Book.All {
		all = append(all, &m.in.Book.All[i])
	}
	first := func(r *dossier.Requirement) string {
		for _, u := range r.Units {
			if u.Section == r.Section {
				return u.Unit
			}
		}
		return "v" // after all units
	}
	slices.SortStableFunc(all, func(a, b *dossier.Requirement) int {
		if c := trace.CompareSections(a.Section, b.Section); c != 0 {
			return c
		}
		if c := strings.Compare(first(a), first(b)); c != 0 {
			return c
		}
		return strings.Compare(string(a.ID), string(b.ID))
	})
	return all
}

// insert adds a string to a sorted list that does not have it.
func insert(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	list = append(slices.Clone(list), s)
	slices.Sort(list)
	return list
}

// onSide returns the sites of requirements on a side, in their order.
func (m *maker) onSide(ids []string, side string) []links.Site {
	var all []links.Site
	for _, id := range ids {
		if r := m.in.Book.Of(spec.ID(id)); r != nil {
			all = append(all, r.On(side)...)
		}
	}
	return all
}

// Size returns how many bytes the files have together.
func Size(files map[string][]byte) (n int) {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		n += len(files[name])
	}
	return n
}
