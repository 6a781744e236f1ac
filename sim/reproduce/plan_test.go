package reproduce

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
)

// Each experiment has a plan that is in order, and each plan an experiment.
func TestPlansAreInOrder(t *testing.T) {
	known := map[string]bool{}
	for _, e := range All() {
		if known[e.Name] {
			t.Errorf("%s is there twice", e.Name)
		}
		known[e.Name] = true
		if _, err := e.Load(e.Source()); err != nil {
			t.Error(err)
		}
	}
	files, err := fs.Glob(plans, "plans/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		if name := strings.TrimSuffix(strings.TrimPrefix(f, "plans/"), ".yaml"); !known[name] {
			t.Errorf("%s has no experiment", f)
		}
	}
}

const sound = `name: refreshed-keys
title: t
question: q
setting: s
source: x
seed: 1
replications: 2
x: {label: x, log: 2}
y: {label: y}
settings: {commits: 10, warm_up: 1}
series:
  - name: a
    tolerance: 0.03
    settings: {members: 16}
    points: [{x: 1}, {x: 2, published: 9, spread: 1}]
  - name: b
    ours_only: true
    settings: {members: 12}
    points: [{x: 1}]
`

// What is wrong in a plan is said.
func TestBrokenPlansAreRefused(t *testing.T) {
	e, _ := Find("refreshed-keys")
	if _, err := e.Load("sound", []byte(sound)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, broken, says string }{
		{"name: refreshed-keys", "name: other", `is called "refreshed-keys"`},
		{"title: t", "titel: t", "titel"},
		{"title: t\n", "", "title is missing"},
		{"log: 2", "log: 3", "log is 3"},
		{"replications: 2", "replications: 0", "replications is 0"},
		{"replications: 2", "replications: many", "many"},
		{"commits: 10, ", "", "no commits"},
		{"warm_up: 1", "warm_up: 1, colour: 2", `unknown key "colour"`},
		{"name: b", "name: a", `series 2 is called "a"`},
		{"tolerance: 0.03", "tolerance: 1.5", "tolerance is 1.5"},
		{"tolerance: 0.03", "tolerance: .nan", "tolerance is NaN"},
		{"{x: 2, published", "{x: 1, published", "x = 1 a second time"},
		{"{x: 1}, ", "{x: 0}, ", "which the axis does not have"},
		{"{x: 1}, ", "{x: 1, spread: 1}, ", "was not published"},
		{"spread: 1", "spread: -1", "spread is -1"},
		{"ours_only: true\n", "ours_only: false\n", "neither published nor known"},
		{"    points: [{x: 1}]", "    points: [{x: 1, published: 3}]", "ours_only, and published"},
		{"    points: [{x: 1}]", "    points: []", "0 points"},
		{"    points: [{x: 1}]", "    points: [{x: 1, passed: true}]", "passed"},
	} {
		if !strings.Contains(sound, c.old) {
			t.Fatalf("no %q", c.old)
		}
		_, err := e.Load("p.yaml", []byte(strings.Replace(sound, c.old, c.broken, 1)))
		var broken *PlanError
		if !errors.As(err, &broken) || !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), "p.yaml: ") {
			t.Errorf("%s: %v, want %q", c.broken, err, c.says)
		}
	}
}

// A plan may ask for what an experiment cannot do, which is an error of the plan too.
func TestSettingsOutOfRange(t *testing.T) {
	e, _ := Find("refreshed-keys")
	p, err := e.Load("p", []byte(strings.Replace(sound, "commits: 10", "commits: 0.5", 1)))
	if err == nil {
		_, err = e.Run(t.Context(), p, false, 1)
	}
	var broken *PlanError
	if !errors.As(err, &broken) {
		t.Errorf("half a Commit: %v", err)
	}
}
