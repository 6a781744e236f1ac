package impl

import (
	"bytes"

	"mlssim/impl/message"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// KeyPackageKeys are the private keys of a KeyPackage, to be kept until it is
// used. They are secret.
type KeyPackageKeys struct {
	Package *message.KeyPackage
	Init    *suite.HPKEPrivateKey
	Leaf    *suite.HPKEPrivateKey
}

// NewKeyPackage returns a KeyPackage to be published, with its private keys
// (RFC 9420, Section 10). It is valid from an hour ago for the longest lifetime
// that Env allows.
func NewKeyPackage(env *Env, id *Identity) (*KeyPackageKeys, error) {
	s := id.Suite
	leaf, leafKey, err := keyPackageLeaf(env, id)
	if err != nil {
		return nil, err
	}
	initKey, err := s.GenerateKeyPair(env.Rand)
	if err != nil {
		return nil, err
	}
	kp := message.KeyPackage{
		Version:     spec.MLS10,
		CipherSuite: s.ID,
		InitKey:     initKey.Public(),
		LeafNode:    leaf,
	}
	kp, err = kp.Sign(s, id.Signer)
	if err != nil {
		return nil, err
	}
	return &KeyPackageKeys{Package: &kp, Init: initKey, Leaf: leafKey}, nil
}

// clockSkew is how far in the past a lifetime begins, in seconds.
const clockSkew = 3600

// keyPackageLeaf returns a signed leaf of source key_package with a fresh key.
func keyPackageLeaf(env *Env, id *Identity) (tree.LeafNode, *suite.HPKEPrivateKey, error) {
	key, err := id.Suite.GenerateKeyPair(env.Rand)
	if err != nil {
		return tree.LeafNode{}, nil, err
	}
	leaf := id.leaf()
	leaf.Source = spec.SourceKeyPackage
	leaf.EncryptionKey = key.Public()
	leaf.Lifetime.NotBefore = env.Now - min(env.Now, clockSkew)
	leaf.Lifetime.NotAfter = leaf.Lifetime.NotBefore + env.maxLifetime()
	leaf, err = leaf.Sign(id.Suite, id.Signer, nil, 0)
	return leaf, key, err
}

// validateKeyPackage carries out RFC 9420, Section 10.1, for the use of kp in
// this group. Whether its keys are unique among the members is decided when
// the members of the next epoch are known (Section 12.3).
func (g *PublicGroup) validateKeyPackage(env *Env, r *rules, kp *message.KeyPackage) error {
	if err := spec.Checkf(env.Rec, req.KeyPackageVersion,
		kp.Version == g.context.Version && kp.CipherSuite == g.suite.ID,
		"version %d, cipher suite %v", kp.Version, kp.CipherSuite); err != nil {
		return err
	}
	if err := kp.CheckExtensions(env.Rec); err != nil {
		return err
	}
	if err := because(env, req.KeyPackageLeaf, r.KeyPackageLeaf(&kp.LeafNode)); err != nil {
		return err
	}
	if err := spec.Check(env.Rec, req.KeyPackageSignature, kp.VerifySignature(g.suite)); err != nil {
		return err
	}
	if err := spec.Checkf(env.Rec, req.SuitePublicKey, g.suite.ValidHPKEPublicKey(kp.InitKey), "init_key of %d bytes", len(kp.InitKey)); err != nil {
		return err
	}
	if err := spec.Checkf(env.Rec, req.KeyPackageInitKey, !bytes.Equal(kp.InitKey, kp.LeafNode.EncryptionKey), "init_key is the leaf's encryption_key"); err != nil {
		return err
	}
	return r.supports(&kp.LeafNode)
}

// supports decides whether a new member supports each extension of the
// GroupContext (RFC 9420, Section 13.4).
func (r *rules) supports(leaf *tree.LeafNode) error {
	for _, e := range r.extensions {
		if err := spec.Checkf(r.Rec, req.AddExtensions, leaf.Capabilities.SupportsExtension(e.Type), "extension 0x%04x", uint16(e.Type)); err != nil {
			return err
		}
	}
	return nil
}

// because decides a requirement that consists of others: it holds if they do,
// and is refused for the one that err says is violated.
func because(env *Env, id spec.ID, err error) error {
	if spec.Check(env.Rec, id, err == nil) == nil {
		return nil
	}
	return err
}
