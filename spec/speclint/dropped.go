package speclint

import (
	"go/ast"
	"slices"

	"golang.org/x/tools/go/analysis"
)

// Dropped finds decisions whose result nobody looks at: such a check refuses nothing.
var Dropped = &analysis.Analyzer{
	Name: "dropped",
	Doc:  "the result of a check is looked at",
	Run:  runDropped,
}

// deciding are the functions of package spec whose result is a decision.
var deciding = []string{"Check", "Checkf", "Holds", "Step", "Derive"}

func runDropped(pass *analysis.Pass) (any, error) {
	for _, f := range files(pass) {
		ast.Inspect(f, func(n ast.Node) bool {
			var values []ast.Expr
			switch n := n.(type) {
			case *ast.ExprStmt:
				values = []ast.Expr{n.X}
			case *ast.GoStmt:
				values = []ast.Expr{n.Call}
			case *ast.DeferStmt:
				values = []ast.Expr{n.Call}
			case *ast.AssignStmt:
				for i, left := range n.Lhs {
					if id, ok := left.(*ast.Ident); ok && id.Name == "_" && len(n.Lhs) == len(n.Rhs) {
						values = append(values, n.Rhs[i])
					}
				}
			}
			for _, v := range values {
				if call, ok := ast.Unparen(v).(*ast.CallExpr); ok && slices.Contains(deciding, called(pass, call)) {
					pass.Reportf(call.Pos(), "the result of spec.%s is dropped", called(pass, call))
				}
			}
			return true
		})
	}
	return nil, nil
}
