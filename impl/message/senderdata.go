package message

import (
	"fmt"
	"slices"

	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// SenderData says which key a PrivateMessage is encrypted under (RFC 9420,
// Section 6.3.2).
type SenderData struct {
	LeafIndex  tree.LeafIndex
	Generation uint32
	ReuseGuard [4]byte
}

// Wire describes SenderData (Section 6.3.2).
func (d *SenderData) Wire(c *wire.Coder) {
	c.Is(req.EncodeSenderData)
	wire.Uint32(c, &d.LeafIndex)
	wire.Uint32(c, &d.Generation)
	wire.Fixed(c, d.ReuseGuard[:])
}

// guard returns a nonce of the key schedule with the reuse guard mixed in
// (Section 6.3.1).
func (d *SenderData) guard(nonce suite.Secret) suite.Secret {
	nonce = slices.Clone(nonce)
	for i, b := range d.ReuseGuard {
		nonce[i] ^= b
	}
	return nonce
}

// senderDataAAD is SenderDataAAD (Section 6.3.2).
type senderDataAAD PrivateMessage

func (m *senderDataAAD) Wire(c *wire.Coder) {
	c.Is(req.EncodeSenderDataAad)
	wire.Opaque(c, &m.GroupID)
	wire.Uint64(c, &m.Epoch)
	wire.Uint8(c, &m.ContentType)
	switch m.ContentType { // no select, but it will choose the ratchet and the arm inside
	case spec.ContentApplication, spec.ContentProposal, spec.ContentCommit:
	default:
		c.Unknown("content_type", uint64(m.ContentType))
	}
}

// SenderDataKey returns sender_data_key and sender_data_nonce for a message
// (Section 6.3.2).
func SenderDataKey(s *suite.Suite, senderData suite.Secret, ciphertext []byte) schedule.KeyNonce {
	sample := ciphertext[:min(len(ciphertext), s.Nh)]
	return schedule.KeyNonce{
		Key:   spec.Derive(nil, req.SenderDataKeys, s.ExpandWithLabel(senderData, spec.LabelKey, sample, s.Nk)),
		Nonce: s.ExpandWithLabel(senderData, spec.LabelNonce, sample, s.Nn),
	}
}

// sealSenderData completes a message whose content is encrypted (Section 6.3.2),
// and returns what the sender data is encrypted under.
func (m *PrivateMessage) sealSenderData(s *suite.Suite, senderData suite.Secret, data *SenderData) (schedule.KeyNonce, error) {
	k := SenderDataKey(s, senderData, m.Ciphertext)
	sealed, err := s.Seal(k.Key, k.Nonce, wire.Encode((*senderDataAAD)(m)), wire.Encode(data))
	m.EncryptedSenderData = sealed
	return k, err
}

// OpenSenderData decrypts the sender data of a message (Section 6.3.2). The
// sender that it names is not authenticated by it: every member could have
// written it.
func (m *PrivateMessage) OpenSenderData(rec spec.Recorder, s *suite.Suite, senderData suite.Secret) (*SenderData, error) {
	k := SenderDataKey(s, senderData, m.Ciphertext)
	plain, err := s.Open(k.Key, k.Nonce, wire.Encode((*senderDataAAD)(m)), m.EncryptedSenderData)
	if err := spec.Checkf(rec, req.PrivateSenderData, err == nil, "%w", err); err != nil {
		return nil, err
	}
	var data SenderData
	if err := wire.Decode(plain, &data); err != nil {
		return nil, fmt.Errorf("sender data: %w", err)
	}
	return &data, nil
}

// signatureKey returns the sender's signature key, and refuses a leaf that is
// blank (Section 6.3.2).
func (d *SenderData) signatureKey(rec spec.Recorder, keys SignatureKeys) (suite.SignaturePublicKey, error) {
	key, err := keys(Member(d.LeafIndex))
	if err != nil && spec.Violated(err) != req.FramingSenderMember {
		return nil, err
	}
	return key, spec.Checkf(rec, req.PrivateSenderDataLeaf, err == nil, "%w", err)
}
