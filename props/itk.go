package props

import "slices"

// Safety as in insider-secure TreeKEM (Alwen, Jost, Mularczyk: ITK, CRYPTO 2022),
// over the graph of epochs: whose own secrets of an epoch are known, which epochs
// can be entered from the one before, which epochs are known. A theft of some of
// a state counts as one of all of it.

// An at is a member in an epoch.
type at struct {
	epoch int
	who   string
}

// KnowEpoch tells whether the adversary may know the secrets of epoch t: somebody
// was exposed in it, or it can be entered.
func (p *Past) KnowEpoch(t int) bool { return p.Exposed(t) || p.canTraverse(t) }

// canTraverse tells whether epoch t can be entered: with a joiner's init key; or
// from an epoch that is known, by a Commit that has no path, or one with a path
// that somebody of whom the secrets are known can follow. PSKs have to be known.
func (p *Past) canTraverse(t int) bool {
	if t == 0 {
		return false
	}
	e := &p.Epochs[t]
	if p.guarded(t) {
		return false
	}
	if slices.ContainsFunc(e.Joined, func(j string) bool { return p.initKeyTaken(j, t) }) {
		return true
	}
	return p.KnowEpoch(e.Parent) &&
		(!e.Path || slices.ContainsFunc(e.Members, func(m string) bool { return p.know(at{t, m}, map[at]bool{}) }))
}

// know tells whether a member's own secrets of an epoch may be known: it was
// exposed there, its secrets came in known, or they are the same as in the epoch
// before or after, and known there.
func (p *Past) know(x at, seen map[at]bool) bool {
	if seen[x] || !p.Epochs[x.epoch].has(x.who) {
		return false
	}
	seen[x] = true
	if p.exposedIn(x) || p.injected(x) {
		return true
	}
	if x.epoch > 0 && !p.replaced(x) && p.know(at{p.Epochs[x.epoch].Parent, x.who}, seen) {
		return true
	}
	for child := range p.Epochs {
		y := at{child, x.who}
		if p.Epochs[child].Parent == x.epoch && !p.replaced(y) && p.know(y, seen) {
			return true
		}
	}
	return false
}

// exposedIn tells whether a member was exposed in an epoch.
func (p *Past) exposedIn(x at) bool {
	return slices.ContainsFunc(p.Corruptions, func(c Corruption) bool { return c.Who == x.who && p.exposes(c, x.epoch) })
}

// injected tells whether a member's secrets were known when an epoch brought
// them: the key of its Update was stolen in flight, or its init key.
func (p *Past) injected(x at) bool {
	e := &p.Epochs[x.epoch]
	if slices.Contains(e.Joined, x.who) && p.initKeyTaken(x.who, x.epoch) {
		return true
	}
	made, ok := e.Updated[x.who]
	return ok && slices.ContainsFunc(p.Corruptions, func(c Corruption) bool {
		return c.Who == x.who && c.Epoch == e.Parent && made < c.At
	})
}

// replaced tells whether an epoch brought a member secrets of its own anew.
func (p *Past) replaced(x at) bool {
	_, rotated := p.Epochs[x.epoch].Rotated(x.who)
	return rotated || slices.Contains(p.Epochs[x.epoch].Removed, x.who)
}
