package impl

import (
	"math"
	"testing"

	"mlssim/impl/message"
	"mlssim/impl/meter"
	"mlssim/impl/schedule"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// What follows gives a client bytes of which the sender knows the group, the epoch
// and whatever keys he may have. Whatever they are, the client is as it was or in a
// state that it can go on from; and it allocates no more than factor times the
// message and fixed, which is what an epoch of this group of four takes.
const (
	factor = 12
	fixed  = 1 << 20
)

// besieged returns a group whose members are ready for little, so that what they
// allocate follows from the message alone.
func besieged(f *testing.F) *room {
	r := settled(f)
	everyPSK(r.env)
	r.env.Window = schedule.Window{MaxForward: 8, MaxSkipped: 8}
	r.env.MaxLeaves = 64
	return r
}

// spends calls an entry point with a message of a length, which must return either
// a state or an error.
func spends[S any](t *testing.T, length int, entry func() (*S, error)) {
	t.Helper()
	var state *S
	var err error
	most := uint64(factor*length + fixed)
	got := meter.Allocated(most, func() { state, err = entry() })
	if got > most {
		t.Fatalf("%d bytes allocated for %d", got, length)
	}
	if got > uint64(4*length+fixed) || *long { // or it cannot be allocated at once
		if got := meter.Largest(func() { state, err = entry() }); got > largest(length) {
			t.Fatalf("%d bytes allocated at once for %d", got, length)
		}
	}
	if (err == nil) != (state != nil) {
		t.Fatalf("a state %v, and the error %v", state != nil, err)
	}
}

// receives gives a message to members, and to one who follows the group.
func (r *room) receives(t *testing.T, length int, msg *message.MLSMessage) {
	t.Helper()
	for _, name := range []string{"A", "C"} {
		m := r.at(name).member
		spends(t, length, func() (*Member, error) {
			after, _, err := m.Receive(r.env, msg)
			return after, err
		})
	}
	if pm := msg.PublicMessage; pm != nil {
		spends(t, length, func() (*PublicGroup, error) { return r.overhears(pm) })
	}
}

// overhears lets a delivery service see a message.
func (r *room) overhears(pm *message.PublicMessage) (*PublicGroup, error) {
	g := r.at("A").member.PublicGroup
	v, err := g.VerifyPublic(r.env, pm)
	if err != nil {
		return nil, err
	}
	if v.Content().Content.ContentType == spec.ContentProposal {
		return g.Cache(r.env, v)
	}
	t, err := g.Apply(r.env, v)
	if err != nil {
		return nil, err
	}
	return t.Public(), nil
}

// FuzzReceive gives bytes to members, and to one who follows the group.
func FuzzReceive(f *testing.F) {
	r := besieged(f)
	for _, msg := range r.traffic() {
		f.Add(wire.Encode(msg))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := r.copy(t)
		if msg, err := Parse(r.env, b); err == nil {
			r.receives(t, len(b), msg)
		}
	})
}

// FuzzSigned gives members contents that another one has signed and tagged: what a
// malicious member can say.
func FuzzSigned(f *testing.F) {
	r := besieged(f)
	for _, msg := range r.traffic() {
		if pm := msg.PublicMessage; pm != nil {
			f.Add(wire.Encode(&pm.Content), pm.Auth.ConfirmationTag)
		}
	}
	f.Fuzz(func(t *testing.T, b, tag []byte) {
		r := r.copy(t)
		var content message.FramedContent
		if wire.Decode(b, &content) != nil {
			return
		}
		m := r.at("B").member
		ac, err := message.Sign(m.suite, m.identity.Signer, spec.WirePublicMessage, content, m.encoded)
		r.ok(err)
		ac.Auth.ConfirmationTag = tag
		r.receives(t, len(b)+len(tag), m.tagged(ac))
	})
}

