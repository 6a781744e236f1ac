package message

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// Contents to send.
var (
	data   = Content{ContentType: spec.ContentApplication, ApplicationData: []byte("hello")}
	remove = Content{ContentType: spec.ContentProposal, Proposal: &Proposal{Type: spec.ProposalRemove, Remove: &Remove{Removed: 1}}}
	update = Content{ContentType: spec.ContentProposal, Proposal: &Proposal{Type: spec.ProposalUpdate, Update: &Update{LeafNode: leafNode(nil)}}}
	commit = Content{ContentType: spec.ContentCommit, Commit: &Commit{Proposals: []ProposalOrRef{{Type: spec.ByReference, Reference: ProposalRef("ref")}}}}
	tag    = []byte("confirmation tag")
)

func leafNode(key suite.SignaturePublicKey, extensions ...tree.Extension) tree.LeafNode {
	return tree.LeafNode{SignatureKey: key, Credential: tree.BasicCredential([]byte("client")), Source: spec.SourceUpdate, Extensions: extensions}
}

// external is a Commit with a path whose leaf has this key.
func external(key suite.SignaturePublicKey) Content {
	return Content{ContentType: spec.ContentCommit, Commit: &Commit{Path: &tree.UpdatePath{LeafNode: leafNode(key)}}}
}

// add is an Add of a client with this signature key.
func add(key suite.SignaturePublicKey) Content {
	return Content{ContentType: spec.ContentProposal, Proposal: &Proposal{Type: spec.ProposalAdd, Add: &Add{KeyPackage{LeafNode: leafNode(key)}}}}
}

func tagOf(c Content) []byte {
	if c.ContentType == spec.ContentCommit {
		return tag
	}
	return nil
}

func TestReceiverGetsWhatWasSigned(t *testing.T) {
	g := newEpoch(t)
	for _, test := range []struct {
		format  spec.WireFormat
		content Content
	}{
		{spec.WirePublicMessage, remove}, {spec.WirePublicMessage, commit},
		{spec.WirePrivateMessage, remove}, {spec.WirePrivateMessage, commit}, {spec.WirePrivateMessage, data},
	} {
		sent := g.sign(t, test.format, g.framed(test.content), tagOf(test.content))
		m, err := g.protect(sent)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(sent, g.mustOpen(t, m).Content()); diff != "" {
			t.Errorf("format %d, content %d (-sent +received):\n%s", test.format, test.content.ContentType, diff)
		}
		groupID, number, err := m.Group()
		if err != nil || !bytes.Equal(groupID, g.groupID) || number != g.number {
			t.Errorf("message for group %q, epoch %d, %v", groupID, number, err)
		}
	}
}

