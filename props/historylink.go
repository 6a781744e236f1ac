package props

import (
	"mlssim/sim"
	"mlssim/spec/req"
)

// Groups of a wild history that come from others, and what is done to devices in it.

// stolen lets a client publish a KeyPackage, at times, that is stolen, and somebody's
// state be taken.
func (w *wild) stolen(names []string) {
	if who := w.one(names, "stocked"); w.chance(2, "stolen") {
		w.carry(sim.ScriptStep{Verb: sim.VerbKeyPackage, Who: who}, sim.ScriptStep{Verb: sim.VerbSteal, Who: who})
		w.loot(who, "")
	}
}

// subgroup lets some members go on in a group of their own, too.
func (w *wild) subgroup() {
	all := w.now.present("")
	if len(all) < 2 {
		return
	}
	w.stolen(all)
	who, s := w.one(all, "actor"), w.name("s")
	other := w.one(minusNames(all, []string{who}), "other")
	if w.carry(sim.ScriptStep{Verb: sim.VerbSubgroup, Who: who, Name: s, Others: []string{other}, NoPath: w.chance(2, "nopath")}) {
		w.carry(sim.ScriptStep{Verb: sim.VerbCommit, Who: other, On: s})
	}
}

// reinit ends the group in favour of another, in which all go on. Nothing is possible in
// the first any more.
func (w *wild) reinit() {
	all := w.now.present("")
	if len(all) < 2 {
		return
	}
	w.stolen(all)
	g, who := w.name("r"), w.one(all, "actor")
	end := []sim.ScriptStep{{Verb: sim.VerbCommit, Who: who, Name: g, NoPath: w.chance(2, "nopath")}}
	if w.chance(2, "proposed") {
		end = []sim.ScriptStep{{Verb: sim.VerbCommit, Who: who, Omit: true}, {Verb: sim.VerbProposeReInit, Who: who, Name: g}, {Verb: sim.VerbCommit, Who: w.one(all, "other")}}
	}
	if !w.carry(append(end, sim.ScriptStep{Verb: sim.VerbReInit, Who: w.one(all, "founder"), NoPath: w.chance(2, "bare")})...) {
		return
	}
	for range 3 {
		if who := w.one(w.now.present(g), "member"); who != "" && w.chance(2, "commit") {
			w.carry(sim.ScriptStep{Verb: sim.VerbCommit, Who: who, On: g})
		} else if who != "" {
			w.loot(who, g)
		}
	}
}

// frame changes how handshake messages go out.
func (w *wild) frame() {
	s := sim.ScriptStep{Verb: sim.VerbFraming, Name: "private"}
	if w.wide.private {
		s.Name = "public"
	}
	if w.carry(s) {
		w.wide.private = !w.wide.private
	}
}

// inHardware lets a device sign for who is on it, and no longer.
func (w *wild) inHardware() {
	who, judges := w.victim("")
	if len(judges) == 0 || !w.carry(sim.ScriptStep{Verb: sim.VerbHSM, Who: who, Only: []string{"signature"}}, sim.ScriptStep{Verb: sim.VerbWatch, Who: who}) {
		return
	}
	s := sim.ScriptStep{Verb: sim.VerbForge, Who: who, Forge: sim.ForgedCommit}
	accepted := w.offer(forging{rule: "A2", steps: []sim.ScriptStep{s}, judges: judges, but: revoked})
	if accepted {
		w.did["a device that signs"]++
	}
	if !w.carry(sim.ScriptStep{Verb: sim.VerbUnwatch, Who: who}) {
		w.t.Fatalf("%v\nscript: |\n%s", w.now.refusal, indent(w.String()))
	}
	if judges = minusNames(w.now.present(""), []string{who}); !accepted || len(judges) == 0 {
		return
	}
	late := sim.ScriptStep{Verb: sim.VerbForge, Who: who, Forge: sim.ForgedUpdate, Guess: true}
	if w.refuse([]sim.ScriptStep{late}, judges, req.ContentSignature) { // it has made the epoch, and knows all else
		w.did["a device that signs no more"]++
	}
}

// drawer lets a member sleep while the group goes on, and be robbed then.
func (w *wild) drawer() {
	all := w.now.present("")
	if len(all) < 2 {
		return
	}
	who := w.one(all, "sleeper")
	if w.carry(sim.ScriptStep{Verb: sim.VerbFreeze, Who: who}, sim.ScriptStep{Verb: sim.VerbCommit, Who: w.one(minusNames(all, []string{who}), "actor")},
		sim.ScriptStep{Verb: sim.VerbSnapshot, Who: who}) && w.chance(2, "awake") {
		w.carry(sim.ScriptStep{Verb: sim.VerbThaw, Who: who})
	}
}

// refresh lets a member be robbed, and heal by an Update that another covers.
func (w *wild) refresh() {
	all := w.now.present("")
	if len(all) < 2 {
		return
	}
	who := w.one(all, "robbed")
	w.carry(sim.ScriptStep{Verb: sim.VerbSnapshot, Who: who}, sim.ScriptStep{Verb: sim.VerbProposeUpdate, Who: who},
		sim.ScriptStep{Verb: sim.VerbCommit, Who: w.one(minusNames(all, []string{who}), "actor")})
}
