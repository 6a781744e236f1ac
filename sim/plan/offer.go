package plan

import (
	"regexp"
	"slices"

	"mlssim/sim"
)

// The steps that say what becomes of the messages of the step before.

// follows refuses a step that has none before it.
func (p *stepParser) follows() bool {
	if len(p.steps) > 0 || p.bad {
		return true
	}
	p.fail(p.step.Column, "there is no step before it that sends anything", "")
	return false
}

func (p *stepParser) drop() { p.follows() }

func (p *stepParser) deliver() {
	if p.follows() {
		p.receivers()
	}
}

// receivers reads one or more members.
func (p *stepParser) receivers() {
	for first := true; !p.bad && (first || p.more()); first = false {
		column := p.end
		if len(p.words) > 0 {
			column = p.words[0].column
		}
		name := p.member()
		if slices.Contains(p.step.Others, name) {
			p.fail(column, name+" is named twice", "")
		}
		p.step.Others = append(p.step.Others, name)
	}
}

func (p *stepParser) keep() {
	if !p.follows() {
		return
	}
	w := p.label("a name for the message")
	if slices.Contains(p.kept, w.text) {
		p.fail(w.column, "a message is kept as "+w.text+" already", "")
	}
	p.kept = append(p.kept, w.text)
	p.step.Name = w.text
}

// label reads a word that names something other than a member.
func (p *stepParser) label(what string) word {
	w, ok := p.next()
	switch {
	case !ok:
		p.fail(w.column, what+" is missing", "the step is: "+p.form)
	case !memberForm.MatchString(w.text):
		p.fail(w.column, quote(w.text)+" is no name", "a letter, then letters and digits")
	}
	return w
}

func (p *stepParser) release() {
	p.step.Name = p.keptName()
	if p.more() {
		p.receivers()
	}
}

// keptName reads the name of a message that is kept.
func (p *stepParser) keptName() string {
	w := p.label("the name of a message")
	if !p.bad && !slices.Contains(p.kept, w.text) {
		p.fail(w.column, "no message is kept as "+quote(w.text), "a step keep "+w.text+" behind the one that sends it does so")
	}
	return w.text
}

var idForm = regexp.MustCompile(`^[a-z0-9_]+(\.[a-z0-9_]+)+$`)

// expect reads what receivers have to make of the message.
func (p *stepParser) expect() {
	if !p.follows() {
		return
	}
	switch what, _ := p.next(); what.text {
	case "accept":
		p.step.Verb = sim.VerbExpectAccept
	case "refuse":
		p.step.Verb = sim.VerbExpectRefuse
		id, ok := p.next()
		switch {
		case !ok:
			p.fail(id.column, "the requirement is missing", "the step is: "+p.form)
		case !idForm.MatchString(id.text):
			p.fail(id.column, quote(id.text)+" is not the name of a requirement", "such as commit.confirmation_tag")
		}
		p.step.ID = id.text
	case "":
		p.fail(what.column, "accept or refuse is missing", "the step is: "+p.form)
	default:
		p.fail(what.column, "nobody can be expected to "+quote(what.text), "the step is: "+p.form)
	}
	if !p.bad && p.literal("by") {
		p.receivers()
	}
}