// Who may send what, and how: Section 6.1, the same for sender and receiver.
func TestSenderTypes(t *testing.T) {
	g := newEpoch(t)
	key := g.signer.Public()
	member, ext := Member(g.leaf), Sender{Type: spec.SenderExternal}
	joiner, applicant := Sender{Type: spec.SenderNewMemberCommit}, Sender{Type: spec.SenderNewMemberProposal}
	psk := Content{ContentType: spec.ContentProposal, Proposal: &Proposal{Type: spec.ProposalPSK, PreSharedKey: &PreSharedKey{schedule.PreSharedKeyID{Type: spec.PSKExternal}}}}
	reinit := Content{ContentType: spec.ContentProposal, Proposal: &Proposal{Type: spec.ProposalReInit, ReInit: &ReInit{}}}
	gce := Content{ContentType: spec.ContentProposal, Proposal: &Proposal{Type: spec.ProposalGroupContextExtensions, GroupContextExtensions: &GroupContextExtensions{}}}
	externalInit := Content{ContentType: spec.ContentProposal, Proposal: &Proposal{Type: spec.ProposalExternalInit, ExternalInit: &ExternalInit{}}}
	for _, test := range []struct {
		name    string
		sender  Sender
		content Content
		want    spec.ID
	}{
		{"a member's proposal", member, remove, ""},
		{"a member's Commit", member, commit, ""},
		{"a member's data", member, data, req.FramingApplicationPrivate},
		{"an external Add", ext, add(key), ""},
		{"an external Remove", ext, remove, ""},
		{"an external PreSharedKey", ext, psk, ""},
		{"an external ReInit", ext, reinit, ""},
		{"an external GroupContextExtensions", ext, gce, ""},
		{"an external Update", ext, update, req.FramingSenderType},
		{"an external ExternalInit", ext, externalInit, req.FramingSenderType},
		{"a Commit by an external sender", ext, external(key), req.FramingSenderType},
		{"external data", ext, data, req.FramingApplicationPrivate},
		{"a joiner's Commit", joiner, external(key), ""},
		{"a joiner's Commit without path", joiner, commit, req.ExternalPath},
		{"a joiner's proposal", joiner, add(key), req.FramingSenderType},
		{"an applicant's Add", applicant, add(key), ""},
		{"an applicant's Remove", applicant, remove, req.FramingSenderType},
		{"an applicant's Commit", applicant, external(key), req.FramingSenderType},
	} {
		f := g.framed(test.content)
		f.Sender = test.sender
		ac := g.sign(t, spec.WirePublicMessage, f, tagOf(test.content))
		if _, err := g.protect(ac); spec.Violated(err) != test.want {
			t.Errorf("%s: protecting: %v, want %q", test.name, err, test.want)
		}
		m := g.publicMessage(ac)
		if _, err := g.open(m); spec.Violated(err) != test.want {
			t.Errorf("%s: unprotecting: %v, want %q", test.name, err, test.want)
		}
		_, err := VerifySignature(nil, g.suite, m.PublicMessage, g.context, g.signatureKey)
		if spec.Violated(err) != test.want {
			t.Errorf("%s: verifying the signature: %v, want %q", test.name, err, test.want)
		}
	}
}

// publicMessage protects a content without a look at its form.
func (g *epoch) publicMessage(ac *AuthenticatedContent) *MLSMessage {
	m := &PublicMessage{Content: ac.Content, Auth: ac.Auth}
	if ac.Content.Sender.Type == spec.SenderMember {
		m.MembershipTag = g.suite.MAC(g.membership, wire.Encode(&authenticatedContentTBM{ac, g.context}))
	}
	return Public(m)
}

func TestOnlyMembersSendPrivateMessages(t *testing.T) {
	g := newEpoch(t)
	f := g.framed(remove)
	f.Sender = Sender{Type: spec.SenderExternal}
	if _, err := g.protect(g.sign(t, spec.WirePrivateMessage, f, nil)); spec.Violated(err) != req.PrivateSenderMember {
		t.Errorf("refused by %v", err)
	}
}

func TestContentIsProtectedAsItWasSigned(t *testing.T) {
	g := newEpoch(t)
	ac := g.sign(t, spec.WirePublicMessage, g.framed(remove), nil)
	if m, err := ProtectPrivate(nil, random(), g.suite, ac, g.keys, g.senderData, 0); err == nil {
		t.Errorf("a content signed for PublicMessage became %v", m)
	}
	ac = g.sign(t, spec.WirePrivateMessage, g.framed(remove), nil)
	if m, err := ProtectPublic(nil, g.suite, ac, g.context, g.membership); err == nil {
		t.Errorf("a content signed for PrivateMessage became %v", m)
	}
	if _, err := ProtectPrivate(nil, random(), g.suite, ac, g.keys, g.senderData, -1); err == nil {
		t.Error("negative padding")
	}
	broken := errors.New("no randomness")
	if _, err := ProtectPrivate(nil, iotest.ErrReader(broken), g.suite, ac, g.keys, g.senderData, 0); !errors.Is(err, broken) {
		t.Errorf("without a reuse guard: %v", err)
	}
}

