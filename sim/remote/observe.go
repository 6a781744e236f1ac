package remote

import (
	"bytes"
	"slices"

	"mlssim/impl"
	"mlssim/impl/interop/pb"
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// What our own members see of what clients do.

// observe returns the Commit in a message, as a member of ours reads it; nil if
// nobody can.
func (w *world) observe(encoded []byte) *message.Commit {
	var msg message.MLSMessage
	if wire.Decode(encoded, &msg) != nil {
		return nil
	}
	if msg.PublicMessage != nil {
		return msg.PublicMessage.Content.Commit
	}
	m := w.observer()
	if m == nil || msg.PrivateMessage == nil {
		return nil
	}
	e := m.Expose()
	data, err := msg.PrivateMessage.OpenSenderData(nil, w.suite, e.Secrets.SenderData)
	if err != nil {
		return nil
	}
	key, _, _, err := e.Ratchets.Key(nil, data.LeafIndex, schedule.Handshake, data.Generation, schedule.Window{})
	if err != nil {
		return nil
	}
	ac, err := msg.PrivateMessage.OpenUnverified(w.suite, key, data)
	if err != nil {
		return nil
	}
	return ac.Content.Commit
}

// observer returns one of our own members, or nil.
func (w *world) observer() *impl.Member {
	for _, name := range w.order {
		if m := w.members[name]; m.party.own() {
			return w.server.Member(m.id)
		}
	}
	return nil
}

// ordered returns the contents of a Commit in the order that it has them in; false
// if it is not about the same. That references come first, in the order asked for,
// is taken for granted if values can be told apart from them.
func (w *world) ordered(c *making, seen *message.Commit) ([]*content, bool) {
	var order []*content
	left := slices.Clone(c.contents)
	for i := range seen.Proposals {
		p := &seen.Proposals[i]
		if p.Type == spec.ByReference {
			continue
		}
		at := slices.IndexFunc(left, func(v *content) bool { return v.is(p.Proposal) })
		if at < 0 {
			return nil, false
		}
		order = append(order, left[at])
		left = slices.Delete(left, at, at+1)
	}
	return order, len(left) == 0
}

// is tells whether a proposal of a Commit is what was asked for.
func (v *content) is(p *message.Proposal) bool {
	if p.Type != v.model.Type {
		return false
	}
	switch {
	case p.Add != nil:
		kp := wire.Encode(&message.MLSMessage{WireFormat: spec.WireKeyPackage, KeyPackage: &p.Add.KeyPackage})
		return bytes.Equal(kp, v.description.KeyPackage)
	case p.Remove != nil:
		return uint32(p.Remove.Removed) == uint32(v.model.Removed)
	case p.PreSharedKey != nil:
		id := p.PreSharedKey.PSK
		return id.Type == v.model.PSK.Type && bytes.Equal(id.ID, v.description.PskId) && id.Epoch == v.description.EpochId
	}
	return true
}

// checkTrees compares the ratchet trees and GroupContexts of members elsewhere with
// those of one of ours.
func (w *world) checkTrees() error {
	ours := w.observer()
	if ours == nil || w.ended {
		return nil
	}
	for _, name := range w.order {
		if m := w.members[name]; !m.party.own() {
			if err := w.checkTree(m, ours); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkTree compares what one member says.
func (w *world) checkTree(m *member, ours *impl.Member) error {
	r, err := ask(w, m.party, "with ratchet_tree", pb.MLSClientClient.GroupInfo, &pb.GroupInfoRequest{StateId: m.id, ExternalTree: true})
	if err != nil {
		if isRefusal(err) {
			_, err = w.verdict(m.party, m.name, "describe the group", nil, err)
		}
		return ignore(err)
	}
	if len(r.RatchetTree) > 0 && !bytes.Equal(r.RatchetTree, ours.Tree().Extension()) {
		return w.differs(m.party, "tree differs", "%s at %s has another ratchet tree than our members of the epoch", m.name, m.party.Letter).bytes(ours.Tree().Extension(), r.RatchetTree)
	}
	var msg message.MLSMessage
	if err := wire.Decode(r.GroupInfo, &msg); err != nil || msg.GroupInfo == nil {
		return w.differs(m.party, "GroupInfo cannot be read", "the GroupInfo of %s at %s cannot be read: %v", m.name, m.party.Letter, err).bytes(nil, r.GroupInfo)
	}
	if b := wire.Encode(&msg.GroupInfo.GroupContext); !bytes.Equal(b, ours.Context()) {
		return w.differs(m.party, "GroupContext differs", "%s at %s has another GroupContext than our members of the epoch", m.name, m.party.Letter).bytes(ours.Context(), b)
	}
	return nil
}

// ignore drops the error that a client does not implement something.
func ignore(err error) error {
	if _, not := err.(*cannot); not {
		return nil
	}
	return err
}
