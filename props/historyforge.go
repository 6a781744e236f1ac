package props

import (
	"fmt"
	"maps"
	"slices"

	"pgregory.net/rapid"

	"mlssim/sim"
	"mlssim/spec"
	"mlssim/spec/req"
)

// Forgeries of a wild history, by the rules of docs/rules.md.

// victim draws in whose name something is forged, and who judges it: those in the
// newest epoch, but for the victim.
func (w *wild) victim(on string) (who string, judges []string) {
	who = w.one(slices.Sorted(maps.Keys(w.now.at(on).members)), "victim")
	return who, minusNames(w.now.present(on), []string{who})
}

// revoked is what stands in the way of every forgery that brings a leaf: that the
// Authentication Service accepts the signature key no longer.
var revoked = []spec.ID{req.CredentialAS}

// forgeProposal is A1.
func (w *wild) forgeProposal() {
	on := w.place()
	who, judges := w.victim(on)
	if len(judges) == 0 {
		return
	}
	w.loot(who, on)
	s := sim.ScriptStep{Verb: sim.VerbForge, Who: who, Forge: sim.ForgedUpdate, On: on}
	committer := w.one(judges, "committer")
	switch {
	case w.chance(3, "add"):
		s.Forge, s.Adds = sim.ForgedAdd, []string{w.name("G")}
	case len(judges) > 1 && w.chance(3, "remove"):
		s.Forge, s.Others = sim.ForgedRemove, []string{w.one(minusNames(judges, []string{committer}), "removed")}
	}
	if w.offer(forging{rule: "A1", steps: []sim.ScriptStep{s}, judges: judges, but: revoked}) && s.Forge == sim.ForgedUpdate {
		w.did["a leaf forged"]++
	}
	if w.chance(2, "cover") {
		w.carry(sim.ScriptStep{Verb: sim.VerbCommit, Who: committer, On: on})
	}
}

// forgeCommit is A2: of nothing, or with a client of the adversary's in it, or without
// a member, or with a path that not all can open.
func (w *wild) forgeCommit() {
	on := w.place()
	who, judges := w.victim(on)
	if len(judges) == 0 {
		return
	}
	w.loot(who, on)
	s := sim.ScriptStep{Verb: sim.VerbForge, Who: who, Forge: sim.ForgedCommit, On: on}
	if w.chance(3, "ghost") {
		s.Adds = []string{w.name("G")}
	}
	f := forging{rule: "A2", judges: judges, but: revoked}
	if w.chance(2, "psks") {
		s.PSKs, f.but = w.forgedPSKs(on), append([]spec.ID{req.PSKAvailable}, revoked...)
	}
	switch {
	case len(judges) > 1 && w.chance(3, "remove"):
		s.Others = []string{w.one(judges, "removed")}
	case len(judges) > 1 && w.chance(2, "garbage"):
		w.garble(s, judges)
		return
	}
	f.steps = []sim.ScriptStep{s}
	if !w.offer(f) {
		return
	}
	w.did["a leaf forged"]++
	if len(s.Adds) > 0 {
		w.did["a ghost added"]++
	}
	if len(s.PSKs) > 0 {
		w.did["a forged Commit with PSKs"]++
	}
}

// forgedPSKs draws the PSKs of a forged Commit, which some may not have.
func (w *wild) forgedPSKs(on string) []string {
	psks := []string{fmt.Sprintf("res:%d", w.now.at(on).epoch)}
	if p := w.one(slices.Concat(w.wide.psks, w.wide.exported), "psk"); p != "" {
		psks = append(psks, p)
	}
	return psks[rapid.IntRange(0, len(psks)-1).Draw(w.t, "without"):]
}

// garble forges a Commit whose path one of the members cannot open. It refuses, and
// the group is in pieces, if others follow.
func (w *wild) garble(s sim.ScriptStep, judges []string) {
	s.Garbage = []string{w.one(judges, "garbage")}
	if w.refuse([]sim.ScriptStep{s}, s.Garbage, req.PathDecrypt) {
		w.did["a Commit with garbage"]++
		return
	}
	if ids := w.now.refusedBy(); len(ids) > 0 && !w.other(ids, revoked) {
		w.t.Fatalf("garbage: %v\nscript: |\n%s", w.now.refusal, indent(w.String()))
	}
}

// outsiders are what can stand in the way of one who comes in from outside.
var outsiders = append([]spec.ID{req.LeafSignatureKeyUnique, req.ListAddUnique}, revoked...)

