package forge

import (
	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// What a member refuses to send, and a client to begin.

// commits lets A commit.
func (g *Group) commits(o impl.CommitOptions) error {
	o.Format = spec.WirePublicMessage
	_, _, _, err := g.at("A").Member.Commit(g.Env, o)
	return err
}

// committing lets A commit; the control has no options.
func committing(o impl.CommitOptions) recipe {
	return does(CommitSend, func(g *Group) error { return g.commits(o) }, func(g *Group) error { return g.commits(impl.CommitOptions{}) })
}

// committingAdd lets A commit an Add.
func committingAdd(k newPackage) recipe {
	commit := func(k newPackage) func(*Group) error {
		return func(g *Group) error { return g.commits(impl.CommitOptions{Add: []*message.KeyPackage{k(g)}}) }
	}
	return does(CommitSend, commit(k), commit(ordinary))
}

// proposingAdd lets A propose an Add.
func proposingAdd(k newPackage) recipe {
	propose := func(k newPackage) func(*Group) error {
		return func(g *Group) error {
			_, _, err := g.at("A").Member.ProposeAdd(g.Env, k(g), spec.WirePublicMessage)
			return err
		}
	}
	return does(ProposalSend, propose(k), propose(ordinary))
}

// lowOrder makes a public key of X25519 with which no secret can be agreed on.
func lowOrder(k suite.HPKEPublicKey) suite.HPKEPublicKey { return make(suite.HPKEPublicKey, len(k)) }

var sendRows = []row{
	{"too much data", req.ApplicationSize, with(ownLimit, func(e *impl.Env) { e.MaxData = 3 }, does(ApplicationSend, sends, nil)), ""},
	{"send twice from one state", req.RatchetKeyOnce, does(ApplicationSend, func(g *Group) error {
		g.Env.KeyUses = &impl.KeyUses{}
		g.ok(sends(g))
		return sends(g)
	}, sends), ""},
	{"a group of a suite that the client does not list", req.CreateCapabilities, does(GroupCreate, func(g *Group) error {
		other := *g.Suite
		other.ID = 0x0a0a
		id := *g.identity("E")
		id.Suite = &other
		_, _, err := impl.Create(g.Env, &id, []byte("new"))
		return err
	}, creates()), ""},
	{"propose to add one who is late", req.LeafLifetimeNow, proposingAdd(wrong(expired)), ""},
	{"propose to add one with a wrong signature", req.KeyPackageSignature, proposingAdd(func(g *Group) *message.KeyPackage {
		kp := ordinary(g)
		flip(kp.Signature)
		return kp
	}), ""},
	{"propose a PSK of usage reinit", req.PSKUsageReinit, does(ProposalSend, proposesPSK(spec.UsageReInit), proposesPSK(spec.UsageApplication)), ""},
	{"propose a PSK of usage branch", req.PSKUsageBranch, does(ProposalSend, proposesPSK(spec.UsageBranch), proposesPSK(spec.UsageApplication)), ""},
	{"propose a ReInit to a lower version", req.ReinitVersion, does(ProposalSend, proposesReInit(0), proposesReInit(spec.MLS10)), ""},
	{"commit an Add of one who is late", req.LeafLifetimeNow, committingAdd(wrong(expired)), ""},
	{"commit a Remove of oneself", req.ListNoRemoveOfCommitter, committing(impl.CommitOptions{Remove: []tree.LeafIndex{0}}), ""},
	{"commit a Remove of a blank leaf", req.RemoveLeaf, committing(impl.CommitOptions{Remove: []tree.LeafIndex{6}}), ""},
	{"commit two Removes of a leaf", req.ListOneChangePerLeaf, committing(impl.CommitOptions{Remove: []tree.LeafIndex{2, 2}}), ""},
	{"commit an Add of a member", req.ListAddUnique, committingAdd(func(g *Group) *message.KeyPackage {
		return g.packaged(g.at("B").Identity, nil, nil).Package
	}), req.LeafSignatureKeyUnique},
	{"commit a ReInit with a Remove", req.ListReinitAlone, committing(impl.CommitOptions{
		ReInit: reinitNext.ReInit, Remove: []tree.LeafIndex{2},
	}), ""},
	{"commit an Add with a repeated extension", req.ExtensionUnique, committingAdd(wrong(twoExtensions)), ""},
	{"commit an Add with the encryption key of a member", req.LeafEncryptionKeyUnique, committingAdd(wrong(keyOfD)), ""},
	{"commit an Add whose credential type members do not support", req.LeafCredentialMembers, committingAdd(wrong(x509Only)), ""},
	{"commit a GroupContext extension that members lack", req.GceExtensions, committing(impl.CommitOptions{Extensions: &[]tree.Extension{unknownExtension}}), req.ExtensionPlace},
	{"commit a PSK that is not at hand", req.PSKAvailable, committing(impl.CommitOptions{PSKs: []schedule.PreSharedKeyID{schedule.ExternalPSK([]byte("psk"))}}), Alone},
	{"commit nothing without a path", req.CommitPathRequired, committing(impl.CommitOptions{NoPath: true}), ""},
	{"commit a Remove without a path", req.CommitPathRequired, committing(impl.CommitOptions{NoPath: true, Remove: []tree.LeafIndex{2}}), ""},
	{"welcome to an init_key of low order", req.SuitePublicKey, committingAdd(changed(nil, func(k *message.KeyPackage) { k.InitKey = lowOrder(k.InitKey) })), Alone},
	{"seal a path to an encryption key of low order", req.SuitePublicKey, does(CommitSend, func(g *Group) error {
		kp := wrong(plain(func(l *tree.LeafNode) { l.EncryptionKey = lowOrder(l.EncryptionKey) }))(g)
		in := g.forged("B", Forgery{NoPath: true, List: Values(Add(kp))}, "A")
		msg := g.decoded(in)
		m, _, err := g.at("A").Member.Receive(g.Env, msg)
		g.ok(err)
		_, _, _, err = m.Commit(g.Env, impl.CommitOptions{Format: spec.WirePublicMessage})
		return err
	}, nil), Alone},
}

func proposesPSK(usage spec.ResumptionUsage) func(*Group) error {
	return func(g *Group) error {
		_, _, err := g.at("A").Member.ProposePSK(g.Env, schedule.ResumptionPSK(usage, []byte(groupID), 3), spec.WirePublicMessage)
		return err
	}
}

func proposesReInit(version spec.ProtocolVersion) func(*Group) error {
	return func(g *Group) error {
		r := reinit("next", g.Suite)
		r.Version = version
		_, _, err := g.at("A").Member.ProposeReInit(g.Env, r, spec.WirePublicMessage)
		return err
	}
}
