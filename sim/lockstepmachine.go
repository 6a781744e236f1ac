package sim

import (
	"fmt"
	"slices"
)

// The states of a client on both sides, and what a step is given and gives on each.

// machine pairs two states and compares what they show; nil for two that are nil.
func (l *lockstep) machine(what string, s, c Machine) Machine {
	if !equal(l, what+" gives a state", s != nil, c != nil) || s == nil {
		return nil
	}
	m := &pairedMachine{l, s, c}
	m.View()
	m.Secrets()
	return m
}

// pairedMachine is one client's state on both sides.
type pairedMachine struct {
	l                  *lockstep
	symbolic, concrete Machine
}

func (m *pairedMachine) Step(in Input) (Machine, Output, error) {
	what := describe(in)
	inS, inC := splitInput(in)
	s, outS, errS := m.symbolic.Step(inS)
	c, outC, errC := m.concrete.Step(inC)
	if err := m.l.verdict(what, errS, errC); err != nil {
		return nil, Output{}, err
	}
	next := m.l.machine(what, s, c)
	return next, m.l.output(what, outS, outC), m.l.sampled()
}

func (m *pairedMachine) View() View {
	s, c := m.symbolic.View(), m.concrete.View()
	what := fmt.Sprintf("view of leaf %d in epoch %d", s.Leaf, s.Epoch)
	equal(m.l, what+", epoch", s.Epoch, c.Epoch)
	equal(m.l, what+", own leaf", s.Leaf, c.Leaf)
	equal(m.l, what+", agreement", s.Agreement, c.Agreement)
	equal(m.l, what+", what follows", s.Follows, c.Follows)
	equalLists(m.l, what+", members", s.Members, c.Members, same)
	equalLists(m.l, what+", parents", s.Parents, c.Parents, func(a, b Parent) bool {
		return a.Node == b.Node && a.Key == b.Key && slices.Equal(a.Unmerged, b.Unmerged)
	})
	return s
}

func (m *pairedMachine) Secrets() []Held {
	s := m.symbolic.Secrets()
	equalLists(m.l, "secrets held", s, m.concrete.Secrets(), same)
	return s
}

// output pairs two outputs and compares what both sides say. Bytes exist on the
// concrete side alone.
func (l *lockstep) output(what string, s, c Output) Output {
	out := Output{
		Send: l.pair(what+": a message", s.Send, c.Send), Welcome: l.pair(what+": a Welcome", s.Welcome, c.Welcome),
		Next: l.machine(what+", staged", s.Next, c.Next), First: l.machine(what+", alone", s.First, c.First),
		Data: c.Data, Removed: c.Removed, Consumed: c.Consumed, Cost: c.Cost,
	}
	equal(l, what+": data read", string(s.Data), string(c.Data))
	equal(l, what+": removed", s.Removed, c.Removed)
	equalLists(l, what+": consumed", s.Consumed, c.Consumed, same)
	equal(l, what+": HPKE encryptions", s.Cost.Seals, c.Cost.Seals)
	equal(l, what+": HPKE decryptions", s.Cost.Opens, c.Cost.Opens)
	equal(l, what+": signatures verified", s.Cost.Verifies, c.Cost.Verifies)
	return out
}

// splitInput gives each side its half of what an input carries.
func splitInput(in Input) (s, c Input) {
	switch in := in.(type) {
	case ProposeAdd:
		x, y := split(in.KeyPackage)
		return ProposeAdd{in.Step, x, in.Private}, ProposeAdd{in.Step, y, in.Private}
	case Commit:
		s, c := in, in
		s.Adds, c.Adds = splitAll(in.Adds)
		return s, c
	case Found:
		s, c := in, in
		s.Adds, c.Adds = splitAll(in.Adds)
		return s, c
	case Handle:
		x, y := split(in.Message)
		return Handle{x}, Handle{y}
	case Open:
		x, y := split(in.Message)
		return Open{x}, Open{y}
	}
	return in, in
}

// describe names an input in a Mismatch.
func describe(in Input) string {
	switch in := in.(type) {
	case ProposeUpdate:
		return fmt.Sprintf("Update of step %d", in.Step)
	case ProposeAdd:
		return fmt.Sprintf("Add of step %d", in.Step)
	case ProposeRemove:
		return fmt.Sprintf("Remove of step %d", in.Step)
	case ProposeReInit:
		return fmt.Sprintf("ReInit of step %d", in.Step)
	case Found:
		return fmt.Sprintf("founding of step %d", in.Step)
	case Commit:
		return fmt.Sprintf("Commit of step %d", in.Step)
	case Export:
		return fmt.Sprintf("export of step %d", in.Step)
	case Describe:
		return "GroupInfo"
	case Send:
		return fmt.Sprintf("application message of step %d", in.Step)
	case Open:
		return "opening of an application message"
	}
	return "processing of a proposal or commit"
}
