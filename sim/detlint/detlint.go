// Package detlint finds code whose outcome is not the same each time and on each
// machine: what depends on the order of a map, on goroutines, on the clock and the
// surroundings of the process, and on how a processor rounds. A simulation that has
// none of these ends in the same digest anywhere.
//
// Where such code does no harm, a comment on its line or the line above says why:
//
//	//det:ok only their number counts
package detlint

import (
	"go/ast"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// Analyzers are all of them. They leave tests alone, whose outcome is only whether
// they pass.
var Analyzers = []*analysis.Analyzer{Order, Ambient, Rounding}

// allowed is what a comment begins with that says why something does no harm.
const allowed = "//det:ok "

// each calls visit for every node of the files that are not tests, and report prints
// a finding unless a comment allows it.
func each(pass *analysis.Pass, visit func(n ast.Node, report func(format string, args ...any))) {
	for _, f := range pass.Files {
		if strings.HasSuffix(pass.Fset.Position(f.FileStart).Filename, "_test.go") || ast.IsGenerated(f) {
			continue
		}
		fine := reasons(pass, f)
		ast.Inspect(f, func(n ast.Node) bool {
			if n != nil {
				visit(n, func(format string, args ...any) {
					if at := pass.Fset.Position(n.Pos()).Line; !fine[at] && !fine[at-1] {
						pass.Reportf(n.Pos(), format, args...)
					}
				})
			}
			return true
		})
	}
}

// reasons returns the lines of a file with a comment that allows something and says why.
func reasons(pass *analysis.Pass, f *ast.File) map[int]bool {
	lines := map[int]bool{}
	for _, group := range f.Comments {
		for _, c := range group.List {
			if why, ok := strings.CutPrefix(c.Text, allowed); ok && strings.TrimSpace(why) != "" {
				lines[pass.Fset.Position(c.Pos()).Line] = true
			}
		}
	}
	return lines
}
