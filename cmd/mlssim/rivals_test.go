package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"mlssim/sim"
	"mlssim/sim/plan"
	"mlssim/sim/rival"
)

// The names that plans take for protocols are those that package rival has.
func TestPlansKnowAllProtocols(t *testing.T) {
	for _, p := range append(rival.Protocols(), "mls") {
		text := fmt.Sprintf("name: x\nengine: symbolic\nprotocol: %s\n", p)
		got, err := plan.Load("x.yaml", []byte(text))
		if err != nil {
			t.Error(err)
		} else if want := strings.TrimPrefix(p, "mls"); got.Protocol != want {
			t.Errorf("protocol %q, want %q", got.Protocol, want)
		}
	}
	if !strings.Contains(string(plan.Schema()), `"`+strings.Join(rival.Protocols(), "\",\n        \"")+`"`) {
		t.Error("the schema does not list the protocols")
	}
}

// The table of docs/rivals.md is what the plan one-theft gives.
func TestDocumentedComparison(t *testing.T) {
	page, err := os.ReadFile("../../docs/rivals.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, protocol := range append([]string{"mls"}, rival.Protocols()...) {
		f, err := findPlan("one-theft")
		if err != nil {
			t.Fatal(err)
		}
		r := carriedOut(t, f, func(x *plan.File) {
			x.Protocol = plan.Protocol(protocol)
			if protocol == "mls" {
				x.Engine = "concrete" // symbols have no size
			}
		})
		if row := comparison(protocol, r); !slices.Contains(strings.Split(string(page), "\n"), row) {
			t.Errorf("docs/rivals.md lacks\n%s", row)
		}
	}
}

// comparison is a row of that table.
func comparison(protocol string, r *sim.Result) string {
	const day = 24 * 3600 * 1e9
	commits, messages := 0, 0
	for _, e := range r.Epochs[1:] {
		if e.Start > 0 { // the group's setting up is not counted
			commits += e.Cost.Bytes + e.Cost.Welcome
		}
	}
	read, last := 0, sim.Time(0)
	for _, m := range r.Messages {
		messages += m.Bytes
		if m.ReadAt != sim.Never {
			read, last = read+1, m.At
		}
	}
	memberDays := float64(len(r.Clients)) * float64(r.Horizon) / day
	leaked, _ := leakedEpochs(r)
	theft, healed := r.Compromises[0].From, "not by the end"
	if len(r.Heals) > 0 {
		healed = hours(r.Heals[0].At - theft)
	}
	return fmt.Sprintf("| `%s` | %.0f | %.0f | %d of %d | %s | %d of %d | %s |", protocol,
		float64(commits)/memberDays, float64(messages)/memberDays, read, len(r.Messages), hours(last-theft), len(leaked), len(r.Epochs), healed)
}

func hours(t sim.Time) string { return fmt.Sprintf("%.1f h", float64(t)/3600e9) }
