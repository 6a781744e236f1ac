package forge

import (
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Sections 12.1 and 12.2.

// inapplicable are proposals of the types that only some Commits may cover.
var (
	pskNamed   = func(id string) proposer { return externalPSK(id, nil) }
	reinitNext = message.Proposal{Type: spec.ProposalReInit, ReInit: &message.ReInit{GroupID: []byte("next"), Version: spec.MLS10, CipherSuite: 1}}
	initSome   = message.Proposal{Type: spec.ProposalExternalInit, ExternalInit: &message.ExternalInit{KEMOutput: make([]byte, 32)}}
	noneLeft   = message.Proposal{Type: spec.ProposalGroupContextExtensions, GroupContextExtensions: &message.GroupContextExtensions{}}

	// unknownType is of a type that RFC 9420 does not define.
	unknownType = message.Proposal{Type: 0xf001, Custom: &message.CustomProposal{Data: []byte("custom")}}
)

// externalPSK returns a PreSharedKey proposal, after a change.
func externalPSK(name string, change func(*schedule.PreSharedKeyID)) proposer {
	return func(g *Group) message.Proposal {
		id := schedule.ExternalPSK([]byte(name))
		id.Nonce = make([]byte, g.Suite.Nh)
		alter(change, &id)
		return message.Proposal{Type: spec.ProposalPSK, PreSharedKey: &message.PreSharedKey{PSK: id}}
	}
}

// received returns the rows of something wrong with a proposal by itself: when it
// arrives, and in a Commit by value.
func received(name string, want spec.ID, bad, good proposer, then, thenCommitted spec.ID) []row {
	return []row{
		{name, want, proposing(bad, good), then},
		{name + ", in a Commit", want, valued(bad, good), thenCommitted},
	}
}

var proposalRows = rows(
	received("remove of a blank leaf", req.RemoveLeaf, fixed(Remove(4)), removal, "", ""),
	received("remove of a leaf far outside", req.RemoveLeaf, fixed(Remove(1<<31)), removal, "", ""),
	[]row{
		{"a type that RFC 9420 does not define", req.ListTypeProcessed, proposing(fixed(unknownType), removal), ""},
		{"propose to remove a blank leaf", req.RemoveLeaf, does(ProposalSend, proposesRemove(7), proposesRemove(3)), ""},
	},
)

func proposesRemove(leaf tree.LeafIndex) func(*Group) error {
	return func(g *Group) error {
		_, _, err := g.at("A").Member.ProposeRemove(g.Env, leaf, spec.WirePublicMessage)
		return err
	}
}

// initiated gives A a Commit by B with an ExternalInit, whose secret is where its key
// schedule begins.
var initiated = recipe{entry: CommitReceive, make: func(g *Group) (bad, good *Input) {
	f := g.by("B")
	external, err := f.ExternalPub()
	g.ok(err)
	pub, _, err := message.ExternalPubOf([]tree.Extension{external})
	g.ok(err)
	output, secret, err := f.Suite.EncapsulateInit(f.Rand, pub)
	g.ok(err)
	secrets := *f.Secrets
	secrets.Init = schedule.NewInitSecret(secret)
	f.Secrets = &secrets
	made, err := f.Commit(Forgery{List: Values(message.Proposal{Type: spec.ProposalExternalInit, ExternalInit: &message.ExternalInit{KEMOutput: output}})})
	g.ok(err)
	return g.given("A", made.Message), g.forged("B", Forgery{}, "A")
}}

// twice returns a list of one proposal two times, and the control once.
func twice(p proposer) recipe {
	return covering(
		func(g *Group) []Covered { return Values(p(g), p(g)) },
		func(g *Group) []Covered { return Values(p(g)) })
}

var listRows = []row{
	{"a proposal that is invalid by itself", req.KeyPackageSignature, addingByValue(func(g *Group) *message.KeyPackage {
		kp := ordinary(g)
		kp.Signature = make([]byte, 64)
		return kp
	}), ""},
	{"an Update by the committer", req.ListNoUpdateByCommitter, recipe{entry: CommitReceive, make: func(g *Group) (bad, good *Input) {
		own, other := g.cached("B", g.updates("B", nil, nil)), g.cached("C", g.updates("C", nil, nil))
		return g.forged("B", Forgery{List: []Covered{own}}, "A"), g.forged("B", Forgery{List: []Covered{other}}, "A")
	}}, ""},
	{"a Remove of the committer", req.ListNoRemoveOfCommitter, valued(fixed(Remove(1)), removal), ""},
	{"an Update and a Remove of one leaf", req.ListOneChangePerLeaf, recipe{entry: CommitReceive, make: func(g *Group) (bad, good *Input) {
		update := g.cached("C", g.updates("C", nil, nil))
		list := func(leaf tree.LeafIndex) Forgery { return Forgery{List: append(Values(Remove(leaf)), update)} }
		return g.forged("B", list(2), "A"), g.forged("B", list(3), "A")
	}}, ""},
	{"two Updates of one leaf", req.ListOneChangePerLeaf, recipe{entry: CommitReceive, make: func(g *Group) (bad, good *Input) {
		first, second := g.cached("C", g.updates("C", nil, nil)), g.cached("C", g.updates("C", nil, nil))
		return g.forged("B", Forgery{List: []Covered{first, second}}, "A"), g.forged("B", Forgery{List: []Covered{second}}, "A")
	}}, ""},
	{"two Removes of one leaf", req.ListOneChangePerLeaf, twice(fixed(Remove(2))), ""},
	{"an Add of a member", req.ListAddUnique, addingByValue(func(g *Group) *message.KeyPackage {
		return g.packaged(g.at("D").Identity, nil, nil).Package
	}), req.LeafSignatureKeyUnique},
	{"two Adds of one client", req.ListAddUnique, recipe{entry: CommitReceive, make: func(g *Group) (bad, good *Input) {
		id := g.identity("E")
		one := func() message.Proposal { return Add(g.packaged(id, nil, nil).Package) }
		return g.forged("B", Forgery{List: Values(one(), one())}, "A"), g.forged("B", Forgery{List: Values(one(), Add(ordinary(g)))}, "A")
	}}, req.LeafSignatureKeyUnique},
	{"two PSKs of one id", req.ListPSKUnique, after(func(g *Group) { g.hold("psk") }, twice(pskNamed("psk"))), ""},
	{"two GroupContextExtensions", req.ListOneGroupContextExtensions, twice(fixed(noneLeft)), ""},
	{"a ReInit with a Remove", req.ListReinitAlone, covering(values(reinitNext, Remove(2)), values(reinitNext)), ""},
	{"an ExternalInit", req.ListNoExternalInit, initiated, ""},
	{"a type that members do not support", req.ListTypeSupported, valued(fixed(unknownType), removal), req.ListTypeProcessed},
	{"members share an encryption key", req.LeafEncryptionKeyUnique, addingByValue(wrong(keyOfD)), ""},
	{"members share an encryption key, by an Update", req.LeafEncryptionKeyUnique, recipe{entry: CommitReceive, make: func(g *Group) (bad, good *Input) {
		same := g.cached("C", g.updates("C", keyOfD.of(g), nil))
		return g.forged("B", Forgery{List: []Covered{same}}, "A"), g.forged("B", Forgery{}, "A")
	}}, ""},
	{"members share a signature key", req.LeafSignatureKeyUnique, recipe{entry: CommitReceive, make: func(g *Group) (bad, good *Input) {
		same := g.cached("C", g.updates("C", func(l *tree.LeafNode) { l.SignatureKey = g.keyOf("D").Public() }, g.keyOf("D")))
		return g.forged("B", Forgery{List: []Covered{same}}, "A"), g.forged("B", Forgery{}, "A")
	}}, ""},
	{"a credential type that members do not support", req.LeafCredentialMembers, addingByValue(wrong(x509Only)), ""},
}
