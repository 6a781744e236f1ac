package props

import "slices"

// The papers' predicates, as recursions over the epochs of a script. They know
// nothing of keys: only who did what, when, and whose state was taken.

// A Past is a history as the predicates see it.
type Past struct {
	Epochs      []Epoch
	Corruptions []Corruption
}

// heals tells whether epoch u rid the group of what the corruption took of
// its victim: a Commit with path by the victim, an Update of it made after the
// theft, or its removal.
func (p *Past) heals(c Corruption, u int) bool {
	e := &p.Epochs[u]
	if slices.Contains(e.Removed, c.Who) {
		return true
	}
	at, ok := e.Rotated(c.Who)
	return ok && at > c.At
}

// healedIn tells whether the corruption healed in one of the epochs from+1 to to.
func (p *Past) healedIn(c Corruption, from, to int) bool {
	for u := from + 1; u <= to; u++ {
		if p.heals(c, u) {
			return true
		}
	}
	return false
}

// UnsafeACDT is the negation of the predicate safe of Alwen, Coretti, Dodis
// and Tselekounis (CRYPTO 2020) for epoch t: what even the best possible
// protocol of this kind must give up.
func (p *Past) UnsafeACDT(t int) bool {
	for _, c := range p.Corruptions {
		if c.Epoch <= t && !p.healedIn(c, c.Epoch, t) {
			return true
		}
		if c.Epoch > t && p.hoarded(c, t) {
			return true
		}
	}
	return false
}

// hoarded tells whether the victim was in epoch t and has kept its secrets.
func (p *Past) hoarded(c Corruption, t int) bool {
	if c.Since < 0 || !p.Epochs[t].has(c.Who) {
		return false
	}
	// It hoarded in t if it began before the epoch ended for it.
	return t == len(p.Epochs)-1 || c.Since < p.Epochs[t+1].At
}

// UnsafeFSU is forward secrecy with updates: as [Past.UnsafeACDT], but a
// member's later state gives its past away until it has rotated its keys.
func (p *Past) UnsafeFSU(t int) bool {
	for _, c := range p.Corruptions {
		switch {
		case c.Epoch <= t && !p.healedIn(c, c.Epoch, t):
			return true
		case c.Epoch > t && (c.Since >= 0 || !p.rotatedIn(c.Who, t, c.Epoch)):
			return true
		}
	}
	return false
}

func (p *Past) rotatedIn(who string, from, to int) bool {
	for u := from + 1; u <= to; u++ {
		if _, ok := p.Epochs[u].Rotated(who); ok {
			return true
		}
	}
	return false
}

// LeakFStar is the disjunction of the machine-checked theorem on the epoch
// secret (DY*, ePrint 2025/410) for epoch t: the attacker can know the
// epoch_secret only if this holds.
func (p *Past) LeakFStar(t int) bool {
	if t == 0 {
		return false // fresh randomness (RFC 9420, Section 11)
	}
	e := &p.Epochs[t]
	if !p.initFStar(t - 1) {
		return false
	}
	if !e.Path {
		return true
	}
	return slices.ContainsFunc(e.Members, func(m string) bool { return p.leafTaken(m, t) })
}

// initFStar is the theorem on init_secret: the epoch_secret is known, or some
// participant's init_secret of this very epoch was taken.
func (p *Past) initFStar(t int) bool { return p.LeakFStar(t) || p.Exposed(t) }

// Exposed tells whether a member's state was taken while it was in epoch t, or
// later from a device that kept everything.
func (p *Past) Exposed(t int) bool {
	return slices.ContainsFunc(p.Corruptions, func(c Corruption) bool {
		return c.Epoch == t || c.Epoch > t && p.hoarded(c, t)
	})
}

// leafTaken tells whether the keys that go with a member's leaf of epoch t were
// taken, before or after: in an epoch with the same leaf, as the key of an
// Update in flight, or from a device that kept everything.
func (p *Past) leafTaken(who string, t int) bool {
	version := p.version(who, t)
	made, _ := p.Epochs[version].Rotated(who)
	for _, c := range p.Corruptions {
		if c.Who != who {
			continue
		}
		same := p.Epochs[c.Epoch].has(who) && p.version(who, c.Epoch) == version
		inFlight := c.Epoch == version-1 && made < c.At
		kept := c.Since >= 0 && c.At > made
		if same || inFlight || kept {
			return true
		}
	}
	return false
}

// version returns the epoch in which a member's leaf of epoch t came in.
func (p *Past) version(who string, t int) int {
	for v := t; v > 0; v-- {
		if _, ok := p.Epochs[v].Rotated(who); ok {
			return v
		}
	}
	return 0
}
