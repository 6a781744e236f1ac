package props

import (
	"flag"
	"testing"

	"pgregory.net/rapid"

	"mlssim/sim"
)

var long = flag.Bool("long", false, "run the long suites")

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

// TestLowerBound is I1: what the optimal predicate calls unsafe, leaks.
func TestLowerBound(t *testing.T) {
	unsafe := 0
	rapid.Check(t, func(t *rapid.T) {
		h := DrawHistory(t, 8, 30)
		r := carry(t, h)
		for e := range r.Epochs {
			if !r.UnsafeACDT(e) {
				continue
			}
			unsafe++
			if !r.Knows(encryption(r, e)) && r.Result.Epochs[e].LeakedAt == sim.Never {
				t.Fatalf("epoch %d is unsafe, but does not leak\nscript: |\n%s", e, indent(h.String()))
			}
		}
	})
	if unsafe == 0 {
		t.Error("no epoch was ever unsafe")
	}
}

// TestUpperBound is I2: what leaks, the theorem allows to leak, or it is the
// own epoch of a theft.
func TestUpperBound(t *testing.T) {
	leaks, slack := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		h := DrawHistory(t, 8, 30)
		r := carry(t, h)
		for e := range r.Epochs {
			bound := r.LeakFStar(e) || r.Exposed(e)
			leak := r.Result.Epochs[e].LeakedAt != sim.Never
			if leak && !bound {
				t.Fatalf("epoch %d leaks, but the theorem does not allow it\nscript: |\n%s", e, indent(h.String()))
			}
			if leak {
				leaks++
			} else if bound {
				slack++
			}
		}
	})
	t.Logf("%d leaks, %d epochs of slack", leaks, slack)
	if leaks == 0 {
		t.Error("no epoch ever leaked")
	}
}

// TestCommitSecret is I3: a commit_secret is derivable only where forward
// secrecy with updates is broken.
func TestCommitSecret(t *testing.T) {
	known := 0
	rapid.Check(t, func(t *rapid.T) {
		h := DrawHistory(t, 8, 30)
		r := carry(t, h)
		for e := 1; e < len(r.Epochs); e++ {
			n := sim.Name{Kind: sim.CommitSecret, Origin: r.Result.Epochs[e].Step}
			if !r.Knows(n) {
				continue
			}
			known++
			if !r.UnsafeFSU(e) {
				t.Fatalf("commit_secret of epoch %d is known\nscript: |\n%s", e, indent(h.String()))
			}
		}
	})
	if known == 0 {
		t.Error("no commit_secret was ever known")
	}
}

// TestMonotone is I4: one theft more never makes an epoch safe, and one own
// commit of everybody at the end never makes an earlier epoch leak.
func TestMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := DrawHistory(t, 6, 20)
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

func encryption(r *Run, epoch int) sim.Name {
	return sim.Name{Kind: sim.EncryptionSecret, Origin: r.Result.Epochs[epoch].Step}
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