// FuzzSealed gives members what another one has encrypted, under the key that its
// sender data name or under that of generation 0.
func FuzzSealed(f *testing.F) {
	r := besieged(f)
	b := r.at("B").member
	content := []byte{4, 'd', 'a', 't', 'a', 0}
	f.Add(uint8(spec.ContentApplication), uint32(b.leaf), uint32(0), content)
	f.Add(uint8(spec.ContentApplication), uint32(b.leaf), uint32(8), content)
	f.Add(uint8(spec.ContentProposal), uint32(b.leaf), uint32(1), []byte{0, 3, 0, 0, 0, 2, 0})
	f.Add(uint8(spec.ContentCommit), uint32(1<<31), uint32(math.MaxUint32), []byte{0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, kind uint8, leaf, generation uint32, plain []byte) {
		r := r.copy(t)
		m := &message.PrivateMessage{GroupID: b.context.GroupID, Epoch: b.context.Epoch, ContentType: spec.ContentType(kind)}
		if kind < uint8(spec.ContentApplication) || kind > uint8(spec.ContentCommit) {
			return
		}
		ratchet := schedule.Handshake
		if m.ContentType == spec.ContentApplication {
			ratchet = schedule.Application
		}
		k, _, _, err := b.ratchets.Key(nil, tree.LeafIndex(leaf), ratchet, generation, r.env.Window)
		if err != nil {
			k, _, _, err = b.ratchets.Key(nil, b.leaf, ratchet, 0, r.env.Window)
		}
		r.ok(err)
		m.Ciphertext, err = b.suite.Seal(k.Key, k.Nonce, wire.Encode((*plainPrivateContent)(m)), plain)
		r.ok(err)
		s := message.SenderDataKey(b.suite, b.secrets.SenderData, m.Ciphertext)
		data := message.SenderData{LeafIndex: tree.LeafIndex(leaf), Generation: generation}
		m.EncryptedSenderData, err = b.suite.Seal(s.Key, s.Nonce, wire.Encode((*plainSenderData)(m)), wire.Encode(&data))
		r.ok(err)
		r.receives(t, len(plain), message.Private(m))
	})
}

// plainPrivateContent is PrivateContentAAD (Section 6.3.1).
type plainPrivateContent message.PrivateMessage

func (m *plainPrivateContent) Wire(c *wire.Coder) {
	(*plainSenderData)(m).Wire(c)
	wire.Opaque(c, &m.AuthenticatedData)
}

// FuzzWelcome gives bytes to a client as a Welcome for its KeyPackage.
func FuzzWelcome(f *testing.F) {
	r := besieged(f)
	joiners, out := r.enlarge("A", 2)
	f.Add(wire.Encode(out.welcome))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := r.copy(t)
		var w message.Welcome
		if wire.Decode(b, &w) == nil {
			spends(t, len(b), func() (*Member, error) { return joiners[0].joins(r, &w) })
		}
	})
}

func (j *joiner) joins(r *room, w *message.Welcome) (*Member, error) {
	m, _, err := Join(r.env, j.id, []*KeyPackageKeys{j.keys}, w, JoinOptions{})
	return m, err
}

