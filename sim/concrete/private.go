package concrete

import (
	"bytes"
	"errors"
	"fmt"

	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/sim"
	"mlssim/spec"
)

// format returns how a handshake message goes out.
func format(private bool) spec.WireFormat {
	if private {
		return spec.WirePrivateMessage
	}
	return spec.WirePublicMessage
}

// told is what the attacker is told of a handshake message in a PrivateMessage: its
// public side, as if somebody had told it who is in the group by now. What is
// sealed in the message it has to open by itself.
type told struct {
	context []byte // of the group in which it was sent
	content *message.Verified
}

// privately enters the keys of a handshake message that is private, and notes what
// the attacker is told of it. It returns what was used up.
func (m *machine) privately(p *packet, out impl.Output) ([]sim.Name, error) {
	if out.Message.WireFormat != spec.WirePrivateMessage {
		return nil, nil
	}
	epoch, ok := m.b.ledger.name(m.m.Authenticator())
	if !ok {
		return nil, errors.New("message of an epoch that nobody began")
	}
	if err := m.b.registerKeys(epoch.Origin, m.m, out.Consumed); err != nil {
		return nil, err
	}
	v, err := m.verified(out.Message)
	if err != nil {
		return nil, err
	}
	p.data, p.told = &sealedData{epoch: epoch.Origin}, &told{m.m.Context(), v}
	var used []impl.Consumed
	for _, c := range out.Consumed {
		if inSecretTree(c.Kind) {
			used = append(used, c)
		}
	}
	return m.b.names(used)
}

// verified returns the content of a handshake message that this member has just
// sent. It is the run's own account, and no work of a client.
func (m *machine) verified(msg *message.MLSMessage) (*message.Verified, error) {
	before := *m.b.work
	defer func() { *m.b.work = before }()
	if msg.WireFormat == spec.WirePublicMessage {
		return m.m.VerifyPublic(&impl.Env{Now: m.b.now()}, msg.PublicMessage)
	}
	x, leaf := m.m.Expose(), m.m.Tree().Leaf(m.m.Leaf())
	key := func(message.Sender) (suite.SignaturePublicKey, error) { return leaf.SignatureKey, nil }
	v, _, _, err := message.UnprotectPrivate(nil, m.b.suite, msg.PrivateMessage, m.m.Context(), x.Ratchets,
		schedule.Window{}, x.Secrets.SenderData, key)
	return v, err
}

// transition returns what a Commit by this member does to the public side of the
// group.
func (m *machine) transition(msg *message.MLSMessage) (*impl.Transition, error) {
	v, err := m.verified(msg)
	if err != nil {
		return nil, err
	}
	before := *m.b.work
	defer func() { *m.b.work = before }()
	return m.m.Apply(&impl.Env{Now: m.b.now()}, v)
}

// A closed is a Commit in a PrivateMessage that the attacker has not opened.
type closed struct {
	p     *packet
	pm    *message.PrivateMessage
	t     *impl.Transition
	tried int // of the keys of its epoch
}

// private follows a handshake message that is private, as far as it was told.
func (a *attacker) private(p *packet, pm *message.PrivateMessage) {
	if p.told == nil {
		return
	}
	groups := a.groups[pm.Epoch]
	for i, g := range groups {
		if !bytes.Equal(g.Context(), p.told.context) {
			continue
		}
		t := a.apply(p, groups, i, p.told.content)
		if t != nil && t.Path() != nil {
			a.closed = append(a.closed, &closed{p: p, pm: pm, t: t})
		}
		break
	}
	a.sent[pm.Epoch]++
	a.nextGeneration(pm.Epoch)
	a.unlock()
}

// unlock tries the keys of messages on the Commits that are not open, and records
// what is sealed in those that open.
func (a *attacker) unlock() {
	var rest []*closed
	for _, c := range a.closed {
		if a.opens(c) {
			a.recordPath(c.t)
		} else {
			rest = append(rest, c)
		}
	}
	a.closed = rest
}

// opens tries the keys that are new since it last did. The sender data it is given
// if it cannot open them.
func (a *attacker) opens(c *closed) bool {
	keys := a.pairs[c.pm.Epoch]
	if c.tried == len(keys) {
		return false
	}
	data := a.senderData(c.pm)
	helped := data == nil
	if helped {
		data = a.trueSenderData(c.p, c.pm)
	}
	for ; c.tried < len(keys); c.tried++ {
		if _, err := c.pm.OpenUnverified(a.b.suite, keys[c.tried], data); err == nil {
			if helped {
				a.given[c.p] = true
			}
			return true
		}
	}
	return false
}

// openPrivately carries out the half of T4 that opens a PrivateMessage: it fails unless
// the second premise is the key of the message in which the rule's Commit was sent.
func (a *attacker) openPrivately(r sim.Rule, from []suite.Secret) error {
	p := a.packets[r.To.Origin]
	private := p != nil && p.told != nil
	switch {
	case !private && len(from) == 1:
		return nil
	case !private || len(from) != 2:
		return fmt.Errorf("%d premises for a commit of which it is %v that it is private", len(from), private)
	}
	var msg message.MLSMessage
	if err := wire.Decode(p.raw, &msg); err != nil {
		return err
	}
	k := schedule.KeyNonce{Key: from[1], Nonce: a.b.ledger.nonces[r.From[1]]}
	_, err := msg.PrivateMessage.OpenUnverified(a.b.suite, k, a.trueSenderData(p, msg.PrivateMessage))
	return err
}
