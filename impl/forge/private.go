package forge

import (
	"io"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// Sealing is what is wrong with the encryption of a PrivateMessage; all that is nil
// is right.
type Sealing struct {
	Padding    []byte                        // behind the content
	Ratchet    *tree.LeafIndex               // whose key encrypts; nil: the sender's
	Key        *GenerationKey                // that encrypts, in place of the next of Ratchets
	Plain      func([]byte) []byte           // the content in plain, with its padding
	SenderData func(*message.SenderData)     // before it is sealed
	Header     func([]byte) []byte           // the encoded sender data, before it is sealed
	Private    func(*message.PrivateMessage) // when it is finished
}

// A GenerationKey is the key of one generation of a ratchet.
type GenerationKey struct {
	Generation uint32
	schedule.KeyNonce
}

// seal encrypts a content (RFC 9420, Section 6.3). It needs sender_data_secret and
// Ratchets, or the key: every member holds the keys of every other, and may encrypt
// under them.
func (f *Forger) seal(ac *message.AuthenticatedContent, v *Sealing) (*message.PrivateMessage, error) {
	if err := holds(f.Ratchets != nil || v.Key != nil, "secret tree"); err != nil {
		return nil, err
	}
	if err := holds(f.Secrets != nil && f.Secrets.SenderData != nil, "sender_data_secret"); err != nil {
		return nil, err
	}
	content := &ac.Content
	data := message.SenderData{LeafIndex: content.Sender.LeafIndex}
	if _, err := io.ReadFull(f.Rand, data.ReuseGuard[:]); err != nil {
		return nil, err
	}
	key, err := f.key(content, v)
	if err != nil {
		return nil, err
	}
	data.Generation = key.Generation
	m := &message.PrivateMessage{
		GroupID: content.GroupID, Epoch: content.Epoch, ContentType: content.ContentType, AuthenticatedData: content.AuthenticatedData,
	}
	plain := wire.Encode(&privateContent{ac, v.Padding})
	if v.Plain != nil {
		plain = v.Plain(plain)
	}
	if m.Ciphertext, err = f.Suite.Seal(key.Key, guarded(key.Nonce, data.ReuseGuard), wire.Encode(&aad{m, true}), plain); err != nil {
		return nil, err
	}
	alter(v.SenderData, &data)
	header := wire.Encode(&data)
	if v.Header != nil {
		header = v.Header(header)
	}
	k := message.SenderDataKey(f.Suite, f.Secrets.SenderData, m.Ciphertext)
	if m.EncryptedSenderData, err = f.Suite.Seal(k.Key, k.Nonce, wire.Encode(&aad{m, false}), header); err != nil {
		return nil, err
	}
	alter(v.Private, m)
	return m, nil
}

// key returns the key that encrypts a content.
func (f *Forger) key(content *message.FramedContent, v *Sealing) (GenerationKey, error) {
	if v.Key != nil {
		return *v.Key, nil
	}
	of, ratchet := content.Sender.LeafIndex, schedule.Handshake
	if v.Ratchet != nil {
		of = *v.Ratchet
	}
	if content.ContentType == spec.ContentApplication {
		ratchet = schedule.Application
	}
	generation, key, _, _, err := f.Ratchets.Next(nil, of, ratchet)
	return GenerationKey{generation, key}, err
}

// guarded returns a nonce with the reuse guard mixed in (RFC 9420, Section 6.3.1).
func guarded(nonce suite.Secret, guard [4]byte) suite.Secret {
	mixed := append(suite.Secret(nil), nonce...)
	for i, b := range guard {
		mixed[i] ^= b
	}
	return mixed
}

// privateContent is PrivateMessageContent (RFC 9420, Section 6.3.1).
type privateContent struct {
	ac      *message.AuthenticatedContent
	padding []byte
}

func (p *privateContent) Wire(c *wire.Coder) {
	switch content := &p.ac.Content; content.ContentType {
	case spec.ContentApplication:
		wire.Opaque(c, &content.ApplicationData)
	case spec.ContentProposal:
		content.Proposal.Wire(c)
	case spec.ContentCommit:
		content.Commit.Wire(c)
	}
	authentication{&p.ac.Auth, p.ac.Content.ContentType}.wire(c)
	wire.Rest(c, &p.padding)
}

// aad is SenderDataAAD (RFC 9420, Section 6.3.2), or with the data that is
// authenticated besides PrivateContentAAD (Section 6.3.1).
type aad struct {
	m    *message.PrivateMessage
	data bool
}

func (a *aad) Wire(c *wire.Coder) {
	wire.Opaque(c, &a.m.GroupID)
	wire.Uint64(c, &a.m.Epoch)
	wire.Uint8(c, &a.m.ContentType)
	if a.data {
		wire.Opaque(c, &a.m.AuthenticatedData)
	}
}
