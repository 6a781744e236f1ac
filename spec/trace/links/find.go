package links

import (
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"

	"mlssim/spec"
)

// maxLines is how much of the source a site shows, without the comment above it.
const maxLines = 24

// A finder looks through one file.
type finder struct {
	m *Map
	source
	fset  *token.FileSet
	ids   map[string]spec.ID // by the name of the constant
	reach *reach

	functions map[string]Span // by package and name

	req, spec string          // what the file calls the packages
	stack     []ast.Node      // from the file down to the node that is looked at
	comments  map[int]int     // last line of a comment on lines of its own: its first one
	decl      string          // name of the declaration
	contexts  []string        // of the declaration
	seen      map[string]bool // sites
}

func (f *finder) find() {
	f.req, f.spec = f.imported("mlssim/spec/req"), f.imported("mlssim/spec")
	f.comments, f.seen = map[int]int{}, map[string]bool{}
	for _, group := range f.syntax.Comments {
		f.comments[f.line(group.End())] = f.line(group.Pos())
		for _, c := range group.List {
			f.directive(c)
		}
	}
	for _, d := range f.syntax.Decls {
		for name, node := range declared(d) {
			f.decl, f.contexts = name, f.reach.contexts(f.name, name)
			ast.PreorderStack(node, nil, func(n ast.Node, stack []ast.Node) bool {
				f.stack = stack
				switch n := n.(type) {
				case *ast.SelectorExpr:
					f.selector(n)
				case *ast.ReturnStmt:
					f.returned(n)
				}
				return true
			})
		}
	}
}

// declared yields what a declaration declares, by name: methods with their types.
func declared(d ast.Decl) func(func(string, ast.Node) bool) {
	return func(yield func(string, ast.Node) bool) {
		switch d := d.(type) {
		case *ast.FuncDecl:
			yield(funcName(d), d)
		case *ast.GenDecl:
			for _, s := range d.Specs {
				name := ""
				switch s := s.(type) {
				case *ast.ValueSpec:
					name = s.Names[0].Name
				case *ast.TypeSpec:
					name = s.Name.Name
				}
				if name != "" && !yield(name, s) {
					return
				}
			}
		}
	}
}

// funcName returns "Tree.Merge" for a method of Tree or *Tree.
func funcName(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return d.Name.Name
	}
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.ParenExpr:
			t = x.X
		case *ast.Ident:
			return x.Name + "." + d.Name.Name
		default:
			return d.Name.Name
		}
	}
}

// imported returns what the file calls a package, or "".
func (f *finder) imported(pkg string) string {
	for _, i := range f.syntax.Imports {
		if p, err := strconv.Unquote(i.Path.Value); err == nil && p == pkg {
			if i.Name != nil {
				return i.Name.Name
			}
			return path.Base(pkg)
		}
	}
	return ""
}

func (f *finder) line(p token.Pos) int { return f.fset.Position(p).Line }

// selector adds a site for a constant of package req.
func (f *finder) selector(n *ast.SelectorExpr) {
	x, ok := n.X.(*ast.Ident)
	if !ok || f.req == "" || x.Name != f.req {
		return
	}
	id, ok := f.ids[n.Sel.Name]
	if !ok {
		return
	}
	first, last, form := 0, 0, f.form(n)
	if first, last = f.extent(n); form == "probe" {
		first, last = f.whole(first, last)
	}
	s := Site{
		Requirement: id, Side: f.side, Package: path.Dir(f.name), File: f.name, Line: f.line(n.Pos()),
		First: first, Last: last, In: f.decl, Form: form, Body: f.body(n), Contexts: f.contexts,
	}
	if f.seen[string(id)+strconv.Itoa(first)] {
		return
	}
	f.seen[string(id)+strconv.Itoa(first)] = true
	f.m.Sites = append(f.m.Sites, s)
}

// form says how a constant is used.
func (f *finder) form(n *ast.SelectorExpr) string {
	for i := len(f.stack) - 1; i >= 0; i-- {
		switch x := f.stack[i].(type) {
		case *ast.CallExpr:
			fun, ok := x.Fun.(*ast.SelectorExpr)
			if !ok || !slices.Contains(x.Args, ast.Expr(n)) {
				continue
			}
			if pkg, ok := fun.X.(*ast.Ident); ok && f.spec != "" && pkg.Name == f.spec {
				switch fun.Sel.Name {
				case "Check", "Checkf":
					return "check"
				case "Branch":
					return "branch"
				case "ID":
					return "use"
				}
				return "probe"
			}
			if f.side == "model" || f.side == "impl" {
				return "probe" // by a method that hands it on
			}
		case *ast.CompositeLit:
			if x.Type == nil && len(x.Elts) > 1 && slices.Contains(x.Elts[:2], ast.Expr(n)) {
				return "rule"
			}
		case ast.Stmt:
			return "use"
		}
	}
	return "use"
}

