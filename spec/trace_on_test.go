//go:build spectrace

package spec

import (
	"slices"
	"testing"
)

func TestRecorder(t *testing.T) {
	w := &witness{}
	step := func() (err error) {
		defer Enter(w, "commit.receive", &err)()
		Branch(w, "an.option", true)
		if err := Check(w, "first", true); err != nil {
			return err
		}
		return Check(w, "second", false)
	}
	if Violated(step()) != "second" {
		t.Error("not refused")
	}
	want := []Event{
		{Kind: Entered, At: "commit.receive"},
		{Kind: Branched, Req: "an.option", OK: true},
		{Kind: Checked, Req: "first", OK: true},
		{Kind: Checked, Req: "second"},
		{Kind: Left, At: "commit.receive"},
	}
	if !slices.Equal(w.events, want) {
		t.Errorf("recorded %v, want %v", w.events, want)
	}
}

// TestKnockout: the check accepts, and what is recorded stays the truth.
func TestKnockout(t *testing.T) {
	w := &witness{}
	Knockout("a.b")
	defer Knockout()
	if Check(w, "a.b", false) != nil || Check(w, "a.c", false) == nil {
		t.Error("exactly one check is knocked out")
	}
	if !slices.Contains(w.events, Event{Kind: Checked, Req: "a.b"}) {
		t.Errorf("recorded %v", w.events)
	}
	Knockout()
	if Check(w, "a.b", false) == nil {
		t.Error("the check stays knocked out")
	}
}
