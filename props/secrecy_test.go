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
	"snapshot": 0.3, "stale device": 0.02, "hoarding device": 0.02,
}

// rules is by what derivations have to end.
var rules = []string{"T1", "T2", "T3", "T4", "K1", "K2", "K3", "K4", "W1", "W2", "M2", "M3", "M4"}

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
		h := DrawHistory(t, 8, 30)
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

// bounded counts how often each bound had something to say.
type bounded struct{ epochs, unsafe, leaks, slack, commits int }

// TestBounds compares what leaks with the papers' predicates:
//   - I1, from below: what the optimal predicate calls unsafe, leaks;
//   - I2, from above: what leaks, the theorem on epoch_secret allows to leak, or
//     it is the own epoch of a theft;
//   - I3: a commit_secret is known only where forward secrecy with updates is lost.
//
// Its histories meet the preconditions of all three: full states are taken,
// nothing is joined from outside, and there are no PSKs.
func TestBounds(t *testing.T) {
	var n bounded
	rapid.Check(t, func(t *rapid.T) {
		h := DrawHistory(t, 8, 30)
		r := carry(t, h, nil)
		for e := range r.Epochs {
			if broken := n.check(r, e); broken != "" {
				t.Fatalf("epoch %d: %s\nscript: |\n%s", e, broken, indent(h.String()))
			}
		}
	})
	t.Logf("%+v", n)
	if n.unsafe == 0 || n.leaks == 0 || n.commits == 0 {
		t.Errorf("a bound had nothing to say: %+v", n)
	}
}

// check returns which bound an epoch breaks, or "".
func (n *bounded) check(r *Run, e int) string {
	leak := r.Result.Epochs[e].LeakedAt != sim.Never
	unsafe, allowed := r.UnsafeACDT(e), r.LeakFStar(e) || r.Exposed(e)
	commit := e > 0 && r.Knows(sim.Name{Kind: sim.CommitSecret, Origin: r.Result.Epochs[e].Step})
	n.epochs++
	n.unsafe += one(unsafe)
	n.leaks += one(leak)
	n.slack += one(allowed && !leak)
	n.commits += one(commit)
	switch {
	case unsafe && !leak:
		return "I1: it is unsafe, but does not leak"
	case leak && !allowed:
		return "I2: it leaks, but the theorem does not allow that"
	case commit && !r.UnsafeFSU(e):
		return "I3: its commit_secret is known, but forward secrecy with updates holds"
	}
	return ""
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// TestMonotone is I4: one theft more never makes an epoch safe, and one own
// commit of everybody at the end never makes an earlier epoch leak.
func TestMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := DrawHistory(t, 5, 12)
		before := carry(t, h, nil).Leaked()
		h.snapshot(t)
		after := carry(t, h, nil).Leaked()
		if missing := minus(before, after); len(missing) > 0 {
			t.Fatalf("a theft made epochs %v safe\nscript: |\n%s", missing, indent(h.String()))
		}
		last := len(h.epochs()) - 1
		for _, m := range append([]string(nil), h.online...) {
			h.step(sim.ScriptStep{Verb: sim.VerbCommit, Who: m, Omit: true})
		}
		for _, e := range minus(carry(t, h, nil).Leaked(), after) {
			if e <= last {
				t.Fatalf("own commits made epoch %d leak\nscript: |\n%s", e, indent(h.String()))
			}
		}
	})
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
