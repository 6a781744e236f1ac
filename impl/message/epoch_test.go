package message

import (
	"bytes"
	"io"
	"math/rand/v2"
	"testing"

	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// random is a reader that gives every test the same bytes.
func random() io.Reader { return rand.NewChaCha8([32]byte{1}) }

// epoch is what framing needs to know of an epoch in which one member, at
// leaf, sends.
type epoch struct {
	suite      *suite.Suite
	groupID    []byte
	number     uint64
	context    []byte
	signer     *suite.SignatureKey
	leaf       tree.LeafIndex
	senderData suite.Secret
	membership suite.Secret
	keys       *schedule.SecretTree
}

// newEpoch returns an epoch of four leaves in which the one at 2 sends.
func newEpoch(t testing.TB) *epoch {
	s := suite.All()[0]
	signer, err := s.GenerateSignatureKey(random())
	if err != nil {
		t.Fatal(err)
	}
	secrets, encryption := schedule.NewEpochSecret(s, s.Hash([]byte("epoch"))).Derive()
	g := &epoch{
		suite: s, groupID: []byte("group"), number: 3, signer: signer, leaf: 2,
		senderData: secrets.SenderData, membership: secrets.Membership,
		keys: schedule.NewSecretTree(s, encryption, 4),
	}
	g.context = wire.Encode(&schedule.GroupContext{
		Version: spec.MLS10, CipherSuite: s.ID, GroupID: g.groupID, Epoch: g.number,
		TreeHash: []byte("tree hash"), ConfirmedTranscriptHash: []byte("transcript"),
	})
	return g
}

// framed returns a content as the member's.
func (g *epoch) framed(c Content) FramedContent {
	return FramedContent{GroupID: g.groupID, Epoch: g.number, Sender: Member(g.leaf), AuthenticatedData: []byte("aad"), Content: c}
}

// signatureKey knows the member, external senders of index 0 (who share its
// key), and admits new members.
func (g *epoch) signatureKey(s Sender) (suite.SignaturePublicKey, error) {
	switch {
	case s.Type == spec.SenderMember && s.LeafIndex == g.leaf, s.Type == spec.SenderExternal && s.SenderIndex == 0:
		return g.signer.Public(), nil
	case s.Type == spec.SenderNewMemberCommit, s.Type == spec.SenderNewMemberProposal:
		return nil, nil
	}
	return nil, spec.Checkf(nil, req.FramingSenderMember, false, "leaf %d", s.LeafIndex)
}

// sign signs a content; tag becomes its confirmation tag.
func (g *epoch) sign(t testing.TB, format spec.WireFormat, f FramedContent, tag []byte) *AuthenticatedContent {
	t.Helper()
	ac, err := Sign(g.suite, g.signer, format, f, g.context)
	if err != nil {
		t.Fatal(err)
	}
	ac.Auth.ConfirmationTag = tag
	return ac
}

// protect protects a signed content in its wire format.
func (g *epoch) protect(ac *AuthenticatedContent) (*MLSMessage, error) {
	if ac.WireFormat == spec.WirePublicMessage {
		m, err := ProtectPublic(nil, g.suite, ac, g.context, g.membership)
		return Public(m), err
	}
	sealed, err := ProtectPrivate(nil, random(), g.suite, ac, g.keys, g.senderData, 5)
	if err != nil {
		return nil, err
	}
	return Private(sealed.Message), nil
}

// open unprotects a message; g stays as it is.
func (g *epoch) open(m *MLSMessage) (*Verified, error) {
	if m.WireFormat == spec.WirePublicMessage {
		return UnprotectPublic(nil, g.suite, m.PublicMessage, g.context, g.membership, g.signatureKey)
	}
	v, _, _, err := UnprotectPrivate(nil, g.suite, m.PrivateMessage, g.context, g.keys, schedule.Window{}, g.senderData, g.signatureKey)
	return v, err
}

func (g *epoch) mustOpen(t testing.TB, m *MLSMessage) *Verified {
	t.Helper()
	v, err := g.open(m)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// mustSeal signs and protects a content, and sends it through
// its encoding.
func (g *epoch) mustSeal(t testing.TB, format spec.WireFormat, f FramedContent, tag []byte) *MLSMessage {
	t.Helper()
	m, err := g.protect(g.sign(t, format, f, tag))
	if err != nil {
		t.Fatal(err)
	}
	var sent MLSMessage
	decode(t, "own message", wire.Encode(m), &sent)
	return &sent
}

// equal reports a value that is not as it should be.
func equal(t testing.TB, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s: %x, want %x", what, got, want)
	}
}

// decode fills v from b and makes sure that it encodes to the same bytes.
func decode(t testing.TB, what string, b []byte, v wire.Struct) {
	t.Helper()
	if err := wire.Decode(b, v); err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	equal(t, what+", encoded again", wire.Encode(v), b)
}
