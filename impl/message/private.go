package message

import (
	"fmt"
	"io"
	"slices"

	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// A PrivateMessage is a content that is signed and encrypted (RFC 9420, Section
// 6.3).
type PrivateMessage struct {
	GroupID             []byte
	Epoch               uint64
	ContentType         spec.ContentType
	AuthenticatedData   []byte
	EncryptedSenderData []byte
	Ciphertext          []byte
}

// Wire describes PrivateMessage (Section 6.3).
func (m *PrivateMessage) Wire(c *wire.Coder) {
	c.Is(req.EncodePrivateMessage)
	(*privateContentAAD)(m).Wire(c)
	wire.Opaque(c, &m.EncryptedSenderData)
	wire.Opaque(c, &m.Ciphertext)
}

// privateContentAAD is PrivateContentAAD: the part of a PrivateMessage that is
// in plain (Section 6.3.1).
type privateContentAAD PrivateMessage

func (m *privateContentAAD) Wire(c *wire.Coder) {
	c.Is(req.EncodePrivateContentAad)
	(*senderDataAAD)(m).Wire(c)
	wire.Opaque(c, &m.AuthenticatedData)
}

// privateMessageContent is PrivateMessageContent (Section 6.3.1).
type privateMessageContent struct {
	content *Content // ContentType is known from the PrivateMessage
	auth    *FramedContentAuthData
	padding []byte
}

func (t *privateMessageContent) Wire(c *wire.Coder) {
	c.Is(req.EncodePrivateContent)
	t.content.body(c)
	t.auth.wire(c, t.content.ContentType)
	wire.Rest(c, &t.padding)
}

// Sealed is a PrivateMessage, and what it took to make it.
type Sealed struct {
	Message  *PrivateMessage
	Keys     *schedule.SecretTree  // to go on with
	Consumed []schedule.HeldSecret // that Keys does not hold any more
	Use      KeyUse
}

// A KeyUse says under which keys a PrivateMessage is encrypted. It is secret.
type KeyUse struct {
	Content    spec.ContentType
	Leaf       tree.LeafIndex
	Generation uint32
	Ratchet    schedule.KeyNonce // as the ratchet gives them (Section 9.1)
	Guarded    suite.Secret      // the nonce with the reuse guard in it (Section 6.3.1)
	SenderData schedule.KeyNonce // of the sender data (Section 6.3.2)
}

// ProtectPrivate encrypts a signed content (Section 6.3) under the sender's next
// key, with padding zero bytes behind it. keys and senderData are those of the
// content's epoch; rand gives the reuse guard.
func ProtectPrivate(rec spec.Recorder, rand io.Reader, s *suite.Suite, ac *AuthenticatedContent, keys *schedule.SecretTree, senderData suite.Secret, padding int) (*Sealed, error) {
	if err := ac.checkPrivate(rec, padding); err != nil {
		return nil, err
	}
	f := &ac.Content
	data := SenderData{LeafIndex: f.Sender.LeafIndex}
	if _, err := io.ReadFull(rand, data.ReuseGuard[:]); err != nil {
		return nil, fmt.Errorf("reuse guard: %w", err)
	}
	if !spec.Step(rec, req.PrivateReuseGuard) {
		data.ReuseGuard = [4]byte{}
	}
	generation, k, after, consumed, err := keys.Next(rec, f.Sender.LeafIndex, ratchetOf(f.ContentType))
	if err != nil {
		return nil, err
	}
	data.Generation = generation

	m := &PrivateMessage{GroupID: f.GroupID, Epoch: f.Epoch, ContentType: f.ContentType, AuthenticatedData: f.AuthenticatedData}
	plain := wire.Encode(&privateMessageContent{&f.Content, &ac.Auth, spec.Derive(rec, req.PrivatePaddingMade, make([]byte, padding))})
	nonce := data.guard(k.Nonce)
	m.Ciphertext, err = s.Seal(k.Key, nonce, wire.Encode((*privateContentAAD)(m)), plain)
	if err != nil {
		return nil, err
	}
	if !spec.Step(rec, req.PrivateReuseGuardSent) {
		data.ReuseGuard = [4]byte{}
	}
	under, err := m.sealSenderData(s, senderData, &data)
	if err != nil {
		return nil, err
	}
	return &Sealed{m, after, consumed, KeyUse{f.ContentType, data.LeafIndex, generation, k, nonce, under}}, nil
}

// checkPrivate decides whether a content may be sent in a PrivateMessage.
//
//spec:extra the caller has framed it for this wire format
func (ac *AuthenticatedContent) checkPrivate(rec spec.Recorder, padding int) error {
	if ac.WireFormat != spec.WirePrivateMessage {
		return fmt.Errorf("content signed for wire format %d", ac.WireFormat)
	}
	if padding < 0 {
		return fmt.Errorf("padding of %d bytes", padding)
	}
	sender := ac.Content.Sender.Type
	if err := spec.Checkf(rec, req.PrivateSenderMember, sender == spec.SenderMember, "sender type %d", sender); err != nil {
		return err
	}
	return ac.checkForm(rec)
}

// UnprotectPrivate opens and verifies a message in the epoch of the encoded
// GroupContext (Section 6.3). It returns the content, the secret tree to go on
// with, and what the step used up of it. That the message names this group and
// epoch the caller has seen to, and a Commit's confirmation tag can only be
// verified when the Commit is processed.
//
// A message that is refused uses up nothing, even if its ciphertext opened:
// every member can encrypt under the key of every other, and could otherwise
// spoil the messages of one whose signature it cannot forge.
func UnprotectPrivate(rec spec.Recorder, s *suite.Suite, m *PrivateMessage, context []byte, keys *schedule.SecretTree, window schedule.Window, senderData suite.Secret, signatureKeys SignatureKeys) (*Verified, *schedule.SecretTree, []schedule.HeldSecret, error) {
	data, err := m.OpenSenderData(rec, s, senderData)
	if err != nil {
		return nil, nil, nil, err
	}
	signatureKey, err := data.signatureKey(rec, signatureKeys)
	if err != nil {
		return nil, nil, nil, err
	}
	k, after, consumed, err := keys.Key(rec, data.LeafIndex, ratchetOf(m.ContentType), data.Generation, window)
	if err != nil {
		return nil, nil, nil, err
	}
	ac, err := m.open(rec, s, k, data)
	if err != nil {
		return nil, nil, nil, err
	}
	v, err := ac.verify(rec, s, context, func(Sender) (suite.SignaturePublicKey, error) { return signatureKey, nil })
	if err != nil {
		return nil, nil, nil, err
	}
	return v, after, consumed, nil
}

// open decrypts the content and checks its padding (Section 6.3.1).
func (m *PrivateMessage) open(rec spec.Recorder, s *suite.Suite, k schedule.KeyNonce, data *SenderData) (*AuthenticatedContent, error) {
	plain, err := s.Open(k.Key, data.guard(k.Nonce), wire.Encode((*privateContentAAD)(m)), m.Ciphertext)
	if err := spec.Checkf(rec, req.PrivateCiphertext, err == nil,
		"leaf %d, generation %d: %w", data.LeafIndex, data.Generation, err); err != nil {
		return nil, err
	}
	ac := &AuthenticatedContent{WireFormat: spec.WirePrivateMessage, Content: FramedContent{
		GroupID:           m.GroupID,
		Epoch:             m.Epoch,
		Sender:            Member(data.LeafIndex),
		AuthenticatedData: m.AuthenticatedData,
		Content:           Content{ContentType: m.ContentType},
	}}
	content := privateMessageContent{content: &ac.Content.Content, auth: &ac.Auth}
	if err := wire.Decode(plain, &content); err != nil {
		return nil, fmt.Errorf("private message content: %w", err)
	}
	zero := !slices.ContainsFunc(content.padding, func(b byte) bool { return b != 0 })
	return ac, spec.Check(rec, req.PrivatePaddingZero, zero)
}

// ratchetOf returns which ratchet encrypts a type of content (Section 9.1).
func ratchetOf(t spec.ContentType) schedule.RatchetType {
	if t == spec.ContentApplication {
		return schedule.Application
	}
	return schedule.Handshake
}
