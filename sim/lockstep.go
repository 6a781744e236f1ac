package sim

import (
	"errors"
	"fmt"
	"slices"

	"mlssim/spec"
)

// A Mismatch is a difference between two backends that carried out the same
// run. Plan, Seed and Replication run it again; Record is the number of the
// last record before it.
type Mismatch struct {
	What               string // what was compared, and after which step
	Symbolic, Concrete string // what the two sides say

	Plan        string
	Seed        uint64
	Replication uint64
	At          Time
	Record      int
}

// Error says what differs, what both sides say, and which run shows it.
func (m *Mismatch) Error() string {
	return fmt.Sprintf("the two engines differ: %s\n  symbolic: %s\n  concrete: %s\n  plan %s, seed %d, replication %d, %d ns, after record %d",
		m.What, m.Symbolic, m.Concrete, m.Plan, m.Seed, m.Replication, m.At, m.Record)
}

// Lockstep returns a backend that carries out each step on both backends and
// compares all that can be seen: what is accepted and what is refused and why,
// views, secrets held and consumed, what is read and sent, and what the
// adversaries know. It implements [Comparer] and [Timed]. The symbolic side
// should implement [Deriver]; if the concrete side then implements [Replayer],
// each derivation is carried out on bytes.
func Lockstep(symbolic, concrete Backend) Backend {
	l := &lockstep{symbolic: symbolic, concrete: concrete}
	l.watcher = newWatcher(l)
	return l
}

type lockstep struct {
	symbolic, concrete Backend
	watcher            *watcher
	counts             Compared
	err                error // the first Mismatch
}

// both is a pair of what the two backends made: a KeyPackage, Message or Welcome.
type both struct{ symbolic, concrete any }

// pair returns nil only if both are nil, and a Mismatch if one is.
func (l *lockstep) pair(what string, s, c any) any {
	if !equal(l, what+" was made", s != nil, c != nil) || s == nil {
		return nil
	}
	return &both{s, c}
}

// split undoes pair.
func split(p any) (s, c any) {
	if b, ok := p.(*both); ok {
		return b.symbolic, b.concrete
	}
	return nil, nil
}

// differ keeps the first difference.
func (l *lockstep) differ(what string, s, c any) {
	if l.err == nil {
		l.err = &Mismatch{What: what, Symbolic: fmt.Sprintf("%+v", s), Concrete: fmt.Sprintf("%+v", c)}
	}
}

// equal compares one value.
func equal[T comparable](l *lockstep, what string, s, c T) bool {
	if s != c {
		l.differ(what, s, c)
	}
	return s == c
}

// equalLists compares two lists and reports the first place where they differ.
func equalLists[T any](l *lockstep, what string, s, c []T, same func(a, b T) bool) {
	for i := range min(len(s), len(c)) {
		if !same(s[i], c[i]) {
			l.differ(fmt.Sprintf("%s, item %d", what, i), s[i], c[i])
			return
		}
	}
	switch n := min(len(s), len(c)); {
	case len(s) > n:
		l.differ(fmt.Sprintf("%s, item %d", what, n), s[n], "nothing")
	case len(c) > n:
		l.differ(fmt.Sprintf("%s, item %d", what, n), "nothing", c[n])
	}
}

func same[T comparable](a, b T) bool { return a == b }

// verdict compares whether and why two backends refused. A refusal by the
// concrete side names one requirement, which must be among those that the
// symbolic side finds violated, or both are the same sentinel.
func (l *lockstep) verdict(what string, s, c error) error {
	l.counts.Steps++
	switch {
	case s == nil && c == nil:
		return nil
	case s == nil || c == nil || !agree(s, c):
		l.differ(what+" is refused", text(s), text(c))
		return l.err
	}
	return c
}

func text(err error) string {
	if err == nil {
		return "accepted"
	}
	return err.Error()
}

// agree tells whether two refusals are the same: a requirement that both name,
// or the same sentinel. A requirement may come with a sentinel on one side alone.
func agree(s, c error) bool {
	id := spec.Violated(c)
	if all, ok := errors.AsType[spec.Violations](s); ok && id != "" {
		return slices.Contains(all, id)
	}
	if x, y := sentinel(s), sentinel(c); x != nil || y != nil {
		return x == y
	}
	return id != "" && id == spec.Violated(s)
}

func (l *lockstep) Publish(step StepID, c ClientID) (KeyPackage, error) {
	s, errS := l.symbolic.Publish(step, c)
	k, errC := l.concrete.Publish(step, c)
	return l.published(step, s, k, errS, errC)
}

func (l *lockstep) PublishLast(step StepID, c ClientID) (KeyPackage, error) {
	s, errS := l.symbolic.PublishLast(step, c)
	k, errC := l.concrete.PublishLast(step, c)
	return l.published(step, s, k, errS, errC)
}

