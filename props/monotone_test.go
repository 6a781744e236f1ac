package props

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mlssim/sim"
)

// A trio is a history, the same with one theft more, and that with a Commit of
// everybody's own behind it.
type trio struct {
	before, robbed, healed []sim.ScriptStep
	last                   int // the newest epoch before those Commits
}

func drawTrio(t *rapid.T) trio {
	h := DrawHistory(t, 8, 20)
	x := trio{before: slices.Clone(h.Steps)}
	h.snapshot(t)
	x.robbed, x.last = slices.Clone(h.Steps), len(h.epochs())-1
	for _, m := range slices.Clone(h.online) {
		h.step(sim.ScriptStep{Verb: sim.VerbCommit, Who: m, Omit: true})
	}
	x.healed = h.Steps
	return x
}

// A verdict says which epochs of a script leak.
type verdict func(steps []sim.ScriptStep) ([]int, error)

// leakedBy is that of the closure.
func leakedBy(steps []sim.ScriptStep) ([]int, error) {
	r, err := CarrySymbolic(steps)
	if err != nil {
		return nil, err
	}
	return r.Leaked(), nil
}

// notMonotone says what is wrong with a verdict: a theft has made an epoch safe, or own
// Commits have made one leak that was over; "" for nothing.
func (x trio) notMonotone(leaks verdict) (string, error) {
	var leaked [3][]int
	for i, steps := range [][]sim.ScriptStep{x.before, x.robbed, x.healed} {
		var err error
		if leaked[i], err = leaks(steps); err != nil {
			return "", fmt.Errorf("%w\n%s", err, scriptOf(steps))
		}
	}
	if missing := minus(leaked[0], leaked[1]); len(missing) > 0 {
		return fmt.Sprintf("a theft made epochs %v safe\n%s", missing, scriptOf(x.robbed)), nil
	}
	for _, e := range minus(leaked[2], leaked[1]) {
		if e <= x.last {
			return fmt.Sprintf("own commits made epoch %d leak\n%s", e, scriptOf(x.healed)), nil
		}
	}
	return "", nil
}

// TestMonotone is I4: one theft more never makes an epoch safe, and one own
// commit of everybody at the end never makes an earlier epoch leak.
func TestMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if says, err := drawTrio(t).notMonotone(leakedBy); says != "" || err != nil {
			t.Fatal(says, err)
		}
	})
}

// TestMonotoneCanFail gives I4 verdicts that are wrong, which it has to notice within a
// few hundred histories.
func TestMonotoneCanFail(t *testing.T) {
	draw := rapid.Custom(drawTrio)
	for _, wrong := range []struct {
		name  string
		leaks verdict
		says  string
	}{
		{"a theft replaces the one before", func(steps []sim.ScriptStep) ([]int, error) {
			last := lastTheft(steps)
			return leakedBy(withoutThefts(steps, func(at int) bool { return at != last }))
		}, "a theft made"},
		{"the thief of another forgets", func(steps []sim.ScriptStep) ([]int, error) {
			last := lastTheft(steps)
			return leakedBy(withoutThefts(steps, func(at int) bool { return steps[at].Who != steps[last].Who }))
		}, "a theft made"},
		{"the Commit of one who was robbed gives away the epoch before", func(steps []sim.ScriptStep) ([]int, error) {
			r, err := CarrySymbolic(steps)
			if err != nil {
				return nil, err
			}
			var leaked []int
			for t := range r.Epochs {
				if r.leaks(t) || t+1 < len(r.Epochs) && slices.ContainsFunc(r.Corruptions, func(c Corruption) bool {
					return c.Who == r.Epochs[t+1].Author && c.At < r.Epochs[t+1].At
				}) {
					leaked = append(leaked, t)
				}
			}
			return leaked, nil
		}, "own commits made"},
	} {
		noticed := ""
		for seed := 0; seed < 400 && noticed == ""; seed++ {
			says, err := draw.Example(seed).notMonotone(wrong.leaks)
			if err != nil {
				t.Fatal(err)
			}
			noticed = says
		}
		if len(noticed) < len(wrong.says) || noticed[:len(wrong.says)] != wrong.says {
			t.Errorf("%s: noticed %q, want %q", wrong.name, noticed, wrong.says)
		}
	}
}

// lastTheft returns the position of the last theft, -1 if there is none.
func lastTheft(steps []sim.ScriptStep) int {
	last := -1
	for at, s := range steps {
		if s.Verb == sim.VerbSnapshot {
			last = at
		}
	}
	return last
}

// withoutThefts leaves those thefts out of a script that are to be forgotten.
func withoutThefts(steps []sim.ScriptStep, forget func(at int) bool) []sim.ScriptStep {
	var rest []sim.ScriptStep
	for at, s := range steps {
		if s.Verb != sim.VerbSnapshot || !forget(at) {
			rest = append(rest, s)
		}
	}
	return rest
}

// minus returns what is in a and not in b; both are sorted.
func minus(a, b []int) []int {
	in := map[int]bool{}
	for _, e := range b {
		in[e] = true
	}
	var rest []int
	for _, e := range a {
		if !in[e] {
			rest = append(rest, e)
		}
	}
	return rest
}
