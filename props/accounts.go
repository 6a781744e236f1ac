package props

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"mlssim/sim"
)

// An account says how often a row of docs/rules.md was carried out.
type account struct {
	rule   string
	counts string // what is counted
}

// What is counted of most rules.
const (
	lastStep = "secrets whose derivation ends with it"
	isDrawn  = "secrets that were drawn, and are named by it"
	accepted = "forgeries that members have accepted"
)

// accounts are the rows of docs/rules.md in its order. Of those that derive a secret
// what counts is that they were the last step of a derivation; of the others it is what
// has the same meaning.
var accounts = []account{
	{"T1", lastStep}, {"T2", lastStep}, {"T3", lastStep}, {"T4", lastStep},
	{"T5", "secrets whose derivation ends with K1 from init_secret alone"},
	{"T6", isDrawn}, {"T7", isDrawn}, {"T8", isDrawn},
	{"K1", lastStep}, {"K1x", lastStep}, {"K2", lastStep}, {"K3", lastStep}, {"K4", lastStep}, {"K5", lastStep}, {"K6", lastStep},
	{"K7", isDrawn},
	{"K8", "secrets whose derivation ends with K10 from a resumption_psk, maybe among others"},
	{"K9", isDrawn}, {"K10", lastStep}, {"K11", isDrawn},
	{"W0", isDrawn}, {"W1", lastStep}, {"W2", lastStep},
	{"W3", "values of welcome_secret that are known, so that the GroupInfo is"},
	{"W4", "secrets whose derivation ends with W1 from an init_key that has opened several Welcomes"},
	{"M1", "secrets whose derivation ends with M2 or M3 from encryption_secret"},
	{"M2", lastStep}, {"M3", lastStep}, {"M4", lastStep},
	{"M5", "application messages that the attacker has opened"},
	{"M6", "of these, those whose sender data it has opened as well"},
	{"M7", lastStep},
	{"M8", "secrets whose derivation ends with T4 out of a PublicMessage"},
	{"A1", accepted}, {"A2", accepted}, {"A3", accepted},
	{"A4", "forgeries that members have accepted, and that bring a leaf made for its group and place (A1, A2)"},
	{"A5", accepted}, {"A6", accepted}, {"A7", accepted}, {"A8", accepted},
	{"A9", "forgeries that members have accepted, signed with a further key"},
	{"A10", "forgeries refused for which nothing but the signature_key was missing"},
}

// account counts what was carried out in a run.
func (y *Tally) account(h *History, r *Run) {
	welcomes := map[sim.Name]int{} // opened, by init_key
	for _, n := range r.names {
		rule, ok := r.why(n)
		if !ok {
			continue
		}
		if !strings.HasPrefix(rule.ID, "A") {
			y.rows[rule.ID]++
		}
		if also := alsoOf(rule); also != "" {
			y.rows[also]++
		}
		y.rows["W3"] += one(n.Kind == sim.WelcomeSecret)
		if rule.ID == "W1" {
			welcomes[rule.From[0]]++
		}
	}
	for _, n := range welcomes {
		if n > 1 {
			y.rows["W4"] += n
		}
	}
	for id, n := range r.drawn {
		y.rows[id] += n
	}
	y.rows["M5"] += r.Result.Compared.Opened
	y.rows["M6"] += r.Result.Compared.Opened - r.Result.Compared.Given
	for what, n := range h.did {
		switch rule, became, _ := strings.Cut(what, " "); {
		case became == "accepted":
			y.rows[rule] += n
		case what == "A10 refused":
			y.rows[rule] += n
		case what == "a leaf forged":
			y.rows["A4"] += n
		}
	}
}

// alsoOf returns the row that stands for no secret of its own and was carried out with
// a rule, "" for none.
func alsoOf(rule sim.Rule) string {
	switch rule.ID {
	case "K1":
		if len(rule.From) == 1 {
			return "T5"
		}
	case "K10":
		for _, n := range rule.From {
			if n.Kind == sim.ResumptionPSK {
				return "K8"
			}
		}
	case "M2", "M3":
		if rule.From[0].Kind == sim.EncryptionSecret {
			return "M1"
		}
	case "T4":
		if len(rule.From) == 1 {
			return "M8"
		}
	}
	return ""
}

// rulesPage has the accounts of the last long run at its end, behind accountsHead.
const rulesPage = "../docs/rules.md"

const accountsHead = `
## How often

What ` + "`go test ./props -run '^TestLockstep$' -long -update`" + ` has counted, which fails if one
of these is 0. Of the rules that derive a secret it is in how many derivations they were
the last step; of the others, which draw or name one or are about messages, it is what
stands for that. Each derivation was carried out on real bytes as well.

`

const sharesHead = `
And in what share of the histories each of these happened, as a step of the script or as
what came of it; the run fails below the floor.

| what | share | floor |
|---|---|---|
`

// accounts writes the tables.
func (y *Tally) accounts() string {
	var b strings.Builder
	fmt.Fprintf(&b, "The run had %d histories and %d verdicts, of which %d were that a secret is known.\n\n", len(y.histories), y.verdicts(), y.known)
	b.WriteString("| rule | what was counted | how often |\n|---|---|---|\n")
	for _, a := range accounts {
		fmt.Fprintf(&b, "| %s | %s | %d times |\n", a.rule, a.counts, y.rows[a.rule])
	}
	b.WriteString(sharesHead)
	for _, what := range slices.Sorted(maps.Keys(must)) {
		fmt.Fprintf(&b, "| %s | %.1f %% | %.1f %% |\n", what, 100*share(y.seen[what], len(y.histories)), 100*must[what])
	}
	return b.String()
}
