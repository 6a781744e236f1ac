package model

import (
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 10: KeyPackages.

// A Client is who stands behind a leaf: what its leaves say, and the private
// signature key with which they are signed.
type Client struct {
	Credential   Credential
	Capabilities Capabilities
	Extensions   []spec.ExtensionType
	SignatureKey Term // private
}

// NewClient returns a client with a basic credential and a fresh signature key.
// The number names the key: each client has its own.
func NewClient(s *Store, identity string, number uint64) Client {
	return Client{
		Credential: Credential{spec.CredentialBasic, identity},
		Capabilities: Capabilities{
			Versions:     []spec.ProtocolVersion{spec.MLS10},
			CipherSuites: []spec.CipherSuite{spec.X25519_AES128GCM_SHA256_Ed25519},
			Credentials:  []spec.CredentialType{spec.CredentialBasic, spec.CredentialX509},
		},
		SignatureKey: s.Fresh(SignatureKey, number),
	}
}

// leaf returns an unsigned leaf of the client with this encryption key.
func (c Client) leaf(s *Store, source spec.LeafNodeSource, private Term) LeafNode {
	return LeafNode{
		EncryptionKey: s.Public(private),
		SignatureKey:  s.Public(c.SignatureKey),
		Credential:    c.Credential,
		Capabilities:  c.Capabilities,
		Source:        source,
		Extensions:    c.Extensions,
	}
}

// A KeyPackage is how a client is added while it is away.
type KeyPackage struct {
	Version     spec.ProtocolVersion
	CipherSuite spec.CipherSuite
	InitKey     Term
	LeafNode    LeafNode
	Extensions  []spec.ExtensionType
	Signature   Term
}

func (k KeyPackage) term(s *Store) Term { return s.Tuple("KeyPackage", k.tbs(s), k.Signature) }

func (k KeyPackage) tbs(s *Store) Term {
	return s.Tuple("KeyPackageTBS", s.Number(uint64(k.Version)), s.Number(uint64(k.CipherSuite)),
		k.InitKey, k.LeafNode.term(s), numbers(s, k.Extensions))
}

// sign returns the KeyPackage with a signature.
func (k KeyPackage) sign(s *Store, private Term) KeyPackage {
	k.Signature = s.Sign(private, spec.LabelKeyPackageTBS, k.tbs(s))
	return k
}

// Ref returns the KeyPackageRef (Section 5.2).
func (k KeyPackage) Ref(s *Store) Term { return s.RefHash(spec.LabelKeyPackageRef, k.term(s)) }

// KeyPackageKeys are the private keys that belong to a published KeyPackage.
type KeyPackageKeys struct {
	Package KeyPackage
	Init    Term
	Leaf    Term
}

// clockSkew is how long before its making a lifetime begins, in seconds.
const clockSkew = 3600

// NewKeyPackage returns a fresh KeyPackage of a client with its private keys,
// and the secrets that came into being.
func NewKeyPackage(env *Env, c Client) (KeyPackageKeys, []Secret) {
	s := env.Store
	k := KeyPackageKeys{Init: s.Fresh(InitKey, env.Step), Leaf: s.Fresh(LeafKey, env.Step)}
	k.Package = KeyPackage{
		Version:     spec.MLS10,
		CipherSuite: spec.X25519_AES128GCM_SHA256_Ed25519,
		InitKey:     s.Public(k.Init),
		LeafNode:    c.keyPackageLeaf(env, k.Leaf),
	}.sign(s, c.SignatureKey)
	return k, []Secret{makes(W0, InitKey, k.Init), makes(W0, LeafKey, k.Leaf)}
}

// keyPackageLeaf returns a signed leaf of source key_package, valid for as long
// as Env allows.
func (c Client) keyPackageLeaf(env *Env, private Term) LeafNode {
	l := c.leaf(env.Store, spec.SourceKeyPackage, private)
	l.Lifetime.NotBefore = env.Now - min(env.Now, clockSkew)
	l.Lifetime.NotAfter = l.Lifetime.NotBefore + env.maxLifetime()
	return l.sign(env.Store, c.SignatureKey, 0, 0)
}

// keyPackageCtx is a KeyPackage that is to be used in a group, and its leaf.
type keyPackageCtx struct {
	env   *Env
	group *GroupContext
	kp    KeyPackage
	leaf  spec.Violations // of Section 7.3
}

// keyPackageRules is Section 10.1.
var keyPackageRules = []Rule[keyPackageCtx]{
	{req.KeyPackageVersion, func(c keyPackageCtx) bool {
		return c.kp.Version == c.group.Version && c.kp.CipherSuite == c.group.CipherSuite
	}},
	{req.KeyPackageLeaf, func(c keyPackageCtx) bool { return len(c.leaf) == 0 }},
	{req.KeyPackageSignature, func(c keyPackageCtx) bool {
		s := c.env.Store
		return s.Verify(c.kp.LeafNode.SignatureKey, spec.LabelKeyPackageTBS, c.kp.tbs(s), c.kp.Signature)
	}},
	{req.KeyPackageInitKey, func(c keyPackageCtx) bool { return c.kp.InitKey != c.kp.LeafNode.EncryptionKey }},
}

// validateKeyPackage carries out Section 10.1. The violations of its leaf
// follow the rule that rests on them.
func validateKeyPackage(kp KeyPackage, leaf leafCtx) spec.Violations {
	leaf.leaf, leaf.as = kp.LeafNode, spec.SourceKeyPackage
	of := leaf.validate()
	return append(judge(leaf.env.Rec, keyPackageRules, keyPackageCtx{leaf.env, leaf.group, kp, of}), of...)
}
