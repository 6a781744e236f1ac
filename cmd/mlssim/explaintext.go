package main

import (
	"fmt"
	"io"
	"strings"

	"mlssim/sim"
	"mlssim/sim/adversary"
)

// explanationText prints explanations for people.
type explanationText struct {
	w      io.Writer
	h      *history
	script []sim.ScriptStep
}

func (t *explanationText) printf(format string, args ...any) { fmt.Fprintf(t.w, format, args...) }

func (t *explanationText) print(e *explanation) error {
	if !e.Known {
		t.safe(e)
		return nil
	}
	t.printf("%s: known to the adversary since %s\n\n", t.h.call(e.target), t.when(*e.Since, e.Event))
	if err := e.derivation.Print(t.w, t.h.call); err != nil {
		return err
	}
	t.printf("\n%s; no derivation has fewer\n", count(int(min(e.Size, 1<<62)), "rule"))
	last := *e.Since
	for i, n := range e.derivation.Taken() {
		x := e.Taken[i]
		last = max(last, x.At)
		t.printf("%s was taken from %s at %s\n", t.h.call(n), x.From, t.when(x.At, x.Event))
	}
	if last > *e.Since {
		t.printf("by %s it was known by a longer derivation\n", span(*e.Since))
	}
	if e.Heal != nil {
		t.heal(e.Heal)
	}
	return nil
}

// when writes a time, the line of a script that stands for it, and the number of
// the event.
func (t *explanationText) when(at sim.Time, event int) string {
	s := span(at)
	if i := int(at / 1e9); len(t.script) > i {
		return fmt.Sprintf("%s (%q, event %s)", s, t.script[i].Text, thousands(event))
	}
	return fmt.Sprintf("%s (event %s)", s, thousands(event))
}

// width is how long lists of members may become.
const width = 60

func names(list []string) string { return shorten(strings.Join(list, ", "), width) }

func (t *explanationText) heal(x *remedies) {
	t.printf("\nwould have healed, out of epoch %d:\n", x.Epoch)
	if len(x.Commits) > 0 {
		t.printf("  a Commit with a path by %s\n", names(x.Commits))
	}
	for _, u := range x.Updates {
		t.printf("  an Update of %s, committed by %s\n", u.Member, names(u.By))
	}
	for _, r := range x.Removes {
		t.printf("  a Remove of %s, committed by %s\n", r.Member, names(r.By))
	}
	if len(x.Together) > 0 {
		t.printf("  a Commit with a path by any of %s that covers Updates or Removes of the others\n", names(x.Together))
	}
	if len(x.Commits)+len(x.Updates)+len(x.Removes)+len(x.Together) == 0 {
		t.printf("  nothing that one Commit covers\n")
	}
	if len(x.Not) > 0 {
		t.printf("would not have healed:\n")
	}
	for _, n := range x.Not {
		t.printf("  %s: its path is encrypted to %s\n", what(n), t.h.call(n.key))
	}
	t.printf("  a Commit without a path: its commit_secret is zero\n")
	if x.Healed != nil {
		t.printf("the next epoch that is safe is %d\n", *x.Healed)
	} else {
		t.printf("no later epoch of the run is safe\n")
	}
}

func what(r remedyText) string {
	switch r.How {
	case "update":
		return fmt.Sprintf("an Update of %s, committed by %s", r.Member, names(r.By))
	case "remove":
		return fmt.Sprintf("a Remove of %s, committed by %s", r.Member, names(r.By))
	}
	return "a Commit with a path by " + names(r.By)
}

func (t *explanationText) safe(e *explanation) {
	t.printf("%s: safe\n\n", t.h.call(e.target))
	if len(e.lacks) == 0 {
		t.printf("no rule gives it: it would have to be taken\n")
	}
	for _, l := range e.lacks {
		row, _ := adversary.Lookup(l.rule.ID)
		var missing []string
		for _, n := range l.missing {
			missing = append(missing, t.h.call(n))
		}
		if row.Section != "" {
			row.Text += " (RFC 9420, Section " + row.Section + ")"
		}
		t.printf("missing: %s\n  %s\n", strings.Join(missing, " and "), row.Text)
	}
	if n, ok := t.h.leaksWithout(e.target); ok {
		t.printf("the epoch leaks all the same: its secret tree was taken (--secret encryption:%d)\n", n)
	}
	if len(e.Miss.HeldBy) > 0 {
		t.printf("it can be taken itself: %s\n", heldBy(e.Miss.HeldBy))
	}
	t.miss(e.Miss)
}

func (t *explanationText) miss(m *miss) {
	switch {
	case len(m.Sets) == 0 && m.Exact:
		t.printf("no three other secrets of members' states would open it\n")
		return
	case len(m.Sets) == 0:
		t.printf("too many ways were tried to say which other secrets would open it\n")
		return
	}
	fewest := "fewest thefts that would open it"
	if !m.Exact {
		fewest = "thefts that would open it, though there may be others"
	}
	t.printf("%s: %s, in %s\n", fewest, count(m.AtLeast, "secret"), count(m.Count, "way"))
	for i, set := range m.Sets {
		if i == 5 {
			t.printf("  and others\n")
			break
		}
		for j, x := range set {
			t.printf("  %s%s (%s)\n", map[bool]string{true: "and "}[j > 0], t.h.call(x.name), heldBy(x.HeldBy))
		}
	}
}

// heldBy writes in whose state a secret was, and when.
func heldBy(list []holderText) string {
	var parts []string
	for _, x := range list {
		until := "the end"
		if x.Until != sim.Never {
			until = span(x.Until)
		}
		parts = append(parts, fmt.Sprintf("%s from %s to %s", x.Member, span(x.From), until))
	}
	return names(parts)
}

// leaksWithout returns the number of an epoch that leaks although its epoch_secret is
// safe.
func (h *history) leaksWithout(n sim.Name) (uint64, bool) {
	for _, e := range h.Epochs {
		if n.Kind == sim.EpochSecret && e.Step == n.Origin && e.LeakedAt != sim.Never {
			return e.Epoch, true
		}
	}
	return 0, false
}
