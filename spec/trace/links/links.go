// Package links finds where the source of this module names requirements: which rule
// of the model, which check of the implementation, which tests. It reads the files
// and runs nothing, so that it says what is there, and not that it works.
package links

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"runtime"
	"slices"
	"strings"

	"mlssim/spec"
	"mlssim/spec/trace"
)

// A Site is a place in the source that names a requirement.
type Site struct {
	Requirement spec.ID  `json:"requirement"`
	Side        string   `json:"side"`     // one of Sides
	Package     string   `json:"package"`  // "impl/tree"
	File        string   `json:"file"`     // from the root of the module
	Line        int      `json:"line"`     // where the requirement is named
	First       int      `json:"first"`    // line of what there is to read
	Last        int      `json:"last"`     // line
	In          string   `json:"in"`       // the declaration: "Tree.Merge", "listRules", "TestX"
	Form        string   `json:"form"`     // one of Forms
	Body        *Span    `json:"body"`     // of an entry that names a function or method: where it is
	Contexts    []string `json:"contexts"` // entry points from which code leads here; none of tests
}

// A Span is a stretch of a file.
type Span struct {
	File  string `json:"file"`
	First int    `json:"first"`
	Last  int    `json:"last"`
	In    string `json:"in"` // the declaration
}

// Sides are the parts of the module: the model, the implementation, tests, and what
// else has Go code, such as the forger and the simulator.
var Sides = []string{"model", "impl", "test", "tool"}

// Forms are the ways in which a requirement is named: decided by a call of package
// spec, an entry of a table of rules or cases, a directive, or in another way.
var Forms = []string{"check", "branch", "probe", "rule", "directive", "use"}

// A Directive is a comment that begins with //spec: and a verb.
type Directive struct {
	Verb string   `json:"verb"`
	IDs  []string `json:"ids"` // of requirements, among its words
	Text string   `json:"text"`
	File string   `json:"file"`
	Line int      `json:"line"`
}

// An Error is a place of model or implementation that returns an error without a
// requirement: one made on the spot, with nothing wrapped in it.
type Error struct {
	File  string `json:"file"`
	Line  int    `json:"line"`
	First int    `json:"first"`
	Last  int    `json:"last"`
	In    string `json:"in"`
	Words string `json:"words"` // its message, as it is formatted
}

// A Map is what was found.
type Map struct {
	Sites      []Site      // by requirement, side, file, line
	Directives []Directive // by file, line
	Anonymous  []Error     // by file, line
	Files      map[string][]byte

	of map[spec.ID][]Site
}

// Of returns the sites of a requirement.
func (m *Map) Of(id spec.ID) []Site { return m.of[id] }

// protocol are the packages that carry out the RFC, as opposed to those that test it.
var protocol = []string{"impl", "impl/wire", "impl/suite", "impl/tree", "impl/schedule", "impl/message"}

// sideOf returns the side of a file.
func sideOf(name string) string {
	pkg := path.Dir(name)
	switch {
	case strings.HasSuffix(name, "_test.go"):
		return "test"
	case pkg == "model":
		return "model"
	case slices.Contains(protocol, pkg):
		return "impl"
	}
	return "tool"
}

// A source is a parsed file.
type source struct {
	name, side string
	syntax     *ast.File
}

// Find reads the module in dir, whose go.mod says "module mlssim". Errors are those of
// reading and parsing.
func Find(dir fs.FS, requirements []trace.Requirement) (*Map, error) {
	mod, err := fs.ReadFile(dir, "go.mod")
	if err != nil {
		return nil, err
	}
	module, _, _ := strings.Cut(strings.TrimPrefix(string(mod), "module "), "\n")
	if module != "mlssim" {
		return nil, fmt.Errorf("go.mod is that of %q", module)
	}
	ids := map[string]spec.ID{}
	for _, r := range requirements {
		ids[trace.ConstName(r.ID)] = r.ID
	}
	fset := token.NewFileSet()
	m := &Map{Files: map[string][]byte{}, of: map[spec.ID][]Site{}}
	sources, err := m.parse(fset, dir)
	if err != nil {
		return nil, err
	}
	reach := reachOf(fset, sources)
	functions := functionsOf(fset, sources)
	for _, s := range sources {
		f := finder{m: m, fset: fset, source: s, ids: ids, reach: reach, functions: functions}
		f.find()
	}
	m.Anonymous = slices.DeleteFunc(m.Anonymous, m.named)
	slices.SortStableFunc(m.Sites, func(a, b Site) int {
		return cmp.Or(cmp.Compare(a.Requirement, b.Requirement), cmp.Compare(slices.Index(Sides, a.Side), slices.Index(Sides, b.Side)),
			cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	for _, s := range m.Sites {
		m.of[s.Requirement] = append(m.of[s.Requirement], s)
	}
	return m, nil
}

// named tells whether an error is the detail of a rule: its function stands in a table.
func (m *Map) named(e Error) bool {
	return slices.ContainsFunc(m.Sites, func(s Site) bool {
		return s.Body != nil && s.Body.File == e.File && s.Body.First <= e.Line && e.Line <= s.Body.Last
	})
}

// functionsOf returns where functions and methods are, by package and name.
func functionsOf(fset *token.FileSet, sources []source) map[string]Span {
	all := map[string]Span{}
	for _, s := range sources {
		for _, d := range s.syntax.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				start := f.Pos()
				if f.Doc != nil {
					start = f.Doc.Pos()
				}
				all[path.Dir(s.name)+" "+funcName(f)] = Span{s.name, fset.Position(start).Line, fset.Position(f.End()).Line, funcName(f)}
			}
		}
	}
	return all
}

// parse reads the Go files of the module, but for those that are generated.
func (m *Map) parse(fset *token.FileSet, dir fs.FS) ([]source, error) {
	var all []source
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		switch base := path.Base(name); {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata"):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		b, err := fs.ReadFile(dir, name)
		if err != nil {
			return err
		}
		syntax, err := parser.ParseFile(fset, name, b, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		if ast.IsGenerated(syntax) || !built(syntax) {
			return nil
		}
		m.Files[name] = b
		all = append(all, source{name, sideOf(name), syntax})
		return nil
	})
	return all, err
}

// built tells whether a file is part of the build without tags, or of tests.
func built(f *ast.File) bool {
	for _, group := range f.Comments {
		if group.Pos() > f.Package {
			break
		}
		for _, c := range group.List {
			if x, err := constraint.Parse(c.Text); err == nil {
				return x.Eval(func(tag string) bool {
					return tag == runtime.GOOS || tag == runtime.GOARCH || tag == "unix" || tag == "gc" || tag == "spectrace" || strings.HasPrefix(tag, "go1.")
				})
			}
		}
	}
	return true
}

// Packages returns the packages whose files were read.
func (m *Map) Packages() []string {
	seen := map[string]bool{}
	for name := range m.Files {
		seen[path.Dir(name)] = true
	}
	return slices.Sorted(maps.Keys(seen))
}
