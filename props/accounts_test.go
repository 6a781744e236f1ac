package props

import (
	"flag"
	"os"
	"regexp"
	"slices"
	"strconv"
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

// docs/rules.md has the accounts of a run in which each rule was carried out, and in
// which everything happened in as large a share of the histories as is asked for.
func TestDocumentedAccounts(t *testing.T) {
	page, err := os.ReadFile(rulesPage)
	if err != nil {
		t.Fatal(err)
	}
	_, tables, ok := strings.Cut(string(page), accountsHead)
	if !ok {
		t.Fatal("there are none: go test ./props -run '^TestLockstep$' -long -update")
	}
	for _, a := range accounts {
		row := regexp.MustCompile(`(?m)^\| ` + a.rule + ` \| ` + regexp.QuoteMeta(a.counts) + ` \| [1-9][0-9]* times \|$`)
		if !row.MatchString(tables) {
			t.Errorf("no account of rule %s, or it is 0", a.rule)
		}
	}
	for what, least := range must {
		row := regexp.MustCompile(`(?m)^\| ` + regexp.QuoteMeta(what) + ` \| ([0-9.]+) % \| `).FindStringSubmatch(tables)
		if row == nil {
			t.Errorf("no share of %q", what)
			continue
		}
		if share, err := strconv.ParseFloat(row[1], 64); err != nil || share < 100*least-0.05 {
			t.Errorf("%q in %s %% of the histories, want %.1f %%", what, row[1], 100*least)
		}
	}
}
