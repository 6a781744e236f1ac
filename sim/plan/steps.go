package plan

import (
	"slices"
	"strconv"
	"strings"

	"mlssim/sim"
)

func (p *stepParser) create() {
	w := p.name()
	if p.created && len(p.known) > 0 && !p.another() {
		p.fail(p.step.Column, "a second group: the first has its members", "add brings further members into it; group G begins another")
	}
	p.created, p.step.Who = true, w.text
	p.introduce(w.text)
	if p.bad || !p.literal("sender") {
		return
	}
	for first := true; !p.bad && (first || p.more()); first = false {
		s := p.name()
		p.once(s.column, s.text, s.text+" cannot be in the group and outside")
		p.step.Others = append(p.step.Others, s.text)
		p.introduce(s.text)
	}
}

func (p *stepParser) add() {
	p.step.Who = p.member()
	for first := true; !p.bad && (first || p.more()); first = false {
		w := p.name()
		p.once(w.column, w.text, w.text+" cannot add itself")
		p.step.Others = append(p.step.Others, w.text)
	}
	for _, name := range p.step.Others {
		p.introduce(name)
	}
	if !p.bad && p.literal("psk") {
		p.mixed()
	}
	p.step.NoPath = p.literal("nopath")
}

func (p *stepParser) commit() {
	p.step.Who = p.member()
	for !p.bad && len(p.words) > 0 {
		column := p.words[0].column
		switch {
		case !p.step.NoPath && p.literal("nopath"):
			p.step.NoPath = true
		case !p.step.Omit && p.literal("omit"):
			p.step.Omit = true
		case !p.step.Rotate && p.literal("rotate"):
			p.step.Rotate = true
		case len(p.step.Others) == 0 && p.literal("remove"):
			p.others("a Commit cannot remove its committer (RFC 9420, Section 12.2)")
		case len(p.step.PSKs) == 0 && p.literal("psk"):
			p.mixed()
		case p.step.Name == "" && p.literal("reinit"):
			p.successor()
		default:
			p.fail(column, "nothing is to follow here, but "+quote(p.words[0].text)+" does", "the step is: "+p.form)
		}
	}
}

// others reads one or more members after remove.
func (p *stepParser) others(self string) {
	for first := true; !p.bad && (first || p.more()); first = false {
		column := p.end
		if len(p.words) > 0 {
			column = p.words[0].column
		}
		name := p.member()
		p.once(column, name, self)
		p.step.Others = append(p.step.Others, name)
	}
}

func (p *stepParser) propose() {
	p.step.Who = p.member()
	if p.bad {
		return
	}
	what, _ := p.next()
	switch what.text {
	case "update":
		p.step.Verb = sim.VerbProposeUpdate
	case "remove":
		p.step.Verb = sim.VerbProposeRemove
		p.step.Others = []string{p.member()}
	case "reinit":
		p.step.Verb = sim.VerbProposeReInit
		p.successor()
	case "":
		p.fail(what.column, "update, remove or reinit is missing", "the step is: "+p.form)
	default:
		p.fail(what.column, "nobody can propose "+quote(what.text), "the step is: "+p.form)
	}
}

func (p *stepParser) snapshot() {
	p.alone()
	if p.bad || !p.literal("only") {
		return
	}
	p.components()
}

// hsm reads the parts of a state that no theft takes.
func (p *stepParser) hsm() {
	p.alone()
	p.components()
}

// components reads one or more parts of a state.
func (p *stepParser) components() {
	for first := true; !p.bad && (first || len(p.words) > 0); first = false {
		w, ok := p.next()
		switch hint, known := component(w.text); {
		case !ok:
			p.fail(w.column, "a component is missing", "the components are "+strings.Join(sim.Components(), ", ")+" and node:i")
		case !known:
			p.fail(w.column, "no component "+quote(w.text), hint)
		case slices.Contains(p.step.Only, w.text):
			p.fail(w.column, w.text+" is named twice", "")
		default:
			p.step.Only = append(p.step.Only, w.text)
		}
	}
}

func (p *stepParser) send() {
	p.alone()
	p.step.Count = 1
	if p.bad || len(p.words) == 0 {
		return
	}
	w, _ := p.next()
	n, err := strconv.Atoi(w.text)
	if err != nil || n < 1 || n > maxSends {
		p.fail(w.column, quote(w.text)+" is not a number of messages", "1 to "+strconv.Itoa(maxSends))
	}
	p.step.Count = n
}

// wait reads how long nothing happens.
func (p *stepParser) wait() {
	w, ok := p.next()
	d, err := ParseDuration(w.text)
	switch {
	case !ok:
		p.fail(w.column, "a duration is missing", "the step is: "+p.form)
	case err != nil:
		p.fail(w.column, err.Error(), "such as 90d or 12h")
	case d == 0:
		p.fail(w.column, "nothing happens in no time", "such as 90d or 12h")
	case d > maxDuration-p.waited:
		p.fail(w.column, "a script lasts no longer than a hundred years", "")
	}
	if !p.bad {
		p.waited += d
		p.step.For = sim.Time(d)
	}
}

// alone reads the one member of a step.
func (p *stepParser) alone() { p.step.Who = p.member() }
