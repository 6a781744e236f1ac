package props

import (
	"testing"

	"pgregory.net/rapid"

	"mlssim/sim"
)

// sometimes counts what must be possible: a suite in which nothing ever leaked,
// or nothing ever healed, has shown nothing.
type sometimes struct{ runs, leak, heal, retro, safe, opened, closed int }

func (s *sometimes) count(r *Run) {
	s.runs++
	leaks, retro := 0, 0
	for _, e := range r.Result.Epochs {
		if e.LeakedAt != sim.Never {
			leaks++
		}
		if e.Retroactive {
			retro++
		}
	}
	s.leak += min(leaks, 1)
	s.retro += min(retro, 1)
	s.heal += min(len(r.Result.Heals), 1)
	s.safe += min(len(r.Result.Epochs)-leaks, 1)
	s.opened += r.Result.Compared.Opened
	s.closed += r.Result.Compared.NotOpened
}

func (s *sometimes) check(t *testing.T) {
	t.Helper()
	t.Logf("%+v", *s)
	if s.leak == 0 || s.heal == 0 || s.retro == 0 || s.safe == 0 || s.opened == 0 || s.closed == 0 {
		t.Errorf("something never happened: %+v", *s)
	}
}

// TestLockstep drives model and implementation through random histories. Run
// compares every step, every view, every state, every verdict.
func TestLockstep(t *testing.T) {
	var seen sometimes
	rapid.Check(t, func(t *rapid.T) {
		h := DrawHistory(t, 8, 30)
		seen.count(carry(t, h))
	})
	seen.check(t)
}

func carry(t *rapid.T, h *History) *Run {
	t.Helper()
	r, err := Carry(h.Steps, 1)
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
		r := carry(t, h)
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
		before := carry(t, h).Leaked()
		h.snapshot(t)
		after := carry(t, h).Leaked()
		if missing := minus(before, after); len(missing) > 0 {
			t.Fatalf("a theft made epochs %v safe\nscript: |\n%s", missing, indent(h.String()))
		}
		last := len(h.epochs()) - 1
		for _, m := range append([]string(nil), h.online...) {
			h.step(sim.ScriptStep{Verb: sim.VerbCommit, Who: m, Omit: true})
		}
		for _, e := range minus(carry(t, h).Leaked(), after) {
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
