package sim

import "fmt"

// Forge lets both adversaries make a message: both can, or neither.
func (w *watcher) Forge(f Forgery) (Forged, error) {
	s, ok := w.symbolic.(Forger)
	if !ok {
		return Forged{}, errNoForger
	}
	c, ok := w.concrete.(Forger)
	if !ok {
		return Forged{}, errNoForger
	}
	inS, inC := f, f
	inS.Adds, inC.Adds = splitAll(f.Adds)
	inS.Info, inC.Info = split(f.Info)
	madeS, errS := s.Forge(inS)
	madeC, errC := c.Forge(inC)
	w.l.counts.Steps++
	what := fmt.Sprintf("forged %v of step %d", f.Kind, f.Step)
	if (errS == nil) != (errC == nil) {
		w.l.differ(what+" can be made", text(errS), text(errC))
		return Forged{}, w.l.err
	}
	if errS != nil {
		return Forged{}, errS
	}
	w.compare(what)
	return Forged{
		Message:    w.l.pair(what+": a message", madeS.Message, madeC.Message),
		Welcome:    w.l.pair(what+": a Welcome", madeS.Welcome, madeC.Welcome),
		KeyPackage: w.l.pair(what+": a KeyPackage", madeS.KeyPackage, madeC.KeyPackage),
	}, w.l.err
}

// splitAll undoes pair for a list.
func splitAll(all []KeyPackage) (s, c []KeyPackage) {
	for _, one := range all {
		x, y := split(one)
		s, c = append(s, x), append(c, y)
	}
	return s, c
}
