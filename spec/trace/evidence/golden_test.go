package evidence

import (
	"context"
	"os"
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
	return g, ran
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
		if !strings.HasSuffix(r.Witness, ".TestReceive") && !strings.HasSuffix(r.Witness, ".TestSloppy") && !strings.Contains(r.Witness, ".TestParts") {
			t.Errorf("%s is no evidence", r.Witness)
		}
	}
	grades := map[spec.ID]Grade{}
	for _, c := range g.File.Cells {
		grades[c.Req] = c.Grade
	}
	for id, want := range map[spec.ID]Grade{"golden.good": Load, "golden.derived": Load, "golden.decorative": Both, "golden.dropped": Both, "golden.context": Linked, "golden.waived": Mapped} {
		if grades[id] != want {
			t.Errorf("%s is %v, want %v", id, grades[id], want)
		}
	}

	g.Exemptions = []Exemption{
		{Requirements: []spec.ID{"golden.waived"}, Side: "impl", As: "waiver", Reason: "to be done", Owner: "somebody", Review: "2026-12-31"},
		{Requirements: []spec.ID{"golden.good"}, Side: "impl", As: "unreachable", Reason: "it was once"},
	}
	g.Lock = Lock{}
	for _, c := range g.File.Cells {
		g.Lock[place{c.Req, c.Side, c.Ctx}] = locked{grade: c.Grade}
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

// rules returns what findings are about, in order.
func rules(findings []trace.Finding) []string {
	var all []string
	for _, f := range findings {
		all = append(all, f.Rule+" "+f.At)
	}
	slices.Sort(all)
	return all
}
