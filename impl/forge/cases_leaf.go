package forge

import (
	"errors"

	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Sections 7.3 and 10.1, for leaves that come by an Add or an Update.

// strict is an Authentication Service that knows who it does not like.
type strict struct{ identity, successor string }

func (s strict) Validate(c tree.Credential, _ suite.SignaturePublicKey) error {
	if string(c.Identity) == s.identity {
		return errors.New("not in the directory")
	}
	return nil
}

func (s strict) Successor(_, successor tree.Credential) error {
	if string(successor.Identity) == s.successor {
		return errors.New("no successor")
	}
	return nil
}

// disliking lets the Authentication Service refuse somebody. Nothing is wrong with
// the input itself, so that there is no control.
func disliking(s strict, r recipe) recipe {
	return with(ownPolicy, func(e *impl.Env) { e.Auth = s }, r).blind()
}

// limited lets leaves live no longer than by default.
func limited(r recipe) recipe {
	return with(ownLimit, func(e *impl.Env) { e.MaxLifetime = impl.DefaultMaxLifetime }, r)
}

// plain is a leafChange that needs nothing of the group.
func plain(change func(*tree.LeafNode)) leafChange {
	return func(_ *Group, l *tree.LeafNode) { change(l) }
}

// Changes of a leaf that the rules of Section 7.3 on a leaf by itself refuse,
// whatever brings it.
var (
	noSuite          = plain(func(l *tree.LeafNode) { l.Capabilities.CipherSuites = nil })
	noVersion        = plain(func(l *tree.LeafNode) { l.Capabilities.Versions = nil })
	unlisted         = plain(func(l *tree.LeafNode) { l.Capabilities.Credentials = []spec.CredentialType{spec.CredentialX509} })
	strangeExtension = plain(func(l *tree.LeafNode) { l.Extensions = []tree.Extension{{Type: 0x0a0a}} })
	badKey           = plain(func(l *tree.LeafNode) { l.EncryptionKey = l.EncryptionKey[1:] })
	longLived        = plain(func(l *tree.LeafNode) { l.Lifetime.NotAfter++ })
	backwards        = plain(func(l *tree.LeafNode) { l.Lifetime.NotAfter = l.Lifetime.NotBefore - 1 })
	expired          = plain(func(l *tree.LeafNode) { l.Lifetime = tree.Lifetime{NotBefore: 1, NotAfter: 2} })
	toCome           = plain(func(l *tree.LeafNode) { l.Lifetime.NotBefore = l.Lifetime.NotAfter - 1 })
	twoExtensions    = plain(func(l *tree.LeafNode) {
		l.Extensions = []tree.Extension{{Type: spec.ExtApplicationID}, {Type: spec.ExtApplicationID, Data: []byte{1}}}
	})
	keyOfD = leafChange(func(g *Group, l *tree.LeafNode) { l.EncryptionKey = g.leafOf("D").EncryptionKey })
)

// x509Only makes a client that has an X.509 certificate and understands no other
// credential.
func x509Only(g *Group, l *tree.LeafNode) {
	der, err := Certificate(g.Suite, l.SignatureKey)
	g.ok(err)
	l.Credential = tree.X509Credential(der)
	l.Capabilities.Credentials = []spec.CredentialType{spec.CredentialX509}
}

// introduced returns the rows of something wrong with a KeyPackage, by each way in
// which one arrives: in a proposal, in a Commit, and by itself.
func introduced(name string, want spec.ID, k newPackage, then, thenCommitted spec.ID) []row {
	return []row{
		{name, want, adding(k), then},
		{name + ", in a Commit", want, addingByValue(k), thenCommitted},
		{name + ", by itself", want, offered(k), then},
	}
}

// rows returns rows in one list.
func rows(lists ...[]row) []row {
	var all []row
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// wrong is a KeyPackage with a wrong leaf.
func wrong(leaf leafChange) newPackage { return changed(leaf, nil) }

var addLeafRows = rows(
	[]row{
		{"credential", req.CredentialAS, disliking(strict{identity: "E"}, adding(ordinary)), ""},
		{"credential, in a Commit", req.CredentialAS, disliking(strict{identity: "E"}, addingByValue(ordinary)), ""},
		{"lifetime too long", req.LeafLifetimeMax, limited(adding(wrong(longLived))), ""},
		{"lifetime too long, by itself", req.LeafLifetimeMax, limited(offered(wrong(longLived))), ""},
		{"lifetime too long, in a Commit", req.LeafLifetimeMax, limited(addingByValue(wrong(longLived))), ""},
		{"lifetime ends before it begins", req.LeafLifetimeMax, limited(adding(wrong(backwards))), ""},
	},
	introduced("signature", req.LeafSignature, changed(nil, func(k *message.KeyPackage) { k.LeafNode.Signature = make([]byte, 64) }), "", ""),
	introduced("no cipher suite", req.LeafRequiredCapabilities, wrong(noSuite), "", ""),
	introduced("no version", req.LeafRequiredCapabilities, wrong(noVersion), "", ""),
	introduced("credential type not listed", req.LeafCredentialListed, wrong(unlisted), "", req.LeafCredentialMembers),
	introduced("extension not listed", req.LeafExtensionsListed, wrong(strangeExtension), "", ""),
	introduced("extension twice", req.ExtensionUnique, wrong(twoExtensions), "", ""),
	introduced("source update", req.LeafSourceKeyPackage, updateAsKeyPackage, "", ""),
	introduced("encryption key", req.SuitePublicKey, wrong(badKey), "", ""),
	[]row{
		{"lifetime is over, by itself", req.LeafLifetimeNow, offered(wrong(expired)), ""},
		{"lifetime to come, by itself", req.LeafLifetimeNow, offered(wrong(toCome)), ""},
	},
)

// updateAsKeyPackage returns a KeyPackage whose leaf is signed as if it were an
// Update by leaf 0.
func updateAsKeyPackage(g *Group) *message.KeyPackage {
	id := g.identity("E")
	return g.packaged(id, func(l *tree.LeafNode) { l.Source = spec.SourceUpdate }, func(k *message.KeyPackage) {
		leaf, err := k.LeafNode.Sign(g.Suite, id.Signer, []byte(groupID), 0)
		g.ok(err)
		k.LeafNode = leaf
	}).Package
}

var updateLeafRows = []row{
	{"credential", req.CredentialAS, disliking(strict{identity: "B"}, updated(nil)), ""},
	{"successor", req.CredentialSuccessor, disliking(strict{successor: "B"}, updated(nil)), ""},
	{"signature", req.LeafSignature, proposing(
		func(g *Group) message.Proposal { return g.updates("B", nil, g.keyOf("C")) },
		func(g *Group) message.Proposal { return g.updates("B", nil, nil) }), ""},
	{"signed for another place", req.LeafSignature, proposing(
		func(g *Group) message.Proposal {
			return g.updates("C", func(l *tree.LeafNode) { l.SignatureKey = g.keyOf("B").Public() }, g.keyOf("B"))
		},
		func(g *Group) message.Proposal { return g.updates("B", nil, nil) }), ""},
	{"no cipher suite", req.LeafRequiredCapabilities, updated(noSuite), ""},
	{"no version", req.LeafRequiredCapabilities, updated(noVersion), ""},
	{"credential type not listed", req.LeafCredentialListed, updated(unlisted), ""},
	{"extension not listed", req.LeafExtensionsListed, updated(strangeExtension), ""},
	{"extension twice", req.ExtensionUnique, updated(twoExtensions), ""},
	{"source commit", req.LeafSourceUpdate, updated(plain(func(l *tree.LeafNode) { l.Source = spec.SourceCommit })), ""},
	{"the same key", req.LeafUpdateFreshKey, updated(func(g *Group, l *tree.LeafNode) { l.EncryptionKey = g.leafOf("B").EncryptionKey }), ""},
	{"encryption key", req.SuitePublicKey, updated(badKey), ""},
}

var keyPackageRows = rows(
	introduced("version", req.KeyPackageVersion, changed(nil, func(k *message.KeyPackage) { k.Version = 2 }), "", ""),
	introduced("cipher suite", req.KeyPackageVersion, changed(nil, func(k *message.KeyPackage) { k.CipherSuite = otherThan(k.CipherSuite) }), "", ""),
	introduced("signature", req.KeyPackageSignature, func(g *Group) *message.KeyPackage {
		kp := ordinary(g)
		flip(kp.Signature)
		return kp
	}, "", ""),
	introduced("init key of the leaf", req.KeyPackageInitKey, changed(nil, func(k *message.KeyPackage) { k.InitKey = k.LeafNode.EncryptionKey }), "", ""),
	introduced("init key", req.SuitePublicKey, changed(nil, func(k *message.KeyPackage) { k.InitKey = k.InitKey[1:] }), "", ""),
	introduced("extension twice", req.ExtensionUnique, changed(nil, func(k *message.KeyPackage) {
		k.Extensions = []tree.Extension{{Type: 0x0a0a}, {Type: 0x0a0a}}
	}), "", ""),
)

// otherThan returns another cipher suite.
func otherThan(s spec.CipherSuite) spec.CipherSuite {
	if s == spec.X25519_AES128GCM_SHA256_Ed25519 {
		return spec.X25519_CHACHA20POLY1305_SHA256_Ed25519
	}
	return spec.X25519_AES128GCM_SHA256_Ed25519
}
