package evidence

import (
	"context"
	"flag"
	"os"
	"slices"
	"testing"
	"testing/fstest"

	"mlssim/spec/trace"
)

var long = flag.Bool("long", false, "mutate the golden package")

// TestMutants: what conditions are changed to, in calls and in tables of rules.
func TestMutants(t *testing.T) {
	registry := []trace.Requirement{{ID: "a.call"}, {ID: "a.rule"}}
	found, err := Mutants(fstest.MapFS{
		"impl/x.go": {Data: []byte(`package impl
func f() error {
	if err := spec.Checkf(nil, req.ACall, a && (b < 2 || !c),
		"%d", b); err != nil {
		return err
	}
	return spec.Check(nil, req.Unknown, a)
}
var rules = []rule{
	{req.ARule, func(c int) bool { return c >= 3 }},
	{req.ARule, named},
}
`)},
		"impl/x_test.go": {Data: []byte("package impl\nvar _ = spec.Check(nil, req.ACall, a)\n")},
	}, []string{"impl"}, registry)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range found {
		got = append(got, string(m.Req)+" "+m.Is)
	}
	want := []string{
		"a.call !(a && (b < 2 || !c))", "a.call a", "a.call (b < 2 || !c)",
		"a.call (a) && (b < 2)", "a.call (a) && (!c)", "a.call (a) && ((b <= 2) || (!c))",
		"a.rule !(c >= 3)", "a.rule c > 3",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q,\nwant %q", got, want)
	}
	if m := found[0]; m.File != "impl/x.go" || m.Line != 3 || m.last != 4 || m.rule || !found[6].rule {
		t.Errorf("%+v", m)
	}
}

// TestTry mutates the golden package: what its tests notice, and what they do not, such as
// a border that none of them is at.
func TestTry(t *testing.T) {
	if !*long {
		t.Skip("-long builds the package once for each of its conditions")
	}
	g, k, _ := examine(t)
	root := os.DirFS("../../..")
	all, err := Mutants(root, []string{golden}, g.Registry)
	if err != nil {
		t.Fatal(err)
	}
	outcomes := map[string]string{}
	for i := range all {
		trial, err := k.Try(context.Background(), &all[i])
		if err != nil {
			t.Fatal(err)
		}
		outcomes[trial.Is] = trial.Outcome
	}
	for is, want := range map[string]string{
		"!(n >= 0)": Killed, "n > 0": Survived, "!(n < 1000)": Killed, "n <= 1000": Survived, "!(n%2 == 0)": Survived, "!(n != 42)": Killed, "!(n != 7)": Killed,
	} {
		if outcomes[is] != want {
			t.Errorf("%s: %q, want %s", is, outcomes[is], want)
		}
	}
}
