package rival

import (
	"fmt"
	"slices"

	"mlssim/sim"
	"mlssim/spec"
)

// commit tells all members on their channels who comes and who leaves. With sender
// keys, one with a path also begins a new chain of the committer's.
func (m *participant) commit(in sim.Commit) (sim.Output, error) {
	to, err := m.change(in)
	if err != nil {
		return sim.Output{}, err
	}
	if m.b.chained && !in.NoPath {
		to.fresh = &ownChain{key: m.b.draw(named(sim.SenderChain, in.Step)), since: to.number, has: to.others(m.d.client)}
	}
	m.b.rosters[in.Step] = to
	sent := &notice{from: m.d.person, before: m.epoch, to: to}
	hello := &notice{from: m.d.person, before: m.epoch, to: to}
	out := sim.Output{Send: sent, Next: &participant{m.b, m.d, to}}
	body := sizeFraming + len(in.Removes)*sizeNumber + len(in.Adds)*sizeIdentity
	if to.fresh != nil {
		body += sizeChain
	}
	for _, p := range to.others(m.d.client) {
		n, size := sent, &out.Cost.Bytes
		if m.epoch.find(p.client) == nil || m.epoch.find(p.client).person != p {
			n, size = hello, &out.Cost.Welcome
			*size += len(to.members) * sizeIdentity
			out.Welcome = hello
		}
		c, used := m.b.sendTo(m.d, p, in.Step)
		n.copies = append(n.copies, c)
		if to.fresh != nil {
			n.rules = append(n.rules, sim.Rule{ID: "R-K3", From: []sim.Name{c.key}, To: to.fresh.key})
		}
		out.Consumed = append(out.Consumed, used...)
		*size += body + c.size()
		out.Cost.Seals++
	}
	out.Consumed = sorted(out.Consumed)
	return out, nil
}

// change returns the epoch after a Commit.
func (m *participant) change(in sim.Commit) (*roster, error) {
	if err := m.b.plain(in); err != nil {
		return nil, err
	}
	to := &roster{number: m.epoch.number + 1, step: in.Step, by: m.d.client, members: slices.Clone(m.epoch.members), removed: m.epoch.removed}
	for _, leaf := range in.Removes {
		i := slices.IndexFunc(to.members, func(p place) bool { return p.leaf == leaf })
		if i < 0 || to.members[i].client == m.d.client {
			return nil, fmt.Errorf("rival: leaf %d cannot be removed by client %d", leaf, m.d.client)
		}
		to.members = slices.Delete(to.members, i, i+1)
		to.removed = to.number
	}
	for _, in := range in.Adds {
		p, ok := in.(person)
		if !ok {
			return nil, fmt.Errorf("rival: %T is no KeyPackage of %s", in, m.b.protocol)
		}
		if to.find(p.client) != nil {
			return nil, fmt.Errorf("rival: client %d is a member already", p.client)
		}
		at := 0
		for at < len(to.members) && to.members[at].leaf == uint32(at) {
			at++
		}
		to.members = slices.Insert(to.members, at, place{p, uint32(at), p.joined})
	}
	if in.NoPath && len(in.Removes)+len(in.Adds) == 0 {
		return nil, fmt.Errorf("rival: a Commit that changes nothing")
	}
	if !in.NoPath {
		to.find(m.d.client).mark = in.Step
	}
	return to, nil
}

// handle processes another member's Commit.
func (m *participant) handle(msg sim.Message) (sim.Machine, sim.Output, error) {
	n, ok := msg.(*notice)
	switch {
	case !ok || n.before != m.epoch:
		return nil, sim.Output{}, spec.ErrEpoch
	case n.from == m.d.person:
		return nil, sim.Output{}, spec.ErrOwn
	}
	if p := n.to.find(m.d.client); p == nil || p.person != m.d.person {
		delete(m.b.devices, m.d.client)
		return nil, sim.Output{Removed: true}, nil
	}
	next := &participant{m.b, m.d, n.to}
	out, err := next.process(n)
	if err != nil {
		return nil, sim.Output{}, err
	}
	return next, out, next.enter()
}

// process opens the copy for this client.
func (m *participant) process(n *notice) (sim.Output, error) {
	i := slices.IndexFunc(n.copies, func(c ciphertext) bool { return c.to == m.d.client })
	if i < 0 {
		return sim.Output{}, spec.ErrMissing
	}
	used, err := m.b.receive(m.d, n.from, n.copies[i])
	if err != nil {
		return sim.Output{}, err
	}
	if n.to.fresh != nil {
		if old, ok := m.d.chains[n.from.client]; ok {
			used = append(used, old)
		}
		m.d.chains[n.from.client] = n.to.fresh.key
	}
	return sim.Output{Consumed: sorted(used), Cost: sim.Cost{Opens: 1}}, nil
}
