package speclint

import (
	"go/ast"
	"go/constant"
	"go/types"
	"regexp"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// Anonymous finds refusals that rest on no requirement: errors made on the spot that a
// function returns whose name says that it validates. A comment
//
//	//spec:extra reason
//
// on the line, the line above it, or before the function, says why there is one.
var Anonymous = &analysis.Analyzer{
	Name: "anonymous",
	Doc:  "a refusal names its requirement",
	Run:  runAnonymous,
}

// validates are the names of functions that decide about what somebody else has made.
var validates = regexp.MustCompile(`^(?:validate|check|verify|Validate|Check|Verify)(?:[A-Z].*)?$`)

func runAnonymous(pass *analysis.Pass) (any, error) {
	for _, f := range files(pass) {
		extra := extras(pass, f)
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil || !validates.MatchString(fn.Name.Name) || extra[line(pass, fn)-1] {
				continue
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				if _, ok := n.(*ast.FuncLit); ok {
					return false
				}
				r, ok := n.(*ast.ReturnStmt)
				if !ok || len(r.Results) == 0 {
					return true
				}
				at := line(pass, r)
				if made(pass, r.Results[len(r.Results)-1]) && !extra[at] && !extra[at-1] {
					pass.Reportf(r.Pos(), "%s refuses without a requirement", fn.Name.Name)
				}
				return true
			})
		}
	}
	return nil, nil
}

func line(pass *analysis.Pass, n ast.Node) int { return pass.Fset.Position(n.Pos()).Line }

// extras returns the lines with a directive that has a reason.
func extras(pass *analysis.Pass, f *ast.File) map[int]bool {
	lines := map[int]bool{}
	for _, group := range f.Comments {
		for _, c := range group.List {
			if reason, ok := strings.CutPrefix(c.Text, "//spec:extra "); ok && strings.TrimSpace(reason) != "" {
				lines[line(pass, c)] = true
			}
		}
	}
	return lines
}

// made tells whether an expression is an error that wraps no other.
func made(pass *analysis.Pass, e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return false
	}
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	f, ok := pass.TypesInfo.Uses[selector.Sel].(*types.Func)
	if !ok || f.Pkg() == nil {
		return false
	}
	switch f.Pkg().Path() + "." + f.Name() {
	case "errors.New":
		return true
	case "fmt.Errorf":
		format := pass.TypesInfo.Types[call.Args[0]].Value
		return format == nil || !strings.Contains(constant.StringVal(format), "%w")
	}
	return false
}
