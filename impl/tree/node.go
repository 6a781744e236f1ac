package tree

import (
	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// A ParentNode is the content of a node that is not a leaf (RFC 9420, Section 7.1).
type ParentNode struct {
	EncryptionKey  suite.HPKEPublicKey
	ParentHash     []byte
	UnmergedLeaves []LeafIndex // increasing
}

// Wire describes ParentNode (RFC 9420, Section 7.1).
func (n *ParentNode) Wire(c *wire.Coder) {
	c.Is(req.EncodeParentNode)
	wire.Opaque(c, &n.EncryptionKey)
	wire.Opaque(c, &n.ParentHash)
	wire.Vector(c, &n.UnmergedLeaves, wire.Uint32[LeafIndex])
}

// Capabilities says what a client supports (RFC 9420, Section 7.2). Extension
// and proposal types that RFC 9420 itself defines are not listed.
type Capabilities struct {
	Versions     []spec.ProtocolVersion
	CipherSuites []spec.CipherSuite
	Extensions   []spec.ExtensionType
	Proposals    []spec.ProposalType
	Credentials  []spec.CredentialType
}

// Wire describes Capabilities (RFC 9420, Section 7.2).
func (k *Capabilities) Wire(c *wire.Coder) {
	wire.Vector(c, &k.Versions, wire.Uint16[spec.ProtocolVersion])
	wire.Vector(c, &k.CipherSuites, wire.Uint16[spec.CipherSuite])
	wire.Vector(c, &k.Extensions, wire.Uint16[spec.ExtensionType])
	wire.Vector(c, &k.Proposals, wire.Uint16[spec.ProposalType])
	wire.Vector(c, &k.Credentials, wire.Uint16[spec.CredentialType])
}

// A Lifetime is the time in which the leaf of a KeyPackage is valid, both ends
// included, in seconds since 1970 (RFC 9420, Section 7.2).
type Lifetime struct {
	NotBefore uint64
	NotAfter  uint64
}

// Wire describes Lifetime (RFC 9420, Section 7.2).
func (l *Lifetime) Wire(c *wire.Coder) {
	wire.Uint64(c, &l.NotBefore)
	wire.Uint64(c, &l.NotAfter)
}

// Contains tells whether now lies in the lifetime.
func (l Lifetime) Contains(now uint64) bool { return l.NotBefore <= now && now <= l.NotAfter }

// An Extension is a typed piece of data that others may not know (RFC 9420, Section 7.2).
type Extension struct {
	Type spec.ExtensionType
	Data []byte
}

// Wire describes Extension (RFC 9420, Section 7.2).
func (e *Extension) Wire(c *wire.Coder) {
	c.Is(req.EncodeExtension)
	wire.Uint16(c, &e.Type)
	spec.Ignore(nil, req.GreaseNoSpecial, spec.GREASE(e.Type))
	wire.Opaque(c, &e.Data)
}

// A LeafNode is one client's appearance in a group, signed by it (RFC 9420, Section 7.2).
type LeafNode struct {
	EncryptionKey suite.HPKEPublicKey
	SignatureKey  suite.SignaturePublicKey
	Credential    Credential
	Capabilities  Capabilities
	Source        spec.LeafNodeSource
	Lifetime      Lifetime // Source key_package
	ParentHash    []byte   // Source commit
	Extensions    []Extension
	Signature     []byte
}

// Wire describes LeafNode (RFC 9420, Section 7.2).
func (n *LeafNode) Wire(c *wire.Coder) {
	c.Is(req.EncodeLeafNode)
	n.unsigned(c)
	wire.Opaque(c, &n.Signature)
}

// unsigned describes the fields that LeafNode and LeafNodeTBS share.
func (n *LeafNode) unsigned(c *wire.Coder) {
	wire.Opaque(c, &n.EncryptionKey)
	wire.Opaque(c, &n.SignatureKey)
	n.Credential.Wire(c)
	n.Capabilities.Wire(c)
	wire.Uint8(c, &n.Source)
	switch n.Source {
	case spec.SourceKeyPackage:
		n.Lifetime.Wire(c)
	case spec.SourceUpdate:
	case spec.SourceCommit:
		wire.Opaque(c, &n.ParentHash)
	default:
		c.Unknown("leaf_node_source", uint64(n.Source))
	}
	wire.Vector(c, &n.Extensions, wire.Of[Extension])
}

// leafNodeTBS is LeafNodeTBS (RFC 9420, Section 7.2).
type leafNodeTBS struct {
	leaf    *LeafNode
	groupID []byte    // sources update and commit
	index   LeafIndex // sources update and commit
}

func (t *leafNodeTBS) Wire(c *wire.Coder) {
	c.Is(req.EncodeLeafNodeTbs)
	t.leaf.unsigned(c)
	switch t.leaf.Source {
	case spec.SourceUpdate, spec.SourceCommit:
		wire.Opaque(c, &t.groupID)
		wire.Uint32(c, &t.index)
	}
}

// Sign returns n with a signature by key. groupID and index say where the leaf
// stands; for a leaf of source key_package they are ignored (RFC 9420, Section 7.2).
func (n LeafNode) Sign(s *suite.Suite, key *suite.SignatureKey, groupID []byte, index LeafIndex) (LeafNode, error) {
	sig, err := s.SignWithLabel(key, spec.LabelLeafNodeTBS, &leafNodeTBS{&n, groupID, index})
	n.Signature = spec.Derive(nil, req.SuiteSignatureLeaves, sig)
	return n, err
}

// VerifySignature tells whether the leaf's signature is right for its place
// (RFC 9420, Section 7.2).
func (n *LeafNode) VerifySignature(s suite.Signatures, groupID []byte, index LeafIndex) bool {
	return s.VerifyWithLabel(n.SignatureKey, spec.LabelLeafNodeTBS, &leafNodeTBS{n, groupID, index}, n.Signature)
}