// FuzzInvited gives a client a Welcome that opens: its sender has sealed secrets
// and signed a GroupInfo, whatever they are.
func FuzzInvited(f *testing.F) {
	r := besieged(f)
	joiners, _ := r.enlarge("A", 1)
	a, j := r.at("A").member, joiners[0]
	info := r.info(GroupInfoOptions{ExternalPub: true})
	for _, info := range []*message.GroupInfo{info, r.founded(j)} {
		f.Add(wire.Encode(&message.GroupSecrets{}), wire.Encode(info))
	}
	secrets := &message.GroupSecrets{PathSecret: &message.PathSecret{Secret: a.suite.Zero()}, PSKs: psksNamed(2)}
	f.Add(wire.Encode(secrets), wire.Encode(info))
	f.Fuzz(func(t *testing.T, b, described []byte) {
		r := r.copy(t)
		var secrets message.GroupSecrets
		var info message.GroupInfo
		if wire.Decode(b, &secrets) != nil || wire.Decode(described, &info) != nil || len(secrets.PSKs) > 0 && len(secrets.PSKs[0].Nonce) > 64 {
			return
		}
		secrets.JoinerSecret = a.suite.Zero()
		info, err := info.Sign(a.suite, a.identity.Signer)
		r.ok(err)
		st := stages{joiner: schedule.NewJoinerSecret(a.suite, a.suite.Zero())}
		psks, err := lookup(r.env, req.WelcomePSKs, secrets.PSKs, r.env.held)
		r.ok(err)
		psk, err := schedule.PSKSecret(nil, a.suite, psks)
		if err != nil {
			return
		}
		st.extract(psk)
		w := &message.Welcome{CipherSuite: a.suite.ID}
		w.EncryptedGroupInfo, err = st.welcome.Seal(wire.Encode(&info))
		r.ok(err)
		entry, err := message.SealGroupSecrets(r.env.Rand, a.suite, j.keys.Package, &secrets, w.EncryptedGroupInfo)
		r.ok(err)
		w.Secrets = []message.EncryptedGroupSecrets{entry}
		spends(t, len(b)+len(described), func() (*Member, error) { return j.joins(r, w) })
	})
}

// founded returns a GroupInfo of a group that a client has been added to.
func (r *room) founded(j joiner) *message.GroupInfo {
	m, _, err := Create(r.env, r.at("A").id, []byte("another group"))
	r.ok(err)
	_, staged, _, err := m.Commit(r.env, CommitOptions{Add: packages(*j.keys.Package), NoPath: true, Format: spec.WirePublicMessage})
	r.ok(err)
	info, err := staged.Next.GroupInfo(r.env, GroupInfoOptions{})
	r.ok(err)
	return info
}

// FuzzGroupInfo gives bytes to clients that join by a GroupInfo, or follow the
// group: as they are, and signed by a member.
func FuzzGroupInfo(f *testing.F) {
	r := besieged(f)
	id, a := r.stranger(), r.at("A").member
	info := r.info(GroupInfoOptions{ExternalPub: true})
	f.Add(wire.Encode(info), false)
	f.Add(wire.Encode(info), true)
	r.commit("A", CommitOptions{Extensions: &[]tree.Extension{requiresNothing}}, "E")
	f.Add(wire.Encode(r.info(GroupInfoOptions{ExternalPub: true})), true)
	f.Fuzz(func(t *testing.T, b []byte, signed bool) {
		r := r.copy(t)
		var info message.GroupInfo
		if wire.Decode(b, &info) != nil {
			return
		}
		if signed {
			var err error
			info, err = info.Sign(a.suite, a.identity.Signer)
			r.ok(err)
		}
		spends(t, len(b), func() (*PublicGroup, error) { return Follow(r.env, &info, nil) })
		spends(t, len(b), func() (*Staged, error) {
			s, _, err := JoinExternal(r.env, id, &info, ExternalOptions{})
			return s, err
		})
	})
}

// FuzzKeyPackage gives a member KeyPackages to propose, signed by their client
// whatever they are.
func FuzzKeyPackage(f *testing.F) {
	r := besieged(f)
	id := r.stranger()
	for _, kp := range []message.KeyPackage{r.packaged(id, nil, nil), r.packaged(id, twoExtensions, nil)} {
		f.Add(wire.Encode(&kp))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := r.copy(t)
		var kp message.KeyPackage
		if wire.Decode(b, &kp) != nil {
			return
		}
		kp.LeafNode.SignatureKey = id.Signer.Public()
		var err error
		kp.LeafNode, err = kp.LeafNode.Sign(r.suite(), id.Signer, nil, 0)
		r.ok(err)
		kp, err = kp.Sign(r.suite(), id.Signer)
		r.ok(err)
		spends(t, len(b), func() (*Member, error) {
			after, _, err := r.at("A").member.ProposeAdd(r.env, &kp, spec.WirePrivateMessage)
			return after, err
		})
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
