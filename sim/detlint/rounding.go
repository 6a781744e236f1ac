package detlint

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/analysis"
)

// Rounding finds arithmetic whose last bit depends on the processor: functions of
// package math that some of them have instructions for, and products that some
// processors round only once together with a sum. A conversion to float64 of the
// product keeps them apart.
var Rounding = &analysis.Analyzer{
	Name: "rounding",
	Doc:  "floating-point arithmetic rounds in the same way everywhere",
	Run:  runRounding,
}

// exact are the functions of package math that the standard of floating-point
// arithmetic leaves no choice in.
var exact = []string{
	"Abs", "Ceil", "Copysign", "Float32bits", "Float32frombits", "Float64bits", "Float64frombits", "Floor", "FMA", "Frexp", "Inf",
	"IsInf", "IsNaN", "Ldexp", "Max", "Min", "Mod", "Modf", "NaN", "Nextafter", "Remainder", "Round", "RoundToEven", "Signbit", "Sqrt", "Trunc",
}

func runRounding(pass *analysis.Pass) (any, error) {
	rounded := map[ast.Expr]bool{} // products that are converted, or part of what is no sum
	each(pass, func(n ast.Node, report func(string, ...any)) {
		switch n := n.(type) {
		case *ast.CallExpr:
			if len(n.Args) == 1 && pass.TypesInfo.Types[n.Fun].IsType() {
				rounded[ast.Unparen(n.Args[0])] = true
			}
		case *ast.Ident:
			if f, ok := pass.TypesInfo.Uses[n].(*types.Func); ok && f.Pkg() != nil && f.Pkg().Path() == "math" && !slices.Contains(exact, f.Name()) {
				report("math.%s may differ in its last bit", f.Name())
			}
		case *ast.BinaryExpr:
			if n.Op != token.ADD && n.Op != token.SUB {
				rounded[ast.Unparen(n.X)], rounded[ast.Unparen(n.Y)] = true, true
			}
			if product(n.Op) && floating(pass, n) && !rounded[n] {
				report("a product is rounded once or twice: convert it to float64")
			}
		case *ast.AssignStmt:
			if product(n.Tok) && floating(pass, n.Lhs[0]) {
				report("a product is rounded once or twice: convert it to float64")
			}
		}
	})
	return nil, nil
}

// floating tells whether an expression is a floating-point number that is not known
// when the program is built.
func floating(pass *analysis.Pass, e ast.Expr) bool {
	tv := pass.TypesInfo.Types[e]
	if tv.Value != nil || tv.Type == nil {
		return false
	}
	b, ok := tv.Type.Underlying().(*types.Basic)
	return ok && b.Info()&(types.IsFloat|types.IsComplex) != 0
}

// product tells whether an operation multiplies.
func product(op token.Token) bool { return op == token.MUL || op == token.MUL_ASSIGN }
