package plan

import (
	"slices"

	"mlssim/sim"
)

// forge reads what the adversary makes, and in whose name.
func (p *stepParser) forge() {
	p.step.Who = p.member()
	if p.bad {
		return
	}
	switch what, _ := p.next(); what.text {
	case "commit":
		p.step.Forge = sim.ForgedCommit
		p.forgedCommit()
	case "update":
		p.step.Forge = sim.ForgedUpdate
	case "add":
		p.step.Forge = sim.ForgedAdd
		p.adds()
		p.single(what.column, p.step.Adds)
	case "remove":
		p.step.Forge = sim.ForgedRemove
		p.receivers()
		p.single(what.column, p.step.Others)
	case "external":
		p.step.Forge = sim.ForgedExternal
		p.step.Resync = p.literal("resync")
	case "groupinfo":
		p.step.Forge = sim.ForgedGroupInfo
	case "keypackage":
		p.step.Forge = sim.ForgedKeyPackage
	case "welcome":
		p.step.Forge = sim.ForgedWelcome
		p.adds()
		p.single(what.column, p.step.Adds)
		if !p.bad && !p.literal("on") {
			p.fail(p.end, "the branch where it leads is missing", "the step is: "+p.form)
		}
		p.newBranch()
	case "":
		p.fail(what.column, "what to forge is missing", "the step is: "+p.form)
	default:
		p.fail(what.column, "nobody can forge "+quote(what.text), "the step is: "+p.form)
	}
	if !p.bad && p.literal("guess") {
		p.step.Guess = true
	}
}

// lure reads who is to join, by which GroupInfo, and where that leads.
func (p *stepParser) lure() {
	w := p.name()
	p.step.Who = w.text
	p.introduce(w.text)
	if !p.bad && !p.literal("by") {
		p.fail(p.end, "the GroupInfo is missing", "the step is: "+p.form)
	}
	if p.bad {
		return
	}
	p.step.ID = p.keptName()
	if !p.bad && !p.literal("on") {
		p.fail(p.end, "the branch where it leads is missing", "the step is: "+p.form)
	}
	p.newBranch()
	p.step.Resync = !p.bad && p.literal("resync")
}

// vouch is a forgery without a message: the Authentication Service's.
func (p *stepParser) vouch() {
	p.alone()
	p.step.Verb, p.step.Forge = sim.VerbForge, sim.ForgedIdentity
}

// forgedCommit reads what a forged Commit covers by value.
func (p *stepParser) forgedCommit() {
	for !p.bad {
		switch {
		case len(p.step.Adds) == 0 && p.literal("add"):
			p.adds()
		case len(p.step.Others) == 0 && p.literal("remove"):
			p.receivers()
		case len(p.step.Garbage) == 0 && p.literal("garbage"):
			removed := p.step.Others
			p.step.Others = nil
			p.receivers()
			p.step.Garbage, p.step.Others = p.step.Others, removed
		case len(p.step.PSKs) == 0 && p.literal("psk"):
			p.mixed()
		default:
			return
		}
	}
}

// adds reads who is added: somebody new is a client of the adversary's.
func (p *stepParser) adds() {
	for first := true; !p.bad && (first || p.more()); first = false {
		w := p.name()
		if slices.Contains(p.step.Adds, w.text) {
			p.fail(w.column, w.text+" is named twice", "")
		}
		p.step.Adds = append(p.step.Adds, w.text)
		p.introduce(w.text)
	}
}

// single refuses a proposal of more than one.
func (p *stepParser) single(column int, names []string) {
	if len(names) > 1 {
		p.fail(column, "a proposal is about one member", "a Commit covers several: forge A commit")
	}
}

// reservedForging are words that cannot name a member for the sake of forge.
var reservedForging = []string{"add", "garbage", "guess", "on", "rotate", "sender"}
