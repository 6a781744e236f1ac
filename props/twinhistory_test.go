package props

import (
	"testing"

	"pgregory.net/rapid"

	"mlssim/spec"
)

// TestModelAndImplementationDoTheSame lets both live through the same random
// histories, in which much is tried that is forbidden.
func TestModelAndImplementationDoTheSame(t *testing.T) {
	all := &tally{map[string]int{}, map[spec.ID]int{}}
	rapid.Check(t, func(t *rapid.T) {
		w := newTwins(t, all)
		for range 3 {
			w.grow(t)
		}
		t.Repeat(w.actions())
	})
	for _, what := range []string{
		"commit", "add", "leave", "send", "late", "branch", "reinit", "external, remove true", "external, remove false",
		"propose add", "propose update", "propose remove", "propose psk", "propose reinit", "propose group_context_extensions", "propose 0xf200",
		"cover add", "cover update", "cover remove", "cover psk", "cover group_context_extensions", "cover 0xf200", "outside add",
		"carry add", "carry remove", "carry psk", "carry reinit", "carry group_context_extensions", "carry 0xf200",
		spec.ErrEpoch.Error(), spec.ErrOwn.Error(), spec.ErrRemoved.Error(),
	} {
		if all.happened[what] == 0 {
			t.Errorf("%s: never happened", what)
		}
	}
	if len(all.refused) < 30 {
		t.Errorf("refused for %d requirements only: %v", len(all.refused), all.refused)
	}
	t.Logf("happened: %v", all.happened)
	t.Logf("refused for %d requirements: %v", len(all.refused), all.refused)
}

// actions are what can happen in a history, and the check after each.
func (w *twins) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"propose":  w.propose, // often, so that there is something to cover
		"another":  w.propose,
		"a third":  w.propose,
		"commit":   w.commit,
		"a second": w.commit,
		"reinit":   w.reinit,
		"external": w.external,
		"outside":  w.outside,
		"branch":   w.branch,
		"send":     w.send,
		"again":    w.again,
		"public":   w.tamperPublic,
		"private":  w.tamperPrivate,
		"wait":     w.wait,
		"":         w.check,
	}
}
