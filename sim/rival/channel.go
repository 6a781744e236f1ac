package rival

import (
	"slices"

	"mlssim/sim"
	"mlssim/spec"
)

// Channels between pairs of clients: the double ratchet (Perrin and Marlinspike,
// "The Double Ratchet Algorithm"), begun with a one-time prekey of the other. A
// client draws its next ratchet key when it sends (chapter 6.5 there: deferring).
//
// Names follow from the step in which a turn was taken: ratchet_key[s]/r is what
// the sender of step s drew for client r.

// A session is what one client holds of a channel. It is a value.
type session struct {
	id     sessionID
	root   sim.Name // none before the first turn
	own    sim.Name // ratchet key, or prekey, that the other has not answered yet
	theirs sim.Name // the other's ratchet key, or prekey; only its public half is held
	send   sim.Name // chain key; none when it is this client's turn
	recv   sim.Name // chain key; none before the other's first turn
	turn   uint32   // of the last turn seen: the initiator takes 0, the other 1 and so on
	heard  uint32   // 1 + the other's last turn
}

// A sessionID names a session: by the prekey that it began with.
type sessionID = sim.Name

// A contact is the sessions that one client has with another. Messages go by the
// active one: that on which it last received something, or else the one it began.
type contact struct {
	joined   sim.StepID // of the other's prekeys: another value is another contact
	sessions []session
	active   int
}

// A ciphertext is a message on a channel, as everybody sees it.
type ciphertext struct {
	to      sim.ClientID
	session sessionID
	ratchet sim.Name // the sender's ratchet key
	turn    uint32
	n       uint32
	key     sim.Name // of the message
	initial bool     // says with which prekey the session began
}

// preKey names the one-time prekey of a client for another: made when both were there.
func preKey(of, by person) sim.Name {
	return sim.Name{Kind: sim.PreKey, Origin: max(of.joined, by.joined), Index: uint32(of.client), Gen: uint32(by.client)}
}

// A person is a client, with the step in which it made the prekeys that it came with.
type person struct {
	client sim.ClientID
	joined sim.StepID
}

// contact returns what a device has of another client, or nothing if that has come
// anew since.
func (d *device) contact(p person) (contact, bool) {
	c, ok := d.contacts[p.client]
	if !ok || c.joined != p.joined {
		return contact{joined: p.joined}, false
	}
	return c, true
}

// sendTo encrypts one message for another client.
func (b *channels) sendTo(d *device, to person, step sim.StepID) (ciphertext, []sim.Name) {
	c, _ := d.contact(to)
	sessions := slices.Clone(c.sessions)
	if len(sessions) == 0 {
		pre := b.draw(preKey(to, d.person))
		sessions = []session{{id: pre, theirs: pre}}
	}
	s := &sessions[c.active]
	var used []sim.Name
	if none(s.send) {
		used = b.takeTurn(s, to.client, step)
	}
	key := b.messageKey(s.send)
	used = append(used, s.send, key)
	out := ciphertext{to: to.client, session: s.id, ratchet: s.own, turn: s.turn, n: s.send.Gen, key: key, initial: s.heard == 0}
	s.send.Gen++
	d.contacts[to.client] = contact{to.joined, sessions, c.active}
	return out, used
}

// takeTurn draws a ratchet key and begins a chain with it.
func (b *channels) takeTurn(s *session, to sim.ClientID, step sim.StepID) (used []sim.Name) {
	own := b.draw(indexed(sim.RatchetKey, step, uint32(to)))
	dh := indexed(sim.DHSecret, step, uint32(to))
	b.rule("R-D1", dh, own)
	b.rule("R-D1", dh, s.theirs)
	from := []sim.Name{dh}
	if !none(s.root) {
		from = append(from, s.root)
		s.turn++
	}
	used = append(from, dh)
	s.root = b.rule("R-D2", indexed(sim.RootKey, step, uint32(to)), from...)
	s.send = b.rule("R-D2", indexed(sim.ChainKey, step, uint32(to)), from...)
	s.own = own
	return used
}

// messageKey derives the key of a chain's next message, and the chain after it.
func (b *channels) messageKey(chain sim.Name) sim.Name {
	next, key := chain, chain
	next.Gen++
	key.Kind = sim.MessageKey
	b.once("R-D3", next, chain)
	return b.once("R-D3", key, chain)
}

// receive decrypts what another client has sent to this one.
func (b *channels) receive(d *device, from person, m ciphertext) (used []sim.Name, err error) {
	c, _ := d.contact(from)
	sessions := slices.Clone(c.sessions)
	i := slices.IndexFunc(sessions, func(s session) bool { return s.id == m.session })
	if i < 0 {
		if m.session != preKey(d.person, from) || d.spent[m.session] {
			return nil, spec.ErrMissing
		}
		d.spent[m.session] = true
		i = len(sessions)
		sessions = append(sessions, session{id: m.session, own: m.session})
	}
	s := &sessions[i]
	switch {
	case s.heard < m.turn+1:
		used = s.answered(m, d.client)
	case s.heard > m.turn+1 || m.n < s.recv.Gen:
		return nil, spec.ErrMissing // of a chain that is over
	}
	for ; s.recv.Gen < m.n; s.recv.Gen++ { // refused by the delivery service
		used = append(used, s.recv, b.messageKey(s.recv))
	}
	key := b.messageKey(s.recv)
	if key != m.key {
		return nil, spec.ErrMissing
	}
	used = append(used, s.recv, key)
	s.recv.Gen++
	d.contacts[from.client] = contact{from.joined, sessions, i}
	return used, nil
}

// answered follows the other's turn. The own ratchet key has served for it, and
// with it the own chain.
func (s *session) answered(m ciphertext, me sim.ClientID) (used []sim.Name) {
	step := m.ratchet.Origin
	used = []sim.Name{s.own, s.root, s.send, s.recv, indexed(sim.DHSecret, step, uint32(me))}
	s.root = indexed(sim.RootKey, step, uint32(me))
	s.recv = indexed(sim.ChainKey, step, uint32(me))
	s.theirs, s.own, s.send = m.ratchet, sim.Name{}, sim.Name{}
	s.turn, s.heard = m.turn, m.turn+1
	return used
}

// held lists what a client holds of a contact.
func (c contact) held() []sim.Held {
	var held []sim.Held
	for _, s := range c.sessions {
		for _, h := range [...]sim.Held{
			{Part: sim.PartInit, Name: s.root}, {Part: sim.PartLeaf, Name: s.own},
			{Part: sim.PartEnc, Name: s.send}, {Part: sim.PartEnc, Name: s.recv},
		} {
			if !none(h.Name) {
				held = append(held, h)
			}
		}
	}
	return held
}

// next returns the premises of the key of the next message on a channel from one
// client to another, once the sender has processed what the other has sent.
func (b *channels) next(from, to person) []sim.Name {
	there, _ := b.devices[from.client].contact(to)
	here, _ := b.devices[to.client].contact(from)
	var s *session
	if len(there.sessions) > 0 {
		s = &there.sessions[there.active]
	}
	for _, r := range here.sessions {
		// Its ratchet key waits for an answer that begins with this sender's next message.
		if !none(r.send) && (s == nil || r.id == s.id && r.turn > s.turn) {
			return []sim.Name{r.root, r.own}
		}
	}
	switch {
	case s == nil:
		return []sim.Name{preKey(to, from)}
	case none(s.send):
		return []sim.Name{s.root, s.theirs}
	}
	return []sim.Name{s.send}
}
