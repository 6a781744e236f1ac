package model

import (
	"slices"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 10: KeyPackages.

// A Client is who stands behind a leaf: what its leaves say, and the private
// signature key with which they are signed.
type Client struct {
	Credential   Credential
	Capabilities Capabilities
	Extensions   []Extension // of its leaves
	SignatureKey Term        // private
	CipherSuite  spec.CipherSuite
}

// NewClient returns a client with a basic credential and a fresh signature key.
// The number names the key: each client has its own.
func NewClient(s *Store, identity string, number uint64) Client {
	return Client{
		Credential: Credential{Type: spec.CredentialBasic, Identity: identity},
		Capabilities: Capabilities{
			Versions:     []spec.ProtocolVersion{spec.MLS10},
			CipherSuites: slices.DeleteFunc(spec.CipherSuites(), spec.CipherSuite.Experimental),
			Credentials:  []spec.CredentialType{spec.CredentialBasic, spec.CredentialX509},
		},
		SignatureKey: s.Fresh(SignatureKey, number),
		CipherSuite:  spec.X25519_AES128GCM_SHA256_Ed25519,
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
	Extensions  []Extension
	Signature   Term
}

func (k KeyPackage) term(s *Store) Term { return s.Tuple("KeyPackage", k.tbs(s), k.Signature) }

func (k KeyPackage) tbs(s *Store) Term {
	return s.Tuple("KeyPackageTBS", s.Number(uint64(k.Version)), s.Number(uint64(k.CipherSuite)),
		k.InitKey, k.LeafNode.term(s), extensions(s, k.Extensions))
}

// sign returns the KeyPackage with a signature.
func (k KeyPackage) sign(s *Store, private Term) KeyPackage {
	k.Signature = s.Sign(private, spec.LabelKeyPackageTBS, k.tbs(s))
	return k
}

// Ref returns the KeyPackageRef (Section 5.2).
func (k KeyPackage) Ref(s *Store) Term {
	return s.derived(req.RefKeyPackage, s.RefHash(spec.LabelKeyPackageRef, k.term(s)))
}

// LastResort tells whether the KeyPackage may be used again (Section 16.8).
func (k KeyPackage) LastResort() bool {
	_, ok := find(k.Extensions, spec.ExtLastResort)
	return ok
}

// KeyPackageKeys are the private keys that belong to a published KeyPackage.
type KeyPackageKeys struct {
	Package KeyPackage
	Init    Term
	Leaf    Term
}

// clockSkew is how long before its making a lifetime begins, in seconds.
const clockSkew = 3600

// KeyPackageOptions say what a KeyPackage is like; the zero value is an ordinary
// one.
type KeyPackageOptions struct {
	Lifetime       uint64        // seconds from now; 0: as long as Env allows
	Extensions     []Extension   // of the KeyPackage
	LeafExtensions []Extension   // of its leaf; none: the client's
	Capabilities   *Capabilities // fewer than the client has; nil: all
	LastResort     bool          // it may be used again (Section 16.8)
}

// NewKeyPackage returns a fresh KeyPackage of a client with its private keys,
// and the secrets that came into being.
func NewKeyPackage(env *Env, c Client) (KeyPackageKeys, []Secret) {
	return KeyPackageOptions{}.keyPackage(env, c)
}

// NewKeyPackageWith is [NewKeyPackage] with options. It refuses what others would
// refuse, and what the client could not keep to.
func NewKeyPackageWith(env *Env, c Client, o KeyPackageOptions) (_ KeyPackageKeys, _ []Secret, err error) {
	defer spec.Enter(env.Rec, "key_package.send", &err)()
	k, made := o.keyPackage(env, c)
	group := GroupContext{Version: k.Package.Version, CipherSuite: k.Package.CipherSuite}
	leaf := leafCtx{env: env, group: &group, leaf: k.Package.LeafNode, as: spec.SourceKeyPackage, now: true}.validate()
	known := env.Types.known(c.Capabilities)
	known.Extensions = including(known.Extensions, spec.ExtLastResort)
	if err := refusal(judge(env.Rec, ownKeyPackageRules, ownKeyPackageCtx{env, k.Package, known}), leaf); err != nil {
		return KeyPackageKeys{}, nil, err
	}
	return k, made, nil
}

func (o KeyPackageOptions) keyPackage(env *Env, c Client) (KeyPackageKeys, []Secret) {
	s := env.Store
	k := KeyPackageKeys{Init: s.Fresh(InitKey, env.Step), Leaf: s.Fresh(LeafKey, env.Step)}
	if !spec.Step(env.Rec, req.KeyPackageInitKeyFresh) {
		k.Init = s.Fresh(InitKey, 0)
	}
	items := slices.Clone(o.Extensions)
	if o.Capabilities != nil {
		c.Capabilities = *o.Capabilities
	}
	if len(o.LeafExtensions) > 0 {
		c.Extensions = o.LeafExtensions
	}
	if o.LastResort {
		items = append(items, Extension{Type: spec.ExtLastResort})
		c.Capabilities.Extensions = including(c.Capabilities.Extensions, spec.ExtLastResort)
	}
	k.Package = KeyPackage{
		Version:     spec.MLS10,
		CipherSuite: c.CipherSuite,
		InitKey:     s.Public(k.Init),
		LeafNode:    c.keyPackageLeaf(env, k.Leaf, o.Lifetime),
		Extensions:  items,
	}.sign(s, c.SignatureKey)
	return k, []Secret{makes(W0, InitKey, k.Init), makes(W0, LeafKey, k.Leaf)}
}

// keyPackageLeaf returns a signed leaf of source key_package, valid for so many
// seconds from now, or for 0 as long as Env allows.
func (c Client) keyPackageLeaf(env *Env, private Term, seconds uint64) LeafNode {
	l := c.leaf(env.Store, spec.SourceKeyPackage, private)
	l.Lifetime.NotBefore = env.Now - min(env.Now, clockSkew)
	l.Lifetime.NotAfter = l.Lifetime.NotBefore + env.maxLifetime()
	if seconds != 0 {
		l.Lifetime.NotAfter = env.Now + seconds
	}
	return l.sign(env.Store, c.SignatureKey, 0, 0)
}

// ownKeyPackageCtx is a KeyPackage that a client is about to publish.
type ownKeyPackageCtx struct {
	env   *Env
	kp    KeyPackage
	known Capabilities // what the client has
}

// ownKeyPackageRules is what Sections 10 and 13.4 ask of the maker of a KeyPackage
// beside Section 7.3.
var ownKeyPackageRules = []Rule[ownKeyPackageCtx]{
	{req.KeyPackageCapabilities, func(c ownKeyPackageCtx) bool { return c.kp.LeafNode.Capabilities.within(c.known) }},
	{req.LeafExtensionsListed, func(c ownKeyPackageCtx) bool {
		return c.kp.LeafNode.Capabilities.supports(c.kp.Extensions)
	}},
	{req.ExtensionUnique, func(c ownKeyPackageCtx) bool { return unique(c.kp.Extensions, c.kp.LeafNode.Extensions) }},
	{req.ExtensionPlace, func(c ownKeyPackageCtx) bool {
		return c.env.Types.placed(c.kp.Extensions, InKeyPackage) && c.env.Types.placed(c.kp.LeafNode.Extensions, InLeafNode)
	}},
	{req.ExtensionCustom, func(c ownKeyPackageCtx) bool { return c.env.Types.accept(c.kp.Extensions, InKeyPackage) }},
}

// within tells whether capabilities list nothing that others do not.
func (c Capabilities) within(all Capabilities) bool {
	return subset(c.Versions, all.Versions) && subset(c.CipherSuites, all.CipherSuites) &&
		subset(c.Extensions, all.Extensions) && subset(c.Proposals, all.Proposals) && subset(c.Credentials, all.Credentials)
}

func subset[T comparable](some, all []T) bool {
	return !slices.ContainsFunc(some, func(x T) bool { return !slices.Contains(all, x) })
}

// keyPackageCtx is a KeyPackage that is to be used in a group, and its leaf.
type keyPackageCtx struct {
	env   *Env
	group *GroupContext
	kp    KeyPackage
	leaf  spec.Violations // of Section 7.3
}

// keyPackageRules is Section 10.1, then what Section 13.4 says of extensions.
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
	{req.ExtensionUnique, func(c keyPackageCtx) bool { return unique(c.kp.Extensions, c.kp.LeafNode.Extensions) }},
	{req.ExtensionCustom, func(c keyPackageCtx) bool { return c.env.Types.accept(c.kp.Extensions, InKeyPackage) }},
}

// receiveKeyPackage is validateKeyPackage for a client that is handed a KeyPackage.
func receiveKeyPackage(kp KeyPackage, leaf leafCtx) spec.Violations {
	spec.At(leaf.env.Rec, "key_package.receive")
	return validateKeyPackage(kp, leaf)
}

// validateKeyPackage carries out Section 10.1. The violations of its leaf
// follow the rule that rests on them.
func validateKeyPackage(kp KeyPackage, leaf leafCtx) spec.Violations {
	leaf.leaf, leaf.as = kp.LeafNode, spec.SourceKeyPackage
	of := leaf.validate()
	return append(judge(leaf.env.Rec, keyPackageRules, keyPackageCtx{leaf.env, leaf.group, kp, of}), of...)
}
