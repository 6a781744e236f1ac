package speclint

import (
	"go/ast"
	"go/constant"
	"go/types"

	"golang.org/x/tools/go/analysis"
)

// Registered finds ids of requirements that are no constants of package req: only
// those are sure to be in the registry.
var Registered = &analysis.Analyzer{
	Name: "registered",
	Doc:  "ids of requirements are constants of package spec/req",
	Run:  runRegistered,
}

func runRegistered(pass *analysis.Pass) (any, error) {
	if !ours(pass) {
		return nil, nil
	}
	for _, f := range files(pass) {
		ast.Inspect(f, func(n ast.Node) bool {
			e, ok := n.(ast.Expr)
			if !ok {
				return true
			}
			tv, known := pass.TypesInfo.Types[e]
			if !known || tv.Value == nil || !isID(tv.Type) {
				return true
			}
			if constant.StringVal(tv.Value) != "" && !fromReq(pass, e) {
				pass.Reportf(e.Pos(), "%s is no constant of spec/req", tv.Value)
			}
			return false
		})
	}
	return nil, nil
}

// fromReq tells whether an expression is the name of a constant of package req.
func fromReq(pass *analysis.Pass, e ast.Expr) bool {
	var id *ast.Ident
	switch e := ast.Unparen(e).(type) {
	case *ast.SelectorExpr:
		id = e.Sel
	case *ast.Ident:
		id = e
	default:
		return false
	}
	c, ok := pass.TypesInfo.Uses[id].(*types.Const)
	return ok && c.Pkg() != nil && c.Pkg().Path() == reqPath
}
