package sim

import (
	"fmt"
	"slices"
)

// watcher is the adversary on both sides.
type watcher struct {
	l                  *lockstep
	symbolic, concrete Adversary
	learned            []Name
	replayed           map[Name]bool
	reads              map[*both]bool // as last asked
}

func newWatcher(l *lockstep) *watcher {
	return &watcher{
		l: l, symbolic: l.symbolic.Adversary(), concrete: l.concrete.Adversary(),
		replayed: make(map[Name]bool), reads: make(map[*both]bool),
	}
}

func (w *watcher) Observe(m Message) {
	s, c := split(m)
	w.symbolic.Observe(s)
	w.concrete.Observe(c)
	w.compare("a message was observed")
}

func (w *watcher) Welcome(m Welcome) {
	s, c := split(m)
	w.symbolic.Welcome(s)
	w.concrete.Welcome(c)
	w.compare("a Welcome was observed")
}

func (w *watcher) Take(names []Name) {
	w.symbolic.Take(names)
	w.concrete.Take(names)
	w.compare(fmt.Sprintf("%d secrets were taken", len(names)))
}

// compare compares what both came to know, and replays how.
func (w *watcher) compare(what string) {
	s := w.symbolic.Learned()
	equalLists(w.l, "learned after "+what, s, w.concrete.Learned(), same)
	w.learned = append(w.learned, s...)
	deriver, ok := w.symbolic.(Deriver)
	if !ok {
		return
	}
	replayer, ok := w.concrete.(Replayer)
	if !ok {
		return
	}
	for _, n := range s {
		w.replay(deriver, replayer, n)
	}
}

// replay carries out the derivation of a secret on bytes, premises first. What
// was taken needs none: its bytes were given.
func (w *watcher) replay(d Deriver, r Replayer, n Name) {
	if w.replayed[n] {
		return
	}
	w.replayed[n] = true
	rule, ok := d.Why(n)
	if !ok {
		w.l.differ(fmt.Sprintf("derivation of %v", n), "known, but by no rule", "known")
		return
	}
	if rule.ID == RuleTaken {
		return
	}
	for _, from := range rule.From {
		w.replay(d, r, from)
	}
	if err := r.Replay(rule); err != nil {
		w.l.differ(fmt.Sprintf("derivation of %v", n), fmt.Sprintf("%s from %v", rule.ID, rule.From), err)
		return
	}
	w.l.counts.Replayed++
}

func (w *watcher) Learned() []Name {
	l := w.learned
	w.learned = nil
	slices.SortFunc(l, Name.Compare)
	return l
}

func (w *watcher) Knows(n Name) bool {
	s := w.symbolic.Knows(n)
	equal(w.l, fmt.Sprintf("adversary knows %v", n), s, w.concrete.Knows(n))
	return s
}

func (w *watcher) Reads(m Message) bool {
	x, y := split(m)
	s, c := w.symbolic.Reads(x), w.concrete.Reads(y)
	equal(w.l, "adversary reads an application message", s, c)
	if b, ok := m.(*both); ok {
		w.reads[b] = s && c
	}
	return s
}

func (w *watcher) readable() (opened, not int) {
	for _, yes := range w.reads { //det:ok counting does not depend on the order
		if yes {
			opened++
		} else {
			not++
		}
	}
	return opened, not
}
