package impl

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mlssim/impl/message"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// A refusal is an input that one rule alone refuses.
type refusal struct {
	name string
	want spec.ID
	give func(r *room) error
	// What refuses the same input with the rule switched off; "" if it is
	// accepted then, and alone where the rule is what the code stands on, so that
	// it must not be switched off.
	then spec.ID
}

const alone = "-"

// tables are all refusals of this package, by section.
var tables = map[string][]refusal{
	"5.3 credentials":       credentialRefusals,
	"6 framing":             framingRefusals,
	"8.4, 12.1, 12.4 group": groupRefusals,
	"11 groups from groups": lineageRefusals,
	"12.1.8 from outside":   outsideRefusals,
	"12.4.3.2 external":     externalRefusals,
	"7.3 leaf of an Add":    addLeafRefusals,
	"7.3 leaf of an Update": updateLeafRefusals,
	"10, 13.5 what is made": madeRefusals,
	"10.1 key packages":     keyPackageRefusals,
	"12.1 proposals":        proposalRefusals,
	"12.2 lists":            listRefusals,
	"12.4.2 paths":          pathRefusals,
	"12.4.2 commits":        commitRefusals,
	"12.4.3.1 welcomes":     joinRefusals,
	"12.4.3.3 trees":        treeRefusals,
	"13.4 extensions":       extensionRefusals,
	"what is sent":          sendRefusals,
}

// TestRefusals gives each input to a member, and expects the requirement. In a
// build with the tag spectrace it does so again with the rule switched off,
// which shows that nothing else was wrong with the input.
func TestRefusals(t *testing.T) {
	base := settled(t)
	for _, section := range slices.Sorted(maps.Keys(tables)) {
		for _, c := range tables[section] {
			t.Run(section+"/"+c.name, func(t *testing.T) {
				err := c.give(base.copy(t))
				if spec.Violated(err) != c.want {
					t.Errorf("%v, want %s", err, c.want)
				}
				if c.then == alone {
					return
				}
				withoutRule(c.want, func() { err = c.give(base.copy(t)) })
				if spec.Tracing && (spec.Violated(err) != c.then || (c.then == "") != accepted(err)) {
					t.Errorf("with %s switched off: %v, want %q", c.want, err, c.then)
				}
			})
		}
	}
	t.Logf("rules switched off: %v", spec.Tracing)
}

// accepted tells whether a message was good; one that removes its receiver is.
func accepted(err error) bool { return err == nil || errors.Is(err, spec.ErrRemoved) }

// TestHonestTwins is the accepting side of the refusals: what the same hands
// make without a mistake is accepted.
func TestHonestTwins(t *testing.T) {
	base := settled(t)
	for name, give := range map[string]func(*room) error{
		"commit": func(r *room) error {
			msg, next := r.forge("B", forgery{})
			r.deliver(r.at("B"), msg)
			r.at("B").member = next
			r.agree()
			return nil
		},
		"commit with everything": func(r *room) error {
			list := []message.ProposalOrRef{r.cached("A", r.updating("A", nil, nil))}
			list = append(list, values(remove(3), add(r.packaged(r.party("E").id, nil, nil)))...)
			msg, next := r.forge("B", forgery{list: list})
			if err := r.give("D", msg); !errors.Is(err, spec.ErrRemoved) {
				return fmt.Errorf("D stays: %w", err)
			}
			after, _, err := r.at("C").member.Receive(r.env, r.over(msg))
			if err == nil && !after.Authenticator().Equal(next.Authenticator()) {
				err = errors.New("another epoch")
			}
			return err
		},
		"commit without path": func(r *room) error {
			msg, _ := r.forge("B", forgery{noPath: true, list: values(add(r.packaged(r.party("E").id, nil, nil)))})
			return r.give("A", msg)
		},
		"add":                          func(r *room) error { return r.give("A", r.proposing("B", add(r.packaged(r.party("E").id, nil, nil)))) },
		"update":                       func(r *room) error { return r.give("A", r.proposing("B", r.updating("B", nil, nil))) },
		"remove":                       func(r *room) error { return r.give("A", r.proposing("B", remove(2))) },
		"welcome":                      func(r *room) error { return r.invite(invitation{}) },
		"welcome with its path secret": func(r *room) error { return r.invite(invitation{path: true}) },
	} {
		t.Run(name, func(t *testing.T) {
			if err := give(base.copy(t)); err != nil {
				t.Error(err)
			}
		})
	}
}

