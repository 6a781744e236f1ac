package impl

import (
	"bytes"
	"testing"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// What is made, where both sides would agree if it were made in another way.

// contextOf returns the GroupContext of an epoch.
func contextOf(t *testing.T, e *Epoch) *schedule.GroupContext {
	t.Helper()
	var c schedule.GroupContext
	if err := wire.Decode(e.Context(), &c); err != nil {
		t.Fatal(err)
	}
	return &c
}

// created returns a group of one client, whose randomness is that of a name.
func created(t *testing.T, name string) *Member {
	t.Helper()
	env := testEnv(name)
	id, err := NewIdentity(env, suite.All()[0], []byte("A"))
	if err != nil {
		t.Fatal(err)
	}
	m, _, err := Create(env, id, []byte("group"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestFirstEpochSecretIsDrawn: the authenticator depends on epoch_secret alone (RFC
// 9420, Sections 8 and 11).
func TestFirstEpochSecretIsDrawn(t *testing.T) {
	if created(t, "one").Authenticator().Equal(created(t, "two").Authenticator()) {
		t.Error("two groups begin with the same secret")
	}
	spec.Shows(req.CreateEpochSecretFresh)
}

// TestFirstTranscriptIsEmpty is Section 8.2 of RFC 9420 for epoch 0.
func TestFirstTranscriptIsEmpty(t *testing.T) {
	if h := contextOf(t, created(t, "one").Epoch).ConfirmedTranscriptHash; len(h) != 0 {
		t.Errorf("confirmed_transcript_hash %x", h)
	}
	spec.Shows(req.TranscriptInitial)
}

// TestNothingOfTheOldExtensionsStays is Section 12.1.7 of RFC 9420, at both sides.
func TestNothingOfTheOldExtensionsStays(t *testing.T) {
	r := newRoom(t, spec.WirePublicMessage, "A", "B")
	for _, e := range []tree.Extension{message.ExternalSendersExtension(nil), {Type: spec.ExtRequiredCapabilities, Data: []byte{0, 0, 0}}} {
		r.commit("A", CommitOptions{Extensions: &[]tree.Extension{e}})
		for _, p := range r.parties {
			got := contextOf(t, p.member.Epoch).Extensions
			if len(got) != 1 || got[0].Type != e.Type || !bytes.Equal(got[0].Data, e.Data) {
				t.Errorf("%s has %v, want %v", p.name, got, e)
			}
		}
	}
	spec.Shows(req.GceReplace)
}

// TestAddsAreHeldToNewExtensions: a Commit takes an extension away, and adds a client
// that does not support it (RFC 9420, Section 12.3).
func TestAddsAreHeldToNewExtensions(t *testing.T) {
	const note = 0xf001
	types, err := NewTypes([]CustomExtension{{Type: note, Places: InGroupContext}}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := &room{t: t, env: testEnv(t.Name()), format: spec.WirePublicMessage}
	r.env.Types = types
	a := r.party("A")
	a.member, _, err = Create(r.env, a.id, []byte("group"), tree.Extension{Type: note})
	r.ok(err)
	r.parties = append(r.parties, a)
	r.commit("A", CommitOptions{}, "B")
	plain := *r.env
	plain.Types = nil
	keys, err := NewKeyPackage(&plain, r.party("C").id)
	r.ok(err)
	add := []*message.KeyPackage{keys.Package}
	if _, _, _, err := a.member.Commit(r.env, CommitOptions{Add: add, Format: r.format}); spec.Violated(err) != req.AddExtensions {
		t.Errorf("while the group has it: %v", err)
	}
	_, _, out, err := a.member.Commit(r.env, CommitOptions{Add: add, Extensions: &[]tree.Extension{}, Format: r.format})
	if err != nil {
		t.Fatalf("A commits: %v", err)
	}
	if _, _, err := r.parties[1].member.Receive(r.env, out.Message); err != nil {
		t.Errorf("B follows: %v", err)
	}
	spec.Shows(req.ApplyExtensionsFirst)
}

// removing lets some propose that a leaf be removed, and A hear it.
func removing(t *testing.T, leaf tree.LeafIndex, by ...string) (*room, *Member) {
	t.Helper()
	r := newRoom(t, spec.WirePublicMessage, "A", "B", "C", "D")
	a := r.parties[0].member
	for _, p := range r.parties {
		for _, name := range by {
			if p.name == name {
				_, out, err := p.member.ProposeRemove(r.env, leaf, r.format)
				r.ok(err)
				a, _, err = a.Receive(r.env, out.Message)
				r.ok(err)
			}
		}
	}
	return r, a
}

// TestCommitCoversWhatWaits is Section 12.4 of RFC 9420.
func TestCommitCoversWhatWaits(t *testing.T) {
	r, a := removing(t, 3, "B")
	_, staged, _, err := a.Commit(r.env, CommitOptions{Format: r.format})
	r.ok(err)
	if staged.Next.Tree().Leaf(3) != nil {
		t.Error("the proposal of B was left out")
	}
	spec.Shows(req.CommitProposalsAll)
}

// TestCommitCoversOneOfTwo: a list with both Removes would be invalid (RFC 9420,
// Section 12.2).
func TestCommitCoversOneOfTwo(t *testing.T) {
	r, a := removing(t, 3, "B", "C")
	_, staged, _, err := a.Commit(r.env, CommitOptions{Format: r.format})
	if err != nil {
		t.Fatal(err)
	}
	if staged.Next.Tree().Leaf(3) != nil {
		t.Error("neither was covered")
	}
	spec.Shows(req.CoverLeaf)
}

// TestReuseGuardIsDrawn: the same member protects the same data twice, with the same
// key (RFC 9420, Section 6.3.1).
func TestReuseGuardIsDrawn(t *testing.T) {
	m := created(t, "one")
	sealed := func(name string) []byte {
		_, out, err := m.Send(testEnv(name), []byte("data"))
		if err != nil {
			t.Fatal(err)
		}
		return out.Message.PrivateMessage.Ciphertext
	}
	if !bytes.Equal(sealed("one"), sealed("one")) || bytes.Equal(sealed("one"), sealed("two")) {
		t.Error("the nonce does not depend on what is drawn")
	}
	spec.Shows(req.PrivateReuseGuard)
}

// TestPaddingIsAccepted: what is written as padding is what readers expect of it.
func TestPaddingIsAccepted(t *testing.T) {
	r := newRoom(t, spec.WirePublicMessage, "A", "B")
	r.env.Padding = func(int) int { return 100 }
	_, out, err := r.parties[0].member.Send(r.env, []byte("data"))
	r.ok(err)
	if _, got, err := r.parties[1].member.Receive(r.env, out.Message); err != nil || string(got.Data) != "data" {
		t.Errorf("%q, %v", got.Data, err)
	}
	spec.Shows(req.PrivatePaddingMade)
}

// TestNonceOfAPSKIsDrawn is Section 8.4 of RFC 9420.
func TestNonceOfAPSKIsDrawn(t *testing.T) {
	env, s := testEnv(t.Name()), suite.All()[0]
	one, err := withNonce(env.Rand, s, schedule.ExternalPSK([]byte("psk")))
	if err != nil {
		t.Fatal(err)
	}
	two, err := withNonce(env.Rand, s, schedule.ExternalPSK([]byte("psk")))
	if err != nil || bytes.Equal(one.Nonce, two.Nonce) || len(one.Nonce) != s.Nh {
		t.Errorf("nonces %x and %x, %v", one.Nonce, two.Nonce, err)
	}
	spec.Shows(req.PSKNonceFresh)
}

// TestWelcomeTellsTheExternalKey: a GroupInfo has the external public key if it is
// asked for, in a Welcome as well (RFC 9420, Section 12.4.1).
func TestWelcomeTellsTheExternalKey(t *testing.T) {
	r := newRoom(t, spec.WirePublicMessage, "A")
	keys, err := NewKeyPackage(r.env, r.party("B").id)
	r.ok(err)
	length := func(pub bool) int {
		o := CommitOptions{Add: []*message.KeyPackage{keys.Package}, Format: r.format}
		o.Welcome.GroupInfo.ExternalPub = pub
		_, staged, _, err := r.parties[0].member.Commit(r.env, o)
		r.ok(err)
		return len(staged.Welcomes[0].EncryptedGroupInfo)
	}
	const extension = 2 + 1 + 1 + 32 // type, two lengths, a key of X25519
	if with, without := length(true), length(false); with != without+extension {
		t.Errorf("%d bytes with it, %d without", with, without)
	}
}

// TestMembersExportTheSame is Section 8.5 of RFC 9420 at its entry point.
func TestMembersExportTheSame(t *testing.T) {
	r := newRoom(t, spec.WirePublicMessage, "A", "B")
	export := func(i int, label string) suite.Secret {
		secret, err := r.parties[i].member.Export(label, []byte("context"), 16)
		r.ok(err)
		return secret
	}
	if one := export(0, "one"); !one.Equal(export(1, "one")) || one.Equal(export(0, "two")) {
		t.Error("what is exported is not bound to the epoch and its label")
	}
}
