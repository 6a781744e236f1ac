package props

import (
	"slices"
	"strconv"
	"strings"
)

// The papers' predicates, as recursions over the epochs of a script. They know
// nothing of keys: only who did what, when, and whose state was taken.

// A Past is a history as the predicates see it.
type Past struct {
	Epochs      []Epoch
	Corruptions []Corruption

	shared   map[string]shared // external PSKs
	keepsRes bool              // somebody keeps resumption PSKs of epochs that are over
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
	return slices.ContainsFunc(p.Corruptions, func(c Corruption) bool { return p.unsafeBy(c, t) })
}

func (p *Past) unsafeBy(c Corruption, t int) bool {
	return !c.Part && (c.Epoch <= t && !p.healedIn(c, c.Epoch, t) || p.hoarded(c, t))
}

// UnsafeOpen is [Past.UnsafeACDT] as far as no PSK protects the epoch: the predicate
// speaks of none. All PSKs since the theft have to be known.
func (p *Past) UnsafeOpen(t int) bool {
	return slices.ContainsFunc(p.Corruptions, func(c Corruption) bool {
		for u := c.Epoch + 1; u <= t; u++ {
			if slices.ContainsFunc(p.Epochs[u].PSKs, func(psk string) bool { return !p.surely(psk) }) {
				return false
			}
		}
		return p.unsafeBy(c, t)
	})
}

// surely tells whether the adversary has a PSK for certain: it was given it, or has
// taken the whole state of somebody who held it.
func (p *Past) surely(psk string) bool {
	if number, ok := strings.CutPrefix(psk, "res:"); ok {
		e, err := strconv.Atoi(number)
		return err == nil && slices.ContainsFunc(p.Corruptions, func(c Corruption) bool { return !c.Part && p.exposes(c, e) })
	}
	s, ok := p.shared[psk]
	return ok && s.known
}

// maybe tells whether the adversary can have a PSK at all.
func (p *Past) maybe(psk string) bool {
	if number, ok := strings.CutPrefix(psk, "res:"); ok {
		e, err := strconv.Atoi(number)
		return err != nil || p.KnowEpoch(e) ||
			p.keepsRes && slices.ContainsFunc(p.Corruptions, func(c Corruption) bool { return c.Epoch >= e })
	}
	s, ok := p.shared[psk]
	return !ok || s.known || slices.ContainsFunc(p.Corruptions, func(c Corruption) bool { return c.At > s.at })
}

// guarded tells whether an epoch has mixed in a PSK that the adversary has not got.
func (p *Past) guarded(t int) bool {
	return slices.ContainsFunc(p.Epochs[t].PSKs, func(psk string) bool { return !p.maybe(psk) })
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
// A theft of some of a state counts as one of all of it, and a member that joined by
// a KeyPackage whose keys were taken is corrupted until it has rotated.
func (p *Past) UnsafeFSU(t int) bool {
	for _, m := range p.Epochs[t].Members {
		if slices.Contains(p.Epochs[p.version(m, t)].Stolen, m) {
			return true
		}
	}
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
