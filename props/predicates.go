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
// protocol of this kind must give up. It speaks of whole states: it does not
// count a theft of some of one.
func (p *Past) UnsafeACDT(t int) bool {
	for _, c := range p.Corruptions {
		switch {
		case c.Part:
		case c.Epoch <= t && !p.healedIn(c, c.Epoch, t):
			return true
		case p.hoarded(c, t):
			return true
		}
	}
	return false
}

// hoarded tells whether the victim was in epoch t, before the one in which its
// state was taken, and has kept the secrets of t.
func (p *Past) hoarded(c Corruption, t int) bool {
	if c.Part || c.Since < 0 || c.Epoch <= t || !p.Epochs[t].has(c.Who) {
		return false
	}
	// It hoarded in t if it began before the epoch ended for it.
	return c.Since < p.Epochs[t+1].At
}

// UnsafeFSU is forward secrecy with updates for epoch t: as [Past.UnsafeACDT],
// but a member's later state gives its past away until it has rotated its keys.
// A theft of some of a state counts as one of all of it.
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

// Exposed tells whether a member's state was taken while it was in epoch t, or
// later from a device that kept everything.
func (p *Past) Exposed(t int) bool {
	return slices.ContainsFunc(p.Corruptions, func(c Corruption) bool { return p.exposes(c, t) })
}

// exposes is [Past.Exposed] for one theft.
func (p *Past) exposes(c Corruption, t int) bool {
	return c.Epoch == t && p.Epochs[t].has(c.Who) || p.hoarded(c, t)
}
