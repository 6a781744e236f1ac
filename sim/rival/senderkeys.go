package rival

import (
	"slices"

	"mlssim/sim"
	"mlssim/spec"
)

// Sender keys: what a member sends is encrypted by a chain of its own, which every
// other member was given on a channel. There is no text of record. This is what
// Signal's and WhatsApp's descriptions have in common (WhatsApp Encryption Overview,
// "Group Messages"; Balbás, Collins and Gajland, "WhatsUpp with Sender Keys?",
// ASIACRYPT 2023).

// chain encrypts a message for the group. It returns who has to be given the chain
// with it.
func (m *participant) chain(step sim.StepID, p *parcel, out *sim.Output) []person {
	own := m.ownChain()
	if none(own.key) {
		own = ownChain{key: m.b.draw(named(sim.SenderChain, step)), since: m.epoch.number}
	}
	to := own.lacking(m.epoch.others(m.d.client))
	own.has = slices.Concat(own.has, to)
	p.chain = own.key
	p.rules = append(p.rules, sim.Rule{ID: "R-K2", From: []sim.Name{own.key}, To: p.key})
	out.Consumed = append(out.Consumed, own.key)
	out.Cost.Bytes += sizeFraming + 2*sizeNumber + len(p.data) + sizeTag + sizeSignature
	own.key = m.b.chainAfter(own.key)
	m.d.own = own
	return to
}

// lacking lists those who were not given the chain.
func (o ownChain) lacking(all []person) []person {
	return slices.DeleteFunc(slices.Clone(all), func(p person) bool { return slices.Contains(o.has, p) })
}

// chainAfter returns a chain after one more message.
func (b *channels) chainAfter(chain sim.Name) sim.Name {
	next := chain
	next.Gen++
	return b.once("R-K1", next, chain)
}

// follow reads a message by the sender's chain.
func (m *participant) follow(p *parcel) (used sim.Name, err error) {
	switch chain, ok := m.d.chains[p.from.client]; {
	case !ok || chain.Origin != p.chain.Origin:
		return used, spec.ErrEpoch // of a chain that is over, or began before this client came
	case chain != p.chain:
		return used, spec.ErrMissing
	}
	m.d.chains[p.from.client] = m.b.chainAfter(p.chain)
	return p.chain, nil
}
