package props

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/tree"
	"mlssim/model"
	"mlssim/spec"
)

// grow adds somebody, as nobody forbids it.
func (w *twins) grow(t *rapid.T) {
	who, before := w.order[0], w.save()
	s := w.keyPackage(w.newcomer(), false)
	var staged *impl.Staged
	outM, outI, ok := w.both("adds", who, model.MakeCommit{Path: true, Values: []model.Proposal{model.Add(s.model.Package)}},
		func(m *impl.Member, env *impl.Env) (*impl.Member, impl.Output, error) {
			after, st, out, err := m.Commit(env, impl.CommitOptions{Add: []*message.KeyPackage{s.impl.Package}, Format: spec.WirePublicMessage})
			staged = st
			return after, out, err
		})
	if !ok {
		t.Fatal("nobody can be added")
	}
	w.follow(before, who, outM, outI, staged, []stock{s}, nil)
}

// tampers change a public message on both sides alike, without signing it again.
var tampers = []struct {
	name string
	do   func(*model.PublicMessage, *message.PublicMessage)
}{
	{"group", func(m *model.PublicMessage, i *message.PublicMessage) { m.Content.GroupID, i.Content.GroupID = 0, nil }},
	{"epoch", func(m *model.PublicMessage, i *message.PublicMessage) { m.Content.Epoch++; i.Content.Epoch++ }},
	{"leaf", func(m *model.PublicMessage, i *message.PublicMessage) {
		m.Content.Sender.Leaf, i.Content.Sender.LeafIndex = m.Content.Sender.Leaf^1, i.Content.Sender.LeafIndex^1
	}},
	{"leaf outside", func(m *model.PublicMessage, i *message.PublicMessage) {
		m.Content.Sender.Leaf, i.Content.Sender.LeafIndex = 1000, 1000
	}},
	{"external sender", func(m *model.PublicMessage, i *message.PublicMessage) {
		m.Content.Sender, i.Content.Sender = model.Sender{Type: spec.SenderExternal}, message.Sender{Type: spec.SenderExternal}
	}},
	{"new member's proposal", func(m *model.PublicMessage, i *message.PublicMessage) {
		m.Content.Sender, i.Content.Sender = model.Sender{Type: spec.SenderNewMemberProposal}, message.Sender{Type: spec.SenderNewMemberProposal}
	}},
	{"new member's commit", func(m *model.PublicMessage, i *message.PublicMessage) {
		m.Content.Sender, i.Content.Sender = model.Sender{Type: spec.SenderNewMemberCommit}, message.Sender{Type: spec.SenderNewMemberCommit}
	}},
	{"membership tag", func(m *model.PublicMessage, i *message.PublicMessage) { m.MembershipTag, i.MembershipTag = 0, nil }},
	{"signature", func(m *model.PublicMessage, i *message.PublicMessage) {
		m.Signature, i.Auth.Signature = m.MembershipTag, slices.Concat(i.Auth.Signature[1:], i.Auth.Signature[:1])
	}},
	{"confirmation tag", func(m *model.PublicMessage, i *message.PublicMessage) {
		if m.ConfirmationTag != 0 {
			m.ConfirmationTag, i.Auth.ConfirmationTag = 0, nil
		}
	}},
	{"data", func(m *model.PublicMessage, i *message.PublicMessage) {
		m.Content.AuthenticatedData, i.Content.AuthenticatedData = m.Signature, i.Auth.Signature
	}},
	{"another proposal", func(m *model.PublicMessage, i *message.PublicMessage) {
		if m.Content.Proposal != nil {
			c := leafChange(1)
			m.Content.Proposal, i.Content.Proposal = &c.model, &c.impl
		}
	}},
	{"without path", func(m *model.PublicMessage, i *message.PublicMessage) {
		if m.Content.Commit != nil {
			cm, ci := *m.Content.Commit, *i.Content.Commit
			cm.Path, ci.Path = nil, nil
			m.Content.Commit, i.Content.Commit = &cm, &ci
		}
	}},
	{"a Remove more", func(m *model.PublicMessage, i *message.PublicMessage) {
		if m.Content.Commit != nil {
			cm, ci := *m.Content.Commit, *i.Content.Commit
			c := leafChange(uint32(m.Content.Sender.Leaf))
			cm.Proposals = append(slices.Clip(cm.Proposals), model.ProposalOrRef{Type: spec.ByValue, Proposal: c.model})
			ci.Proposals = append(slices.Clip(ci.Proposals), message.ProposalOrRef{Type: spec.ByValue, Proposal: &c.impl})
			m.Content.Commit, i.Content.Commit = &cm, &ci
		}
	}},
}

