package props

import (
	"fmt"
	"maps"
	"slices"

	"pgregory.net/rapid"

	"mlssim/sim"
)

// A wild history is one in which the adversary does not only look: it forges, forks,
// withholds and leads astray, in several groups. What is possible next depends on what
// it knows, so each step is tried on the model before it is taken.
type wild struct {
	*History
	t   *rapid.T
	now trial

	kept  []string // messages
	infos []string // GroupInfos
	count int      // of names that the adversary has given
}

// DrawWild is [DrawWide] with an adversary that acts, at least acts times and at most
// three times as often.
func DrawWild(t *rapid.T, limit, steps, acts int) *History {
	h := newHistory(limit)
	h.wide = &wide{unused: map[string]int{}, last: map[string]bool{}, holders: map[string][]string{}}
	h.senders, h.did = []string{"S1"}, map[string]int{}
	h.run(t, steps)
	w := &wild{History: h, t: t}
	if !w.carry() {
		t.Fatalf("%v\nscript: |\n%s", w.now.refusal, indent(h.String()))
	}
	for range rapid.IntRange(acts, 3*acts).Draw(t, "acts") {
		all := w.acts()
		all[rapid.IntRange(0, len(all)-1).Draw(t, "act")]()
	}
	if w.chance(3, "successor") {
		w.reinit()
	}
	return h
}

// acts lists what can be tried. Each leaves the history as it is if it cannot be done.
func (w *wild) acts() []func() {
	return []func(){
		w.honest, w.honest, w.theft, w.withhold, w.some, w.released, w.stale, w.stale, w.fork, w.another, w.exhaust, w.drawBadly,
		w.forgeProposal, w.forgeProposal, w.forgeCommit, w.forgeCommit, w.forgeCommit, w.forgeExternal, w.forgeBeside, w.forgeKeyPackage, w.forgeKeyPackage,
		w.forgeInfo, w.forgeInfo, w.forgeWelcome, w.forgeWelcome, w.forgeOutside, w.replaceKey,
		w.frame, w.inHardware, w.inHardware, w.subgroup, w.subgroup, w.drawer, w.refresh,
	}
}

// carry takes steps if all of them are possible.
func (w *wild) carry(steps ...sim.ScriptStep) bool {
	now := w.attempt(steps)
	if now.refusal != nil {
		w.now.refusal = now.refusal
		return false
	}
	for _, s := range steps {
		w.step(s)
	}
	w.now = now
	return true
}

// attempt tells what would become of steps.
func (w *wild) attempt(steps []sim.ScriptStep) trial {
	now, err := try(slices.Concat(w.Steps, steps))
	if err != nil {
		w.t.Fatalf("%v\nscript: |\n%s", err, indent((&History{Steps: renumbered(slices.Concat(w.Steps, steps))}).String()))
	}
	return now
}

func (w *wild) name(prefix string) string {
	w.count++
	return fmt.Sprintf("%s%d", prefix, w.count)
}

func (w *wild) chance(of int, label string) bool {
	return rapid.IntRange(1, of).Draw(w.t, label) == 1
}

// one draws one of some names; "" if there is none.
func (w *wild) one(names []string, label string) string {
	if len(names) == 0 {
		return ""
	}
	return rapid.SampledFrom(names).Draw(w.t, label)
}

// place draws where something happens: in the group, or elsewhere.
func (w *wild) place() string {
	places := slices.Sorted(maps.Keys(w.now.places)) // the first is the group
	if len(places) == 1 || !w.chance(3, "elsewhere") {
		return ""
	}
	return w.one(places, "place")
}

// honest lets a member do something, wherever it is.
func (w *wild) honest() {
	on := w.place()
	who, other := w.one(w.now.present(on), "actor"), w.one(w.now.present(on), "other")
	if who == "" {
		return
	}
	switch rapid.IntRange(0, 5).Draw(w.t, "what") {
	case 0, 1:
		w.carry(sim.ScriptStep{Verb: sim.VerbCommit, Who: who, On: on})
	case 2:
		w.carry(sim.ScriptStep{Verb: sim.VerbProposeUpdate, Who: who, On: on})
	case 3:
		w.carry(sim.ScriptStep{Verb: sim.VerbSend, Who: who, Count: 1, On: on})
	case 4:
		w.carry(sim.ScriptStep{Verb: sim.VerbAdd, Who: who, Others: []string{w.name("N")}, On: on})
	case 5:
		w.carry(sim.ScriptStep{Verb: sim.VerbCommit, Who: who, Others: []string{other}, On: on})
	}
}

// loot takes something of somebody, as a rule: a state, or some parts of it.
func (w *wild) loot(who, on string) {
	s := sim.ScriptStep{Verb: sim.VerbSnapshot, Who: who, On: on}
	switch rapid.IntRange(0, 7).Draw(w.t, "loot") {
	case 0, 1:
		return
	case 2, 3, 4: // some of what a forgery takes
		for _, p := range []string{"signature", "membership", "init", "leaf", "enc"} {
			if w.chance(2, p) {
				s.Only = append(s.Only, p)
			}
		}
	}
	w.carry(s)
}

func (w *wild) theft() {
	on := w.place()
	if who := w.one(slices.Sorted(maps.Keys(w.now.at(on).members)), "victim"); who != "" {
		w.loot(who, on)
	}
}

