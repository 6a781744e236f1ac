package crowd

import "mlssim/sim"

// A theft is one while it matters: until an epoch begins of which the adversary does
// not know the secrets.
type theft struct {
	index   int // in Result.Compromises
	victim  Member
	newest  uint32 // the epoch that the newest leaf key that was taken is from
	pending uint32 // the epoch that would begin with a Commit that covers the Update that was taken; 0 if none
	rotated string // how the victim's stolen key first left the tree
}

// take robs a member's device of everything.
func (d *driver) take(m Member) {
	x := d.g.members[m]
	a := d.g.adversary
	if x.cursor == live && x.left != forever {
		d.add(sim.Record{What: sim.DidNothing, Who: nameOf(m), Epoch: uint64(d.g.epoch)})
		return
	}
	at := d.g.at(&x)
	a.Take(m, Everything)
	d.add(sim.Record{What: sim.DidSnapshot, Who: nameOf(m), Epoch: uint64(at)})
	d.leaks()
	d.compromises = append(d.compromises, sim.Compromise{Client: d.client(m), Kind: "snapshot",
		From: d.now, Until: d.now, Epoch: uint64(at), Last: uint64(at)})
	k := d.g.leafKeyOf(&x)
	t := theft{index: len(d.compromises) - 1, victim: m, newest: max(k.born, x.next)}
	if x.asked == d.g.epoch {
		t.pending = d.g.epoch + 1
	}
	// The device of a member that has slept for long gives away epochs that are over;
	// the group may have got rid of it in one of them.
	for e := at + 1; e <= d.g.epoch; e++ {
		if d.close(&t, e, "") {
			return
		}
	}
	d.thefts = append(d.thefts, t)
}

// healed closes the thefts that are of no use in the epoch that a Commit begins.
func (l *ledger) healed(c Commit) {
	n := 0
	for _, t := range l.thefts {
		x := &l.d.g.members[t.victim]
		born, how := t.newest, ""
		if x.left == forever {
			born = l.d.g.stampOf(x) - 1
		}
		switch {
		case born <= t.newest:
		case c.By == t.victim:
			how = "own_commit"
		case born == t.pending:
			t.newest = born // the Update whose key was stolen with the rest
		default:
			how = "update"
		}
		if !l.close(&t, c.Epoch, how) {
			l.thefts[n] = t
			n++
		}
	}
	l.thefts = l.thefts[:n]
}

// close tells whether a theft is of no use from an epoch on, and notes by what it
// healed. In that epoch the victim had a leaf key that was not stolen, and how says
// how that came; or none.
func (l *ledger) close(t *theft, epoch uint32, how string) bool {
	if l.d.g.members[t.victim].left <= epoch {
		how = "removal"
	}
	if t.rotated == "" {
		t.rotated = how
	}
	if at, _ := l.d.g.adversary.Leaked(epoch); at != Never {
		return false
	}
	h := sim.Heal{Compromise: t.index, Epoch: uint64(epoch), At: l.d.now, Cause: t.rotated}
	if h.Cause == "" {
		h.Cause = "path"
	}
	l.heals = append(l.heals, h)
	l.add(sim.Record{What: sim.DidHeal, Who: nameOf(t.victim), Epoch: uint64(epoch), Cause: h.Cause})
	return true
}
