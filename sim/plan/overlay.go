package plan

import (
	"cmp"

	"mlssim/sim"
)

// groupsFile turns the groups of a plan back into their keys.
func groupsFile(g sim.Groups) Groups {
	return Groups{max(1, g.Number), g.Size, cmp.Or(Spread(g.Spread), Defaults().Groups.Spread)}
}

// plan turns keys into groups. A single one is that of all members.
func (f Groups) plan() sim.Groups {
	if f.Number <= 1 {
		return sim.Groups{}
	}
	return sim.Groups{Number: f.Number, Size: f.Size, Spread: string(f.Spread)}
}

// checkGroups refuses groups that cannot be filled, and what means nothing in a single one.
func (d *decoder) checkGroups(f *File) {
	g := f.Groups
	switch {
	case g.Number == 1 && g != Defaults().Groups:
		d.failAt("groups", "groups.number says how many there are", "a single group is that of all members: groups.size and groups.spread mean nothing")
	case g.Number == 1 && f.Policies.AllGroups:
		d.failAt("policies.update_all_groups", "groups.number says how many there are", "policies.update_all_groups means nothing: there is one group")
	case g.Size > f.Members:
		d.failAt("groups.size", "", "a group of %d cannot be made of %d members", g.Size, f.Members)
	case g.Number > 1 && f.Protocol != mls:
		d.failAt("groups.number", "protocol: mls", "%s is there for one group alone", f.Protocol)
	case g.Number > 1 && g.Size == 0 && g.Spread != Defaults().Groups.Spread:
		d.failAt("groups.spread", "groups.size says how many members each has", "all members are in every group: there is nothing to draw")
	}
}
