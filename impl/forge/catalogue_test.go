package forge

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mlssim/impl/suite"
	"mlssim/spec"
	"mlssim/spec/req"
	"mlssim/spec/trace"
)

// named returns a source of randomness that is that of a name.
func named(name string) *rand.ChaCha8 {
	var seed [32]byte
	copy(seed[:], suite.All()[0].Hash([]byte(name)))
	return rand.NewChaCha8(seed)
}

func settled(t testing.TB, s *suite.Suite) *Group {
	t.Helper()
	g, err := Settle(named(t.Name()), s)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestRefusals gives each input of the catalogue to a client, and expects the
// requirement; and its control, which is accepted. In a build with the tag
// spectrace it does so again with the rule switched off, which shows that nothing
// else was wrong with the input.
func TestRefusals(t *testing.T) {
	base := settled(t, suite.All()[0])
	for _, c := range Catalogue() {
		t.Run(c.Section+"/"+c.Name, func(t *testing.T) {
			defer spec.Witness(t.Name())()
			bad, good := refused(t, base, &c)
			if spec.Violated(bad) != c.Want {
				t.Errorf("%v, want %s", bad, c.Want)
			}
			if good != nil {
				t.Errorf("the control: %v", good)
			}
			if c.Then == Alone {
				return
			}
			withoutRule(func() { bad, _ = refused(t, base, &c) }, c.Want)
			if spec.Tracing && (spec.Violated(bad) != c.Then || (c.Then == "") != (bad == nil)) {
				t.Errorf("with %s switched off: %v, want %q", c.Want, bad, c.Then)
			}
			if c.Then != "" { // which says the same in another way, if nothing else is wrong
				withoutRule(func() {
					defer func() { recover() }() // code may stand on what is checked
					bad, _ = refused(t, base, &c)
				}, c.Want, c.Then)
			}
			if spec.Tracing && bad == nil {
				spec.Isolated(c.Want)
			}
		})
	}
	t.Logf("rules switched off: %v", spec.Tracing)
}

// refused makes a case in a copy of the group, and returns what came of the input
// and of the control.
func refused(t *testing.T, base *Group, c *Case) (bad, good error) {
	t.Helper()
	g := base.Copy(named(c.Section + c.Name))
	in, control, err := c.Make(g)
	if err != nil {
		t.Fatal(err)
	}
	if control != nil {
		good = g.Give(control)
	}
	return g.Give(in), good
}

// TestHonestTwins is the accepting side of the forgers: what they make without a
// mistake brings everybody into one epoch.
func TestHonestTwins(t *testing.T) {
	base := settled(t, suite.All()[0])
	for name, list := range map[string]func(*Group) []Covered{
		"nothing": func(*Group) []Covered { return nil },
		"everything": func(g *Group) []Covered {
			g.hold("psk")
			covered := []Covered{g.cached("A", g.updates("A", nil, nil))}
			return append(covered, Values(Remove(3), g.adds(nil, nil), pskNamed("psk")(g), resumed(spec.UsageApplication)(g))...)
		},
	} {
		for _, format := range []spec.WireFormat{spec.WirePublicMessage, spec.WirePrivateMessage} {
			g := base.Copy(named(name))
			made, err := g.by("B").Commit(Forgery{List: list(g), Framing: Framing{Format: format}})
			if err != nil {
				t.Fatal(err)
			}
			after, _, err := g.at("C").Member.Receive(g.Env, g.over(made.Message))
			if err != nil {
				t.Errorf("%s: %v", name, err)
			} else if !after.Authenticator().Equal(made.Next.Secrets.Authenticator) || !bytes.Equal(after.Tree().Hash(), made.Next.Tree.Hash()) {
				t.Errorf("%s: another epoch", name)
			}
		}
	}
}

// TestNamesAreUnique: a case can be found by its section and name.
func TestNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Catalogue() {
		name := c.Section + "/" + c.Name
		if found := Find(c.Section, c.Name); seen[name] || found == nil || found.Want != c.Want {
			t.Errorf("%s: twice, or not found", name)
		}
		seen[name] = true
	}
}

// undecided are the requirements that package impl names and no input of this
// version can violate by itself.
var undecided = map[spec.ID]string{
	req.AddKeyPackage:  "holds if Section 10.1 does, and is refused for what of it does not",
	req.KeyPackageLeaf: "holds if Section 7.3 does, and is refused for what of it does not",
	req.UpdateLeaf:     "holds if Section 7.3 does, and is refused for what of it does not",
	req.CommitLeaf:     "holds if Section 7.3 does, and is refused for what of it does not",
}

// TestEveryRefusalIsTested looks up which requirements the code of package impl
// decides, and expects an input for each.
func TestEveryRefusalIsTested(t *testing.T) {
	tested := map[spec.ID]bool{}
	for _, c := range Catalogue() {
		tested[c.Want] = true
	}
	decided := decidedHere(t)
	for _, id := range decided {
		if reason, ok := undecided[id]; ok == tested[id] {
			t.Errorf("%s: tested %v, but %q", id, tested[id], reason)
		}
	}
	t.Logf("%d requirements decided here, %d tested in all", len(decided), len(tested))
}

// decidedHere returns the checks that files of package impl mention.
func decidedHere(t *testing.T) []spec.ID {
	t.Helper()
	names := map[string]spec.ID{}
	generated, err := os.ReadFile("../../spec/req/ids_gen.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(\w+) spec\.ID = "([^"]+)"`).FindAllStringSubmatch(string(generated), -1) {
		names[m[1]] = spec.ID(m[2])
	}
	files, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	registry, err := trace.Load(os.DirFS("../../spec/registry"))
	if err != nil {
		t.Fatal(err)
	}
	check := map[spec.ID]bool{}
	for _, r := range registry {
		check[r.ID] = r.Kind == "check"
	}
	found := map[spec.ID]bool{}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", f.Name()), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "req" && check[names[s.Sel.Name]] {
					found[names[s.Sel.Name]] = true
				}
			}
			return true
		})
	}
	return slices.Sorted(maps.Keys(found))
}
