package props

import (
	"flag"
	"os"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mlssim/sim"
)

var (
	long      = flag.Bool("long", false, "run what takes minutes")
	histories = flag.Int("histories", 0, "how many histories TestLockstep carries out; 0: 60, or 1,500 with -long")
)

// must is what has to happen in at least such a share of the histories: a suite
// in which nothing ever leaked, or nothing ever healed, has shown nothing.
var must = map[string]float64{
	"leak": 0.3, "safe epoch": 0.9, "retroactive leak": 0.05,
	"heal": 0.15, "failed heal": 0.2, "heal by own_commit": 0.02, "heal by update": 0.01, "heal by removal": 0.02,
	"message read": 0.05, "message closed": 0.05,
	"heal by psk": 0.005, "whole state": 0.1, "stale device": 0.02, "hoarding device": 0.02, "part of a state": 0.1,
	"psk": 0.1, "external": 0.1, "steal": 0.05, "export": 0.05, "framing": 0.05, "retain": 0.05,
	"hsm": 0.05, "badrandom": 0.05, "drop": 0.02,

	// What the adversary does beside looking (docs/rules.md): with all premises it is
	// accepted, without one it is refused.
	"A1 accepted": 0.02, "A2 accepted": 0.02, "A3 accepted": 0.002, "A5 accepted": 0.005, "A6 accepted": 0.005, "A7 accepted": 0.005,
	"A8 accepted": 0.01, "A9 accepted": 0.02,
	"A1 refused": 0.005, "A2 refused": 0.005, "A3 refused": 0.002, "A5 refused": 0.002, "A6 refused": 0.002, "A7 refused": 0.002,
	"A8 refused": 0.01, "A10 refused": 0.01,
	"a ghost added": 0.01, "a Commit with garbage": 0.005, "a signature key replaced": 0.02, "revoke": 0.01,
	"a fork": 0.02, "another group of the same clients": 0.02, "a theft across groups": 0.01, "KeyPackages run out": 0.02,
	"a Commit withheld": 0.02, "a message for some": 0.01, "a message late or twice": 0.01, "a stale GroupInfo": 0.002,
}

// anyway are those of all things that have to happen in a short run as well.
var anyway = []string{"leak", "heal", "failed heal", "safe epoch", "retroactive leak", "message read", "message closed",
	"a forgery accepted", "a forgery refused", "interference"}

// TestLockstep drives model and implementation through random histories, in half of
// which the adversary acts. Run compares every step, every view, every state, and after
// every step the verdict on every secret that there is: 60 histories, which are the same
// each time, and 1,500 that are not with -long.
func TestLockstep(t *testing.T) {
	runs, least := 60, 20_000
	if *long {
		runs, least = 1500, 1_000_000
	}
	if *histories > 0 {
		runs, least = *histories, least**histories/runs
	}
	checks := flag.Lookup("rapid.checks")
	before := checks.Value.String()
	if err := checks.Value.Set(strconv.Itoa(runs)); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := checks.Value.Set(before); err != nil {
			t.Error(err)
		}
	}()
	if seed := flag.Lookup("rapid.seed"); !*long && seed.Value.String() == "0" { // the same histories each time
		if err := seed.Value.Set("1"); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := seed.Value.Set("0"); err != nil {
				t.Error(err)
			}
		}()
	}
	y := NewTally()
	rapid.Check(t, func(t *rapid.T) {
		h := wideOrWild(t)
		y.count(h, carry(t, h, y.look))
	})
	t.Log(y)
	if *long && *writeAccounts {
		if err := y.writeAccounts(rulesPage); err != nil {
			t.Error(err)
		}
	}
	lacks := y.never(anyway...)
	if *long {
		lacks = y.lacking(must)
	}
	if len(lacks) > 0 {
		t.Errorf("too little happened:\n%s", strings.Join(lacks, "\n"))
	}
	if y.verdicts() < least {
		t.Errorf("%d verdicts, want %d", y.verdicts(), least)
	}
}

// wideOrWild draws a history of one kind or the other.
func wideOrWild(t *rapid.T) *History {
	if rapid.Bool().Draw(t, "wild") {
		return DrawWild(t, 6, 10, 4)
	}
	return DrawWide(t, 8, 30)
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

// writeAccounts puts the accounts into a page, in the place of those that it has.
func (y *Tally) writeAccounts(page string) error {
	data, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	text, _, _ := strings.Cut(string(data), accountsHead)
	return os.WriteFile(page, []byte(text+accountsHead+y.accounts()), 0o644)
}
