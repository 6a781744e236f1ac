package impl

import (
	"bytes"
	"cmp"
	"math"
	"slices"

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

// KeyPackageOptions say what a KeyPackage is like; the zero value is an ordinary
// one.
type KeyPackageOptions struct {
	Lifetime       uint64             // seconds from now; 0: what Env says
	Extensions     []tree.Extension   // of the KeyPackage
	LeafExtensions []tree.Extension   // of its leaf, and of those that follow it in the group
	Capabilities   *tree.Capabilities // fewer than the client has; nil: all
	LastResort     bool               // it may be used again (RFC 9420, Section 16.8)
}

// NewKeyPackage returns a KeyPackage to be published, with its private keys
// (RFC 9420, Section 10). It is valid from an hour ago for the longest lifetime
// that Env allows.
func NewKeyPackage(env *Env, id *Identity) (*KeyPackageKeys, error) {
	return NewKeyPackageWith(env, id, KeyPackageOptions{})
}

// NewKeyPackageWith is [NewKeyPackage] with options. It refuses what others would
// refuse, and what the client could not keep to.
func NewKeyPackageWith(env *Env, id *Identity, o KeyPackageOptions) (_ *KeyPackageKeys, err error) {
	defer spec.Enter(env.Rec, "key_package.send", &err)()
	s := id.Suite
	extensions := slices.Clone(o.Extensions)
	if o.LastResort {
		extensions = append(extensions, tree.Extension{Type: spec.ExtLastResort})
	}
	if err := env.checkPlaced(extensions, InKeyPackage); err != nil {
		return nil, err
	}
	greased, err := env.greasedExtensions(extensions)
	if err != nil {
		return nil, err
	}
	leaf, leafKey, err := o.leaf(env, id, greased)
	if err != nil {
		return nil, err
	}
	initKey, err := s.GenerateKeyPair(env.Rand)
	if err != nil {
		return nil, err
	}
	if !spec.Step(env.Rec, req.KeyPackageInitKeyFresh) {
		initKey = leafKey
	}
	kp := message.KeyPackage{
		Version:     spec.MLS10,
		CipherSuite: s.ID,
		InitKey:     initKey.Public(),
		LeafNode:    leaf,
		Extensions:  greased,
	}
	if err := checkOwn(env, s, &kp); err != nil {
		return nil, err
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
	return (&KeyPackageOptions{}).leaf(env, id, nil)
}

// leaf is keyPackageLeaf for a KeyPackage with extensions, of which its
// capabilities have to tell (RFC 9420, Section 10).
func (o *KeyPackageOptions) leaf(env *Env, id *Identity, extensions []tree.Extension) (tree.LeafNode, *suite.HPKEPrivateKey, error) {
	key, err := id.Suite.GenerateKeyPair(env.Rand)
	if err != nil {
		return tree.LeafNode{}, nil, err
	}
	leaf := id.leaf()
	leaf.Capabilities = env.capabilities(id.Suite)
	if leaf, err = env.told(id.Suite, leaf, o.LeafExtensions, o.Capabilities); err != nil {
		return tree.LeafNode{}, nil, err
	}
	if o.LastResort {
		leaf.Capabilities.Extensions = including(leaf.Capabilities.Extensions, spec.ExtLastResort)
	}
	leaf.Source = spec.SourceKeyPackage
	leaf.EncryptionKey = key.Public()
	leaf.Lifetime = o.lifetime(env)
	if leaf, err = env.greasedLeaf(leaf, extensions); err != nil {
		return tree.LeafNode{}, nil, err
	}
	leaf, err = leaf.Sign(id.Suite, id.Signer, nil, 0)
	return leaf, key, err
}

// told returns a leaf with the extensions that the application has told, if any,
// and with the capabilities, if there are any.
func (env *Env) told(s *suite.Suite, leaf tree.LeafNode, extensions []tree.Extension, k *tree.Capabilities) (tree.LeafNode, error) {
	if err := env.checkPlaced(extensions, InLeafNode); err != nil {
		return tree.LeafNode{}, err
	}
	if len(extensions) > 0 {
		leaf.Extensions = slices.Clone(extensions)
	}
	if k == nil {
		return leaf, nil
	}
	all := env.capabilities(s)
	leaf.Capabilities = *k
	return leaf, spec.Check(env.Rec, req.KeyPackageCapabilities, within(k, &all))
}

// lifetime begins in the past, for the clocks of others.
func (o *KeyPackageOptions) lifetime(env *Env) tree.Lifetime {
	from := env.Now - min(env.Now, clockSkew)
	if lasts := cmp.Or(o.Lifetime, env.Lifetime); lasts != 0 {
		return tree.Lifetime{NotBefore: from, NotAfter: env.Now + min(lasts, math.MaxUint64-env.Now)}
	}
	return tree.Lifetime{NotBefore: from, NotAfter: from + min(env.maxLifetime(), math.MaxUint64-from)}
}

// within tells whether a client with the capabilities all has some, none of which
// is a default one (RFC 9420, Sections 7.2 and 13.4).
func within(some, all *tree.Capabilities) bool {
	return subset(some.Versions, all.Versions) && subset(some.CipherSuites, all.CipherSuites) &&
		subset(some.Extensions, all.Extensions) && subset(some.Proposals, all.Proposals) &&
		subset(some.Credentials, all.Credentials)
}

func subset[T comparable](some, all []T) bool {
	return !slices.ContainsFunc(some, func(e T) bool { return !slices.Contains(all, e) })
}

// checkOwn decides what others will ask of a KeyPackage and options can make
// wrong, before it is signed.
func checkOwn(env *Env, s *suite.Suite, kp *message.KeyPackage) error {
	leaf := &kp.LeafNode
	k := &leaf.Capabilities
	if err := (&tree.Rules{Rec: env.Rec, Suite: s}).Credential(leaf.Credential, leaf.SignatureKey); err != nil {
		return err
	}
	if err := spec.Check(env.Rec, req.LeafRequiredCapabilities, k.SupportsGroup(spec.MLS10, s.ID)); err != nil {
		return err
	}
	if err := spec.Check(env.Rec, req.LeafCredentialListed, slices.Contains(k.Credentials, leaf.Credential.Type)); err != nil {
		return err
	}
	for _, e := range slices.Concat(leaf.Extensions, kp.Extensions) {
		if err := spec.Checkf(env.Rec, req.LeafExtensionsListed, k.SupportsExtension(e.Type), "extension 0x%04x", uint16(e.Type)); err != nil {
			return err
		}
	}
	total := leaf.Lifetime.NotAfter - leaf.Lifetime.NotBefore
	if err := spec.Checkf(env.Rec, req.LeafLifetimeMax, total <= env.maxLifetime(), "%d seconds", total); err != nil {
		return err
	}
	return kp.CheckExtensions(env.Rec)
}

// nextLeaf returns what the next version of a client's leaf begins with: its
// capabilities and extensions stay, with what was registered since, and GREASE is
// drawn anew. Keys and source are for the caller to set. Where there is no leaf
// yet, the client joins.
func (g *PublicGroup) nextLeaf(env *Env, id *Identity, at tree.LeafIndex) (tree.LeafNode, error) {
	return env.greasedLeaf(g.leafAfter(env, id, at), nil)
}

func (g *PublicGroup) leafAfter(env *Env, id *Identity, at tree.LeafIndex) tree.LeafNode {
	leaf := id.leaf()
	if old := g.tree.Leaf(at); old != nil {
		leaf.Capabilities, leaf.Extensions = ungreased(old)
	}
	leaf.Capabilities = env.Types.listed(leaf.Capabilities)
	return leaf
}

// capabilities returns what a client of a suite supports (RFC 9420, Section 7.2).
func (env *Env) capabilities(s *suite.Suite) tree.Capabilities {
	return env.Types.listed(capabilitiesOf(s))
}

// receiveKeyPackage is validateKeyPackage for a client that is handed a KeyPackage
// and is to propose an Add of it.
func (g *PublicGroup) receiveKeyPackage(env *Env, r *rules, kp *message.KeyPackage) error {
	spec.At(env.Rec, "key_package.receive")
	return g.validateKeyPackage(env, r, kp)
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
	if err := env.validateCustom(kp.Extensions, InKeyPackage); err != nil {
		return err
	}
	if err := because(env, req.KeyPackageLeaf, r.KeyPackageLeaf(&kp.LeafNode)); err != nil {
		return err
	}
	if err := spec.Check(env.Rec, req.KeyPackageSignature, kp.VerifySignature(r.Signatures)); err != nil {
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
	t, missing := leaf.Capabilities.Unsupported(r.extensions)
	return spec.Checkf(r.Rec, req.AddExtensions, !missing, "extension 0x%04x", uint16(t))
}

// because decides a requirement that consists of others: it holds if they do,
// and is refused for the one that err says is violated.
func because(env *Env, id spec.ID, err error) error {
	if wrong := spec.Check(env.Rec, id, err == nil); wrong != nil {
		return cmp.Or(err, wrong)
	}
	return nil
}
