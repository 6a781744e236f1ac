package impl

import (
	"mlssim/impl/message"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// messageLimits are those of one message, and of keys for messages.
var messageLimits = map[string]limit{
	"Window.MaxForward": {req.RatchetForwardLimit, func(r *room, more int) error {
		r.env.Window.MaxForward = few
		sent := r.messages("B", few+1+more)
		return r.give("A", sent[few+more])
	}},
	"Window.MaxSkipped": {req.RatchetKeyOnce, func(r *room, more int) error {
		r.env.Window.MaxSkipped = few
		sent := r.messages("B", few+1+more)
		a, _, err := r.at("A").member.Receive(r.env, sent[few+more])
		r.ok(err)
		_, _, err = a.Receive(r.env, sent[0])
		return err
	}},
	"MaxMessage": {req.MessageSize, func(r *room, more int) error {
		b := wire.Encode(r.messages("B", 1)[0])
		r.env.MaxMessage = len(b) - more
		_, err := Parse(r.env, b)
		return err
	}},
	"MaxAuthenticated": {req.FramingAuthenticatedDataSize, func(r *room, more int) error {
		r.env.MaxAuthenticated = few
		_, out, err := r.at("B").member.SendWith(r.unbounded(), nil, make([]byte, few+more))
		r.ok(err)
		return r.give("A", out.Message)
	}},
	"MaxData": {req.ApplicationSize, func(r *room, more int) error {
		r.env.MaxData = few
		_, _, err := r.at("A").member.Send(r.env, make([]byte, few+more))
		return err
	}},
	"MaxSent": {req.ApplicationAeadLimit, func(r *room, more int) error {
		r.env.MaxSent = 2 * few
		a, _, err := r.at("A").member.Send(r.env, make([]byte, few))
		r.ok(err)
		_, _, err = a.Send(r.env, make([]byte, few+more))
		return err
	}},
}

// messageUses are others that run into the bounds of a message.
var messageUses = []use{
	{"size of a message that was decoded", limit{req.MessageSize, func(r *room, more int) error {
		msg := r.messages("B", 1)[0]
		r.env.MaxMessage = len(wire.Encode(msg)) - more
		return r.give("A", msg)
	}}},
	{"size of a public message", limit{req.MessageSize, func(r *room, more int) error {
		pm := r.proposing("B", remove(2)).PublicMessage
		r.env.MaxMessage = len(wire.Encode(pm)) - more
		_, err := r.at("A").member.VerifyPublic(r.env, pm)
		return err
	}}},
	{"size of a Welcome", limit{req.MessageSize, func(r *room, more int) error {
		joiners, out := r.enlarge("B", 1)
		r.env.MaxMessage = len(wire.Encode(out.welcome)) - more
		_, _, err := Join(r.env, joiners[0].id, []*KeyPackageKeys{joiners[0].keys}, out.welcome, JoinOptions{})
		return err
	}}},
	{"size of a GroupInfo to follow", limit{req.MessageSize, func(r *room, more int) error {
		info := r.info(GroupInfoOptions{})
		r.env.MaxMessage = len(wire.Encode(info)) - more
		_, err := Follow(r.env, info, nil)
		return err
	}}},
	{"size of a GroupInfo to join by", limit{req.MessageSize, func(r *room, more int) error {
		info := r.info(GroupInfoOptions{ExternalPub: true})
		r.env.MaxMessage = len(wire.Encode(info)) - more
		_, _, err := JoinExternal(r.env, r.stranger(), info, ExternalOptions{})
		return err
	}}},
	{"size of a tree that comes apart", limit{req.MessageSize, func(r *room, more int) error {
		info, b := r.info(GroupInfoOptions{NoTree: true}), r.at("A").member.Tree().Extension()
		r.env.MaxMessage = len(b) - more
		_, err := Follow(r.env, info, b)
		return err
	}}},
	{"authenticated_data of a public message", limit{req.FramingAuthenticatedDataSize, func(r *room, more int) error {
		r.env.MaxAuthenticated = few
		_, _, out, err := r.at("B").member.Commit(r.unbounded(), CommitOptions{Data: make([]byte, few+more), Format: spec.WirePublicMessage})
		r.ok(err)
		return r.give("A", out.Message)
	}}},
	{"authenticated_data of a message that is followed", limit{req.FramingAuthenticatedDataSize, func(r *room, more int) error {
		r.env.MaxAuthenticated = few
		_, _, out, err := r.at("B").member.Commit(r.unbounded(), CommitOptions{Data: make([]byte, few+more), Format: spec.WirePublicMessage})
		r.ok(err)
		_, err = r.at("A").member.VerifyPublic(r.env, out.Message.PublicMessage)
		return err
	}}},
	{"authenticated_data of own data", limit{req.FramingAuthenticatedDataSize, func(r *room, more int) error {
		r.env.MaxAuthenticated = few
		_, _, err := r.at("B").member.SendWith(r.env, nil, make([]byte, few+more))
		return err
	}}},
	{"authenticated_data of an own Commit", limit{req.FramingAuthenticatedDataSize, func(r *room, more int) error {
		r.env.MaxAuthenticated = few
		_, _, _, err := r.at("B").member.Commit(r.env, CommitOptions{Data: make([]byte, few+more), Format: spec.WirePublicMessage})
		return err
	}}},
	{"authenticated_data of an external Commit", limit{req.FramingAuthenticatedDataSize, func(r *room, more int) error {
		r.env.MaxAuthenticated = few
		_, _, err := JoinExternal(r.env, r.stranger(), r.info(GroupInfoOptions{ExternalPub: true}), ExternalOptions{Data: make([]byte, few+more)})
		return err
	}}},
}

// messages returns messages that a member sends and nobody has received.
func (r *room) messages(from string, n int) []*message.MLSMessage {
	m := r.at(from).member
	var sent []*message.MLSMessage
	for range n {
		after, out, err := m.Send(r.unbounded(), []byte("data"))
		r.ok(err)
		m, sent = after, append(sent, out.Message)
	}
	return sent
}
