package props

import (
	"flag"
	"slices"
	"testing"

	"mlssim/sim"
	"mlssim/sim/adversary"
)

var writeAccounts = flag.Bool("update", false, "write the accounts of a long run to docs/rules.md")

// The accounts are of all rows of the table of rules, and of the two that the table
// has within others.
func TestAccountsAreOfAllRules(t *testing.T) {
	want := []string{"A4", "A10"}
	for _, row := range adversary.Table {
		if row.ID != sim.RuleTaken {
			want = append(want, row.ID)
		}
	}
	var have []string
	for _, a := range accounts {
		have = append(have, a.rule)
	}
	slices.Sort(want)
	slices.Sort(have)
	if !slices.Equal(have, want) {
		t.Errorf("accounts of\n%v, want\n%v", have, want)
	}
}
