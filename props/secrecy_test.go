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
	histories = flag.Int("histories", 0, "how many histories TestLockstep carries out; 0: 50, or 1,500 with -long")
)

// TestLockstep drives model and implementation through random histories, in half of
// which the adversary acts. Run compares every step, every view, every state, and after
// every step the verdict on every secret that there is: 50 histories, which are the same
// each time, and 1,500 that are not with -long.
func TestLockstep(t *testing.T) {
	runs, least := 50, 20_000
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
