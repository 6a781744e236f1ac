package props

import (
	"flag"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mlssim/sim"
)

var long = flag.Bool("long", false, "run what takes minutes")

// must is what has to happen in at least such a share of the histories: a suite
// in which nothing ever leaked, or nothing ever healed, has shown nothing.
var must = map[string]float64{
	"leak": 0.3, "safe epoch": 0.9, "retroactive leak": 0.05,
	"heal": 0.15, "failed heal": 0.2, "heal by own_commit": 0.02, "heal by update": 0.01, "heal by removal": 0.02,
	"message read": 0.05, "message closed": 0.05,
	"heal by psk": 0.005, "whole state": 0.1, "stale device": 0.02, "hoarding device": 0.02, "part of a state": 0.1,
	"psk": 0.1, "external": 0.1, "steal": 0.05, "export": 0.05, "framing": 0.05, "retain": 0.05,
	"hsm": 0.05, "badrandom": 0.05, "drop": 0.02,
}

// rules is by what derivations have to end.
var rules = []string{"T1", "T2", "T3", "T4", "K1", "K2", "K1x", "K3", "K4", "K5", "K6", "K10", "W1", "W2", "M2", "M3", "M4", "M7"}

// TestLockstep drives model and implementation through random histories. Run
// compares every step, every view, every state, and after every step the verdict
// on every secret that there is: some 100 histories, and 1,500 with -long.
func TestLockstep(t *testing.T) {
	if *long {
		checks := flag.Lookup("rapid.checks").Value.String()
		if err := flag.Set("rapid.checks", "1500"); err != nil {
			t.Fatal(err)
		}
		defer flag.Set("rapid.checks", checks)
	}
	y := NewTally()
	rapid.Check(t, func(t *rapid.T) {
		h := DrawWide(t, 8, 30)
		y.count(h, carry(t, h, y.look))
	})
	t.Log(y)
	lacks, least := y.never("leak", "heal", "failed heal", "safe epoch", "retroactive leak", "message read", "message closed"), 20_000
	if *long {
		lacks, least = y.lacking(must, rules), 1_000_000
	}
	if len(lacks) > 0 {
		t.Errorf("too little happened:\n%s", strings.Join(lacks, "\n"))
	}
	if y.verdicts() < least {
		t.Errorf("%d verdicts, want %d", y.verdicts(), least)
	}
}

func carry(t *rapid.T, h *History, look func(sim.Backend)) *Run {
	t.Helper()
	r, err := Carry(h.Steps, 1, look)
	if err != nil {
		t.Fatalf("%v\nscript: |\n%s", err, indent(h.String()))
	}
	if *r.Result.Mismatches != 0 {
		t.Fatalf("%d mismatches\nscript: |\n%s", *r.Result.Mismatches, indent(h.String()))
	}
	return r
}

// TestMonotone is I4: one theft more never makes an epoch safe, and one own
// commit of everybody at the end never makes an earlier epoch leak.
func TestMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := DrawHistory(t, 8, 20)
		before := carrySymbolic(t, h).Leaked()
		h.snapshot(t)
		after := carrySymbolic(t, h).Leaked()
		if missing := minus(before, after); len(missing) > 0 {
			t.Fatalf("a theft made epochs %v safe\nscript: |\n%s", missing, indent(h.String()))
		}
		last := len(h.epochs()) - 1
		for _, m := range append([]string(nil), h.online...) {
			h.step(sim.ScriptStep{Verb: sim.VerbCommit, Who: m, Omit: true})
		}
		for _, e := range minus(carrySymbolic(t, h).Leaked(), after) {
			if e <= last {
				t.Fatalf("own commits made epoch %d leak\nscript: |\n%s", e, indent(h.String()))
			}
		}
	})
}

func carrySymbolic(t *rapid.T, h *History) *Run {
	t.Helper()
	r, err := CarrySymbolic(h.Steps)
	if err != nil {
		t.Fatalf("%v\nscript: |\n%s", err, indent(h.String()))
	}
	return r
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