// tamperPublic lets somebody receive a handshake message that was changed on its
// way. Nobody goes on from it.
func (w *twins) tamperPublic(t *rapid.T) {
	before := w.save()
	defer w.restore(before)
	msg, ok := w.handshake(t, model.Framing{}, spec.WirePublicMessage)
	if !ok {
		return
	}
	w.restore(before) // a receiver knows nothing of its own part in it
	m, i := *msg.model.Public, *msg.impl.PublicMessage
	change := rapid.SampledFrom(tampers).Draw(t, "change")
	change.do(&m, &i)
	w.receive(w.someone(t), sent{&model.Message{Public: &m}, message.Public(&i)})
	w.tally.happened[fmt.Sprint("tamper: ", change.name)]++
}

// handshake returns an empty Commit, or the proposal to remove a member.
func (w *twins) handshake(t *rapid.T, f model.Framing, format spec.WireFormat) (sent, bool) {
	who := w.someone(t)
	if rapid.Bool().Draw(t, "commit") {
		out, i, ok := w.both("commits", who, model.MakeCommit{Path: true, Framing: f}, func(m *impl.Member, env *impl.Env) (*impl.Member, impl.Output, error) {
			after, _, out, err := m.Commit(env, impl.CommitOptions{Omit: true, Format: format})
			return after, out, err
		})
		return sent{out.Send, i.Message}, ok
	}
	leaf := w.members[w.someone(t)].model.Leaf
	out, i, ok := w.both("proposes", who, model.ProposeRemove{Leaf: leaf, Framing: f}, func(m *impl.Member, env *impl.Env) (*impl.Member, impl.Output, error) {
		return m.ProposeRemove(env, tree.LeafIndex(leaf), format)
	})
	return sent{out.Send, i.Message}, ok
}

// privateTampers do the same to PrivateMessages.
var privateTampers = []struct {
	name string
	do   func(*model.PrivateMessage, *message.PrivateMessage)
}{
	{"nothing", func(*model.PrivateMessage, *message.PrivateMessage) {}},
	{"group", func(m *model.PrivateMessage, i *message.PrivateMessage) { m.GroupID, i.GroupID = 0, nil }},
	{"epoch", func(m *model.PrivateMessage, i *message.PrivateMessage) { m.Epoch++; i.Epoch++ }},
	{"type", func(m *model.PrivateMessage, i *message.PrivateMessage) {
		m.Type, i.ContentType = m.Type%3+1, i.ContentType%3+1
	}},
	{"data", func(m *model.PrivateMessage, i *message.PrivateMessage) {
		m.AuthenticatedData, i.AuthenticatedData = m.Ciphertext, []byte("other")
	}},
	{"sender data", func(m *model.PrivateMessage, i *message.PrivateMessage) {
		m.EncryptedSenderData, i.EncryptedSenderData = 0, slices.Concat(i.EncryptedSenderData[1:], i.EncryptedSenderData[:1])
	}},
	{"ciphertext", func(m *model.PrivateMessage, i *message.PrivateMessage) {
		m.Ciphertext, i.Ciphertext = 0, slices.Concat(i.Ciphertext[1:], i.Ciphertext[:1])
	}},
}

// tamperPrivate is tamperPublic for encrypted messages.
func (w *twins) tamperPrivate(t *rapid.T) {
	before := w.save()
	defer w.restore(before)
	msg, ok := w.handshake(t, model.Framing{Private: true}, spec.WirePrivateMessage)
	if !ok {
		return
	}
	if rapid.Bool().Draw(t, "as another") {
		w.restore(before)
	}
	m, i := *msg.model.Private, *msg.impl.PrivateMessage
	change := rapid.SampledFrom(privateTampers).Draw(t, "change")
	change.do(&m, &i)
	w.receive(w.someone(t), sent{&model.Message{Private: &m}, message.Private(&i)})
	w.tally.happened[fmt.Sprint("private: ", change.name)]++
}
