package sim

import "slices"

// Beside the age of its leaf key, what else makes a member refresh it, and who commits
// for the group.

// The ways in which a plan can choose who commits for the group.
const (
	CommitterRandom     = "random"     // one of those online
	CommitterLowest     = "lowest"     // of those online, the one at the lowest leaf
	CommitterDesignated = "designated" // the longest-standing member, whether it is online or not
	CommitterNext       = "next"       // whoever next has something to say
	CommitterTree       = "tree"       // of those online, one with the most blank nodes above it
)

// The ways in which a member refreshes its keys.
const (
	refreshCommit = "commit"
	refreshEmpty  = "empty"
)

// byCommit tells whether members refresh their keys by Commits of their own.
func (p *Policies) byCommit() bool { return p.How == refreshCommit || p.How == refreshEmpty }

// Lifespan draws after how long a leaf key is due to be replaced, at least a nanosecond.
func (p *Policies) Lifespan(s *Stream) Time {
	if p.Poisson {
		return s.Wait(float64(p.Update))
	}
	spread := float64(p.Jitter * (float64(2*s.Float64()) - 1))
	return max(1, Time(float64(p.Update)*float64(1+spread)))
}

// aged notes that a member's key is old in epochs.
func (d *driver) aged(c *client) {
	h, limit := c.habits, d.plan.Policies.AfterEpochs
	h.due = h.due || limit > 0 && c.epoch >= h.since+uint64(limit)
}

// alarm draws when the owner of a device from which something was taken begins to
// suspect so.
func (d *driver) alarm(c *client) {
	if mean, h := d.plan.Policies.Suspect, c.habits; mean > 0 && h != nil {
		at := d.now + d.seed.Stream("suspicion", ClientID(len(d.compromises))).Wait(float64(mean))
		_ = d.inRooms(c, func() error { // nothing fails there
			if c.habits != nil {
				c.habits.alarm = at
				d.sleep(c)
			}
			return nil
		})
	}
}

// answers tells whether a member that has something to say refreshes its key first,
// because it has heard something since it last did (RFC 9420, Section 3.2).
func (d *driver) answers(h *habits) bool { return d.plan.Policies.OnReply && h.heard }

// spoken notes what a message that was sent means for the sender's key.
func (d *driver) spoken(h *habits) {
	p := &d.plan.Policies
	h.sent++
	if p.AfterMessages > 0 && h.sent >= p.AfterMessages || d.answers(h) {
		h.due = true
	}
}

// choose returns who of those that could commit for the group is asked to; nil to wait
// for another.
func (d *driver) choose(able []*client) *client {
	switch d.plan.Policies.Committer {
	case CommitterLowest:
		return slices.MinFunc(able, func(a, b *client) int { return int(d.memberOf(a).Leaf) - int(d.memberOf(b).Leaf) })
	case CommitterDesignated:
		first := d.longestStanding()
		if slices.Contains(able, first) {
			return first
		}
		return nil
	case CommitterNext:
		return nil
	case CommitterTree:
		return slices.MaxFunc(able, func(a, b *client) int {
			if x, y := blanksAbove(a.machine.View()), blanksAbove(b.machine.View()); x != y {
				return x - y
			}
			return int(d.memberOf(b).Leaf) - int(d.memberOf(a).Leaf)
		})
	}
	return able[d.choice.IntN(len(able))]
}

// longestStanding returns the member that came first of those who are there.
func (d *driver) longestStanding() *client {
	first := slices.MinFunc(d.latest().members, func(a, b Member) int { return int(a.Client) - int(b.Client) })
	return d.clients[first.Client]
}

// blanksAbove counts the blank nodes above a member's leaf (RFC 9420, Appendix C).
func blanksAbove(v View) int {
	last := v.Members[len(v.Members)-1].Leaf
	level := 0
	for ; uint32(1)<<level <= last; level++ {
	}
	blank := level
	for _, p := range v.Parents {
		k := 0 // of the parent: as many bits as are set at the end of its index
		for ; p.Node>>k&1 == 1; k++ {
		}
		if p.Node>>(k+1) == 2*v.Leaf>>(k+1) {
			blank--
		}
	}
	return blank
}
