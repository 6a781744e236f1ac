package impl

import (
	"bytes"
	"errors"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Sections 7.3, 10.1 and 12.1, when a proposal arrives.

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

// with lets the receiver's surroundings be others.
func with(change func(*Env), give func(*room) error) func(*room) error {
	return func(r *room) error {
		change(r.env)
		return give(r)
	}
}

// adding gives A an Add of a client outside, by B.
func adding(leaf func(*tree.LeafNode), body func(*message.KeyPackage)) func(*room) error {
	return func(r *room) error { return r.give("A", r.proposing("B", add(r.packaged(r.stranger(), leaf, body)))) }
}

// updated gives A an Update by B with a changed leaf.
func updated(leaf func(*tree.LeafNode)) func(*room) error {
	return func(r *room) error { return r.give("A", r.proposing("B", r.updating("B", leaf, nil))) }
}

// Changes of a leaf that the rules of Section 7.3 on a leaf by itself refuse,
// whatever brings it.
func noSuite(l *tree.LeafNode)   { l.Capabilities.CipherSuites = nil }
func noVersion(l *tree.LeafNode) { l.Capabilities.Versions = nil }
func unlisted(l *tree.LeafNode) {
	l.Capabilities.Credentials = []spec.CredentialType{spec.CredentialX509}
}
func strangeExtension(l *tree.LeafNode) { l.Extensions = []tree.Extension{{Type: 0x0a0a}} }
func badKey(l *tree.LeafNode)           { l.EncryptionKey = l.EncryptionKey[1:] }
func tooLong(l *tree.LeafNode)          { l.Lifetime.NotAfter++ }
func backwards(l *tree.LeafNode)        { l.Lifetime.NotAfter = l.Lifetime.NotBefore - 1 }
func twoExtensions(l *tree.LeafNode) {
	l.Extensions = []tree.Extension{{Type: spec.ExtApplicationID}, {Type: spec.ExtApplicationID, Data: []byte{1}}}
}

var addLeafRefusals = []refusal{
	{"credential", req.CredentialAS, with(func(e *Env) { e.Auth = strict{identity: "E"} }, adding(nil, nil)), ""},
	{"signature", req.LeafSignature, adding(nil, func(k *message.KeyPackage) { k.LeafNode.Signature = make([]byte, 64) }), ""},
	{"no cipher suite", req.LeafRequiredCapabilities, adding(noSuite, nil), ""},
	{"no version", req.LeafRequiredCapabilities, adding(noVersion, nil), ""},
	{"credential type not listed", req.LeafCredentialListed, adding(unlisted, nil), ""},
	{"lifetime too long", req.LeafLifetimeMax, adding(tooLong, nil), ""},
	{"lifetime ends before it begins", req.LeafLifetimeMax, adding(backwards, nil), ""},
	{"extension not listed", req.LeafExtensionsListed, adding(strangeExtension, nil), ""},
	{"extension twice", req.ExtensionUnique, adding(twoExtensions, nil), ""},
	{"source update", req.LeafSourceKeyPackage, func(r *room) error {
		id := r.stranger()
		kp := r.packaged(id, func(l *tree.LeafNode) { l.Source = spec.SourceUpdate }, func(k *message.KeyPackage) {
			leaf, err := k.LeafNode.Sign(r.suite(), id.Signer, []byte("group"), 0) // as if it were an Update by leaf 0
			r.ok(err)
			k.LeafNode = leaf
		})
		return r.give("A", r.proposing("B", add(kp)))
	}, ""},
	{"encryption key", req.SuitePublicKey, adding(badKey, nil), ""},
}

var updateLeafRefusals = []refusal{
	{"credential", req.CredentialAS, with(func(e *Env) { e.Auth = strict{identity: "B"} }, updated(nil)), ""},
	{"successor", req.CredentialSuccessor, with(func(e *Env) { e.Auth = strict{successor: "B"} }, updated(nil)), ""},
	{"signature", req.LeafSignature, func(r *room) error {
		return r.give("A", r.proposing("B", r.updating("B", nil, r.keyOf("C"))))
	}, ""},
	{"signed for another place", req.LeafSignature, func(r *room) error {
		return r.give("A", r.proposing("B", r.updating("C", func(l *tree.LeafNode) { l.SignatureKey = r.keyOf("B").Public() }, r.keyOf("B"))))
	}, ""},
	{"no cipher suite", req.LeafRequiredCapabilities, updated(noSuite), ""},
	{"credential type not listed", req.LeafCredentialListed, updated(unlisted), ""},
	{"extension not listed", req.LeafExtensionsListed, updated(strangeExtension), ""},
	{"extension twice", req.ExtensionUnique, updated(twoExtensions), ""},
	{"source commit", req.LeafSourceUpdate, updated(func(l *tree.LeafNode) { l.Source = spec.SourceCommit }), ""},
	{"the same key", req.LeafUpdateFreshKey, func(r *room) error {
		return updated(func(l *tree.LeafNode) { l.EncryptionKey = r.leafOf("B").EncryptionKey })(r)
	}, ""},
	{"encryption key", req.SuitePublicKey, updated(badKey), ""},
}

var keyPackageRefusals = []refusal{
	{"version", req.KeyPackageVersion, adding(nil, func(k *message.KeyPackage) { k.Version = 2 }), ""},
	{"cipher suite", req.KeyPackageVersion, adding(nil, func(k *message.KeyPackage) { k.CipherSuite = 2 }), ""},
	{"signature", req.KeyPackageSignature, func(r *room) error {
		kp := r.packaged(r.stranger(), nil, nil)
		kp.Signature = bytes.Clone(kp.Signature)
		kp.Signature[0] ^= 1
		return r.give("A", r.proposing("B", add(kp)))
	}, ""},
	{"init key of the leaf", req.KeyPackageInitKey, adding(nil, func(k *message.KeyPackage) { k.InitKey = k.LeafNode.EncryptionKey }), ""},
	{"init key", req.SuitePublicKey, adding(nil, func(k *message.KeyPackage) { k.InitKey = k.InitKey[1:] }), ""},
	{"extension twice", req.ExtensionUnique, adding(nil, func(k *message.KeyPackage) {
		k.Extensions = []tree.Extension{{Type: 0x0a0a}, {Type: 0x0a0a}}
	}), ""},
}

// inapplicable are proposals of the types that only some Commits may cover.
var inapplicable = []message.Proposal{
	{Type: spec.ProposalPSK, PreSharedKey: &message.PreSharedKey{PSK: schedule.PreSharedKeyID{Type: spec.PSKExternal, ID: []byte("psk"), Nonce: make([]byte, 32)}}},
	{Type: spec.ProposalReInit, ReInit: &message.ReInit{GroupID: []byte("next"), Version: spec.MLS10, CipherSuite: 1}},
	{Type: spec.ProposalExternalInit, ExternalInit: &message.ExternalInit{KEMOutput: make([]byte, 32)}},
	{Type: spec.ProposalGroupContextExtensions, GroupContextExtensions: &message.GroupContextExtensions{}},
}

// customProposal is of a type that RFC 9420 does not define.
var customProposal = message.Proposal{Type: 0xf001, Custom: &message.CustomProposal{Data: []byte("custom")}}

var proposalRefusals = []refusal{
	{"remove of a blank leaf", req.RemoveLeaf, func(r *room) error { return r.give("A", r.proposing("B", remove(4))) }, ""},
	{"remove of a leaf far outside", req.RemoveLeaf, func(r *room) error { return r.give("A", r.proposing("B", remove(1<<31))) }, ""},
	{"a type that RFC 9420 does not define", req.ListTypeProcessed, func(r *room) error { return r.give("A", r.proposing("B", customProposal)) }, ""},
}
