package evidence

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
)

// reached returns which files of tests in a folder of the module a test stands in, or
// uses something of: by name, so that some may be too many. Of what cannot be parsed
// it is all.
func reached(module fs.FS, dir, test string) []string {
	names, _ := fs.Glob(module, path.Join(dir, "*_test.go")) // the pattern is well formed
	type decl struct {
		file string
		uses []string
	}
	decls := map[string][]decl{}
	for _, name := range names {
		b, err := fs.ReadFile(module, name)
		if err != nil {
			return names
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, b, parser.SkipObjectResolution)
		if err != nil {
			return names
		}
		for _, d := range file.Decls {
			for _, known := range declared(d) {
				decls[known] = append(decls[known], decl{name, identifiers(d)})
			}
		}
	}
	// Whatever test is run, these are.
	todo := []string{"init", "TestMain", "_", test}
	var files []string
	seen := map[string]bool{}
	for len(todo) > 0 {
		name := todo[0]
		if todo = todo[1:]; seen[name] {
			continue
		}
		seen[name] = true
		for _, d := range decls[name] {
			files, todo = append(files, d.file), append(todo, d.uses...)
		}
	}
	slices.Sort(files)
	return slices.Compact(files)
}

// declared returns the names that a declaration gives, methods among them.
func declared(d ast.Decl) []string {
	var names []string
	switch d := d.(type) {
	case *ast.FuncDecl:
		names = []string{d.Name.Name}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				names = append(names, s.Name.Name)
			case *ast.ValueSpec:
				for _, n := range s.Names {
					names = append(names, n.Name)
				}
			}
		}
	}
	return names
}

// identifiers returns all names in a declaration.
func identifiers(d ast.Decl) []string {
	var names []string
	ast.Inspect(d, func(n ast.Node) bool {
		if x, ok := n.(*ast.Ident); ok {
			names = append(names, x.Name)
		}
		return true
	})
	slices.Sort(names)
	return slices.Compact(names)
}
