package message

import (
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// A Proposal asks for a change to the group: one of its arms, and which (RFC
// 9420, Section 12.1).
type Proposal struct {
	Type                   spec.ProposalType
	Add                    *Add
	Update                 *Update
	Remove                 *Remove
	PreSharedKey           *PreSharedKey
	ReInit                 *ReInit
	ExternalInit           *ExternalInit
	GroupContextExtensions *GroupContextExtensions
	Custom                 *CustomProposal // of any other type
}

// Wire describes Proposal (Section 12.1). What a type holds that RFC 9420 does
// not define is taken for one opaque<V>, as other implementations do too: the
// text gives an unknown arm no length, and without one nothing behind it in a
// Commit could be read. Whether such a proposal may be covered is decided by
// Section 12.2.
func (p *Proposal) Wire(c *wire.Coder) {
	c.Is(req.EncodeProposal)
	wire.Uint16(c, &p.Type)
	switch p.Type {
	case spec.ProposalAdd:
		wire.Arm(c, &p.Add)
	case spec.ProposalUpdate:
		wire.Arm(c, &p.Update)
	case spec.ProposalRemove:
		wire.Arm(c, &p.Remove)
	case spec.ProposalPSK:
		wire.Arm(c, &p.PreSharedKey)
	case spec.ProposalReInit:
		wire.Arm(c, &p.ReInit)
	case spec.ProposalExternalInit:
		wire.Arm(c, &p.ExternalInit)
	case spec.ProposalGroupContextExtensions:
		wire.Arm(c, &p.GroupContextExtensions)
	default:
		wire.Arm(c, &p.Custom)
	}
}

// extensionLists returns the lists of extensions in the proposal.
func (p *Proposal) extensionLists() [][]tree.Extension {
	switch p.Type {
	case spec.ProposalAdd:
		return p.Add.KeyPackage.extensionLists()
	case spec.ProposalUpdate:
		return [][]tree.Extension{p.Update.LeafNode.Extensions}
	case spec.ProposalReInit:
		return [][]tree.Extension{p.ReInit.Extensions}
	case spec.ProposalGroupContextExtensions:
		return [][]tree.Extension{p.GroupContextExtensions.Extensions}
	}
	return nil
}

// externalMay tells whether an external sender may send proposals of this type
// (Section 12.1.8). Of a type that RFC 9420 does not define only those can tell who
// know it.
func externalMay(t spec.ProposalType) bool {
	switch t {
	case spec.ProposalAdd, spec.ProposalRemove, spec.ProposalPSK, spec.ProposalReInit, spec.ProposalGroupContextExtensions:
		return true
	}
	return t > spec.ProposalGroupContextExtensions
}

// Add asks for a new member (Section 12.1.1).
type Add struct{ KeyPackage KeyPackage }

// Wire describes Add (Section 12.1.1).
func (p *Add) Wire(c *wire.Coder) { p.KeyPackage.Wire(c) }

// Update replaces the sender's leaf (Section 12.1.2).
type Update struct{ LeafNode tree.LeafNode }

// Wire describes Update (Section 12.1.2).
func (p *Update) Wire(c *wire.Coder) { p.LeafNode.Wire(c) }

// Remove asks that a member leave (Section 12.1.3).
type Remove struct{ Removed tree.LeafIndex }

// Wire describes Remove (Section 12.1.3).
func (p *Remove) Wire(c *wire.Coder) { wire.Uint32(c, &p.Removed) }

// PreSharedKey mixes a PSK into the key schedule (Section 12.1.4).
type PreSharedKey struct{ PSK schedule.PreSharedKeyID }

// Wire describes PreSharedKey (Section 12.1.4).
func (p *PreSharedKey) Wire(c *wire.Coder) { p.PSK.Wire(c) }

// Identifier returns the encoded PreSharedKeyID: two proposals name the same
// PSK if it is equal (Section 12.2).
func (p *PreSharedKey) Identifier() string { return string(wire.Encode(&p.PSK)) }

// ReInit ends the group in favour of a new one (Section 12.1.5).
type ReInit struct {
	GroupID     []byte
	Version     spec.ProtocolVersion
	CipherSuite spec.CipherSuite
	Extensions  []tree.Extension
}

// Wire describes ReInit (Section 12.1.5).
func (p *ReInit) Wire(c *wire.Coder) {
	wire.Opaque(c, &p.GroupID)
	wire.Uint16(c, &p.Version)
	wire.Uint16(c, &p.CipherSuite)
	wire.Vector(c, &p.Extensions, wire.Of[tree.Extension])
}

// ExternalInit brings the init_secret of an external Commit (Section 12.1.6).
type ExternalInit struct{ KEMOutput []byte }

// Wire describes ExternalInit (Section 12.1.6).
func (p *ExternalInit) Wire(c *wire.Coder) { wire.Opaque(c, &p.KEMOutput) }

// GroupContextExtensions replaces the extensions of the GroupContext (Section
// 12.1.7).
type GroupContextExtensions struct{ Extensions []tree.Extension }

// Wire describes GroupContextExtensions (Section 12.1.7).
func (p *GroupContextExtensions) Wire(c *wire.Coder) {
	wire.Vector(c, &p.Extensions, wire.Of[tree.Extension])
}

// A CustomProposal is the content of a proposal whose type RFC 9420 does not
// define.
type CustomProposal struct{ Data []byte }

// Wire describes the content as one opaque<V>.
func (p *CustomProposal) Wire(c *wire.Coder) { wire.Opaque(c, &p.Data) }

// An ExternalSender may send proposals to a group that it is not in (Section
// 12.1.8.1). The external_senders extension is a vector of these.
type ExternalSender struct {
	SignatureKey suite.SignaturePublicKey
	Credential   tree.Credential
}

// Wire describes ExternalSender (Section 12.1.8.1).
func (e *ExternalSender) Wire(c *wire.Coder) {
	wire.Opaque(c, &e.SignatureKey)
	e.Credential.Wire(c)
}
