package main

import (
	"fmt"

	"mlssim/sim"
)

// An observer passes every step on to a backend and remembers, for each epoch,
// what its members believe about the group.
type observer struct {
	sim.Backend
	views map[sim.StepID]sim.View // by the step that began the epoch
}

func newObserver(b sim.Backend) *observer {
	return &observer{b, map[sim.StepID]sim.View{}}
}

// SetTime implements [sim.Timed].
func (o *observer) SetTime(t sim.Time) {
	if timed, ok := o.Backend.(sim.Timed); ok {
		timed.SetTime(t)
	}
}

// Create implements [sim.Backend].
func (o *observer) Create(step sim.StepID, c sim.ClientID) (sim.Machine, error) {
	m, err := o.Backend.Create(step, c)
	return o.machine(m), err
}

// Join implements [sim.Backend].
func (o *observer) Join(c sim.ClientID, w sim.Welcome) (sim.Machine, sim.Output, error) {
	m, out, err := o.Backend.Join(c, w)
	return o.machine(m), out, err
}

func (o *observer) machine(m sim.Machine) sim.Machine {
	if m == nil {
		return nil
	}
	v := m.View()
	if _, ok := o.views[v.Agreement.Origin]; !ok {
		o.views[v.Agreement.Origin] = v
	}
	return &observed{m, o}
}

type observed struct {
	sim.Machine
	o *observer
}

// Step implements [sim.Machine].
func (m *observed) Step(in sim.Input) (sim.Machine, sim.Output, error) {
	next, out, err := m.Machine.Step(in)
	out.Next = m.o.machine(out.Next)
	return m.o.machine(next), out, err
}

// owner returns the client whose leaf key has a name.
func (o *observer) owner(key sim.Name) (sim.ClientID, bool) {
	// A key belongs to one client for good: the first view that shows it will do.
	for _, v := range o.views {
		for _, m := range v.Members {
			if m.Key == key {
				return m.Client, true
			}
		}
	}
	return 0, false
}

// leafKey returns the name of a member's leaf key in the epoch that a step began.
func (o *observer) leafKey(step sim.StepID, c sim.ClientID) (sim.Name, bool) {
	for _, m := range o.views[step].Members {
		if m.Client == c {
			return m.Key, true
		}
	}
	return sim.Name{}, false
}

// nodeKey returns the name of the key of a parent node in the epoch that a step
// began, or an error that says which nodes have one.
func (o *observer) nodeKey(step sim.StepID, node uint32) (sim.Name, error) {
	v := o.views[step]
	var nodes []uint64
	for _, p := range v.Parents {
		if p.Node == node {
			return p.Key, nil
		}
		nodes = append(nodes, uint64(p.Node))
	}
	return sim.Name{}, hinted{fmt.Errorf("node %d has no key in epoch %d: it is blank, a leaf, or outside the tree", node, v.Epoch),
		"parent nodes with a key (RFC 9420, Appendix C): " + ranges(nodes)}
}