// forgeExternal is A5, in the place of the victim's leaf or, if that is out, of none.
func (w *wild) forgeExternal() {
	who, judges := w.victim("")
	if len(judges) == 0 {
		return
	}
	w.loot(who, "")
	if w.chance(3, "out") {
		if judges = w.out(who, judges); len(judges) == 0 {
			return
		}
	}
	_, in := w.now.at("").members[who]
	s := sim.ScriptStep{Verb: sim.VerbForge, Who: who, Forge: sim.ForgedExternal, Resync: in && !w.chance(4, "beside")}
	w.offer(forging{rule: "A5", steps: []sim.ScriptStep{s}, judges: judges, guess: req.CredentialAS, but: outsiders})
}

// forgeBeside is A9: the Authentication Service accepts a key of the adversary's, which
// comes in beside the victim. A device that signs for whoever is there has the key of
// its leaf, with which nobody comes in a second time.
func (w *wild) forgeBeside() {
	who, judges := w.victim("")
	if len(judges) == 0 {
		return
	}
	w.offer(forging{rule: "A9", judges: judges, steps: []sim.ScriptStep{
		{Verb: sim.VerbForge, Who: who, Forge: sim.ForgedIdentity},
		{Verb: sim.VerbForge, Who: who, Forge: sim.ForgedExternal},
	}, but: []spec.ID{req.LeafSignatureKeyUnique}})
}

// out removes somebody, and returns which of the judges follow: in whose name a proposal
// was forged, that one cannot follow the Commit that covers it.
func (w *wild) out(who string, judges []string) []string {
	w.carry(sim.ScriptStep{Verb: sim.VerbCommit, Who: judges[0], Others: []string{who}})
	there := w.now.present("")
	return slices.DeleteFunc(judges, func(name string) bool { return !slices.Contains(there, name) })
}

// forgeKeyPackage is A3. Who is in the group already is not added once more.
func (w *wild) forgeKeyPackage() {
	who, judges := w.victim("")
	if len(judges) < 2 {
		return
	}
	w.loot(who, "")
	if w.chance(2, "out") {
		if judges = w.out(who, judges); len(judges) < 2 {
			return
		}
	}
	w.offer(forging{rule: "A3", judges: judges[1:], guess: req.CredentialAS, but: outsiders, steps: []sim.ScriptStep{
		{Verb: sim.VerbForge, Who: who, Forge: sim.ForgedKeyPackage},
		{Verb: sim.VerbAdd, Who: judges[0], Others: []string{who}},
	}})
}

// forgeInfo is A6: somebody joins by a GroupInfo that is not the group's.
func (w *wild) forgeInfo() {
	who, _ := w.victim("")
	w.loot(who, "")
	bait := w.name("i")
	w.offer(forging{rule: "A6", guess: req.CredentialAS, but: revoked, steps: []sim.ScriptStep{
		{Verb: sim.VerbForge, Who: who, Forge: sim.ForgedGroupInfo}, {Verb: sim.VerbKeep, Name: bait},
		{Verb: sim.VerbLure, Who: w.name("V"), ID: bait, Name: w.name("x")},
	}})
}

// forgeWelcome is A7.
func (w *wild) forgeWelcome() {
	who, _ := w.victim("")
	w.loot(who, "")
	v := w.name("V")
	w.offer(forging{rule: "A7", guess: req.WelcomeSignature, but: revoked, judges: []string{v}, steps: []sim.ScriptStep{
		{Verb: sim.VerbForge, Who: who, Forge: sim.ForgedWelcome, Adds: []string{v}, Name: w.name("x")},
	}})
}

// forgeOutside is A8.
func (w *wild) forgeOutside() {
	judges := w.now.present("")
	if len(judges) == 0 {
		return
	}
	s := sim.ScriptStep{Verb: sim.VerbForge, Who: w.senders[0], Forge: sim.ForgedAdd, Adds: []string{w.name("G")}}
	if w.chance(2, "remove") {
		s.Forge, s.Adds, s.Others = sim.ForgedRemove, nil, []string{w.one(judges, "removed")}
	}
	if w.chance(2, "robbed") {
		w.carry(sim.ScriptStep{Verb: sim.VerbSnapshot, Who: w.senders[0]})
	}
	w.offer(forging{rule: "A8", steps: []sim.ScriptStep{s}, judges: judges})
}
