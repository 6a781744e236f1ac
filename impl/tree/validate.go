package tree

import (
	"bytes"
	"fmt"
	"slices"

	"mlssim/impl/suite"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 7.3: leaf node validation.

// An AuthenticationService vouches for credentials (RFC 9420, Section 5.3.1). It
// is asked for each leaf that arrives, and for each sender in external_senders; an
// X.509 credential has then been found to be for the key. One that is also a
// [CertificateService] is asked for X.509 credentials in its own way.
type AuthenticationService interface {
	// Validate tells why a credential does not stand for a signature key, or nil.
	Validate(Credential, suite.SignaturePublicKey) error
	// Successor tells why a credential must not replace another, or nil.
	Successor(old, successor Credential) error
}

// Rules is what leaves are validated against. Errors of its methods are
// [spec.Violation]s.
type Rules struct {
	Rec         spec.Recorder
	Suite       *suite.Suite
	Signatures  suite.Signatures      // of Suite; nil is Suite itself, which takes new memory for each
	Now         uint64                // seconds since 1970
	MaxLifetime uint64                // seconds, for the whole of a leaf's lifetime
	Auth        AuthenticationService // nil accepts every credential that is well formed
	Required    RequiredCapabilities  // of the group
	GroupID     []byte
	Expired     bool // the leaves of a tree may be outside of their lifetime, which Section 7.3 lets a receiver overlook
	Sending     bool // the leaf is for a message of this client's own

	// Extension tells what the application finds wrong with an extension, or nil; a
	// nil Extension finds nothing.
	Extension func(*Extension) error
}

// KeyPackageLeaf validates the leaf of a KeyPackage by itself. How it gets on
// with the members is known when it has a place among them: [Rules.Members].
func (r *Rules) KeyPackageLeaf(leaf *LeafNode) error {
	c := candidate{Rules: r, leaf: leaf, carrier: spec.SourceKeyPackage, now: r.Sending}
	return c.validate()
}

// UpdateLeaf validates the leaf of an Update by the member at a leaf of t, but
// for how it gets on with the other members, who may change before it is
// applied: [Rules.Members].
func (r *Rules) UpdateLeaf(t Tree, at LeafIndex, leaf *LeafNode) error {
	c := candidate{Rules: r, leaf: leaf, carrier: spec.SourceUpdate, at: at, old: t.Leaf(at)}
	return c.validate()
}

// CommitLeaf validates the leaf of an UpdatePath by the committer at a leaf of
// t, the tree after the proposals, by itself and among the members of t. In an
// external Commit the committer's leaf in t is blank.
func (r *Rules) CommitLeaf(t Tree, at LeafIndex, leaf *LeafNode) error {
	c := candidate{Rules: r, leaf: leaf, carrier: spec.SourceCommit, at: at, old: t.Leaf(at)}
	if err := c.validate(); err != nil {
		return err
	}
	return r.among(t, at, leaf)
}

// Credential validates a credential for a signature key, wherever the two appear:
// its own form (Section 5.3), and with the Authentication Service (Section 5.3.1).
func (r *Rules) Credential(credential Credential, key suite.SignaturePublicKey) error {
	c := candidate{Rules: r, leaf: &LeafNode{Credential: credential, SignatureKey: key}}
	return c.decide(credentialRules)
}

// A candidate is a leaf on its way into the tree, or in it.
type candidate struct {
	*Rules
	leaf    *LeafNode
	carrier spec.LeafNodeSource // what brings it; 0 for a tree
	at      LeafIndex           // its place; without meaning in a KeyPackage
	old     *LeafNode           // what it replaces; nil if nothing
	now     bool                // whether its lifetime must hold now
}

// A leafRule returns what is wrong; nil also where it does not apply.
type leafRule struct {
	id    spec.ID
	wrong func(*candidate) error
}

// credentialRules is what Section 5.3 asks of a credential. The Authentication
// Service comes last, so that it is given a chain that can be read.
var credentialRules = []leafRule{
	{req.CredentialX509Chain, (*candidate).chain},
	{req.CredentialX509Key, (*candidate).certified},
	{req.CredentialAS, (*candidate).credential},
}

// leafRules is what Section 7.3 asks of a leaf by itself, in its order, with
// what Section 7.2 says of the same fields. The last bullet, and the one on the
// credential types of others, are about the members together (memberRules).
var leafRules = append(slices.Clip(credentialRules), []leafRule{
	{req.CredentialSuccessor, (*candidate).successor},
	{req.LeafSignature, (*candidate).signature},
	{req.LeafRequiredCapabilities, (*candidate).compatible},
	{req.LeafCredentialListed, (*candidate).credentialListed},
	{req.LeafLifetimeMax, (*candidate).totalLifetime},
	{req.LeafLifetimeNow, (*candidate).presentLifetime},
	{req.LeafExtensionsListed, (*candidate).extensionsListed},
	{req.ExtensionCustom, (*candidate).custom},
	{req.LeafSourceKeyPackage, sourceOf(spec.SourceKeyPackage)},
	{req.LeafSourceUpdate, sourceOf(spec.SourceUpdate)},
	{req.LeafUpdateFreshKey, (*candidate).updateKey},
	{req.LeafSourceCommit, sourceOf(spec.SourceCommit)},
	{req.SuitePublicKey, (*candidate).publicKey},
}...)

func (c *candidate) validate() error { return c.decide(leafRules) }

func (c *candidate) decide(rules []leafRule) error {
	for _, rule := range rules {
		wrong := rule.wrong(c)
		if err := spec.Checkf(c.Rec, rule.id, wrong == nil, "%w", wrong); err != nil {
			return err
		}
	}
	return nil
}

func (c *candidate) chain() error {
	_, err := c.leaf.Credential.Chain()
	return err
}

// certified decides whether the end entity's certificate is for the leaf's key.
func (c *candidate) certified() error {
	chain, err := c.leaf.Credential.Chain()
	if err != nil || len(chain) == 0 {
		return nil
	}
	return certifies(chain[0], c.Suite, c.leaf.SignatureKey)
}

func (c *candidate) credential() error {
	if c.Auth == nil {
		return nil
	}
	if service, ok := c.Auth.(CertificateService); ok && c.leaf.Credential.Type == spec.CredentialX509 {
		chain, err := c.leaf.Credential.Chain()
		if err != nil {
			return err
		}
		return service.ValidateChain(chain, c.leaf.SignatureKey)
	}
	return c.Auth.Validate(c.leaf.Credential, c.leaf.SignatureKey)
}

func (c *candidate) successor() error {
	if c.Auth == nil || c.old == nil {
		return nil
	}
	return c.Auth.Successor(c.old.Credential, c.leaf.Credential)
}

// signature takes the committer's word for what it has just signed itself.
func (c *candidate) signature() error {
	if c.Sending && c.carrier == spec.SourceCommit {
		return nil
	}
	return unless(c.leaf.VerifySignature(c.signatures(), c.GroupID, c.at), "the signature is not right for leaf %d", c.at)
}

func (r *Rules) signatures() suite.Signatures {
	if r.Signatures == nil {
		return r.Suite
	}
	return r.Signatures
}

// compatible decides whether the client supports what the group requires: by
// its extension, and beyond that its version and cipher suite (Section 11.1).
func (c *candidate) compatible() error {
	k := &c.leaf.Capabilities
	if !k.SupportsGroup(spec.MLS10, c.Suite.ID) {
		return fmt.Errorf("neither version nor cipher suite %v may be missing", c.Suite.ID)
	}
	return unless(k.Meets(&c.Required), "a required capability is missing")
}

func (c *candidate) credentialListed() error {
	t := c.leaf.Credential.Type
	return unless(slices.Contains(c.leaf.Capabilities.Credentials, t), "credential type %d is not listed", t)
}

func (c *candidate) totalLifetime() error {
	l := c.leaf.Lifetime
	return unless(c.leaf.Source != spec.SourceKeyPackage || l.NotBefore <= l.NotAfter && l.NotAfter-l.NotBefore <= c.MaxLifetime,
		"lifetime from %d to %d, at most %d seconds", l.NotBefore, l.NotAfter, c.MaxLifetime)
}

// presentLifetime decides whether the time has come and not passed. In what is
// sent it must be so. In what is received from members it is not asked for: they
// would disagree about a leaf that expires on its way.
func (c *candidate) presentLifetime() error {
	l := c.leaf.Lifetime
	return unless(c.leaf.Source != spec.SourceKeyPackage || !c.now || l.Contains(c.Now),
		"lifetime from %d to %d, now %d", l.NotBefore, l.NotAfter, c.Now)
}

func (c *candidate) extensionsListed() error {
	t, missing := c.leaf.Capabilities.Unsupported(c.leaf.Extensions)
	return unless(!missing, "extension 0x%04x is not listed", uint16(t))
}

// custom asks the application about its own extensions.
func (c *candidate) custom() error {
	if c.Extension == nil {
		return nil
	}
	for i := range c.leaf.Extensions {
		if err := c.Extension(&c.leaf.Extensions[i]); err != nil {
			return fmt.Errorf("extension 0x%04x: %w", uint16(c.leaf.Extensions[i].Type), err)
		}
	}
	return nil
}

// sourceOf returns the rule for leaves that a carrier of this source brings.
func sourceOf(carrier spec.LeafNodeSource) func(*candidate) error {
	return func(c *candidate) error {
		return unless(c.carrier != carrier || c.leaf.Source == carrier, "source %d", c.leaf.Source)
	}
}

func (c *candidate) updateKey() error {
	return unless(c.carrier != spec.SourceUpdate || c.old != nil && !bytes.Equal(c.leaf.EncryptionKey, c.old.EncryptionKey),
		"leaf %d keeps its encryption key", c.at)
}

// publicKey decides whether others can encrypt to the leaf (Section 5.1.1).
func (c *candidate) publicKey() error {
	return unless(c.Suite.ValidHPKEPublicKey(c.leaf.EncryptionKey), "encryption key of %d bytes", len(c.leaf.EncryptionKey))
}

// unless returns what is wrong, unless it is not.
func unless(right bool, format string, args ...any) error {
	if right {
		return nil
	}
	return fmt.Errorf(format, args...)
}
