package props

import (
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
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

// docs/rules.md has the accounts of a run in which each rule was carried out.
func TestDocumentedAccounts(t *testing.T) {
	page, err := os.ReadFile(rulesPage)
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(page), accountsHead)
	if !ok {
		t.Fatal("there are none: go test ./props -run '^TestLockstep$' -long -update")
	}
	for _, a := range accounts {
		row := regexp.MustCompile(`(?m)^\| ` + a.rule + ` \| ` + regexp.QuoteMeta(a.counts) + ` \| [1-9][0-9]* times \|$`)
		if !row.MatchString(table) {
			t.Errorf("no account of rule %s, or it is 0", a.rule)
		}
	}
}