func (l *lockstep) published(step StepID, s, k KeyPackage, errS, errC error) (KeyPackage, error) {
	what := fmt.Sprintf("KeyPackage of step %d", step)
	if err := l.verdict(what, errS, errC); err != nil {
		return nil, err
	}
	return l.pair(what, s, k), l.sampled()
}

func (l *lockstep) Create(step StepID, c ClientID) (Machine, error) {
	s, errS := l.symbolic.Create(step, c)
	k, errC := l.concrete.Create(step, c)
	return l.created(step, s, k, errS, errC)
}

func (l *lockstep) CreateIn(step StepID, c ClientID, group string) (Machine, error) {
	s, errS := createIn(l.symbolic, step, c, group)
	k, errC := createIn(l.concrete, step, c, group)
	return l.created(step, s, k, errS, errC)
}

func (l *lockstep) created(step StepID, s, k Machine, errS, errC error) (Machine, error) {
	if err := l.verdict(fmt.Sprintf("creation in step %d", step), errS, errC); err != nil {
		return nil, err
	}
	return l.machine(fmt.Sprintf("creation in step %d", step), s, k), l.sampled()
}

func (l *lockstep) Join(c ClientID, w Welcome) (Machine, Output, error) {
	ws, wc := split(w)
	s, outS, errS := l.symbolic.Join(c, ws)
	k, outC, errC := l.concrete.Join(c, wc)
	return l.joined(c, s, k, outS, outC, errS, errC)
}

func (l *lockstep) JoinFrom(c ClientID, w Welcome, from Machine) (Machine, Output, error) {
	ws, wc := split(w)
	var fromS, fromC Machine
	if m, ok := from.(*pairedMachine); ok {
		fromS, fromC = m.symbolic, m.concrete
	}
	s, outS, errS := joinFrom(l.symbolic, c, ws, fromS)
	k, outC, errC := joinFrom(l.concrete, c, wc, fromC)
	return l.joined(c, s, k, outS, outC, errS, errC)
}

func (l *lockstep) joined(c ClientID, s, k Machine, outS, outC Output, errS, errC error) (Machine, Output, error) {
	what := fmt.Sprintf("joining of client %d", c)
	if err := l.verdict(what, errS, errC); err != nil {
		return nil, Output{}, err
	}
	return l.machine(what, s, k), l.output(what, outS, outC), l.sampled()
}

func (l *lockstep) Store(c ClientID) []Held {
	s := l.symbolic.Store(c)
	equalLists(l, fmt.Sprintf("store of client %d", c), s, l.concrete.Store(c), same)
	return s
}

func (l *lockstep) JoinExternal(step StepID, c ClientID, info Message, e External) (Output, error) {
	x, y := split(info)
	outS, errS := l.symbolic.JoinExternal(step, c, x, e)
	outC, errC := l.concrete.JoinExternal(step, c, y, e)
	what := fmt.Sprintf("external Commit of step %d", step)
	if err := l.verdict(what, errS, errC); err != nil {
		return Output{}, err
	}
	return l.output(what, outS, outC), l.sampled()
}

func (l *lockstep) Share(made StepID, id string, to ...ClientID) error {
	s, c := l.symbolic.Share(made, id, to...), l.concrete.Share(made, id, to...)
	return l.verdict(fmt.Sprintf("PSK of step %d", made), s, c)
}

func (l *lockstep) Retain(c ClientID, r Retention) {
	l.symbolic.Retain(c, r)
	l.concrete.Retain(c, r)
}

func (l *lockstep) Adversary() Adversary { return l.watcher }

func (l *lockstep) Names() []Name {
	s := l.symbolic.Names()
	equalLists(l, "names of all secrets", s, l.concrete.Names(), same)
	return s
}

// SetTime tells the time to those backends that want to know it.
func (l *lockstep) SetTime(t Time) {
	for _, b := range [...]Backend{l.symbolic, l.concrete} {
		if timed, ok := b.(Timed); ok {
			timed.SetTime(t)
		}
	}
}

func (l *lockstep) Err() error { return l.err }

// Compared counts what was compared so far; what can be read is counted as it
// was last asked.
func (l *lockstep) Compared() Compared {
	n := l.counts
	n.Opened, n.NotOpened = l.watcher.readable()
	if a, ok := l.concrete.Adversary().(Helped); ok {
		n.Given = a.Given()
	}
	return n
}

// Finish compares the verdicts of both adversaries on every secret of the run.
func (l *lockstep) Finish() error {
	for _, n := range l.Names() {
		l.watcher.Knows(n)
		l.counts.Verdicts++
	}
	return l.err
}

// sampled compares the names of all secrets: after each of the first hundred
// steps and after every hundredth then, for their number grows.
func (l *lockstep) sampled() error {
	if n := l.counts.Steps; n <= 100 || n%100 == 0 {
		l.Names()
	}
	return l.err
}
