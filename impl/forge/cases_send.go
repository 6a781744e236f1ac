package forge

import (
	"errors"

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
	{"commit a capability requirement that members lack", req.GceRequiredCapabilities, committing(impl.CommitOptions{Extensions: &[]tree.Extension{requiresIt}}), req.LeafRequiredCapabilities},
	{"commit a PSK of usage reinit", req.PSKUsageReinit, committing(impl.CommitOptions{PSKs: []schedule.PreSharedKeyID{schedule.ResumptionPSK(spec.UsageReInit, []byte(groupID), 3)}}), ""},
	{"commit a PSK of usage branch", req.PSKUsageBranch, committing(impl.CommitOptions{PSKs: []schedule.PreSharedKeyID{schedule.ResumptionPSK(spec.UsageBranch, []byte(groupID), 3)}}), ""},
	{"commit a proposal that nobody made", req.CommitRefsKnown, committing(impl.CommitOptions{Cover: &[]message.ProposalRef{[]byte("none")}}), Alone},
	{"commit an own Update", req.ListNoUpdateByCommitter, does(CommitSend, func(g *Group) error {
		m, out, err := g.at("A").Member.ProposeUpdate(g.Env, spec.WirePublicMessage)
		g.ok(err)
		g.at("A").Member = m
		return g.commits(impl.CommitOptions{Cover: &[]message.ProposalRef{out.Proposal}})
	}, nil), ""},
	{"commit GroupContextExtensions twice", req.ListOneGroupContextExtensions, does(CommitSend, coversExtensions(2), coversExtensions(1)), ""},
	{"commit a ReInit to a lower version", req.ReinitVersion, committing(impl.CommitOptions{ReInit: &message.ReInit{GroupID: []byte("next"), CipherSuite: 1}}), ""},
	{"commit a type that members do not support", req.ListTypeSupported, committing(impl.CommitOptions{Custom: []impl.Custom{{Type: 0xf00f}}}), req.ListTypeProcessed},
	{"commit what the application does not want", req.ProposalAuthorized, with(ownPolicy, noRemovesByA, does(CommitSend,
		func(g *Group) error { return g.commits(impl.CommitOptions{Remove: []tree.LeafIndex{2}}) },
		func(g *Group) error { return g.commits(impl.CommitOptions{Add: []*message.KeyPackage{ordinary(g)}}) })), ""},
	{"propose what the application does not want", req.ProposalAuthorized, with(ownPolicy, noRemovesByA, does(ProposalSend, proposesRemove(2), proposesExtensions())), ""},
	{"propose an empty vote", req.ProposalCustom, with(ownPolicy, votes, does(ProposalSend, proposesVote(""), nil)), ""},
	{"commit an empty vote", req.ProposalCustom, with(ownPolicy, votes, committing(impl.CommitOptions{Custom: []impl.Custom{{Type: voteType}}})), req.ListTypeSupported},
	{"propose too much", req.ProposalCount, with(ownLimit, func(e *impl.Env) { e.Proposals = 1 },
		unless(func(g *Group) { g.cached("B", Remove(2)) }, proposesRemove(3)).at(ProposalSend)), ""},
	{"propose a ratchet_tree in the GroupContext", req.ExtensionPlace, does(ProposalSend, proposesExtensions(tree.Extension{Type: spec.ExtRatchetTree}), proposesExtensions()), ""},
	{"follow a group that a ReInit has ended", req.ReinitClosed, does("public.receive", func(g *Group) error {
		ended(g)
		return follows(g)
	}, follows), ""},
	{"come in with a PSK that is not at hand", req.PSKAvailable, does(ExternalJoin,
		comesIn(impl.ExternalOptions{PSKs: []schedule.PreSharedKeyID{schedule.ExternalPSK([]byte("psk"))}}), comesIn(impl.ExternalOptions{})), Alone},
	{"come in for one whose credential must not be taken over", req.ExternalRemoveLeaf, disliking(strict{successor: "E"},
		does(ExternalJoin, comesIn(impl.ExternalOptions{Remove: new(tree.LeafIndex(2))}), nil)), ""},
	{"come in with a capability that the client has not", req.KeyPackageCapabilities, does(ExternalJoin,
		comesIn(impl.ExternalOptions{Capabilities: fewer(func(k *tree.Capabilities) { k.Proposals = []spec.ProposalType{0xf001} }).Capabilities}),
		comesIn(impl.ExternalOptions{})), ""},
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

// coversExtensions lets A commit the first of two proposals by B, or both.
func coversExtensions(n int) func(*Group) error {
	return func(g *Group) error {
		refs := []message.ProposalRef{
			g.cached("B", extended()).Ref,
			g.cached("B", extended(message.ExternalSendersExtension(nil))).Ref,
		}[:n]
		return g.commits(impl.CommitOptions{Cover: &refs})
	}
}

// noRemovesByA lets the application permit A no Removes.
func noRemovesByA(e *impl.Env) {
	e.Permit = func(_ *impl.PublicGroup, by message.Sender, p *message.Proposal) error {
		if by == message.Member(0) && p.Type == spec.ProposalRemove {
			return errors.New("member A is no moderator")
		}
		return nil
	}
}

func proposesVote(data string) func(*Group) error {
	return func(g *Group) error {
		_, _, err := g.at("A").Member.ProposeCustom(g.Env, voteType, []byte(data), spec.WirePublicMessage)
		return err
	}
}

// follows lets A verify a Remove by B as one who follows the group does.
func follows(g *Group) error {
	msg, _, err := g.by("B").Proposal(Remove(2), Framing{})
	g.ok(err)
	_, err = g.at("A").Member.VerifyPublic(g.Env, msg.PublicMessage)
	return err
}

// comesIn lets a client outside make an external Commit.
func comesIn(o impl.ExternalOptions) func(*Group) error {
	return func(g *Group) error {
		in := g.published(&entrance{})
		_, _, err := impl.JoinExternal(g.Env, in.To.Identity, g.decoded(in).GroupInfo, o)
		return err
	}
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
