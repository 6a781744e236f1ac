package props

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mlssim/sim"
	"mlssim/sim/plan"
)

// Whatever is drawn can be written as a script, and read again.
func TestHistoriesAreScripts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := wideOrWild(t)
		p, err := plan.Load("history", []byte("name: history\nscript: |\n"+indent(h.String())))
		if err != nil {
			t.Fatalf("%v\n%s", err, h)
		}
		if !slices.EqualFunc(p.Script, h.Steps, func(a, b sim.ScriptStep) bool { return a.Text == b.Text && textOf(a) == textOf(b) }) {
			t.Fatalf("it reads otherwise:\n%s", indent((&History{Steps: renumbered(p.Script)}).String()))
		}
	})
}

// Each floor of what has to happen in a long run, and in a short one, fails where that
// never happened, and nowhere else.
func TestFloorsCanFail(t *testing.T) {
	full := func() *Tally {
		y := NewTally()
		y.known, y.unknown = 500, 500
		for i := range 1000 {
			y.histories[strconv.Itoa(i)] = true
		}
		for _, what := range anyway {
			y.seen[what] = 1
		}
		for what := range must {
			y.seen[what] = 1000
		}
		for _, a := range accounts {
			y.rows[a.rule] = 1
		}
		return y
	}
	if lacks := append(full().lacking(must), full().never(anyway...)...); len(lacks) > 0 {
		t.Fatalf("nothing is lacking, and yet %v", lacks)
	}
	fails := func(what string, empty func(*Tally)) {
		y := full()
		empty(y)
		lacks := append(y.lacking(must), y.never(anyway...)...)
		if len(lacks) == 0 || slices.ContainsFunc(lacks, func(l string) bool { return !strings.Contains(l, what) }) {
			t.Errorf("without %s: %q", what, lacks)
		}
	}
	for what := range must {
		fails(what, func(y *Tally) { delete(y.seen, what) })
	}
	for _, what := range anyway {
		fails(what, func(y *Tally) { delete(y.seen, what) })
	}
	for _, a := range accounts {
		fails("rule "+a.rule+" ", func(y *Tally) { delete(y.rows, a.rule) })
	}
	fails("known", func(y *Tally) { y.known = 0 })
	fails("unknown", func(y *Tally) { y.unknown = 0 })
}
