package model

import (
	"testing"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 7.3.

func TestLeafRules(t *testing.T) {
	g := inStep(t)
	a, e := g.members["A"], g.client("E")
	env := g.env()
	const at = 7
	leaf := g.keyPackage("E").Package.LeafNode
	// signed returns the leaf, changed and signed again for its place.
	signed := func(f func(*LeafNode)) LeafNode {
		return change(leaf, f).sign(g.s, e.SignatureKey, a.Context.GroupID, at)
	}
	update := signed(func(l *LeafNode) { l.Source = spec.SourceUpdate })
	other := signed(func(l *LeafNode) { l.EncryptionKey = g.s.Public(g.s.Fresh(LeafKey, 1000)) })
	x509 := *a.Tree.Leaf(0)
	x509.Credential.Type = spec.CredentialX509
	good := leafCtx{env: env, group: &a.Context, leaf: leaf, as: spec.SourceKeyPackage, now: true, tree: a.Tree, at: at, placed: true}
	with := func(f func(*leafCtx)) leafCtx { return change(good, f) }
	withEnv := func(f func(*Env)) leafCtx {
		return with(func(c *leafCtx) { e := change(*env, f); c.env = &e })
	}
	checkTable(t, leafRules, good, []bad[leafCtx]{
		{req.CredentialX509Chain, with(func(c *leafCtx) { c.leaf = signed(func(l *LeafNode) { l.Credential.Type = spec.CredentialX509 }) })},
		{req.CredentialX509Key, with(func(c *leafCtx) {
			c.leaf = signed(func(l *LeafNode) {
				l.Credential.Type, l.Credential.Certified = spec.CredentialX509, a.Tree.Leaf(0).SignatureKey
			})
		})},
		{req.CredentialAS, with(func(c *leafCtx) {
			c.tree, c.leaf = nil, signed(func(l *LeafNode) {
				l.Credential.Type, l.Capabilities.Credentials = unknownType, []spec.CredentialType{unknownType}
			})
		})},
		{req.CredentialAS, withEnv(func(e *Env) { e.Auth.Valid = func(Credential, Term) bool { return false } })},
		{req.CredentialSuccessor, change(withEnv(func(e *Env) {
			e.Auth.Successor = func(old, next Credential) bool { return old == next }
		}), func(c *leafCtx) { c.old = a.Tree.Leaf(0) })},
		{req.LeafSignature, with(func(c *leafCtx) { c.leaf.Signature = a.Tree.Leaf(0).Signature })},
		{req.LeafRequiredCapabilities, with(func(c *leafCtx) {
			group := a.Context
			group.Extensions = []Extension{RequiredCapabilities{Extensions: []spec.ExtensionType{unknownType}}.Extension(g.s)}
			c.group = &group
		})},
		{req.LeafRequiredCapabilities, with(func(c *leafCtx) {
			c.leaf = signed(func(l *LeafNode) { l.Capabilities.CipherSuites = nil })
		})},
		{req.LeafCredentialListed, with(func(c *leafCtx) {
			c.leaf, c.tree = signed(func(l *LeafNode) { l.Capabilities.Credentials = []spec.CredentialType{spec.CredentialX509} }), nil
		})},
		{req.LeafCredentialMembers, with(func(c *leafCtx) {
			c.leaf = signed(func(l *LeafNode) { l.Capabilities.Credentials = []spec.CredentialType{spec.CredentialBasic} })
			c.tree = Tree{{Leaf: &x509}}
		})},
		{req.LeafLifetimeNow, withEnv(func(e *Env) { e.Now = leaf.Lifetime.NotAfter + 1 })},
		{req.LeafLifetimeNow, withEnv(func(e *Env) { e.Now = leaf.Lifetime.NotBefore - 1 })},
		{req.LeafLifetimeMax, withEnv(func(e *Env) { e.MaxLifetime = DefaultMaxLifetime - 1 })},
		{req.LeafLifetimeMax, with(func(c *leafCtx) {
			c.now, c.leaf = false, signed(func(l *LeafNode) { l.Lifetime.NotAfter = l.Lifetime.NotBefore - 1 })
		})},
		{req.LeafExtensionsListed, with(func(c *leafCtx) {
			c.leaf = signed(func(l *LeafNode) { l.Extensions = []Extension{{Type: unknownType}} })
		})},
		{req.ExtensionCustom, change(withEnv(func(e *Env) {
			e.Types = &Types{Extensions: []CustomExtension{{Type: spec.ExtApplicationID, Places: InLeafNode, Valid: func(Term) bool { return false }}}}
		}), func(c *leafCtx) {
			c.leaf = signed(func(l *LeafNode) { l.Extensions = []Extension{{Type: spec.ExtApplicationID}} })
		})},
		{req.LeafSourceKeyPackage, with(func(c *leafCtx) { c.leaf = update })},
		{req.LeafSourceUpdate, with(func(c *leafCtx) { c.as, c.old = spec.SourceUpdate, &other })},
		{req.LeafUpdateFreshKey, with(func(c *leafCtx) { c.as, c.leaf, c.old = spec.SourceUpdate, update, &update })},
		{req.LeafSourceCommit, with(func(c *leafCtx) { c.as = spec.SourceCommit })},
		{req.LeafSignatureKeyUnique, with(func(c *leafCtx) { c.tree = Tree{{Leaf: &other}} })},
		{req.LeafEncryptionKeyUnique, with(func(c *leafCtx) {
			c.leaf = signed(func(l *LeafNode) { l.EncryptionKey = a.Tree.Leaf(2).EncryptionKey })
		})},
	})
}
