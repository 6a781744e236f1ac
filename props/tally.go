package props

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"mlssim/sim"
)

// A Tally counts on how much model and implementation were compared, over many
// histories, and how often each thing happened that has to happen for a
// comparison to mean something.
type Tally struct {
	histories map[string]bool // by their text
	known     int             // verdicts, that both sides gave alike
	unknown   int
	rows      map[string]int // by row of docs/rules.md: how often it was carried out (accounts.go)
	seen      map[string]int // runs in which something happened
}

// NewTally returns one that has counted nothing.
func NewTally() *Tally {
	return &Tally{histories: map[string]bool{}, rows: map[string]int{}, seen: map[string]int{}}
}

// look asks both sides for a verdict on every secret that there is. The pair of
// secret and time is what is counted: the same secret is asked about after each
// step of a history. A difference ends the run.
func (y *Tally) look(b sim.Backend) {
	adversary := b.Adversary()
	for _, n := range b.Names() {
		if adversary.Knows(n) {
			y.known++
		} else {
			y.unknown++
		}
	}
}

// count adds a run that is over.
func (y *Tally) count(h *History, r *Run) {
	y.histories[h.String()] = true
	y.account(h, r)
	for what, did := range happened(h, r) {
		y.seen[what] += one(did)
	}
}

// sums are what has happened if one of several things has, by a sign of these.
var sums = map[string]string{" accepted": "a forgery accepted", " refused": "a forgery refused", "a fork": "interference",
	"another group": "interference", "withheld": "interference", "for some": "interference"}

// happened lists what occurred in a run.
func happened(h *History, r *Run) map[string]bool {
	seen := map[string]bool{}
	for _, e := range r.Result.Epochs {
		switch {
		case e.Retroactive:
			seen["retroactive leak"], seen["leak"] = true, true
		case e.LeakedAt != sim.Never:
			seen["leak"] = true
		default:
			seen["safe epoch"] = true
		}
	}
	healed := map[int]bool{}
	for _, heal := range r.Result.Heals {
		healed[heal.Compromise] = true
		seen["heal by "+heal.Cause] = true
	}
	for i := range r.Result.Compromises {
		if healed[i] {
			seen["heal"] = true
		} else {
			seen["failed heal"] = true
		}
	}
	for _, m := range r.Result.Messages {
		seen[map[bool]string{true: "message read", false: "message closed"}[m.ReadAt != sim.Never]] = true
	}
	for _, c := range r.Corruptions {
		if !c.Part {
			seen[kindOf(c, r.Epochs)] = true
		}
	}
	for what := range h.did {
		seen[what] = true
		for sign, sum := range sums {
			seen[sum] = seen[sum] || strings.Contains(what, sign)
		}
	}
	for _, s := range h.Steps {
		seen[string(s.Verb)] = true
		if len(s.PSKs) > 0 {
			seen["psk"] = true
		}
		if len(s.Kept) > 0 {
			seen["rows left undeleted"] = true
		}
		if s.Verb == sim.VerbSnapshot && len(s.Only) > 0 {
			seen["part of a state"] = true
		}
	}
	return seen
}

// kindOf names the adversary that a theft needs.
func kindOf(c Corruption, epochs []Epoch) string {
	switch {
	case c.Since >= 0:
		return "hoarding device"
	case c.Epoch < len(epochs)-1 && epochs[c.Epoch+1].At < c.At:
		return "stale device"
	default:
		return "whole state"
	}
}

// verdicts is the number of pairs of secret and time.
func (y *Tally) verdicts() int { return y.known + y.unknown }

// String prints the counts, the frequent first where there is no other order.
func (y *Tally) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d histories, %d verdicts: %d known (%.1f %%), %d unknown\n",
		len(y.histories), y.verdicts(), y.known, 100*share(y.known, y.verdicts()), y.unknown)
	fmt.Fprintf(&b, "rules carried out: %s\n", frequent(y.rows))
	fmt.Fprintf(&b, "histories with: %s", frequent(y.seen))
	return b.String()
}

func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// frequent lists counts, the largest first.
func frequent(counts map[string]int) string {
	keys := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
	for i, k := range keys {
		keys[i] = fmt.Sprintf("%s %d", k, counts[k])
	}
	return strings.Join(keys, ", ")
}

// lacking lists what a Tally of many histories must have and this one has not:
// verdicts of both kinds in a share of at least 10 % each, everything of must, and each
// row of the accounts.
func (y *Tally) lacking(must map[string]float64) []string {
	var lacks []string
	for what, n := range map[string]int{"known": y.known, "unknown": y.unknown} {
		if share(n, y.verdicts()) < 0.1 {
			lacks = append(lacks, fmt.Sprintf("%d of %d verdicts are %s", n, y.verdicts(), what))
		}
	}
	for what, least := range must {
		if share(y.seen[what], len(y.histories)) < least {
			lacks = append(lacks, fmt.Sprintf("%q in %d of %d histories, want %.0f %%", what, y.seen[what], len(y.histories), 100*least))
		}
	}
	for _, a := range accounts {
		if y.rows[a.rule] == 0 {
			lacks = append(lacks, fmt.Sprintf("rule %s was never carried out: %s", a.rule, a.counts))
		}
	}
	slices.Sort(lacks)
	return lacks
}

// never lists what did not happen in any history.
func (y *Tally) never(must ...string) []string {
	var lacks []string
	for _, what := range must {
		if y.seen[what] == 0 {
			lacks = append(lacks, fmt.Sprintf("%q in none of %d histories", what, len(y.histories)))
		}
	}
	return lacks
}
