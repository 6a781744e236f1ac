package impl

import (
	"testing"

	"mlssim/impl/message"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// FuzzReceive gives bytes to a member, whose group and epoch the sender knows.
// Whatever they are, the member is as it was or in a state that it can go on
// from.
func FuzzReceive(f *testing.F) {
	r := settled(f)
	for _, msg := range r.traffic() {
		f.Add(wire.Encode(msg))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var msg message.MLSMessage
		if wire.Decode(b, &msg) != nil {
			return
		}
		for _, name := range []string{"A", "C"} {
			after, _, err := r.at(name).member.Receive(r.env, &msg)
			if (err == nil) != (after != nil) {
				t.Fatalf("%s: a state %v, and the error %v", name, after != nil, err)
			}
		}
	})
}

// FuzzSigned gives a member contents that another one has signed and tagged,
// whatever they are: what a malicious member can say.
func FuzzSigned(f *testing.F) {
	r := settled(f)
	for _, msg := range r.traffic() {
		if pm := msg.PublicMessage; pm != nil {
			f.Add(wire.Encode(&pm.Content), pm.Auth.ConfirmationTag)
		}
	}
	f.Fuzz(func(t *testing.T, b, tag []byte) {
		var content message.FramedContent
		if wire.Decode(b, &content) != nil {
			return
		}
		b1 := r.at("B").member
		ac, err := message.Sign(b1.suite, b1.identity.Signer, spec.WirePublicMessage, content, b1.encoded)
		if err != nil {
			t.Fatal(err)
		}
		ac.Auth.ConfirmationTag = tag
		after, _, err := r.at("A").member.Receive(r.env, b1.tagged(ac))
		if (err == nil) != (after != nil) {
			t.Fatalf("a state %v, and the error %v", after != nil, err)
		}
	})
}

// FuzzInvitation gives bytes to clients outside: as a Welcome for a KeyPackage
// that the sender knows, and as a GroupInfo to join by.
func FuzzInvitation(f *testing.F) {
	r := settled(f)
	id := r.stranger()
	k, err := NewKeyPackage(r.env, id)
	r.ok(err)
	staged, _ := r.begin("A", CommitOptions{Add: packages(*k.Package), Format: spec.WirePublicMessage})
	info, err := r.at("A").member.GroupInfo(r.env, GroupInfoOptions{ExternalPub: true})
	r.ok(err)
	f.Add(wire.Encode(&message.MLSMessage{WireFormat: spec.WireWelcome, Welcome: staged.Welcomes[0]}))
	f.Add(wire.Encode(&message.MLSMessage{WireFormat: spec.WireGroupInfo, GroupInfo: info}))
	f.Fuzz(func(t *testing.T, b []byte) {
		var msg message.MLSMessage
		if wire.Decode(b, &msg) != nil {
			return
		}
		switch msg.WireFormat {
		case spec.WireWelcome:
			if m, _, err := Join(r.env, id, []*KeyPackageKeys{k}, msg.Welcome, JoinOptions{}); (err == nil) != (m != nil) {
				t.Fatalf("a state %v, and the error %v", m != nil, err)
			}
		case spec.WireGroupInfo:
			if s, _, err := JoinExternal(r.env, id, msg.GroupInfo, ExternalOptions{}); (err == nil) != (s != nil) {
				t.Fatalf("a state %v, and the error %v", s != nil, err)
			}
			if _, err := Follow(r.env, msg.GroupInfo, nil); err == nil && msg.GroupInfo.GroupContext.Epoch != info.GroupContext.Epoch {
				t.Fatal("a GroupInfo that nobody has signed was believed")
			}
		}
	})
}

// traffic returns a message of each kind that the group's members may get.
func (r *room) traffic() []*message.MLSMessage {
	b := r.at("B").member
	var all []*message.MLSMessage
	for _, format := range formats {
		_, out, err := b.ProposeUpdate(r.env, format)
		r.ok(err)
		_, _, commit, err := b.Commit(r.env, CommitOptions{
			Remove: []tree.LeafIndex{3}, Extensions: &[]tree.Extension{requiresNothing}, Format: format,
		})
		r.ok(err)
		all = append(all, out.Message, commit.Message)
	}
	_, data, err := b.Send(r.env, []byte("data"))
	r.ok(err)
	info, err := r.at("A").member.GroupInfo(r.env, GroupInfoOptions{ExternalPub: true})
	r.ok(err)
	back := tree.LeafIndex(3)
	_, external, err := JoinExternal(r.env, r.at("D").id, info, ExternalOptions{Remove: &back})
	r.ok(err)
	kp := r.packaged(r.stranger(), nil, nil)
	asks, err := b.ProposeJoin(r.env, r.stranger(), &kp)
	r.ok(err)
	for _, p := range []message.Proposal{remove(2), add(kp), psk(nil), {Type: spec.ProposalReInit, ReInit: reinit("next")}, customProposal} {
		all = append(all, r.proposing("B", p))
	}
	return append(all, data.Message, external.Message, asks)
}

var requiresNothing = tree.Extension{Type: spec.ExtRequiredCapabilities, Data: []byte{0, 0, 0}}
