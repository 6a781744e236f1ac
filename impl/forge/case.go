package forge

import (
	"slices"

	"mlssim/impl"
	"mlssim/spec"
)

// A Case is an input that one rule alone refuses, and a control: the same without
// what is wrong with it.
type Case struct {
	Section string // of the catalogue
	Name    string
	Want    spec.ID // that the input is refused for

	// Then is what refuses the same input with the rule switched off; "" if it is
	// accepted then, and [Alone] where the rule is what the code stands on, so that it
	// must not be switched off.
	Then spec.ID

	Entry Entry
	Bound string // why only this implementation can be given the input; "" for any

	make func(g *Group) (bad, good *Input)
}

// Alone marks a rule that must not be switched off.
const Alone spec.ID = "-"

// Make returns the input of a case and its control, both for the group as it is
// afterwards: the case may have prepared it. An input of a client's own doing may
// have no control.
func (c *Case) Make(g *Group) (bad, good *Input, err error) {
	defer failure(&err)
	bad, good = c.make(g)
	return bad, good, nil
}

// A recipe makes an input and its control.
type recipe struct {
	entry Entry
	bound string
	make  func(g *Group) (bad, good *Input)
}

// row is a case as it stands in a table.
type row struct {
	name string
	want spec.ID
	recipe
	then spec.ID
}

// at says by which entry point an input comes in.
func (r recipe) at(e Entry) recipe {
	r.entry = e
	return r
}

// only says why an input is not for other implementations.
func (r recipe) only(why string) recipe {
	r.bound = why
	return r
}

// Reasons why only this implementation can be given an input.
const (
	ownDoing   = "it is something that the client does itself"
	ownPolicy  = "it depends on what the application of the client decides"
	ownLimit   = "it depends on a limit of the client's own"
	otherGroup = "it depends on another group of the client"
)

// with lets the surroundings of all clients be others.
func with(why string, change func(*impl.Env), r recipe) recipe {
	return after(func(g *Group) { change(g.Env) }, r.only(why))
}

// blind leaves the control out, where nothing is wrong with the input itself.
func (r recipe) blind() recipe {
	inner := r.make
	r.make = func(g *Group) (bad, good *Input) {
		bad, _ = inner(g)
		return bad, nil
	}
	return r
}

// after lets something happen before the input and its control are made.
func after(prepare func(*Group), r recipe) recipe {
	inner := r.make
	r.make = func(g *Group) (bad, good *Input) {
		prepare(g)
		return inner(g)
	}
	return r
}

// does is what a client does itself; good may be nil.
func does(e Entry, bad, good func(*Group) error) recipe {
	act := func(g *Group, f func(*Group) error) *Input {
		if f == nil {
			return nil
		}
		return &Input{local: func() (err error) {
			defer failure(&err)
			return f(g)
		}}
	}
	return recipe{entry: e, bound: ownDoing, make: func(g *Group) (*Input, *Input) { return act(g, bad), act(g, good) }}
}

// Catalogue returns all cases, by section.
func Catalogue() []Case {
	var all []Case
	for _, t := range tables {
		for _, r := range t.rows {
			all = append(all, Case{t.section, r.name, r.want, r.then, r.entry, r.bound, r.make})
		}
	}
	return all
}

// Find returns the case of a section and name, or nil.
func Find(section, name string) *Case {
	all := Catalogue()
	i := slices.IndexFunc(all, func(c Case) bool { return c.Section == section && c.Name == name })
	if i < 0 {
		return nil
	}
	return &all[i]
}