// undecided are the requirements that this package names and no input of this
// version can violate.
var undecided = map[spec.ID]string{
	req.AddKeyPackage:  "holds if Section 10.1 does, and is refused for what of it does not",
	req.KeyPackageLeaf: "holds if Section 7.3 does, and is refused for what of it does not",
	req.UpdateLeaf:     "holds if Section 7.3 does, and is refused for what of it does not",
	req.CommitLeaf:     "holds if Section 7.3 does, and is refused for what of it does not",
}

// TestEveryRefusalIsTested looks up which requirements the code of this package
// decides, and expects an input for each.
func TestEveryRefusalIsTested(t *testing.T) {
	tested := map[spec.ID]bool{}
	for _, table := range tables {
		for _, c := range table {
			tested[c.want] = true
		}
	}
	decided := decidedHere(t)
	for _, id := range decided {
		if reason, ok := undecided[id]; ok == tested[id] {
			t.Errorf("%s: tested %v, but %q", id, tested[id], reason)
		}
	}
	t.Logf("%d requirements decided here, %d tested in all", len(decided), len(tested))
}

// decidedHere returns the requirements that files of this package mention.
func decidedHere(t *testing.T) []spec.ID {
	t.Helper()
	names := map[string]spec.ID{}
	generated, err := os.ReadFile("../spec/req/ids_gen.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(\w+) spec\.ID = "([^"]+)"`).FindAllStringSubmatch(string(generated), -1) {
		names[m[1]] = spec.ID(m[2])
	}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	found := map[spec.ID]bool{}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "req" {
					found[names[s.Sel.Name]] = true
				}
			}
			return true
		})
	}
	return slices.Sorted(maps.Keys(found))
}

// TestRepeatedExtensionsOfAKeyPackage: messages are searched for them as a whole,
// but a KeyPackage is also validated by itself (Section 10.1).
func TestRepeatedExtensionsOfAKeyPackage(t *testing.T) {
	r := settled(t)
	m := r.at("A").member
	kp := r.packaged(r.stranger(), twoExtensions, nil)
	if err := m.validateKeyPackage(r.env, m.rules(r.env, true), &kp); spec.Violated(err) != req.ExtensionUnique {
		t.Error(err)
	}
}

// TestUnknownProposalsAreRefused holds wherever they come in: as a proposal, by
// value, by reference, and when the client itself proposes them.
func TestUnknownProposalsAreRefused(t *testing.T) {
	r, p := settled(t), customProposal
	msg := r.proposing("B", p)
	if err := r.give("A", msg); spec.Violated(err) != req.ListTypeProcessed {
		t.Errorf("received: %v", err)
	}
	v, err := r.at("A").member.VerifyPublic(r.env, msg.PublicMessage)
	r.ok(err)
	if _, err := r.at("A").member.Cache(r.env, v); spec.Violated(err) != req.ListTypeProcessed {
		t.Errorf("cached by one who follows: %v", err)
	}
	if _, _, err := r.at("A").member.propose(r.env, p, nil, spec.WirePublicMessage); spec.Violated(err) != req.ListTypeProcessed {
		t.Errorf("proposed: %v", err)
	}
	byValue, _ := r.forge("B", forgery{list: values(p)})
	if err := r.give("A", byValue); spec.Violated(err) != req.ListTypeSupported {
		t.Errorf("by value: %v", err)
	}
	byReference, _ := r.forge("B", forgery{list: []message.ProposalOrRef{r.cached("C", p)}})
	if err := r.give("A", byReference); spec.Violated(err) != req.ListTypeSupported {
		t.Errorf("by reference, had it been cached: %v", err)
	}
}

// stranger returns the identity of a client outside.
func (r *room) stranger() *Identity { return r.party("E").id }

// keyOf returns the signature key of a member.
func (r *room) keyOf(name string) *suite.SignatureKey { return r.at(name).id.Signer }

// leafOf returns the leaf of a member.
func (r *room) leafOf(name string) *tree.LeafNode {
	m := r.at(name).member
	return m.tree.Leaf(m.leaf)
}