// Each change is refused by the one requirement that it touches.
func TestChangedPublicMessageIsRefused(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(g *epoch, ac *AuthenticatedContent, m *PublicMessage)
		want   spec.ID
	}{
		{"nothing", func(*epoch, *AuthenticatedContent, *PublicMessage) {}, ""},
		{"membership tag", func(_ *epoch, _ *AuthenticatedContent, m *PublicMessage) { m.MembershipTag[0] ^= 1 }, req.PublicMembershipTag},
		{"no membership tag", func(_ *epoch, _ *AuthenticatedContent, m *PublicMessage) { m.MembershipTag = nil }, req.PublicMembershipTag},
		{"content", func(_ *epoch, _ *AuthenticatedContent, m *PublicMessage) { m.Content.Epoch++ }, req.PublicMembershipTag},
		{"confirmation tag", func(_ *epoch, _ *AuthenticatedContent, m *PublicMessage) { m.Auth.ConfirmationTag = []byte("x") }, req.PublicMembershipTag},
		{"content, by a member", func(g *epoch, ac *AuthenticatedContent, m *PublicMessage) {
			ac.Content.Epoch++
			*m = *g.publicMessage(ac).PublicMessage
		}, req.ContentSignature},
		{"signature, by a member", func(g *epoch, ac *AuthenticatedContent, m *PublicMessage) {
			ac.Auth.Signature = slices.Clone(ac.Auth.Signature)
			ac.Auth.Signature[0] ^= 1
			*m = *g.publicMessage(ac).PublicMessage
		}, req.ContentSignature},
		{"sender, by a member", func(g *epoch, ac *AuthenticatedContent, m *PublicMessage) {
			ac.Content.Sender.LeafIndex = 1
			*m = *g.publicMessage(ac).PublicMessage
		}, req.FramingSenderMember},
		{"confirmation tag left out, by a member", func(g *epoch, ac *AuthenticatedContent, m *PublicMessage) {
			ac.Auth.ConfirmationTag = nil
			*m = *g.publicMessage(ac).PublicMessage
		}, req.FramingConfirmationTagPresent},
		{"context", func(g *epoch, _ *AuthenticatedContent, _ *PublicMessage) { g.context[0] ^= 1 }, req.PublicMembershipTag},
	} {
		g := newEpoch(t)
		ac := g.sign(t, spec.WirePublicMessage, g.framed(commit), tag)
		m := g.publicMessage(ac)
		test.change(g, ac, m.PublicMessage)
		if _, err := g.open(m); spec.Violated(err) != test.want {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

// One who has no membership_key sees a wrong signature and not a wrong tag.
func TestVerifySignatureDoesNotNeedTheMembershipKey(t *testing.T) {
	g := newEpoch(t)
	m := g.mustSeal(t, spec.WirePublicMessage, g.framed(commit), tag).PublicMessage
	m.MembershipTag = nil
	if _, err := VerifySignature(nil, g.suite, m, g.context, g.signatureKey); err != nil {
		t.Errorf("without a membership tag: %v", err)
	}
	m.Auth.Signature[0] ^= 1
	if _, err := VerifySignature(nil, g.suite, m, g.context, g.signatureKey); spec.Violated(err) != req.ContentSignature {
		t.Errorf("with a wrong signature: %v", err)
	}
}

// New members sign with the key that their content brings, whatever keys the
// group has.
func TestNewMemberSignsWithItsOwnKey(t *testing.T) {
	g := newEpoch(t)
	stranger, err := g.suite.GenerateSignatureKey(io.LimitReader(random(), 32))
	if err != nil {
		t.Fatal(err)
	}
	other, err := g.suite.ParseSignatureKey(bytes.Repeat([]byte{9}, 32))
	if err != nil {
		t.Fatal(err)
	}
	for sender, content := range map[spec.SenderType]func(suite.SignaturePublicKey) Content{
		spec.SenderNewMemberCommit: external, spec.SenderNewMemberProposal: add,
	} {
		for _, signer := range []*suite.SignatureKey{stranger, other} {
			f := g.framed(content(other.Public()))
			f.Sender = Sender{Type: sender}
			g.signer = signer
			_, err := g.open(g.publicMessage(g.sign(t, spec.WirePublicMessage, f, tagOf(f.Content))))
			if (err == nil) != (signer == other) {
				t.Errorf("sender type %d, signed by %v: %v", sender, signer, err)
			}
		}
		admitNone := func(s Sender) (suite.SignaturePublicKey, error) {
			return nil, spec.Check(nil, req.FramingSenderType, false)
		}
		f := g.framed(content(g.signer.Public()))
		f.Sender = Sender{Type: sender}
		m := g.publicMessage(g.sign(t, spec.WirePublicMessage, f, tagOf(f.Content))).PublicMessage
		if _, err := UnprotectPublic(nil, g.suite, m, g.context, g.membership, admitNone); spec.Violated(err) != req.FramingSenderType {
			t.Errorf("sender type %d, not admitted: %v", sender, err)
		}
	}
}

// The signature of a member and of a joiner covers the GroupContext, that of
// others does not (Section 6.1).
func TestWhoseSignatureCoversTheGroupContext(t *testing.T) {
	g := newEpoch(t)
	key := g.signer.Public()
	for _, test := range []struct {
		sender  Sender
		content Content
		covers  bool
	}{
		{Member(g.leaf), remove, true},
		{Sender{Type: spec.SenderNewMemberCommit}, external(key), true},
		{Sender{Type: spec.SenderExternal}, remove, false},
		{Sender{Type: spec.SenderNewMemberProposal}, add(key), false},
	} {
		f := g.framed(test.content)
		f.Sender = test.sender
		m := g.publicMessage(g.sign(t, spec.WirePublicMessage, f, tagOf(test.content))).PublicMessage
		_, err := VerifySignature(nil, g.suite, m, []byte("another context"), g.signatureKey)
		if (err != nil) != test.covers {
			t.Errorf("sender type %d in another context: %v", test.sender.Type, err)
		}
	}
}

func TestRepeatedExtensionIsRefusedWhereverItIs(t *testing.T) {
	g := newEpoch(t)
	e := tree.Extension{Type: 0x0a0a, Data: []byte("grease")}
	twice := []tree.Extension{e, {Type: 0x1a1a}, e}
	leaf := leafNode(nil, twice...)
	proposals := map[string]*Proposal{
		"Add, KeyPackage":        {Type: spec.ProposalAdd, Add: &Add{KeyPackage{LeafNode: leafNode(nil), Extensions: twice}}},
		"Add, leaf":              {Type: spec.ProposalAdd, Add: &Add{KeyPackage{LeafNode: leaf}}},
		"Update":                 {Type: spec.ProposalUpdate, Update: &Update{leaf}},
		"ReInit":                 {Type: spec.ProposalReInit, ReInit: &ReInit{Extensions: twice}},
		"GroupContextExtensions": {Type: spec.ProposalGroupContextExtensions, GroupContextExtensions: &GroupContextExtensions{twice}},
	}
	contents := map[string]Content{
		"path": {ContentType: spec.ContentCommit, Commit: &Commit{Path: &tree.UpdatePath{LeafNode: leaf}}},
	}
	for name, p := range proposals {
		contents[name] = Content{ContentType: spec.ContentProposal, Proposal: p}
		contents[name+" by value"] = Content{ContentType: spec.ContentCommit,
			Commit: &Commit{Proposals: []ProposalOrRef{{Type: spec.ByValue, Proposal: p}}}}
	}
	for name, c := range contents {
		ac := g.sign(t, spec.WirePublicMessage, g.framed(c), tagOf(c))
		if _, err := g.open(g.publicMessage(ac)); spec.Violated(err) != req.ExtensionUnique {
			t.Errorf("%s: %v", name, err)
		}
	}
	info := GroupInfo{GroupContext: schedule.GroupContext{Extensions: twice}}
	if err := info.CheckExtensions(nil); spec.Violated(err) != req.ExtensionUnique {
		t.Errorf("GroupContext: %v", err)
	}
	info = GroupInfo{Extensions: twice}
	if err := info.CheckExtensions(nil); spec.Violated(err) != req.ExtensionUnique {
		t.Errorf("GroupInfo: %v", err)
	}
	if err := (&KeyPackage{Extensions: twice[:2], LeafNode: leafNode(nil, twice[1:]...)}).CheckExtensions(nil); err != nil {
		t.Errorf("the same extension in two lists: %v", err)
	}
}