// withhold lets a Commit get lost, and keeps it.
func (w *wild) withhold() {
	if who := w.one(w.now.present(""), "actor"); who != "" {
		m := w.name("w")
		if w.carry(sim.ScriptStep{Verb: sim.VerbCommit, Who: who}, sim.ScriptStep{Verb: sim.VerbDrop}, sim.ScriptStep{Verb: sim.VerbKeep, Name: m}) {
			w.kept = append(w.kept, m)
			w.did["a Commit withheld"]++
		}
	}
}

// some gives a message to some of those whose it is, and keeps it.
func (w *wild) some() {
	all := w.now.present("")
	if len(all) < 3 {
		return
	}
	who, to, m := w.one(all, "actor"), w.one(all, "receiver"), w.name("w")
	s := sim.ScriptStep{Verb: sim.VerbCommit, Who: who}
	if w.chance(2, "message") {
		s = sim.ScriptStep{Verb: sim.VerbSend, Who: who, Count: 1}
	}
	if w.carry(s, sim.ScriptStep{Verb: sim.VerbDeliver, Others: []string{to}}, sim.ScriptStep{Verb: sim.VerbKeep, Name: m}) {
		w.kept = append(w.kept, m)
		w.did["a message for some"]++
	}
}

// released delivers what was kept: late, or once more.
func (w *wild) released() {
	if m := w.one(w.kept, "kept"); m != "" && w.carry(sim.ScriptStep{Verb: sim.VerbRelease, Name: m}) {
		w.did["a message late or twice"]++
	}
}

// stale lets a member give a GroupInfo, or leads somebody astray by one that was kept.
func (w *wild) stale() {
	if i := w.one(w.infos, "info"); i != "" && w.chance(2, "lure") {
		if w.carry(sim.ScriptStep{Verb: sim.VerbLure, Who: w.name("V"), ID: i, Name: w.name("x")}) {
			w.did["a stale GroupInfo"]++
		}
		return
	}
	if who := w.one(w.now.present(""), "actor"); who != "" {
		i := w.name("i")
		if w.carry(sim.ScriptStep{Verb: sim.VerbGroupInfo, Who: who}, sim.ScriptStep{Verb: sim.VerbKeep, Name: i}) {
			w.infos = append(w.infos, i)
		}
	}
}

// fork begins a branch, on which somebody commits.
func (w *wild) fork() {
	x := w.name("x")
	who := w.one(w.now.present(""), "actor")
	if who == "" || !w.carry(sim.ScriptStep{Verb: sim.VerbFork, Name: x}) {
		return
	}
	if w.carry(sim.ScriptStep{Verb: sim.VerbCommit, Who: who, On: x}) {
		w.did["a fork"]++
	}
	if w.chance(4, "close") {
		w.carry(sim.ScriptStep{Verb: sim.VerbClose, Name: x})
	}
}

// another lets members of the group meet in a group of their own.
func (w *wild) another() {
	all := w.now.present("")
	if len(all) < 2 {
		return
	}
	g, who := w.name("g"), w.one(all, "actor")
	other := w.one(minusNames(all, []string{who}), "other")
	if w.carry(sim.ScriptStep{Verb: sim.VerbGroup, Name: g}, sim.ScriptStep{Verb: sim.VerbCreate, Who: who, On: g},
		sim.ScriptStep{Verb: sim.VerbAdd, Who: who, Others: []string{other}, On: g}) {
		w.did["another group of the same clients"]++
		if w.chance(2, "robbed") && w.carry(sim.ScriptStep{Verb: sim.VerbSnapshot, Who: other}) {
			w.did["a theft across groups"]++
		}
	}
}

// exhaust lets a client join, and join again, by a KeyPackage of last resort.
func (w *wild) exhaust() {
	all := w.now.present("")
	if len(all) < 2 {
		return
	}
	who, v := w.one(all, "actor"), w.name("N")
	steps := []sim.ScriptStep{{Verb: sim.VerbKeyPackage, Who: v, Last: true}, {Verb: sim.VerbAdd, Who: who, Others: []string{v}},
		{Verb: sim.VerbCommit, Who: who, Others: []string{v}}, {Verb: sim.VerbAdd, Who: who, Others: []string{v}}, {Verb: sim.VerbSteal, Who: v}}
	if w.carry(steps...) {
		w.did["KeyPackages run out"]++
	}
}

// drawBadly lets somebody commit or add with bad randomness.
func (w *wild) drawBadly() {
	who := w.one(w.now.present(""), "actor")
	s := sim.ScriptStep{Verb: sim.VerbCommit, Who: who}
	if w.chance(2, "add") {
		s = sim.ScriptStep{Verb: sim.VerbAdd, Who: who, Others: []string{w.name("N")}}
	}
	if who != "" {
		w.carry(sim.ScriptStep{Verb: sim.VerbBadRandom, Who: who}, s)
	}
}

// replaceKey lets a member make a new signature key, and the old one be revoked.
func (w *wild) replaceKey() {
	who := w.one(w.now.present(""), "actor")
	if who == "" || !w.carry(sim.ScriptStep{Verb: sim.VerbCommit, Who: who, Rotate: true}) {
		return
	}
	w.did["a signature key replaced"]++
	if w.chance(3, "revoke") {
		w.carry(sim.ScriptStep{Verb: sim.VerbRevoke, Who: who})
	}
}
