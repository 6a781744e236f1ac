package main

import (
	"fmt"
	"io"
	"strings"

	"mlssim/sim"
)

// labelWidth is the width of the left column of a summary.
const labelWidth = 13

// A summary is what a run prints for people.
type summary struct {
	w io.Writer
}

// line prints a label and what belongs to it. Without a label it continues the
// line above.
func (s summary) line(label, format string, args ...any) {
	fmt.Fprintf(s.w, "  %-*s %s\n", labelWidth, label, fmt.Sprintf(format, args...))
}

// printRun sums up a run.
func (a *app) printRun(p *sim.Plan, replicates []*replicate, rep *runReport) {
	s := summary{a.stdout}
	engine := p.Engine + " engine"
	if p.Protocol != "" {
		engine = p.Protocol + " on the " + engine
	}
	fmt.Fprintf(a.stdout, "%s: %s, %s, seed %d\n\n", p.Name, outline(p), engine, p.Seed)
	if p.Replications == 1 {
		r := replicates[0].Result
		s.group(r)
		s.leaks(r)
		s.heals(r)
		if r.Scale != nil {
			s.scale(replicates[0])
		}
	} else {
		s.line("replications", "%d of %d finished", len(replicates), p.Replications)
		s.estimates(resultsOf(replicates))
	}
	s.comparison(p, rep)
	s.line("files", "%s", rep.Folder)
	if rep.note != "" {
		s.line("", "%s", rep.note)
	}
	s.line("digest", "%s", rep.Digest)
}

// group says how many epochs there were, and whose state was taken.
func (s summary) group(r *sim.Result) {
	t := totals(r)
	s.line("epochs", "0 to %d: %s, %s with a path; %d lost a race", lastEpoch(r), count(t.commits, "Commit"), thousands(t.paths), r.Rejected)
	kinds := map[string]int{}
	for _, c := range r.Compromises {
		kinds[c.Kind]++
	}
	var parts []string
	for _, k := range []struct{ kind, thing string }{{"snapshot", "snapshot"}, {"live", "live compromise"}, {"hoard", "hoard"}} {
		if n := kinds[k.kind]; n > 0 {
			parts = append(parts, count(n, k.thing))
		}
	}
	if len(parts) == 0 {
		parts = []string{"none"}
	}
	s.line("compromises", "%s", strings.Join(parts, ", "))
}

// leaks says which epochs and how many messages the adversary can read.
func (s summary) leaks(r *sim.Result) {
	leaked, retroactive := leakedEpochs(r)
	const width = 74
	if len(leaked) == 0 {
		s.line("leaked", "no epoch")
	} else {
		s.line("leaked", "%s: %s", count(len(leaked), "epoch"), shorten(ranges(leaked), width))
	}
	if len(retroactive) > 0 {
		s.line("", "after the epoch had ended: %s", shorten(ranges(retroactive), width-18))
	}
	if n := len(r.Messages); n > 0 {
		s.line("messages", "%s of %s can be read", thousands(totals(r).read), thousands(n))
	}
}

// maxHeals is how many compromises a summary lists.
const maxHeals = 8

// heals says for each compromise when it ended, and by what.
func (s summary) heals(r *sim.Result) {
	healed := map[int]sim.Heal{}
	for _, h := range r.Heals {
		healed[h.Compromise] = h
	}
	names := 0
	for _, c := range r.Compromises {
		names = max(names, len(r.Clients[c.Client]))
	}
	label := "healed"
	for i, c := range r.Compromises {
		if i == maxHeals {
			s.line("", "and %d more: result.json lists all", len(r.Compromises)-i)
			break
		}
		how := "not by the end"
		switch h, ok := healed[i]; {
		case ok && h.At < c.From: // a device that was left behind
			how = fmt.Sprintf("of no use from epoch %d on, by %s", h.Epoch, causes[h.Cause])
		case ok:
			how = fmt.Sprintf("in epoch %d by %s, after %s", h.Epoch, causes[h.Cause], span(max(0, h.At-c.Until)))
		}
		where := "epoch " + ranges(epochsOf(c))
		if c.Group != "" {
			where += " of " + c.Group
		}
		s.line(label, "%-*s taken in %s: %s", names, r.Clients[c.Client], where, how)
		label = ""
	}
}

func epochsOf(c sim.Compromise) []uint64 {
	var all []uint64
	for e := c.Epoch; e <= c.Last; e++ {
		all = append(all, e)
	}
	return all
}

// causes of healing, for people.
var causes = map[string]string{
	"own_commit": "an own Commit",
	"update":     "its Update",
	"removal":    "its removal",
	"psk":        "a PSK",
	"path":       "a Commit with a path",
}

// estimates says what several replications have in common.
func (s summary) estimates(results []*sim.Result) {
	for _, e := range aggregates(results) {
		label, value := strings.ReplaceAll(e.name, "_", " "), fmt.Sprintf("%.4g", e.Mean)
		if e.CI != nil {
			value += fmt.Sprintf("  (95 %%: %.4g to %.4g)", e.CI[0], e.CI[1])
		}
		fmt.Fprintf(s.w, "  %-28s %s\n", label, value)
	}
	h := healTimes(results)
	median := "not reached"
	if h.Median != nil {
		median = span(*h.Median)
	}
	fmt.Fprintf(s.w, "  %-28s %s  (%s, %d open at the end)\n", "time to heal, median", median, count(h.N, "compromise"), h.Censored)
}

// comparison says that model and implementation agree.
func (s summary) comparison(p *sim.Plan, rep *runReport) {
	if rep.Mismatches == nil {
		s.line("compared", "nothing: the %s engine ran alone", p.Engine)
		return
	}
	if *rep.Mismatches > 0 {
		s.line("compared", "model and implementation DIFFER")
		return
	}
	c := rep.Compared
	s.line("agreement", "model and implementation agree on all %s", count(c.Steps, "step"))
	s.line("", "and on whether each of %s leaks; %s carried out on bytes", count(c.Verdicts, "secret"), count(c.Replayed, "derivation"))
	if c.Opened+c.NotOpened > 0 {
		s.line("", "with stolen bytes, the attacker opens the %s that leak", count(c.Opened, "message"))
		s.line("", "and none of the other %s", thousands(c.NotOpened))
	}
	if c.Given > 0 {
		s.line("", "for %s of them it was given the reuse guard, 32 bits it would have to guess", thousands(c.Given))
	}
}
