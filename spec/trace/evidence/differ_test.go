package evidence

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mlssim/spec"
)

// TestDifferences: of the golden package TestReceive stands for a test that compares two
// programs, and TestSend for one of a property. TestFails fails anyway.
func TestDifferences(t *testing.T) {
	if !*long {
		t.Skip("-long runs the golden package many times")
	}
	_, k, _ := examine(t)
	test := func(name string) Test { return Test{golden, name} }
	got, err := k.Differences(context.Background(), []spec.ID{"golden.step", "golden.good", "golden.decorative"},
		[]Test{test("TestFails"), test("TestReceive")}, []Test{test("TestSend"), test("TestFails")}, 2, func(*Difference) {})
	if err != nil {
		t.Fatal(err)
	}
	want := []Difference{
		{Req: "golden.decorative"},
		{Req: "golden.good", By: golden + ".TestReceive"},
		{Req: "golden.step", Breaks: []string{golden + ".TestSend"}},
	}
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	read, err := ReadDifferences(WriteDifferences(got))
	if d := cmp.Diff(got, read, cmpopts.EquateEmpty()); d != "" || err != nil {
		t.Errorf("%v, what is read (-want +got):\n%s", err, d)
	}
	for _, bad := range []string{"", "x\n", differenceColumns + "a\tb\n"} {
		if _, err := ReadDifferences([]byte(bad)); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
	cells := []Cell{{Req: "golden.good", Side: "impl"}, {Req: "golden.good", Side: "model"}, {Req: "golden.step", Side: "model"}}
	Differ(cells, got)
	if !cells[0].Differ || cells[1].Differ || len(cells[0].Breaks) > 0 || len(cells[2].Breaks) != 1 {
		t.Errorf("%+v", cells)
	}
}
