package evidence

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mlssim/spec"
	"mlssim/spec/trace"
)

const golden = "spec/trace/evidence/testdata/golden/impl"

// examined are the evidence of the golden package and its knockouts.
func examined(t *testing.T) (*Gate, []Ran) {
	t.Helper()
	g, _, ran := examine(t)
	return g, ran
}

func examine(t *testing.T) (*Gate, *Knocker, []Ran) {
	t.Helper()
	if testing.Short() {
		t.Skip("it builds and runs tests")
	}
	root := "../../.."
	registry, err := trace.Load(os.DirFS("testdata/golden"))
	if err != nil {
		t.Fatal(err)
	}
	suite, err := Build(context.Background(), root, t.TempDir(), []string{"./" + golden})
	if err != nil {
		t.Fatal(err)
	}
	records, ran, err := suite.Gather(context.Background(), registry, 2, func(*Ran) {})
	if err != nil {
		t.Fatal(err)
	}
	linked := func(id spec.ID, side string) bool { return side == "impl" && id != "golden.waived" }
	k := &Knocker{Suite: suite, Contexts: map[spec.ID][]string{}, Kinds: map[spec.ID]string{}, Records: records, Files: HashFiles(os.DirFS(root)), MaxTests: 9}
	for _, r := range registry {
		k.Contexts[r.ID], k.Kinds[r.ID] = r.Contexts, r.Kind
	}
	verdicts, err := k.All(context.Background(), Cells(registry, linked, records, nil), 2, func(*Verdict) {})
	if err != nil {
		t.Fatal(err)
	}
	for i := range verdicts {
		if v := &verdicts[i]; k.Fresh(v) != v.Holds() {
			t.Errorf("%s: a new verdict holds %v, and is fresh %v", v.Req, v.Holds(), k.Fresh(v))
		}
	}
	cells := slices.DeleteFunc(Cells(registry, linked, records, verdicts), func(c Cell) bool { return c.Side == "model" })
	g := &Gate{Registry: registry, Tree: "tree", File: &File{Stamp: Stamp{Tree: "tree"}, Cells: cells}, Records: records, Today: time.Date(2027, 1, 2, 0, 0, 0, 0, time.UTC)}
	return g, k, ran
}

