package main

import (
	"errors"
	"fmt"
	"slices"

	"mlssim/sim"
)

// An observer passes every step on to a backend and remembers, for each epoch,
// what its members believe about the group; who held which secret from when to
// when; and the key of each application message.
type observer struct {
	sim.Backend
	now   sim.Time
	views map[sim.StepID]sim.View // by the step that began the epoch
	holds map[sim.Name][]*holding
	last  map[sim.ClientID]map[sim.Name]*holding // what each device holds now
	keys  map[sim.StepID]sim.Name                // of messages, by the step that sent them

	staged map[sim.StepID]*observed // by the step of the Commit, until somebody is in the epoch that it begins
}

// A holding is a secret in the state of a member, and from when to when.
type holding struct {
	client      sim.ClientID
	from, until sim.Time // until is Never where it still is there
}

func newObserver(b sim.Backend) *observer {
	return &observer{b, 0, map[sim.StepID]sim.View{}, map[sim.Name][]*holding{},
		map[sim.ClientID]map[sim.Name]*holding{}, map[sim.StepID]sim.Name{}, map[sim.StepID]*observed{}}
}

// SetTime implements [sim.Timed].
func (o *observer) SetTime(t sim.Time) {
	o.now = t
	if timed, ok := o.Backend.(sim.Timed); ok {
		timed.SetTime(t)
	}
}

// Begin implements [sim.Beginner].
func (o *observer) Begin(step sim.StepID) {
	if b, ok := o.Backend.(sim.Beginner); ok {
		b.Begin(step)
	}
}

// Publish implements [sim.Backend].
func (o *observer) Publish(step sim.StepID, c sim.ClientID) (sim.KeyPackage, error) {
	kp, err := o.Backend.Publish(step, c)
	for _, h := range o.Backend.Store(c) {
		o.hold(c, h.Name)
	}
	return kp, err
}

// Create implements [sim.Backend].
func (o *observer) Create(step sim.StepID, c sim.ClientID) (sim.Machine, error) {
	m, err := o.Backend.Create(step, c)
	return o.machine(c, m), err
}

// CreateIn implements [sim.Grouping].
func (o *observer) CreateIn(step sim.StepID, c sim.ClientID, group string) (sim.Machine, error) {
	g, ok := o.Backend.(sim.Grouping)
	if !ok {
		return nil, errors.New("this engine has one group")
	}
	m, err := g.CreateIn(step, c, group)
	return o.machine(c, m), err
}

// Join implements [sim.Backend].
func (o *observer) Join(c sim.ClientID, w sim.Welcome) (sim.Machine, sim.Output, error) {
	m, out, err := o.Backend.Join(c, w)
	return o.machine(c, m), out, err
}

// JoinFrom implements [sim.Linking].
func (o *observer) JoinFrom(c sim.ClientID, w sim.Welcome, from sim.Machine) (sim.Machine, sim.Output, error) {
	l, ok := o.Backend.(sim.Linking)
	if !ok {
		return nil, sim.Output{}, errors.New("this engine knows of no groups that come from others")
	}
	if m, ok := from.(*observed); ok {
		from = m.Machine
	}
	m, out, err := l.JoinFrom(c, w, from)
	return o.machine(c, m), out, err
}

// JoinExternal implements [sim.Backend].
func (o *observer) JoinExternal(step sim.StepID, c sim.ClientID, info sim.Message, e sim.External) (sim.Output, error) {
	out, err := o.Backend.JoinExternal(step, c, info, e)
	out.Next = o.staging(c, out.Next)
	return out, err
}

// machine notes what a state holds, and what the device held before and does not now.
func (o *observer) machine(c sim.ClientID, m sim.Machine) sim.Machine {
	if m == nil {
		return nil
	}
	v := m.View()
	if _, ok := o.views[v.Agreement.Origin]; !ok {
		o.views[v.Agreement.Origin] = v
	}
	o.state(c, m)
	if s := o.staged[v.Agreement.Origin]; s != nil { // accepted, and its author goes on from it
		delete(o.staged, v.Agreement.Origin)
		o.state(s.c, s.Machine)
	}
	return &observed{m, o, c}
}

// state notes that a device has this state, and what is left in its store.
func (o *observer) state(c sim.ClientID, m sim.Machine) {
	now := map[sim.Name]bool{}
	for _, h := range slices.Concat(m.Secrets(), o.Backend.Store(c)) {
		now[h.Name] = true
		o.hold(c, h.Name)
	}
	for name, h := range o.last[c] {
		if !now[name] {
			h.until = o.now
			delete(o.last[c], name)
		}
	}
}

// wiped notes that a device has left the group; its store stays.
func (o *observer) wiped(c sim.ClientID) {
	for name, h := range o.last[c] {
		if !slices.ContainsFunc(o.Backend.Store(c), func(s sim.Held) bool { return s.Name == name }) {
			h.until = o.now
			delete(o.last[c], name)
		}
	}
}

func (o *observer) hold(c sim.ClientID, name sim.Name) {
	if o.last[c] == nil {
		o.last[c] = map[sim.Name]*holding{}
	}
	if o.last[c][name] == nil {
		h := &holding{c, o.now, sim.Never}
		o.last[c][name], o.holds[name] = h, append(o.holds[name], h)
	}
}

type observed struct {
	sim.Machine
	o *observer
	c sim.ClientID
}

// Step implements [sim.Machine]. The state that a step begins from is the device's
// by then, also if a staged Commit has made it so.
func (m *observed) Step(in sim.Input) (sim.Machine, sim.Output, error) {
	next, out, err := m.Machine.Step(in)
	if err != nil {
		return next, out, err
	}
	m.o.state(m.c, m.Machine)
	if send, ok := in.(sim.Send); ok {
		for _, n := range out.Consumed {
			if n.Kind == sim.ApplicationKey {
				m.o.keys[send.Step] = n
			}
		}
	}
	if out.Removed {
		m.o.wiped(m.c)
	}
	if next != nil {
		next = m.o.machine(m.c, next)
	}
	if out.First != nil {
		out.First = m.o.machine(m.c, out.First)
	}
	out.Next = m.o.staging(m.c, out.Next)
	return next, out, err
}

// staging notes the state behind a Commit that is on its way.
func (o *observer) staging(c sim.ClientID, next sim.Machine) sim.Machine {
	if next == nil {
		return nil
	}
	v := next.View()
	o.views[v.Agreement.Origin] = v
	staged := &observed{next, o, c}
	o.staged[v.Agreement.Origin] = staged
	for _, h := range next.Secrets() {
		o.hold(c, h.Name)
	}
	return staged
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
