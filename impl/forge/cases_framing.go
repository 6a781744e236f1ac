package forge

import (
	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 6, and what Section 9.1 says of keys, as a member meets it.

// framed gives A a Remove by B whose frame is changed.
func framed(v Framing) recipe { return framedAs(v, Framing{Format: v.Format}) }

// framedAs is framed with a control of its own.
func framedAs(bad, good Framing) recipe {
	return both(MessageReceive, bad, good, func(g *Group, v Framing) *Input {
		p := Remove(2)
		msg, err := g.by("B").Message(message.Content{ContentType: spec.ContentProposal, Proposal: &p}, v)
		g.ok(err)
		return g.given("A", msg)
	})
}

// reframed changes the content before it is signed.
func reframed(change func(*message.FramedContent)) recipe { return framed(Framing{Content: change}) }

// said gives A application data by B.
func said(v Framing) recipe {
	return both(MessageReceive, v, Framing{}, func(g *Group, v Framing) *Input {
		v.Format = spec.WirePrivateMessage
		msg, err := g.by("B").Message(message.Content{ContentType: spec.ContentApplication, ApplicationData: []byte("data")}, v)
		g.ok(err)
		return g.given("A", msg)
	})
}

// sent changes a message of application data when it is finished.
func sent(change func(*message.PrivateMessage)) recipe {
	return said(Framing{Sealing: Sealing{Private: change}})
}

var framingRows = []row{
	{"another group", req.FramingGroup, reframed(func(f *message.FramedContent) { f.GroupID = []byte("other") }), ""},
	{"an epoch that is over", req.FramingEpoch, reframed(func(f *message.FramedContent) { f.Epoch-- }), ""},
	{"an epoch to come", req.FramingEpoch, reframed(func(f *message.FramedContent) { f.Epoch++ }), ""},
	{"a KeyPackage", req.FramingGroup, does(MessageReceive, func(g *Group) error {
		_, _, err := g.at("A").Member.Receive(g.Env, &message.MLSMessage{WireFormat: spec.WireKeyPackage, KeyPackage: ordinary(g)})
		return err
	}, nil), Alone},
	{"application data in the open", req.FramingApplicationPrivate, reframed(func(f *message.FramedContent) {
		f.Content = message.Content{ContentType: spec.ContentApplication, ApplicationData: []byte("data")}
	}), ""},
	{"a leaf outside the tree", req.FramingSenderMember, reframed(func(f *message.FramedContent) { f.Sender.LeafIndex = 9 }), Alone},
	{"a blank leaf", req.FramingSenderMember, after(func(g *Group) {
		g.commit("B", impl.CommitOptions{Remove: []tree.LeafIndex{2}})
	}, both(MessageReceive, 2, 1, func(g *Group, by tree.LeafIndex) *Input {
		p := Remove(3)
		msg, err := g.by("B").Message(message.Content{ContentType: spec.ContentProposal, Proposal: &p},
			Framing{Content: func(f *message.FramedContent) { f.Sender.LeafIndex = by }})
		g.ok(err)
		return g.given("A", msg)
	})), Alone},
	{"in the name of another", req.ContentSignature, reframed(func(f *message.FramedContent) { f.Sender.LeafIndex = 3 }), ""},
	{"signature", req.ContentSignature, framed(Framing{Auth: func(ac *message.AuthenticatedContent) { flip(ac.Auth.Signature) }}), ""},
	{"signature over another context", req.ContentSignature, both(MessageReceive, uint64(1), 0, func(g *Group, behind uint64) *Input {
		f := g.by("B")
		right := wire.Encode(&f.Context)
		other := *f
		other.Context.TreeHash = f.Suite.Hash(right[:behind])
		if behind == 0 {
			other.Context = f.Context
		}
		p := Remove(2)
		ac, err := other.sign(message.Content{ContentType: spec.ContentProposal, Proposal: &p}, &Framing{})
		g.ok(err)
		msg, err := f.protect(ac, &Framing{})
		g.ok(err)
		return g.given("A", msg)
	}), ""},
	{"membership tag", req.PublicMembershipTag, framed(Framing{Public: func(m *message.PublicMessage) { flip(m.MembershipTag) }}), ""},
	{"no membership tag", req.PublicMembershipTag, framed(Framing{Public: func(m *message.PublicMessage) { m.MembershipTag = nil }}), ""},
	{"a Commit without confirmation tag", req.FramingConfirmationTagPresent, committed(Forgery{Framing: Framing{
		Auth: func(ac *message.AuthenticatedContent) { ac.Auth.ConfirmationTag = nil },
	}}).at(MessageReceive), req.CommitConfirmationTag},
	{"an own Commit", req.CommitSenderSelf, ownCommit(spec.WirePublicMessage), Alone},
	{"an own Commit in private", req.CommitSenderSelf, ownCommit(spec.WirePrivateMessage), Alone},
}

// ownCommit gives A a Commit of its own, as if a delivery service sent it back.
func ownCommit(format spec.WireFormat) recipe {
	return both(MessageReceive, "A", "B", func(g *Group, by string) *Input {
		return g.forged(by, Forgery{Framing: Framing{Format: format}}, "A")
	})
}

// flip changes the first byte of a value that nobody else has.
func flip(b []byte) { b[0] ^= 1 }

// blankLeaf is one that the tree of a [Group] has not.
const blankLeaf tree.LeafIndex = 9

var privateRows = []row{
	{"another group", req.FramingGroup, sent(func(m *message.PrivateMessage) { m.GroupID = []byte("other") }), req.PrivateSenderData},
	{"another epoch", req.FramingEpoch, sent(func(m *message.PrivateMessage) { m.Epoch++ }), req.PrivateSenderData},
	{"sender data", req.PrivateSenderData, sent(func(m *message.PrivateMessage) { flip(m.EncryptedSenderData) }), Alone},
	{"sender data cut off", req.WireTruncated, said(Framing{Sealing: Sealing{Header: func(b []byte) []byte { return b[:len(b)-1] }}}), Alone},
	{"sender data that goes on", req.WireTrailing, said(Framing{Sealing: Sealing{Header: func(b []byte) []byte { return append(b, 0) }}}), Alone},
	{"sender data of a leaf outside the tree", req.PrivateSenderDataLeaf, said(Framing{Sealing: Sealing{
		SenderData: func(d *message.SenderData) { d.LeafIndex = blankLeaf },
	}}), Alone},
	{"ciphertext", req.PrivateCiphertext, sent(func(m *message.PrivateMessage) { m.Ciphertext[len(m.Ciphertext)-1] ^= 1 }), Alone},
	{"authenticated data", req.PrivateCiphertext, sent(func(m *message.PrivateMessage) { m.AuthenticatedData = []byte("other") }), Alone},
	{"under the key of another", req.PrivateCiphertext, said(Framing{Sealing: Sealing{Ratchet: new(tree.LeafIndex(3))}}), Alone},
	{"in the name of another", req.ContentSignature, said(Framing{Sealing: Sealing{
		Ratchet: new(tree.LeafIndex(3)), SenderData: func(d *message.SenderData) { d.LeafIndex = 3 },
	}}), ""},
	{"content signed for the open", req.ContentSignature, both(MessageReceive, spec.WirePublicMessage, spec.WirePrivateMessage,
		func(g *Group, format spec.WireFormat) *Input {
			f := g.by("B")
			ac, err := f.sign(message.Content{ContentType: spec.ContentApplication, ApplicationData: []byte("data")}, &Framing{Format: format})
			g.ok(err)
			ac.WireFormat = spec.WirePrivateMessage
			msg, err := f.protect(ac, &Framing{})
			g.ok(err)
			return g.given("A", msg)
		}), ""},
	{"padding", req.PrivatePaddingZero, both(MessageReceive, []byte{0, 0, 1}, []byte{0, 0, 0}, func(g *Group, padding []byte) *Input {
		return g.saidWith(Sealing{Padding: padding})
	}), ""},
	{"content cut off", req.WireVectorBounds, said(Framing{Sealing: Sealing{Plain: func(b []byte) []byte { return b[:len(b)-1] }}}), Alone},
	{"a generation twice", req.RatchetKeyOnce, recipe{entry: MessageReceive, make: func(g *Group) (bad, good *Input) {
		m := g.at("B").Member
		m, out, err := m.Send(g.Env, []byte("data"))
		g.ok(err)
		g.deliver("B", out.Message)
		g.at("B").Member = m
		_, next, err := m.Send(g.Env, []byte("data"))
		g.ok(err)
		return g.given("A", out.Message), g.given("A", next.Message)
	}}, Alone},
	{"too far ahead", req.RatchetForwardLimit, with(ownLimit, func(e *impl.Env) { e.Window = schedule.Window{MaxForward: 2} },
		both(MessageReceive, 4, 3, func(g *Group, n int) *Input {
			m := g.at("B").Member
			var out impl.Output
			var err error
			for range n {
				m, out, err = m.Send(g.Env, nil)
				g.ok(err)
			}
			return g.given("A", out.Message)
		})), ""},
}

func (g *Group) saidWith(v Sealing) *Input {
	msg, err := g.by("B").Message(message.Content{ContentType: spec.ContentApplication, ApplicationData: []byte("data")},
		Framing{Format: spec.WirePrivateMessage, Sealing: v})
	g.ok(err)
	return g.given("A", msg)
}
