package model

import (
	"testing"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Sections 10 and 10.1.

func TestKeyPackageRules(t *testing.T) {
	g := inStep(t)
	a, e := g.members["A"], g.client("E")
	kp := g.keyPackage("E").Package
	good := keyPackageCtx{g.env(), &a.Context, kp, nil}
	with := func(f func(*KeyPackage)) keyPackageCtx {
		return change(good, func(c *keyPackageCtx) { c.kp = change(kp, f).sign(g.s, e.SignatureKey) })
	}
	checkTable(t, keyPackageRules, good, []bad[keyPackageCtx]{
		{req.KeyPackageVersion, with(func(k *KeyPackage) { k.Version = 2 })},
		{req.KeyPackageVersion, with(func(k *KeyPackage) { k.CipherSuite = 2 })},
		{req.KeyPackageLeaf, change(good, func(c *keyPackageCtx) { c.leaf = spec.Violations{req.LeafSignature} })},
		{req.KeyPackageSignature, change(good, func(c *keyPackageCtx) { c.kp.InitKey = g.s.Public(g.s.Fresh(InitKey, 999)) })},
		{req.KeyPackageInitKey, with(func(k *KeyPackage) { k.InitKey = k.LeafNode.EncryptionKey })},
		{req.ExtensionUnique, with(func(k *KeyPackage) { k.Extensions = []Extension{{7, 1}, {7, 2}} })},
		{req.ExtensionCustom, change(with(func(k *KeyPackage) { k.Extensions = []Extension{{unknownType, 1}} }), func(c *keyPackageCtx) {
			c.env = &Env{Store: g.s, Types: &Types{Extensions: []CustomExtension{{Type: unknownType, Places: InKeyPackage, Valid: func(Term) bool { return false }}}}}
		})},
	})
}

func TestOwnKeyPackageRules(t *testing.T) {
	g := inStep(t)
	env := g.env()
	env.Types = &Types{Extensions: []CustomExtension{{Type: unknownType, Places: InKeyPackage, Valid: func(data Term) bool { return data != 0 }}}}
	kp := g.keyPackage("E").Package
	known := env.Types.known(kp.LeafNode.Capabilities)
	with := func(f func(*KeyPackage)) ownKeyPackageCtx { return ownKeyPackageCtx{env, change(kp, f), known} }
	extended := func(items ...Extension) ownKeyPackageCtx {
		return with(func(k *KeyPackage) { k.LeafNode.Capabilities, k.Extensions = known, items })
	}
	checkTable(t, ownKeyPackageRules, with(func(*KeyPackage) {}), alsoGood(t, ownKeyPackageRules, extended(Extension{unknownType, 1}), []bad[ownKeyPackageCtx]{
		{req.KeyPackageCapabilities, with(func(k *KeyPackage) { k.LeafNode.Capabilities.Proposals = []spec.ProposalType{unknownType} })},
		{req.LeafExtensionsListed, with(func(k *KeyPackage) { k.Extensions = []Extension{{unknownType, 1}} })},
		{req.ExtensionUnique, extended(Extension{unknownType, 1}, Extension{unknownType, 2})},
		{req.ExtensionPlace, with(func(k *KeyPackage) { k.LeafNode.Extensions = []Extension{{spec.ExtExternalPub, 0}} })},
		{req.ExtensionCustom, extended(Extension{unknownType, 0})},
	}))
}
