package speclint

import (
	"go/ast"
	"go/types"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"mlssim/spec"
	"mlssim/spec/req"
	"mlssim/spec/trace"
)

// Sections finds numbers of sections of RFC 9420 that do not exist, and comments
// behind a requirement that name none of the sections it is in.
var Sections = &analysis.Analyzer{
	Name: "sections",
	Doc:  "sections that comments cite exist, and are those of the requirement beside them",
	Run:  runSections,
}

var (
	// cited are the citations of a comment: the RFC that stands before, if any, and a
	// list of sections.
	cited  = regexp.MustCompile(`(?:RFC (\d+), )?(?:Sections?|Appendix) (\d+(?:\.\d+)*|[A-E](?:\.\d+)*)((?:(?:, | and | to |, and )(?:\d+(?:\.\d+)+|\d+\b(?:\.\d+)*))*)`)
	number = regexp.MustCompile(`\d+(?:\.\d+)*|[A-E](?:\.\d+)*`)
)

func runSections(pass *analysis.Pass) (any, error) {
	known, err := sections()
	if err != nil {
		return nil, err
	}
	for _, f := range files(pass) {
		beside := requirements(pass, f)
		for _, group := range f.Comments {
			for _, s := range citedIn(strings.Join(strings.Fields(group.Text()), " ")) {
				if !slices.Contains(known, s) {
					pass.Reportf(group.Pos(), "RFC 9420 has no Section %s", s)
				}
			}
			for _, c := range group.List {
				named := citedIn(c.Text)
				if id, ok := beside[line(pass, c)]; ok && len(named) > 0 && !slices.ContainsFunc(named, func(s string) bool { return related(s, id) }) {
					about, _ := req.Of(id)
					pass.Reportf(c.Pos(), "%s is in Section %s, and not in %s", id, about.Section, strings.Join(named, ", "))
				}
			}
		}
	}
	return nil, nil
}

// sections returns the numbers of all sections of RFC 9420.
func sections() ([]string, error) {
	c, err := trace.Open(spec.Files)
	if err != nil {
		return nil, err
	}
	return c.Texts.Sections, nil
}

// citedIn returns the sections of RFC 9420 that a comment cites. What comes behind the
// name of another RFC is not looked at.
func citedIn(comment string) []string {
	var all []string
	for _, m := range cited.FindAllStringSubmatch(comment, -1) {
		if m[1] != "" && m[1] != "9420" {
			return all
		}
		for _, s := range number.FindAllString(m[2]+m[3], -1) {
			if !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	return all
}

// requirements returns the requirement that is named on each line, if it is one.
func requirements(pass *analysis.Pass, f *ast.File) map[int]spec.ID {
	ids := map[int]spec.ID{}
	several := map[int]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		c, ok := pass.TypesInfo.Uses[s.Sel].(*types.Const)
		if !ok || c.Pkg() == nil || c.Pkg().Path() != reqPath {
			return true
		}
		at := line(pass, s)
		id := spec.ID(strings.Trim(c.Val().ExactString(), `"`))
		several[at] = several[at] || ids[at] != "" && ids[at] != id
		ids[at] = id
		return true
	})
	for at := range several {
		if several[at] {
			delete(ids, at)
		}
	}
	return ids
}

// related tells whether a section is that of a requirement, or the one is part of
// the other.
func related(section string, id spec.ID) bool {
	about, ok := req.Of(id)
	return !ok || section == about.Section || strings.HasPrefix(section, about.Section+".") || strings.HasPrefix(about.Section, section+".")
}
