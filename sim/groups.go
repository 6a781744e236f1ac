package sim

import "slices"

// Several groups, whose clients share what a device shares: signature key,
// KeyPackages, PSKs of the application's. Each but the first is carried out as a
// branch is, and forked off nothing.

// runGroup begins a group that nobody is in.
func (s *script) runGroup(step ScriptStep) error {
	for _, b := range s.branches {
		if b.name == step.Name {
			return illegalf("there is a group or branch %s already", step.Name)
		}
	}
	s.branches = append(s.branches, &branch{name: step.Name, apart: true, group: &group{}})
	return nil
}

// own returns the epochs that a branch shares with no other.
func (b *branch) own() []*epoch {
	if b.apart {
		return b.epochs
	}
	return b.epochs[b.from+1:]
}

// createIn makes the group of the present step.
func (w *world) createIn(step StepID, c *client) (Machine, error) {
	if w.at == "" {
		return w.backend.Create(step, c.id)
	}
	return createIn(w.backend, step, c.id, w.at)
}

// anywhere returns who is a member of a group, or on a branch.
func (w *world) anywhere() []ClientID {
	groups := []*group{w.group}
	if len(w.branches) > 0 {
		groups = w.groupsOfForks()
	}
	var all []ClientID
	for _, g := range groups {
		if len(g.epochs) == 0 {
			continue
		}
		for _, m := range g.latest().members {
			all = append(all, m.Client)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
