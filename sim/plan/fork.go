package plan

import (
	"slices"
	"strconv"
)

// fork reads the name of a branch and, for those who want to be sure, its epoch.
func (p *stepParser) fork() {
	p.newBranch()
	if p.bad || !p.literal("at") {
		return
	}
	at, _ := p.next()
	epoch, err := strconv.ParseUint(at.text, 10, 63)
	if err != nil {
		p.fail(at.column, quote(at.text)+" is not an epoch", "the step is: "+p.form)
	}
	p.step.Epoch = &epoch
}

// newBranch reads the name of a branch that there is not.
func (p *stepParser) newBranch() {
	if p.bad {
		return
	}
	w := p.label("a name for the branch")
	if slices.Contains(p.branches, w.text) {
		p.fail(w.column, "there is a branch "+w.text+" already", "")
	}
	p.branches = append(p.branches, w.text)
	p.step.Name = w.text
}

// close reads the name of a branch.
func (p *stepParser) close() { p.step.Name = p.branch() }

// branch reads the name of a branch that there is.
func (p *stepParser) branch() string {
	w := p.label("the name of a branch")
	if !p.bad && !slices.Contains(p.branches, w.text) {
		p.fail(w.column, "there is no branch "+quote(w.text), "fork "+w.text+" begins it")
	}
	return w.text
}

// on reads the branch that the rest of the line is carried out on.
func (p *stepParser) on() {
	branch := p.branch()
	if p.bad {
		return
	}
	if len(p.words) == 0 || p.words[0].text == "on" || p.words[0].text == "in" {
		p.fail(p.end, "the step is missing", "the step is: "+p.form)
		return
	}
	p.readStep()
	p.step.On = branch
}
