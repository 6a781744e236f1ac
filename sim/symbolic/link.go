package symbolic

import (
	"mlssim/model"
	"mlssim/sim"
)

// Groups that come from others (RFC 9420, Sections 11.2 and 11.3).

var _ sim.Linking = (*Backend)(nil)

// JoinFrom implements [sim.Linking].
func (b *Backend) JoinFrom(id sim.ClientID, w sim.Welcome, from sim.Machine) (sim.Machine, sim.Output, error) {
	var states []model.Member
	if m, ok := from.(Machine); ok {
		states = append(states, m.m)
	}
	return b.join(id, w, states)
}

// reinit returns the proposal to end the group in favour of another of a name, with
// the same parameters.
func (m Machine) reinit(name string) model.Proposal {
	id := m.b.store.Bytes(name)
	m.b.groupNames[id] = name
	c := m.m.Context
	return model.ReInit{GroupID: id, Version: c.Version, CipherSuite: c.CipherSuite, Extensions: c.Extensions}.Proposal()
}

// found translates how a group is set up that comes from the member's.
func (m Machine) found(in sim.Found) model.Event {
	var packages []model.KeyPackage
	for _, kp := range in.Adds {
		packages = append(packages, kp.(model.KeyPackage))
	}
	if in.Group == "" {
		return model.Reinitialize{Packages: packages, NoPath: in.NoPath}
	}
	return model.Branch{GroupID: m.b.store.Bytes(in.Group), Packages: packages, NoPath: in.NoPath}
}

// founded translates what setting up a group gave.
func (b *Backend) founded(in sim.Found, out model.Output) sim.Output {
	b.made(in.First, out.First)
	b.groups[in.First] = out.Alone.Group
	o := b.output(in.Step, out)
	o.First = Machine{b, *out.Alone}
	return o
}
