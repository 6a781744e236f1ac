package props

import (
	"slices"

	"mlssim/sim"
	"mlssim/spec"
)

// How a wild history offers what the adversary makes.

// A forging is what the adversary tries: the steps, of which the first that forges has
// to be made of its premises, and who judges what it makes behind which step.
type forging struct {
	rule   string
	steps  []sim.ScriptStep
	judges []string  // that are to accept it; nobody: it is accepted if the steps are possible
	guess  spec.ID   // by which it is refused if it was guessed; "" for what is missing
	but    []spec.ID // by which it can be refused although nothing is missing
}

// offer tries a forging, and tells whether it was accepted. With all premises it has to
// be, unless something else stands in the way; without, the adversary guesses, and the
// message has to be refused for the first that a receiver misses.
func (w *wild) offer(f forging) bool {
	steps := slices.Clone(f.steps)
	if len(f.judges) > 0 {
		steps = append(steps, sim.ScriptStep{Verb: sim.VerbExpectAccept, Others: f.judges})
	}
	if w.carry(steps...) {
		w.did[f.rule+" accepted"]++
		if w.wide.private && (f.rule == "A1" || f.rule == "A2") {
			w.did["a forged PrivateMessage"]++
		}
		return true
	}
	if lacks := w.now.lacking(); len(lacks) > 0 {
		w.guess(f, lacks)
		return false
	}
	ids := w.now.refusedBy()
	if len(ids) > 0 && !w.other(ids, f.but) {
		w.t.Fatalf("rule %s: it has all premises, and yet: %v\nscript: |\n%s", f.rule, w.now.refusal, indent(w.String()))
	}
	if len(ids) == 1 && w.refuse(f.steps, f.judges, ids[0]) {
		w.did[f.rule+" refused by "+string(ids[0])]++
	}
	return false
}

// other tells whether one of the reasons of a refusal has nothing to do with premises.
func (w *wild) other(ids, but []spec.ID) bool {
	return slices.ContainsFunc(ids, func(id spec.ID) bool { return slices.Contains(but, id) })
}

// guess offers a forgery with random bytes in the place of what is missing.
func (w *wild) guess(f forging, lacks []sim.Kind) {
	id := f.guess
	if id == "" {
		id = missing(lacks)
	}
	steps := slices.Clone(f.steps)
	i := slices.IndexFunc(steps, func(s sim.ScriptStep) bool { return s.Verb == sim.VerbForge && s.Forge != sim.ForgedIdentity })
	steps[i].Guess = true
	if !w.refuse(steps, f.judges, id) {
		if ids := w.now.refusedBy(); len(ids) == 0 || w.other(ids, f.but) {
			return // something else stands in the way
		}
		w.t.Fatalf("rule %s: %v is missing, and yet: %v\nscript: |\n%s", f.rule, lacks, w.now.refusal, indent(w.String()))
	}
	w.did[f.rule+" refused"]++
	if f.guess == "" && slices.Equal(lacks, []sim.Kind{sim.SignatureKey}) {
		w.did["A10 refused"]++ // all other secrets are there
	}
}

// refuse takes steps if judges refuse what they offer.
func (w *wild) refuse(steps []sim.ScriptStep, judges []string, id spec.ID) bool {
	return w.carry(append(slices.Clone(steps), sim.ScriptStep{Verb: sim.VerbExpectRefuse, ID: string(id), Others: judges})...)
}
