package links

import (
	"errors"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// A reach says which entry points lead to a declaration of model or implementation.
type reach struct {
	at map[string]map[string]bool // labels, by file and name
}

func (r *reach) contexts(file, name string) []string {
	found := slices.Sorted(maps.Keys(r.at[file+" "+name]))
	if found == nil {
		return []string{}
	}
	return found
}

// A decl is a function, method or variable at the top of a file.
type decl struct {
	key    string // file and name
	side   string
	labels []string // that it gives to spec.Enter
	uses   []*decl
}

// A tracer resolves what declarations use.
type tracer struct {
	fset    *token.FileSet
	done    map[string]*types.Package
	sources map[string][]source // by package
	info    *types.Info
	decls   map[types.Object]*decl
	methods map[string][]*decl // by side and name: for calls of what is not known
}

// reachOf follows, from each entry point, all that its code mentions. It stops at
// further entry points, which label what lies below. Types of other modules are not
// known; a method of a value of such a type may be each method of that name.
func reachOf(fset *token.FileSet, sources []source) *reach {
	t := &tracer{fset: fset, done: map[string]*types.Package{}, sources: map[string][]source{}, decls: map[types.Object]*decl{}, methods: map[string][]*decl{},
		info: &types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}}
	for _, s := range sources {
		if s.side == "model" || s.side == "impl" || s.side == "tool" && strings.HasPrefix(s.name, "spec/") {
			t.sources[path.Dir(s.name)] = append(t.sources[path.Dir(s.name)], s)
		}
	}
	packages := slices.Sorted(maps.Keys(t.sources))
	for _, p := range packages {
		t.Import("mlssim/" + p)
	}
	var all []*decl
	var nodes []ast.Node
	for _, p := range packages {
		for _, s := range t.sources[p] {
			for _, d := range s.syntax.Decls {
				for name, node := range declared(d) {
					dd := t.declare(&s, name, node)
					all, nodes = append(all, dd), append(nodes, node)
				}
			}
		}
	}
	for i, d := range all {
		t.follow(d, nodes[i])
	}
	r := &reach{at: map[string]map[string]bool{}}
	for _, d := range all {
		for _, label := range d.labels {
			r.mark(d, label, map[*decl]bool{})
		}
	}
	return r
}

// mark gives a label to a declaration and what it uses.
func (r *reach) mark(d *decl, label string, seen map[*decl]bool) {
	if seen[d] {
		return
	}
	seen[d] = true
	if r.at[d.key] == nil {
		r.at[d.key] = map[string]bool{}
	}
	r.at[d.key][label] = true
	for _, u := range d.uses {
		if len(u.labels) == 0 {
			r.mark(u, label, seen)
		}
	}
}

// Import checks a package of this module, for types.Config.
func (t *tracer) Import(name string) (*types.Package, error) {
	if p := t.done[name]; p != nil {
		return p, nil
	}
	pkg, ours := strings.CutPrefix(name, "mlssim/")
	if !ours || len(t.sources[pkg]) == 0 {
		return nil, errors.New("not looked at")
	}
	var files []*ast.File
	for _, s := range t.sources[pkg] {
		files = append(files, s.syntax)
	}
	config := types.Config{Importer: t, Error: func(error) {}, FakeImportC: true}
	p, _ := config.Check(name, t.fset, files, t.info) // without other modules it always finds fault
	t.done[name] = p
	return p, nil
}

// declare makes the node of a declaration.
func (t *tracer) declare(s *source, name string, node ast.Node) *decl {
	d := &decl{key: s.name + " " + name, side: s.side}
	switch n := node.(type) {
	case *ast.FuncDecl:
		t.decls[t.info.Defs[n.Name]] = d
		if n.Recv != nil {
			t.methods[s.side+n.Name.Name] = append(t.methods[s.side+n.Name.Name], d)
		}
	case *ast.ValueSpec:
		for _, name := range n.Names {
			t.decls[t.info.Defs[name]] = d
		}
	}
	return d
}

// follow finds the labels of a declaration, and what it uses.
func (t *tracer) follow(d *decl, node ast.Node) {
	ast.Inspect(node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if label, ok := entered(n); ok {
				d.labels = append(d.labels, label)
			}
		case *ast.SelectorExpr:
			if t.info.Uses[n.Sel] == nil {
				d.uses = append(d.uses, t.methods[d.side+n.Sel.Name]...)
			}
		case *ast.Ident:
			obj := t.info.Uses[n]
			switch o := obj.(type) {
			case *types.Func:
				obj = o.Origin()
				if recv := o.Signature().Recv(); recv != nil && types.IsInterface(recv.Type()) {
					d.uses = append(d.uses, t.methods[d.side+o.Name()]...)
				}
			case *types.Var:
				obj = o.Origin()
			}
			if u := t.decls[obj]; obj != nil && u != nil && u != d {
				d.uses = append(d.uses, u)
			}
		}
		return true
	})
}

// entered returns the label of a call of spec.Enter.
func entered(n *ast.CallExpr) (string, bool) {
	fun, ok := n.Fun.(*ast.SelectorExpr)
	if !ok || fun.Sel.Name != "Enter" || len(n.Args) < 2 {
		return "", false
	}
	if pkg, ok := fun.X.(*ast.Ident); !ok || pkg.Name != "spec" {
		return "", false
	}
	lit, ok := n.Args[1].(*ast.BasicLit)
	if !ok {
		return "", false
	}
	label, err := strconv.Unquote(lit.Value)
	return label, err == nil
}
