package message

import (
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// A KeyPackage lets others add a client to a group while it is offline (RFC
// 9420, Section 10).
type KeyPackage struct {
	Version     spec.ProtocolVersion
	CipherSuite spec.CipherSuite
	InitKey     suite.HPKEPublicKey
	LeafNode    tree.LeafNode
	Extensions  []tree.Extension
	Signature   []byte
}

// Wire describes KeyPackage (Section 10).
func (k *KeyPackage) Wire(c *wire.Coder) {
	c.Is(req.EncodeKeyPackage)
	(*keyPackageTBS)(k).Wire(c)
	wire.Opaque(c, &k.Signature)
}

// keyPackageTBS is KeyPackageTBS (Section 10).
type keyPackageTBS KeyPackage

func (k *keyPackageTBS) Wire(c *wire.Coder) {
	c.Is(req.EncodeKeyPackageTbs)
	wire.Uint16(c, &k.Version)
	wire.Uint16(c, &k.CipherSuite)
	wire.Opaque(c, &k.InitKey)
	k.LeafNode.Wire(c)
	wire.Vector(c, &k.Extensions, wire.Of[tree.Extension])
}

// Sign returns k with a signature by key, the one of its leaf (Section 10).
func (k KeyPackage) Sign(s *suite.Suite, key *suite.SignatureKey) (KeyPackage, error) {
	signature, err := s.SignWithLabel(key, spec.LabelKeyPackageTBS, (*keyPackageTBS)(&k))
	k.Signature = signature
	return k, err
}

// VerifySignature tells whether the signature is right under the leaf's
// signature key (Section 10.1).
func (k *KeyPackage) VerifySignature(s suite.Signatures) bool {
	return s.VerifyWithLabel(k.LeafNode.SignatureKey, spec.LabelKeyPackageTBS, (*keyPackageTBS)(k), k.Signature)
}

// CheckExtensions refuses a KeyPackage that repeats an extension type, in its
// own list or its leaf's (Section 13.4).
func (k *KeyPackage) CheckExtensions(rec spec.Recorder) error {
	return checkUnique(rec, k.extensionLists())
}

// LastResort tells whether the KeyPackage may be used more than once (Section
// 16.8).
func (k *KeyPackage) LastResort() bool {
	_, ok := FindExtension(k.Extensions, spec.ExtLastResort)
	return ok
}

func (k *KeyPackage) extensionLists() [][]tree.Extension {
	return [][]tree.Extension{k.Extensions, k.LeafNode.Extensions}
}
