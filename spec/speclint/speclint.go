// Package speclint finds code that speaks of requirements in a way that nobody can
// follow: ids that the registry does not have, decisions whose result is dropped,
// refusals that rest on no requirement, and sections that do not exist.
package speclint

import (
	"go/ast"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// Analyzers are all of them. They leave tests alone, which name what they like.
var Analyzers = []*analysis.Analyzer{Registered, Dropped, Anonymous, Sections}

const (
	specPath = "mlssim/spec"
	reqPath  = "mlssim/spec/req"
)

// files returns the files of a package that are not tests.
func files(pass *analysis.Pass) []*ast.File {
	var list []*ast.File
	for _, f := range pass.Files {
		name := pass.Fset.Position(f.FileStart).Filename
		if !strings.HasSuffix(name, "_test.go") && !ast.IsGenerated(f) {
			list = append(list, f)
		}
	}
	return list
}

// ours tells whether a package is one of those that probes belong to.
func ours(pass *analysis.Pass) bool {
	path := pass.Pkg.Path()
	return path != specPath && path != reqPath
}

// called returns the name of the function of package spec that a call is of, or "".
func called(pass *analysis.Pass, call *ast.CallExpr) string {
	fun := ast.Unparen(call.Fun)
	if index, ok := fun.(*ast.IndexExpr); ok {
		fun = index.X
	}
	selector, ok := fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	f, ok := pass.TypesInfo.Uses[selector.Sel].(*types.Func)
	if !ok || f.Pkg() == nil || f.Pkg().Path() != specPath {
		return ""
	}
	return f.Name()
}

// isID tells whether a type is spec.ID.
func isID(t types.Type) bool {
	named, ok := t.(*types.Named)
	return ok && named.Obj().Name() == "ID" && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == specPath
}
