package rival

import (
	"slices"

	"mlssim/sim"
	"mlssim/spec"
)

// A parcel is an application message: a copy for each member (pairwise), or one for
// all, with the keys for those who lack them (sender keys).
type parcel struct {
	from   person
	copies []ciphertext
	chain  sim.Name // sender keys: that encrypts it
	key    sim.Name
	rules  []sim.Rule
	data   []byte
}

func (p *parcel) sealed() []sim.Rule        { return p.rules }
func (p *parcel) content() (sim.Name, bool) { return p.key, true }

// send protects application data for the group. Its content has one name, by which
// every copy gives it.
func (m *participant) send(in sim.Send) (sim.Output, error) {
	d := m.d
	p := &parcel{from: d.person, data: in.Data,
		key: sim.Name{Kind: sim.ApplicationKey, Origin: m.epoch.step, Index: m.epoch.find(d.client).leaf, Gen: d.sent}}
	d.sent++
	m.b.draw(p.key)
	m.b.rule("R-V2", named(sim.EncryptionSecret, m.epoch.step), p.key)
	out := sim.Output{Send: p, Consumed: []sim.Name{p.key}}
	to, body := m.epoch.others(d.client), sizeFraming+len(in.Data)
	if m.b.chained {
		to = m.chain(in.Step, p, &out)
		body = sizeFraming + sizeChain
	}
	for _, r := range to {
		c, used := m.b.sendTo(d, r, in.Step)
		p.copies = append(p.copies, c)
		if m.b.chained {
			p.rules = append(p.rules, sim.Rule{ID: "R-K3", From: []sim.Name{c.key}, To: p.chain})
		} else {
			p.rules = append(p.rules, sim.Rule{ID: "R-D4", From: []sim.Name{c.key}, To: p.key})
		}
		out.Consumed = append(out.Consumed, used...)
		out.Cost.Bytes += body + c.size()
		out.Cost.Seals++
	}
	out.Consumed = sorted(out.Consumed)
	return out, nil
}

// open reads another member's message, if there is a copy for this client, or if it
// has the sender's chain.
func (m *participant) open(msg sim.Message) (sim.Output, error) {
	p, ok := msg.(*parcel)
	if !ok {
		return sim.Output{}, spec.ErrEpoch
	}
	if sender := m.epoch.find(p.from.client); sender == nil || sender.person != p.from {
		return sim.Output{}, spec.ErrEpoch // has left
	}
	out := sim.Output{Data: p.data, Consumed: []sim.Name{p.key}}
	i := slices.IndexFunc(p.copies, func(c ciphertext) bool { return c.to == m.d.client })
	if i < 0 && !m.b.chained {
		return sim.Output{}, spec.ErrEpoch // sent before this client came
	}
	if i >= 0 {
		used, err := m.b.receive(m.d, p.from, p.copies[i])
		if err != nil {
			return sim.Output{}, err
		}
		out.Consumed, out.Cost.Opens = append(out.Consumed, used...), 1
		if m.b.chained {
			if old, ok := m.d.chains[p.from.client]; ok {
				out.Consumed = append(out.Consumed, old)
			}
			m.d.chains[p.from.client] = p.chain
		}
	}
	if m.b.chained {
		used, err := m.follow(p)
		if err != nil {
			return sim.Output{}, err
		}
		out.Consumed, out.Cost.Verifies = append(out.Consumed, used), 1
	}
	out.Consumed = sorted(out.Consumed)
	return out, nil
}

// Begin implements [sim.Beginner].
func (b *channels) Begin(step sim.StepID) {
	b.current = b.rosters[step]
	b.draw(named(sim.EncryptionSecret, step))
	b.devices[b.current.by].accepted = b.current
	b.tell()
}

// tell says what the current epoch's encryption_secret stands for, there being none:
// the next message of some member, as channels are now. It is asked when the epoch
// begins and whenever something is stolen, and of what is not known then nothing is
// said: a message that was never sent cannot be read later. Those that are sent
// stand for the epoch from then on, see send.
func (b *channels) tell() {
	if b.current == nil || b.adversary.Knows(named(sim.EncryptionSecret, b.current.step)) {
		return
	}
	for _, s := range b.current.members {
		to := b.current.others(s.client)
		if b.chained && len(to) > 0 {
			own := (&participant{b, b.devices[s.client], b.current}).ownChain()
			if !none(own.key) {
				b.leaks(own.key)
				to = own.lacking(to)
			}
		}
		for _, r := range to {
			b.leaks(b.next(s.person, r)...)
		}
	}
}

// leaks says that the current epoch leaks if some secrets are all known.
func (b *channels) leaks(from ...sim.Name) {
	if !slices.ContainsFunc(from, func(n sim.Name) bool { return !b.adversary.Knows(n) }) {
		b.rule("R-V1", named(sim.EncryptionSecret, b.current.step), from...)
	}
}
