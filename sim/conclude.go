package sim

import "fmt"

// What is said of branches at the end of a run without a log.

// A ForkRecord is a branch that the group has left, or that some have not come back from.
type ForkRecord struct {
	Epoch uint64 `json:"epoch"`    // the last one that it shares with what the group went on with
	At    Time   `json:"at_ns"`    // when the later of the two Commits was made
	Depth int    `json:"depth"`    // how many epochs it had, on the longest way
	Until Time   `json:"until_ns"` // when the last member left it; Never if some are on it at the horizon
}

// conclude decides which branch counts: at each fork the one on which most members are
// at the end, of equals that of the better rank. All else is reported as branches.
func (d *driver) conclude() {
	if d.root == nil {
		return
	}
	weight := map[*version]int{}
	for _, c := range d.clients {
		for v := c.here; v != nil; v = v.parent {
			weight[v]++
		}
	}
	line := lineFrom(d.root, weight)
	tip := line[len(line)-1]
	d.group, d.trunk = tip.group, tip.group
	for lines := [][]*version{line}; len(lines) > 0; lines = lines[1:] {
		for i, v := range lines[0] {
			if i+1 == len(lines[0]) {
				v.epochs[len(v.epochs)-1].End = Never
				continue
			}
			next := lines[0][i+1]
			v.epochs[len(v.epochs)-1].End = next.begun()
			for _, other := range v.children {
				if other != next {
					branch := lineFrom(other, weight)
					lines = append(lines, branch)
					d.reportFork(v, next, branch, weight)
				}
			}
		}
	}
	d.settleHeals(tip)
}

// begun returns when the epoch of a version began.
func (v *version) begun() Time { return v.epochs[len(v.epochs)-1].Start }

// lineFrom returns the versions on the way that most have gone from one on.
func lineFrom(v *version, weight map[*version]int) []*version {
	line := []*version{v}
	for len(v.children) > 0 {
		best := v.children[0]
		for _, o := range v.children[1:] {
			if w, b := weight[o], weight[best]; w > b || w == b && o.rank < best.rank {
				best = o
			}
		}
		v = best
		line = append(line, v)
	}
	return line
}

// reportFork describes a branch that begins beside the one that counts.
func (d *driver) reportFork(at, next *version, line []*version, weight map[*version]int) {
	first := line[0]
	r := ForkRecord{Epoch: at.service.epoch, At: max(first.begun(), next.begun()), Until: max(first.begun(), next.begun())}
	for all := []*version{first}; len(all) > 0; all = all[1:] {
		v := all[0]
		r.Depth, r.Until = max(r.Depth, v.depth-at.depth), max(r.Until, v.left)
		all = append(all, v.children...)
	}
	if weight[first] > 0 {
		r.Until = Never
	}
	d.forks = append(d.forks, r)
	d.branches = append(d.branches, &branch{name: fmt.Sprintf("fork%d", len(d.forks)), from: at.service.epoch, group: line[len(line)-1].group})
}

// settleHeals says which compromises have healed, by the epochs of the branch that
// counts and by what is known at the end.
func (d *driver) settleHeals(tip *version) {
	for _, t := range d.thefts {
		shared := t.here
		if _, y := diverge(tip, t.here); y != nil {
			shared = y.parent
		}
		for _, e := range tip.epochs {
			if t.healed || !t.ended || e.Epoch <= shared.service.epoch {
				continue
			}
			if d.close(t, e, d.secret(e)); t.healed {
				d.heals[len(d.heals)-1].At = e.Start
			}
		}
	}
}
