package sim_test

import (
	"maps"
	"slices"

	"mlssim/sim"
	"mlssim/spec"
	"mlssim/spec/req"
)

// commit makes a Commit and the state after it.
func (m *toyMachine) commit(in sim.Commit) (sim.Machine, sim.Output, error) {
	t, c := m.t, &toyCommit{step: in.Step, epoch: m.epoch, sender: m.leaf, path: !in.NoPath}
	members := maps.Collect(func(yield func(uint32, sim.Member) bool) {
		for _, x := range m.members {
			yield(x.Leaf, x)
		}
	})
	gone, pathless := map[uint32]bool{}, true
	for _, l := range in.Removes {
		if l == m.leaf {
			return nil, sim.Output{}, &spec.Violation{Req: req.ListNoRemoveOfCommitter}
		}
		gone[l], pathless = true, false
	}
	adds := []*toyKeyPackage{}
	if !in.Omit {
		for _, p := range m.pending {
			switch {
			case p.kind == "remove" && p.leaf != m.leaf:
				gone[p.leaf], pathless = true, false
			case p.kind == "update" && p.leaf != m.leaf:
				members[p.leaf] = sim.Member{Leaf: p.leaf, Client: members[p.leaf].Client, Key: p.key}
				pathless = false
			case p.kind == "add":
				adds = append(adds, p.newcome)
			}
		}
	}
	for _, kp := range in.Adds {
		adds = append(adds, kp.(*toyKeyPackage))
	}
	if in.NoPath && (!pathless || len(adds) == 0) {
		return nil, sim.Output{}, &spec.Violation{Req: req.CommitPathRequired}
	}
	for l := range gone {
		delete(members, l)
	}
	from := []sim.Name{name(sim.InitSecret, m.step)}
	if c.path {
		ps := t.fresh(name(sim.PathSecret, in.Step))
		from = append(from, t.derive("T3", name(sim.CommitSecret, in.Step), ps))
		for _, l := range slices.Sorted(maps.Keys(members)) {
			if l != m.leaf {
				c.seals = append(c.seals, t.seal("T4", members[l].Key, ps))
			}
		}
		members[m.leaf] = sim.Member{Leaf: m.leaf, Client: m.client, Key: t.fresh(name(sim.LeafKey, in.Step))}
	}
	t.derive("K1", name(sim.JoinerSecret, in.Step), from...)
	t.derive("K2", name(sim.MemberSecret, in.Step), name(sim.JoinerSecret, in.Step))
	t.derive("K3", name(sim.WelcomeSecret, in.Step), name(sim.MemberSecret, in.Step))
	w := &toyWelcome{commit: c}
	for _, kp := range adds {
		free := uint32(0)
		for ; members[free].Key != (sim.Name{}); free++ {
		}
		members[free] = sim.Member{Leaf: free, Client: kp.client, Key: kp.leaf}
		w.seals = append(w.seals, t.seal("W1", kp.init, name(sim.JoinerSecret, in.Step)))
		if c.path {
			w.seals = append(w.seals, t.seal("W2", kp.init, name(sim.PathSecret, in.Step)))
		}
	}
	for _, l := range slices.Sorted(maps.Keys(members)) {
		c.members = append(c.members, members[l])
	}
	t.schedule(in.Step, c.members)
	c.confirm = t.value[name(sim.EpochSecret, in.Step)]
	if t.broken == "seal" && len(c.seals) > 1 {
		c.seals[1].public++
	}
	out := sim.Output{
		Send: c, Next: m.enter(c), Consumed: consumed(c),
		Cost: sim.Cost{Seals: len(c.seals) + len(w.seals), Bytes: 100 + t.overhead()},
	}
	if len(adds) > 0 {
		out.Welcome = w
		out.Consumed = consumed(c, name(sim.WelcomeSecret, c.step))
	}
	return m, out, nil
}

func (m *toyMachine) enter(c *toyCommit) *toyMachine {
	return &toyMachine{t: m.t, client: m.client, leaf: m.leaf, epoch: m.epoch + 1, step: c.step, members: c.members}
}

// handle processes another's Commit: it opens what is sealed to its own leaf key
// and compares where that leads.
func (m *toyMachine) handle(c *toyCommit) (sim.Machine, sim.Output, error) {
	if c.epoch != m.epoch {
		return nil, sim.Output{}, spec.ErrEpoch
	}
	after := m.enter(c)
	if x := after.at(m.leaf); x == nil || x.Client != m.client {
		return nil, sim.Output{Removed: true, Cost: sim.Cost{Verifies: 1}}, nil
	}
	out := sim.Output{Consumed: consumed(c), Cost: sim.Cost{Verifies: 1}}
	values := []uint64{m.t.value[name(sim.InitSecret, m.step)]}
	if c.path {
		key := after.at(m.leaf).Key
		i := slices.IndexFunc(c.seals, func(r toyRule) bool { return r.From[0] == key })
		ps := c.seals[i].public ^ mix(c.seals[i].To, m.t.value[key])
		values = append(values, mix(name(sim.CommitSecret, c.step), ps))
		out.Cost.Opens = 1
	}
	v := mix(name(sim.JoinerSecret, c.step), values...)
	for _, k := range []sim.Kind{sim.MemberSecret, sim.EpochSecret} {
		v = mix(name(k, c.step), v)
	}
	if v != c.confirm || m.t.broken == "refuse" {
		return nil, sim.Output{}, &spec.Violation{Req: req.CommitConfirmationTag}
	}
	return after, out, nil
}