// TestGolden runs the gate on a package that has one requirement of each bad kind:
// all of them are found, and what is good is not.
func TestGolden(t *testing.T) {
	g, ran := examined(t)
	outcomes := map[string]string{}
	for _, r := range ran {
		outcomes[strings.TrimPrefix(r.Test, golden+".")] = r.Outcome
	}
	if outcomes["TestReceive"] != "passed" || outcomes["TestFails"] != "failed" || outcomes["TestSkipped"] != "skipped" {
		t.Errorf("tests: %v", outcomes)
	}
	for _, r := range g.Records {
		if !strings.HasSuffix(r.Witness, ".TestReceive") && !strings.HasSuffix(r.Witness, ".TestSloppy") && !strings.HasSuffix(r.Witness, ".TestSend") && !strings.Contains(r.Witness, ".TestParts") {
			t.Errorf("%s is no evidence", r.Witness)
		}
	}
	grades := map[spec.ID]Grade{}
	for _, c := range g.File.Cells {
		grades[c.Req] = c.Grade
	}
	for id, want := range map[spec.ID]Grade{"golden.good": Load, "golden.derived": Load, "golden.item": Load, "golden.step": Load, "golden.encoded": Load, "golden.decorative": Both, "golden.dropped": Both, "golden.context": Linked, "golden.waived": Mapped} {
		if grades[id] != want {
			t.Errorf("%s is %v, want %v", id, grades[id], want)
		}
	}

	g.Lock = lockOf(g)
	g.Exemptions = []Exemption{
		{Requirements: []spec.ID{"golden.waived"}, Side: "impl", As: "waiver", Reason: "to be done", Owner: "somebody", Review: "2026-12-31"},
		{Requirements: []spec.ID{"golden.good"}, Side: "impl", As: "unreachable", Reason: "it was once"},
	}
	g.Lock[placeAt("golden.dropped", "impl", "message.receive")] = locked{grade: Load}
	g.Lock[placeAt("golden.gone", "impl", "message.receive")] = locked{grade: Load}
	delete(g.Lock, placeAt("golden.good", "impl", "message.receive"))
	g.File.Tree = "another tree"
	want := []string{
		"context.wrong golden.context impl commit.receive",
		"decorative golden.decorative impl message.receive",
		"decorative golden.dropped impl message.receive",
		"evidence.stale evidence.json",
		"exemption.stale golden.good",
		"lock.dead golden.gone impl message.receive",
		"lock.missing golden.good impl message.receive",
		"ratchet golden.dropped impl message.receive",
		"waiver.expired golden.waived",
		"waiver.many exemptions.yaml",
	}
	if got := rules(g.Run().Findings); !slices.Equal(got, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// lockOf returns the lock of what was reached.
func lockOf(g *Gate) Lock {
	lock := Lock{}
	for _, c := range g.File.Cells {
		lock[place{c.Req, c.Side, c.Ctx}] = locked{grade: c.Grade}
	}
	return lock
}

// removals are a check, a derivation, an item of a list, a step, and what an encoding is
// known by, with what stands there when somebody has removed them.
var removals = map[spec.ID][2]string{
	"golden.good":    {"	if err := spec.Check(nil, req.GoldenGood, n >= 0); err != nil {\n		return err\n	}\n", ""},
	"golden.derived": {"spec.Derive(nil, req.GoldenDerived, []byte{byte(2 * n)})", "[]byte{byte(2 * n)}"},
	"golden.item":    {"	{req.GoldenItem, func(n int) bool { return n != 42 }},\n", ""},
	"golden.step":    {"	if spec.Step(nil, req.GoldenStep) {\n		n++\n	}\n", "	n++\n"},
	"golden.encoded": {"	spec.Encode(nil, req.GoldenEncoded)\n	if spec.SwitchedOff(req.GoldenEncoded) {\n		b = append(b, 0)\n	}\n", ""},
}

// TestRemoved removes one of each kind from the golden package, and from the tests that
// would fail what they say of it, as somebody would who wants them to pass: the gate names
// each, and nothing else.
func TestRemoved(t *testing.T) {
	before, _ := examined(t)
	dir, err := filepath.Abs("testdata/golden/impl")
	if err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{}
	edit := func(name string, change func(string) string) {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		edited := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(edited, []byte(change(string(b))), 0o644); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(dir, name)] = edited
	}
	edit("impl.go", func(s string) string {
		for id, r := range removals {
			if strings.Count(s, r[0]) != 1 {
				t.Fatalf("%s stands there %d times", id, strings.Count(s, r[0]))
			}
			s = strings.Replace(s, r[0], r[1], 1)
		}
		return s
	})
	edit("impl_test.go", func(s string) string {
		return strings.NewReplacer(`Receive(-1); spec.Violated(err) != req.GoldenGood`, `Receive(-1); err != nil`,
			`Receive(42); spec.Violated(err) != req.GoldenItem`, `Receive(42); err != nil`, "	spec.Isolated(req.GoldenGood)\n", "", "	spec.Isolated(req.GoldenItem)\n", "").Replace(s)
	})
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "overlay.json")
	if err := os.WriteFile(name, overlay, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOFLAGS", "-overlay="+name)
	after, _ := examined(t)
	after.Lock = lockOf(before)
	var want []string
	for id := range removals {
		at := "message.receive"
		switch id {
		case "golden.step":
			at = "message.send"
		case "golden.encoded":
			at = "encode"
		}
		want = append(want, fmt.Sprintf("ratchet %s impl %s", id, at))
	}
	slices.Sort(want)
	got := slices.DeleteFunc(rules(after.Run().Findings), func(s string) bool { return !strings.HasPrefix(s, "ratchet ") })
	if !slices.Equal(got, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// rules returns what findings are about, in order.
func rules(findings []trace.Finding) []string {
	var all []string
	for _, f := range findings {
		all = append(all, f.Rule+" "+f.At)
	}
	slices.Sort(all)
	return all
}
