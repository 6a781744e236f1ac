package evidence

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"

	"mlssim/spec"
	"mlssim/spec/trace"
)

// A Mutant is a change of the condition of one check: negated, without one of its
// operands, or with another comparison.
type Mutant struct {
	Req  spec.ID `json:"req"`
	File string  `json:"file"` // from the root of the module
	Line int     `json:"line"` // of the check
	Was  string  `json:"was"`
	Is   string  `json:"is"`

	last   int    // the last line of the check
	rule   bool   // it is an entry of a table
	source []byte // of the file, changed
}

// Mutants returns all of the checks in folders of a module, in the order of the source.
// Checks whose requirement is none of the registry, or a variable, are left out.
func Mutants(module fs.FS, folders []string, registry []trace.Requirement) ([]Mutant, error) {
	ids := map[string]spec.ID{}
	for _, r := range registry {
		ids[trace.ConstName(r.ID)] = r.ID
	}
	var all []Mutant
	for _, folder := range folders {
		names, err := fs.Glob(module, path.Join(folder, "*.go"))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			src, err := fs.ReadFile(module, name)
			if err != nil {
				return nil, err
			}
			found, err := mutantsOf(name, src, ids)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
	}
	return all, nil
}

// mutantsOf returns those of one file.
func mutantsOf(name string, src []byte, ids map[string]spec.ID) ([]Mutant, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var all []Mutant
	ast.Inspect(file, func(n ast.Node) bool {
		id, condition, is := decision(n, ids)
		if !is {
			return true
		}
		_, rule := n.(*ast.CompositeLit)
		from, to := files.Position(condition.Pos()).Offset, files.Position(condition.End()).Offset
		for _, other := range variants(condition) {
			var b bytes.Buffer
			if printer.Fprint(&b, files, other) != nil {
				continue
			}
			all = append(all, Mutant{
				Req: id, File: name, Line: files.Position(n.Pos()).Line, last: files.Position(n.End()).Line, rule: rule,
				Was: oneLine(src[from:to]), Is: oneLine(b.Bytes()),
				source: slices.Concat(src[:from], b.Bytes(), src[to:]),
			})
		}
		return true
	})
	return all, nil
}

// decision returns the condition of a call of a check, or of an entry of a table of rules
// of the model, that is written out there.
func decision(n ast.Node, ids map[string]spec.ID) (spec.ID, ast.Expr, bool) {
	name := func(e ast.Expr, of string) string {
		if s, ok := e.(*ast.SelectorExpr); ok {
			if p, ok := s.X.(*ast.Ident); ok && p.Name == of {
				return s.Sel.Name
			}
		}
		return ""
	}
	switch n := n.(type) {
	case *ast.CallExpr:
		if f := name(n.Fun, "spec"); (f == "Check" || f == "Checkf" || f == "Holds") && len(n.Args) > 2 {
			id := ids[name(n.Args[1], "req")]
			return id, n.Args[2], id != ""
		}
	case *ast.CompositeLit:
		if len(n.Elts) != 2 {
			return "", nil, false
		}
		id := ids[name(n.Elts[0], "req")]
		f, ok := n.Elts[1].(*ast.FuncLit)
		if id == "" || !ok || len(f.Body.List) == 0 {
			return "", nil, false
		}
		if r, ok := f.Body.List[len(f.Body.List)-1].(*ast.ReturnStmt); ok && len(r.Results) == 1 {
			return id, r.Results[0], true
		}
	}
	return "", nil, false
}

// comparisons are what a comparison is changed to: where its border lies.
var comparisons = map[token.Token]token.Token{token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR}

// variants returns conditions that differ from one in a single place.
func variants(e ast.Expr) []ast.Expr {
	all := []ast.Expr{&ast.UnaryExpr{Op: token.NOT, X: &ast.ParenExpr{X: e}}}
	return append(all, parts(e)...)
}

func parts(e ast.Expr) []ast.Expr {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return parts(e.X)
	case *ast.UnaryExpr:
		var all []ast.Expr
		for _, x := range parts(e.X) {
			if e.Op == token.NOT {
				all = append(all, &ast.UnaryExpr{Op: e.Op, X: &ast.ParenExpr{X: x}})
			}
		}
		return all
	case *ast.BinaryExpr:
		if op, ok := comparisons[e.Op]; ok {
			return []ast.Expr{&ast.BinaryExpr{X: e.X, Op: op, Y: e.Y}}
		}
		if e.Op != token.LAND && e.Op != token.LOR {
			return nil
		}
		all := []ast.Expr{e.X, e.Y}
		for _, x := range parts(e.X) {
			all = append(all, &ast.BinaryExpr{X: &ast.ParenExpr{X: x}, Op: e.Op, Y: &ast.ParenExpr{X: e.Y}})
		}
		for _, y := range parts(e.Y) {
			all = append(all, &ast.BinaryExpr{X: &ast.ParenExpr{X: e.X}, Op: e.Op, Y: &ast.ParenExpr{X: y}})
		}
		return all
	}
	return nil
}

func oneLine(b []byte) string { return strings.Join(strings.Fields(string(b)), " ") }
