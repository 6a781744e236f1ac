package model

import (
	"iter"
	"slices"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 7.3: leaf node validation.

// leafCtx is a leaf and where it appears.
type leafCtx struct {
	env   *Env
	group *GroupContext
	leaf  LeafNode
	as    spec.LeafNodeSource // what carries it; 0 for a tree
	old   *LeafNode           // the leaf that it replaces, if any
	now   bool                // whether the lifetime must hold now

	tree   Tree      // the members that it is to get along with …
	at     LeafIndex // … other than the one at this place
	placed bool      // whether it has a place; uniqueness is undecided before
}

// others runs through the other members.
func (c leafCtx) others() iter.Seq[*LeafNode] {
	return func(yield func(*LeafNode) bool) {
		for i, l := range c.tree.Leaves() {
			if !(c.placed && i == c.at) && !yield(l) {
				return
			}
		}
	}
}

// all tells whether something holds for all other members.
func (c leafCtx) all(holds func(*LeafNode) bool) bool {
	for l := range c.others() {
		if !holds(l) {
			return false
		}
	}
	return true
}

// leafRules is Section 7.3 in its order, with what Sections 5.3 and 7.2 say of the
// same fields. What is about the other members is decided where there are any.
var leafRules = []Rule[leafCtx]{
	{req.CredentialX509Chain, func(c leafCtx) bool { return c.leaf.Credential.chained() }},
	{req.CredentialX509Key, func(c leafCtx) bool { return c.leaf.Credential.certifies(c.leaf.SignatureKey) }},
	{req.CredentialAS, func(c leafCtx) bool { return c.env.vouches(c.leaf.Credential, c.leaf.SignatureKey) }},
	{req.CredentialSuccessor, func(c leafCtx) bool {
		return c.old == nil || c.env.succeeds(c.old.Credential, c.leaf.Credential)
	}},
	{req.LeafSignature, func(c leafCtx) bool { return c.leaf.verify(c.env.Store, c.group.GroupID, c.at) }},
	{req.LeafRequiredCapabilities, func(c leafCtx) bool {
		k := c.leaf.Capabilities
		return k.supportsGroup(c.group.Version, c.group.CipherSuite) && required(c.env.Store, c.group.Extensions).metBy(k)
	}},
	{req.LeafCredentialListed, func(c leafCtx) bool {
		return slices.Contains(c.leaf.Capabilities.Credentials, c.leaf.Credential.Type)
	}},
	{req.LeafCredentialMembers, func(c leafCtx) bool {
		return c.all(func(l *LeafNode) bool {
			return slices.Contains(l.Capabilities.Credentials, c.leaf.Credential.Type) &&
				slices.Contains(c.leaf.Capabilities.Credentials, l.Credential.Type)
		})
	}},
	{req.LeafLifetimeNow, func(c leafCtx) bool {
		l := c.leaf.Lifetime
		return !c.now || c.leaf.Source != spec.SourceKeyPackage || l.NotBefore <= c.env.Now && c.env.Now <= l.NotAfter
	}},
	{req.LeafLifetimeMax, func(c leafCtx) bool {
		l := c.leaf.Lifetime
		return c.leaf.Source != spec.SourceKeyPackage ||
			l.NotBefore <= l.NotAfter && l.NotAfter-l.NotBefore <= c.env.maxLifetime()
	}},
	{req.LeafExtensionsListed, func(c leafCtx) bool {
		return c.leaf.Capabilities.supports(c.leaf.Extensions)
	}},
	{req.ExtensionCustom, func(c leafCtx) bool { return c.env.Types.accept(c.leaf.Extensions, InLeafNode) }},
	{req.LeafSourceKeyPackage, func(c leafCtx) bool {
		return c.as != spec.SourceKeyPackage || c.leaf.Source == spec.SourceKeyPackage
	}},
	{req.LeafSourceUpdate, func(c leafCtx) bool {
		return c.as != spec.SourceUpdate || c.leaf.Source == spec.SourceUpdate
	}},
	{req.LeafUpdateFreshKey, func(c leafCtx) bool {
		return c.as != spec.SourceUpdate || c.old == nil || c.leaf.EncryptionKey != c.old.EncryptionKey
	}},
	{req.LeafSourceCommit, func(c leafCtx) bool {
		return c.as != spec.SourceCommit || c.leaf.Source == spec.SourceCommit
	}},
	{req.LeafSignatureKeyUnique, func(c leafCtx) bool {
		return !c.placed || c.all(func(l *LeafNode) bool { return l.SignatureKey != c.leaf.SignatureKey })
	}},
	{req.LeafEncryptionKeyUnique, func(c leafCtx) bool {
		return !c.placed || c.all(func(l *LeafNode) bool { return l.EncryptionKey != c.leaf.EncryptionKey })
	}},
}

// validate carries out Section 7.3.
func (c leafCtx) validate() spec.Violations { return judge(c.env.Rec, leafRules, c) }
