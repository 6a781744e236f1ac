package plan

import "slices"

// group reads the name of a group that there is not.
func (p *stepParser) group() {
	p.newBranch()
	p.begins(p.step.Name, false)
}

// begins notes a group, and whether it has its creator.
func (p *stepParser) begins(name string, made bool) {
	if p.groups == nil {
		p.groups = map[string]bool{}
	}
	p.groups[name] = made
}

// successor reads the name of the group that follows one which a ReInit ends. Several
// ReInits may name the same.
func (p *stepParser) successor() {
	if len(p.words) > 0 && slices.Contains(p.follow, p.words[0].text) {
		p.step.Name = p.words[0].text
		p.words = p.words[1:]
		return
	}
	p.newBranch()
	p.follow = append(p.follow, p.step.Name)
	p.begins(p.step.Name, true)
}

// reinit reads who sets up the group that a ReInit has named.
func (p *stepParser) reinit() {
	p.alone()
	p.step.NoPath = !p.bad && p.literal("nopath")
}

// subgroup reads who sets up a group of some members, what it is called, and who they
// are.
func (p *stepParser) subgroup() {
	p.alone()
	p.newBranch()
	p.begins(p.step.Name, true)
	for first := true; !p.bad && (first || p.more()); first = false {
		column := p.end
		if len(p.words) > 0 {
			column = p.words[0].column
		}
		name := p.member()
		p.once(column, name, name+" is in it anyway")
		p.step.Others = append(p.step.Others, name)
	}
	p.step.NoPath = !p.bad && p.literal("nopath")
}

// in reads the group that the rest of the line is carried out in.
func (p *stepParser) in() {
	p.inside = ""
	if len(p.words) > 0 {
		p.inside = p.words[0].text
	}
	if _, ok := p.groups[p.inside]; !ok && len(p.words) > 0 {
		p.fail(p.words[0].column, "there is no group "+quote(p.inside), "group "+p.inside+" begins it")
	}
	p.on()
	p.inside = ""
}

// another tells whether somebody may make the group of the step, as is not the first.
func (p *stepParser) another() bool {
	made, ok := p.groups[p.inside]
	if !ok || made {
		return false
	}
	p.groups[p.inside] = true
	return true
}
