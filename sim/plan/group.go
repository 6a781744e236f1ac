package plan

// group reads the name of a group that there is not.
func (p *stepParser) group() {
	p.newBranch()
	if p.groups == nil {
		p.groups = map[string]bool{}
	}
	p.groups[p.step.Name] = false
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