// body returns the function that stands beside a constant in an entry of a table.
func (f *finder) body(n *ast.SelectorExpr) *Span {
	entry, ok := f.above(len(f.stack)).(*ast.CompositeLit)
	if !ok || f.side == "test" || f.side == "tool" {
		return nil
	}
	for _, e := range entry.Elts {
		if body, ok := f.functions[path.Dir(f.name)+" "+function(e)]; ok {
			return &body
		}
	}
	return nil
}

// function returns the name of what is used as a function: "holds", or "leaf.holds" for
// leaf.holds and (*leaf).holds.
func function(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return function(e.X) + "." + e.Sel.Name
	case *ast.ParenExpr:
		return function(e.X)
	case *ast.StarExpr:
		return function(e.X)
	}
	return ""
}

// extent returns the lines that show what a constant is used for: the statement it is
// in, or the entry of a table, with the comment above.
func (f *finder) extent(n ast.Node) (first, last int) {
	first, last = f.line(n.Pos()), f.line(n.End())
	take := func(n ast.Node, end token.Pos) bool {
		a, b := f.line(n.Pos()), f.line(end)
		if b-a >= maxLines {
			return false
		}
		first, last = a, b
		return true
	}
climb:
	for i := len(f.stack) - 1; i >= 0; i-- {
		switch x := f.stack[i].(type) {
		case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause, *ast.FuncDecl, *ast.FuncLit:
			break climb
		case ast.Stmt:
			if up, ok := f.above(i).(*ast.IfStmt); ok && up.Init == x {
				if !take(up, up.End()) {
					take(up, up.Body.Lbrace)
				}
				break climb
			}
			if up, ok := x.(*ast.IfStmt); ok && !take(up, up.End()) {
				take(up, up.Body.Lbrace)
				break climb
			}
			take(x, x.End())
			break climb
		case *ast.CompositeLit:
			switch x.Type.(type) {
			case *ast.ArrayType, *ast.MapType:
				break climb // of a table: what was taken is an entry
			}
			if !take(x, x.End()) {
				break climb
			}
		default:
			if !take(x, x.End()) {
				break climb
			}
		}
	}
	if start, ok := f.comments[first-1]; ok && first-start < maxLines/3 {
		first = start
	}
	return first, last
}

// whole returns the lines of the function around others, with its comment, if it is
// short: a probe says of a function what it does, and is no decision to look at.
func (f *finder) whole(first, last int) (int, int) {
	for _, n := range f.stack {
		d, ok := n.(*ast.FuncDecl)
		if !ok {
			continue
		}
		start := d.Pos()
		if d.Doc != nil {
			start = d.Doc.Pos()
		}
		if a, b := f.line(start), f.line(d.End()); b-a < maxLines {
			return a, b
		}
	}
	return first, last
}

func (f *finder) above(i int) ast.Node {
	if i == 0 {
		return nil
	}
	return f.stack[i-1]
}

// directive adds a comment such as "//spec:impl leaf.signature".
func (f *finder) directive(c *ast.Comment) {
	rest, ok := strings.CutPrefix(c.Text, "//spec:")
	if !ok {
		return
	}
	verb, words, _ := strings.Cut(rest, " ")
	d := Directive{Verb: verb, IDs: []string{}, Text: strings.TrimSpace(words), File: f.name, Line: f.line(c.Pos())}
	for _, w := range strings.Fields(words) {
		for _, id := range f.ids {
			if string(id) == w {
				d.IDs = append(d.IDs, w)
				f.m.Sites = append(f.m.Sites, Site{
					Requirement: id, Side: f.side, Package: path.Dir(f.name), File: f.name, Line: d.Line,
					First: d.Line, Last: d.Line, Form: "directive", Contexts: []string{},
				})
			}
		}
	}
	f.m.Directives = append(f.m.Directives, d)
}

// returned adds a return of an error that names nothing.
func (f *finder) returned(n *ast.ReturnStmt) {
	if f.side != "model" && f.side != "impl" {
		return
	}
	for _, r := range n.Results {
		call, ok := r.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			continue
		}
		fun, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			continue
		}
		pkg, ok := fun.X.(*ast.Ident)
		if !ok || pkg.Name+"."+fun.Sel.Name != "errors.New" && pkg.Name+"."+fun.Sel.Name != "fmt.Errorf" {
			continue
		}
		words, ok := call.Args[0].(*ast.BasicLit)
		if !ok || words.Kind != token.STRING || strings.Contains(words.Value, "%w") {
			continue
		}
		said, err := strconv.Unquote(words.Value)
		if err != nil {
			continue
		}
		first, last := f.extent(n)
		f.m.Anonymous = append(f.m.Anonymous, Error{f.name, f.line(n.Pos()), first, last, f.decl, said})
	}
}
