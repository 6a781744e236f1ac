package detlint

import (
	"go/ast"
	"go/types"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/astutil"
	"golang.org/x/tools/go/types/typeutil"
)

// Order finds what comes in another order each time: the entries of a map, and what
// goroutines do.
var Order = &analysis.Analyzer{
	Name: "order",
	Doc:  "nothing comes in the order of a map or of goroutines",
	Run:  runOrder,
}

// Iterators over maps, and what makes an order of them.
var (
	shuffled = []string{"maps.All", "maps.Keys", "maps.Values", "reflect.Value.MapRange", "reflect.Value.MapKeys", "sync.Map.Range"}
	sorted   = []string{"slices.Sorted", "slices.SortedFunc", "slices.SortedStableFunc"}
)

func runOrder(pass *analysis.Pass) (any, error) {
	each(pass, func(n ast.Node, report func(string, ...any)) {
		switch n := n.(type) {
		case *ast.RangeStmt:
			if t := pass.TypesInfo.TypeOf(n.X); t != nil && isMap(t) && !(blank(n.Key) && blank(n.Value)) {
				report("the order of a map is another one each time")
			}
		case *ast.CallExpr:
			if name := called(pass, n); slices.Contains(shuffled, name) && !slices.Contains(sorted, called(pass, around(pass, n))) {
				report("%s gives another order each time", name)
			}
		case *ast.SelectStmt:
			report("which case of a select is taken depends on goroutines")
		case *ast.GoStmt:
			report("what a goroutine does comes before or after other things")
		}
	})
	return nil, nil
}

// isMap tells whether a type is a map, or can be one where it is a type parameter.
func isMap(t types.Type) bool {
	if p, ok := types.Unalias(t).(*types.TypeParam); ok {
		t = p.Constraint()
		if u, ok := t.Underlying().(*types.Interface); ok && u.NumEmbeddeds() == 1 {
			if union, ok := u.EmbeddedType(0).(*types.Union); ok && union.Len() == 1 {
				t = union.Term(0).Type()
			}
		}
	}
	_, ok := t.Underlying().(*types.Map)
	return ok
}

func blank(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return e == nil || ok && id.Name == "_"
}

// around returns the call that a call is an argument of, or nil.
func around(pass *analysis.Pass, call *ast.CallExpr) *ast.CallExpr {
	for _, f := range pass.Files {
		if f.FileStart <= call.Pos() && call.End() <= f.FileEnd {
			path, _ := astutil.PathEnclosingInterval(f, call.Pos(), call.End())
			for _, n := range path[1:] {
				if outer, ok := n.(*ast.CallExpr); ok && outer.Fun.End() <= call.Pos() {
					return outer
				}
			}
		}
	}
	return nil
}

// called returns the name of the function or method that is called, such as
// time.Now or reflect.Value.MapKeys, or "".
func called(pass *analysis.Pass, call *ast.CallExpr) string {
	if call == nil {
		return ""
	}
	f := typeutil.StaticCallee(pass.TypesInfo, call)
	if f == nil || f.Pkg() == nil {
		return ""
	}
	return full(f)
}

// full returns the name of a function with that of its package, and of its receiver.
func full(f *types.Func) string {
	name := f.Name()
	if recv := f.Signature().Recv(); recv != nil {
		t := recv.Type()
		if p, ok := t.(*types.Pointer); ok {
			t = p.Elem()
		}
		if n, ok := t.(*types.Named); ok {
			name = n.Obj().Name() + "." + name
		}
	}
	return f.Pkg().Path() + "." + name
}
