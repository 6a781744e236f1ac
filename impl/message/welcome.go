package message

import (
	"bytes"
	"fmt"
	"io"

	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// A GroupInfo describes a group in one epoch to those outside (RFC 9420,
// Section 12.4.3).
type GroupInfo struct {
	GroupContext    schedule.GroupContext
	Extensions      []tree.Extension
	ConfirmationTag []byte
	Signer          tree.LeafIndex
	Signature       []byte
}

// Wire describes GroupInfo (Section 12.4.3).
func (g *GroupInfo) Wire(c *wire.Coder) {
	c.Is(req.EncodeGroupInfo)
	(*groupInfoTBS)(g).Wire(c)
	wire.Opaque(c, &g.Signature)
}

// groupInfoTBS is GroupInfoTBS (Section 12.4.3).
type groupInfoTBS GroupInfo

func (g *groupInfoTBS) Wire(c *wire.Coder) {
	g.GroupContext.Wire(c)
	wire.Vector(c, &g.Extensions, wire.Of[tree.Extension])
	wire.Opaque(c, &g.ConfirmationTag)
	wire.Uint32(c, &g.Signer)
}

// Sign returns g with a signature by key, that of the member at g.Signer
// (Section 12.4.3).
func (g GroupInfo) Sign(s *suite.Suite, key *suite.SignatureKey) (GroupInfo, error) {
	signature, err := s.SignWithLabel(key, spec.LabelGroupInfoTBS, (*groupInfoTBS)(&g))
	g.Signature = signature
	return g, err
}

// VerifySignature tells whether the signature is right under key, which is to
// be that of the leaf at g.Signer (Section 12.4.3).
func (g *GroupInfo) VerifySignature(s *suite.Suite, key suite.SignaturePublicKey) bool {
	return s.VerifyWithLabel(key, spec.LabelGroupInfoTBS, (*groupInfoTBS)(g), g.Signature)
}

// CheckExtensions refuses a GroupInfo that repeats an extension type, in its
// own list or the GroupContext's (Section 13.4).
func (g *GroupInfo) CheckExtensions(rec spec.Recorder) error {
	return checkUnique(rec, [][]tree.Extension{g.Extensions, g.GroupContext.Extensions})
}

// PathSecret is the path secret at the lowest common ancestor of a Commit's
// sender and a new member (Section 12.4.3.1).
type PathSecret struct{ Secret suite.Secret }

// Wire describes PathSecret (Section 12.4.3.1).
func (p *PathSecret) Wire(c *wire.Coder) { wire.Opaque(c, &p.Secret) }

// GroupSecrets is what a new member is told in secret (Section 12.4.3.1).
type GroupSecrets struct {
	JoinerSecret suite.Secret
	PathSecret   *PathSecret // nil if the Commit had no path
	PSKs         []schedule.PreSharedKeyID
}

// Wire describes GroupSecrets (Section 12.4.3.1).
func (g *GroupSecrets) Wire(c *wire.Coder) {
	c.Is(req.EncodeGroupSecrets)
	wire.Opaque(c, &g.JoinerSecret)
	wire.Optional(c, &g.PathSecret, wire.Of[PathSecret])
	wire.Vector(c, &g.PSKs, wire.Of[schedule.PreSharedKeyID])
}

// EncryptedGroupSecrets are GroupSecrets sealed to one new member (Section
// 12.4.3.1).
type EncryptedGroupSecrets struct {
	NewMember             KeyPackageRef
	EncryptedGroupSecrets suite.HPKECiphertext
}

// Wire describes EncryptedGroupSecrets (Section 12.4.3.1).
func (e *EncryptedGroupSecrets) Wire(c *wire.Coder) {
	wire.Opaque(c, &e.NewMember)
	e.EncryptedGroupSecrets.Wire(c)
}

// A Welcome brings new members into the group (Section 12.4.3.1).
type Welcome struct {
	CipherSuite        spec.CipherSuite
	Secrets            []EncryptedGroupSecrets
	EncryptedGroupInfo []byte
}

// Wire describes Welcome (Section 12.4.3.1).
func (w *Welcome) Wire(c *wire.Coder) {
	c.Is(req.EncodeWelcome)
	wire.Uint16(c, &w.CipherSuite)
	wire.Vector(c, &w.Secrets, wire.Of[EncryptedGroupSecrets])
	wire.Opaque(c, &w.EncryptedGroupInfo)
}

// SealGroupSecrets returns the entry of a Welcome for the client of a
// KeyPackage (Section 12.4.3.1). The GroupInfo is encrypted first, because the
// entry is bound to it.
func SealGroupSecrets(rand io.Reader, s *suite.Suite, to *KeyPackage, secrets *GroupSecrets, encryptedGroupInfo []byte) (EncryptedGroupSecrets, error) {
	sealed, err := s.EncryptWithLabel(rand, to.InitKey, spec.LabelWelcome, encryptedGroupInfo, wire.Encode(secrets))
	return EncryptedGroupSecrets{NewMember: to.Ref(s), EncryptedGroupSecrets: sealed}, err
}

// Entry returns the entry for a KeyPackage, or nil if there is none.
func (w *Welcome) Entry(ref KeyPackageRef) *EncryptedGroupSecrets {
	for i := range w.Secrets {
		if bytes.Equal(w.Secrets[i].NewMember, ref) {
			return &w.Secrets[i]
		}
	}
	return nil
}

// OpenGroupSecrets opens an entry with the private init key of the KeyPackage
// that it names (Section 12.4.3.1).
func (w *Welcome) OpenGroupSecrets(rec spec.Recorder, s *suite.Suite, e *EncryptedGroupSecrets, initKey *suite.HPKEPrivateKey) (*GroupSecrets, error) {
	plain, err := s.DecryptWithLabel(initKey, spec.LabelWelcome, w.EncryptedGroupInfo, e.EncryptedGroupSecrets)
	if err := spec.Checkf(rec, req.WelcomeGroupSecrets, err == nil, "%w", err); err != nil {
		return nil, err
	}
	var secrets GroupSecrets
	if err := wire.Decode(plain, &secrets); err != nil {
		return nil, fmt.Errorf("group secrets: %w", err)
	}
	return &secrets, nil
}

// OpenGroupInfo opens the GroupInfo (Section 12.4.3.1). Its signature is still
// to be verified, against the tree that it may carry.
func (w *Welcome) OpenGroupInfo(rec spec.Recorder, secret schedule.WelcomeSecret) (*GroupInfo, error) {
	plain, err := secret.Open(w.EncryptedGroupInfo)
	if err := spec.Checkf(rec, req.WelcomeGroupInfo, err == nil, "%w", err); err != nil {
		return nil, err
	}
	var info GroupInfo
	if err := wire.Decode(plain, &info); err != nil {
		return nil, fmt.Errorf("group info: %w", err)
	}
	if err := info.CheckExtensions(rec); err != nil {
		return nil, err
	}
	return &info, nil
}
