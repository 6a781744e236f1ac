package model

import (
	"slices"

	"mlssim/spec"
)

// RFC 9420, Sections 7.1 and 7.2: what nodes contain; and 5.3: credentials.

// A Credential names a client (Section 5.3). Of a chain of certificates the model
// has what the first one says: for which key it is, and for whom.
type Credential struct {
	Type      spec.CredentialType
	Identity  string
	Certified Term // x509: the signature key of the first certificate; empty without one
}

func (c Credential) term(s *Store) Term {
	return s.Tuple("Credential", s.Number(uint64(c.Type)), s.Bytes(c.Identity), c.Certified)
}

// chained tells whether an X.509 credential has a certificate.
func (c Credential) chained() bool { return c.Type != spec.CredentialX509 || c.Certified != 0 }

// certifies tells whether the first certificate, if there is one, is for a key.
func (c Credential) certifies(key Term) bool {
	return c.Type != spec.CredentialX509 || c.Certified == 0 || c.Certified == key
}

// Capabilities says what a client supports beside the default types (Section 7.2).
type Capabilities struct {
	Versions     []spec.ProtocolVersion
	CipherSuites []spec.CipherSuite
	Extensions   []spec.ExtensionType
	Proposals    []spec.ProposalType
	Credentials  []spec.CredentialType
}

func (c Capabilities) term(s *Store) Term {
	return s.Tuple("Capabilities", numbers(s, c.Versions), numbers(s, c.CipherSuites),
		numbers(s, c.Extensions), numbers(s, c.Proposals), numbers(s, c.Credentials))
}

// supportsProposal tells whether a client can handle a proposal type. The types
// that RFC 9420 defines are not listed, and every client can (Section 7.2).
func (c Capabilities) supportsProposal(p spec.ProposalType) bool {
	return defaultProposal(p) || slices.Contains(c.Proposals, p)
}

// defaultProposal tells whether RFC 9420 defines a proposal type.
func defaultProposal(p spec.ProposalType) bool {
	return spec.ProposalAdd <= p && p <= spec.ProposalGroupContextExtensions
}

// supportsExtension does the same for an extension type.
func (c Capabilities) supportsExtension(e spec.ExtensionType) bool {
	return spec.ExtApplicationID <= e && e <= spec.ExtExternalSenders || slices.Contains(c.Extensions, e)
}

// supportsGroup tells whether a client can take part in a group of this version
// and cipher suite (Section 11.1).
func (c Capabilities) supportsGroup(v spec.ProtocolVersion, suite spec.CipherSuite) bool {
	return slices.Contains(c.Versions, v) && slices.Contains(c.CipherSuites, suite)
}

// A Lifetime is when the leaf of a KeyPackage is valid, both ends included, in
// seconds since 1970 (Section 7.2).
type Lifetime struct {
	NotBefore, NotAfter uint64
}

// A LeafNode is one client's appearance in a group (Section 7.2).
type LeafNode struct {
	EncryptionKey Term
	SignatureKey  Term
	Credential    Credential
	Capabilities  Capabilities
	Source        spec.LeafNodeSource
	Lifetime      Lifetime // Source key_package
	ParentHash    Term     // Source commit
	Extensions    []Extension
	Signature     Term
}

func (l LeafNode) term(s *Store) Term { return s.Tuple("LeafNode", l.unsigned(s), l.Signature) }

// unsigned returns the fields that LeafNode and LeafNodeTBS share.
func (l LeafNode) unsigned(s *Store) Term {
	var select_ Term
	switch l.Source {
	case spec.SourceKeyPackage:
		select_ = s.Tuple("Lifetime", s.Number(l.Lifetime.NotBefore), s.Number(l.Lifetime.NotAfter))
	case spec.SourceCommit:
		select_ = l.ParentHash
	}
	return s.Tuple("LeafNode fields", l.EncryptionKey, l.SignatureKey, l.Credential.term(s), l.Capabilities.term(s),
		s.Number(uint64(l.Source)), select_, extensions(s, l.Extensions))
}

// tbs returns LeafNodeTBS. A leaf of source key_package is bound to no place.
func (l LeafNode) tbs(s *Store, group Term, at LeafIndex) Term {
	if l.Source == spec.SourceKeyPackage {
		return s.Tuple("LeafNodeTBS", l.unsigned(s))
	}
	return s.Tuple("LeafNodeTBS", l.unsigned(s), group, s.Number(uint64(at)))
}

// sign returns the leaf with a signature for its place.
func (l LeafNode) sign(s *Store, private, group Term, at LeafIndex) LeafNode {
	l.Signature = s.Sign(private, spec.LabelLeafNodeTBS, l.tbs(s, group, at))
	return l
}

// verify tells whether the signature is right for a place.
func (l LeafNode) verify(s *Store, group Term, at LeafIndex) bool {
	return s.Verify(l.SignatureKey, spec.LabelLeafNodeTBS, l.tbs(s, group, at), l.Signature)
}

// A ParentNode is a node that is not a leaf (Section 7.1).
type ParentNode struct {
	EncryptionKey  Term
	ParentHash     Term
	UnmergedLeaves []LeafIndex // increasing
}

func (p ParentNode) term(s *Store) Term {
	return s.Tuple("ParentNode", p.EncryptionKey, p.ParentHash, numbers(s, p.UnmergedLeaves))
}

// A Node is a place in the tree: blank, or a leaf, or a parent.
type Node struct {
	Leaf   *LeafNode
	Parent *ParentNode
}

// Blank tells whether the node holds nothing (Section 4.1.1).
func (n Node) Blank() bool { return n.Leaf == nil && n.Parent == nil }

// Key returns the encryption key of a node that is not blank.
func (n Node) Key() Term {
	switch {
	case n.Leaf != nil:
		return n.Leaf.EncryptionKey
	case n.Parent != nil:
		return n.Parent.EncryptionKey
	}
	return 0
}
