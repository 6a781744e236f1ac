package impl

import (
	"mlssim/impl/message"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 6, and what Section 9.1 says of keys, as a member meets it.

// reframed gives A a Remove by B whose content was changed before it was signed.
func reframed(change func(*message.FramedContent)) func(*room) error {
	return func(r *room) error {
		p := remove(2)
		return r.give("A", r.framed("B", message.Content{ContentType: spec.ContentProposal, Proposal: &p}, change))
	}
}

// retouched gives A a Remove by B that was changed when it was finished.
func retouched(change func(*message.PublicMessage)) func(*room) error {
	return func(r *room) error {
		msg := r.proposing("B", remove(2))
		change(msg.PublicMessage)
		return r.give("A", msg)
	}
}

// sent gives A application data by B after a change.
func sent(change func(*message.PrivateMessage)) func(*room) error {
	return func(r *room) error {
		_, out, err := r.at("B").member.Send(r.env, []byte("data"))
		r.ok(err)
		change(out.Message.PrivateMessage)
		return r.give("A", out.Message)
	}
}

var framingRefusals = []refusal{
	{"another group", req.FramingGroup, reframed(func(f *message.FramedContent) { f.GroupID = []byte("other") }), ""},
	{"another epoch", req.FramingEpoch, reframed(func(f *message.FramedContent) { f.Epoch-- }), ""},
	{"a KeyPackage", req.FramingGroup, func(r *room) error {
		kp := r.packaged(r.stranger(), nil, nil)
		return r.give("A", &message.MLSMessage{WireFormat: spec.WireKeyPackage, KeyPackage: &kp})
	}, alone},
	{"application data in the open", req.FramingApplicationPrivate, reframed(func(f *message.FramedContent) {
		f.Content = message.Content{ContentType: spec.ContentApplication, ApplicationData: []byte("data")}
	}), ""},
	{"a leaf outside the tree", req.FramingSenderMember, reframed(func(f *message.FramedContent) { f.Sender.LeafIndex = 9 }), alone},
	{"in the name of another", req.ContentSignature, reframed(func(f *message.FramedContent) { f.Sender.LeafIndex = 3 }), ""},
	{"membership tag", req.PublicMembershipTag, retouched(func(m *message.PublicMessage) { m.MembershipTag[0] ^= 1 }), ""},
	{"a Commit without confirmation tag", req.FramingConfirmationTagPresent, func(r *room) error {
		msg, _ := r.forge("B", forgery{auth: func(ac *message.AuthenticatedContent) { ac.Auth.ConfirmationTag = nil }})
		return r.give("A", msg)
	}, req.CommitConfirmationTag},
	{"an own Commit", req.CommitSenderSelf, func(r *room) error {
		msg, _ := r.forge("B", forgery{})
		return r.give("B", msg)
	}, req.PathDecrypt},
	{"an own Commit in private", req.CommitSenderSelf, func(r *room) error {
		_, _, out, err := r.at("B").member.Commit(r.env, CommitOptions{Format: spec.WirePrivateMessage})
		r.ok(err)
		return r.give("B", out.Message)
	}, req.PathDecrypt},
	{"private: another group", req.FramingGroup, sent(func(m *message.PrivateMessage) { m.GroupID = []byte("other") }), req.PrivateSenderData},
	{"private: another epoch", req.FramingEpoch, sent(func(m *message.PrivateMessage) { m.Epoch++ }), req.PrivateSenderData},
	{"private: sender data", req.PrivateSenderData, sent(func(m *message.PrivateMessage) { m.EncryptedSenderData[0] ^= 1 }), alone},
	{"private: ciphertext", req.PrivateCiphertext, sent(func(m *message.PrivateMessage) { m.Ciphertext[len(m.Ciphertext)-1] ^= 1 }), alone},
	{"private: a generation twice", req.RatchetKeyOnce, func(r *room) error {
		_, out, err := r.at("B").member.Send(r.env, []byte("data"))
		r.ok(err)
		r.at("A").member, _, err = r.at("A").member.Receive(r.env, r.over(out.Message))
		r.ok(err)
		return r.give("A", out.Message)
	}, alone},
	{"private: too far ahead", req.RatchetForwardLimit, func(r *room) error {
		r.env.Window.MaxForward = 2
		var last *message.MLSMessage
		for range 4 {
			after, out, err := r.at("B").member.Send(r.env, nil)
			r.ok(err)
			r.at("B").member, last = after, out.Message
		}
		return r.give("A", last)
	}, ""},
}
