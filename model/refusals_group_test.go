package model

import (
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Sections 8.4, 12.1.4 to 12.1.8, 12.4.3.2 and 13.4: what binds a group
// to PSKs, to other groups and to those outside.

// groupRefusals are messages of B, or of somebody outside.
var groupRefusals = []refused{
	{"an extension twice", "A", func(g *testGroup) Event {
		return Receive{g.proposed("B", GroupContextExtensions(Extension{7, 1}, Extension{7, 2}))}
	}, spec.Violations{req.ExtensionUnique}},
	{"too much authenticated data", "A", func(g *testGroup) Event {
		g.bounds.MaxAuthenticated = 3
		return Receive{g.reframed("B", g.proposed("B", Remove(3)), func(a *AuthenticatedContent) { a.Content.AuthenticatedData = g.s.Bytes("four") })}
	}, spec.Violations{req.FramingAuthenticatedDataSize}},
	{"an extension that cannot be read", "A", func(g *testGroup) Event {
		return Receive{g.proposed("B", GroupContextExtensions(Extension{spec.ExtExternalSenders, 1}))}
	}, spec.Violations{req.ExtensionExternalSenders}},
	{"an Add without support for an extension in use", "A", func(g *testGroup) Event {
		g.extend(unknownType)
		return Receive{g.proposed("B", Add(g.keyPackage("E").Package))}
	}, spec.Violations{req.AddExtensions}},
	{"a PSK of usage reinit", "A", func(g *testGroup) Event {
		return Receive{g.proposed("B", PSK(g.nonced(ResumptionPSKID(spec.UsageReInit, 1, 1))))}
	}, spec.Violations{req.PSKUsageReinit}},
	{"a PSK of usage branch", "A", func(g *testGroup) Event {
		return Receive{g.proposed("B", PSK(g.nonced(ResumptionPSKID(spec.UsageBranch, 1, 1))))}
	}, spec.Violations{req.PSKUsageBranch}},
	{"a nonce of another length", "A", func(g *testGroup) Event { return Receive{g.proposed("B", PSK(ExternalPSKID(1)))} },
		spec.Violations{req.PSKNonceLength}},
	{"a lower version", "A", func(g *testGroup) Event { return Receive{g.proposed("B", ReInit{}.Proposal())} },
		spec.Violations{req.ReinitVersion}},
	{"an ExternalInit of a member", "A", func(g *testGroup) Event {
		return Receive{g.proposed("B", Proposal{Type: spec.ProposalExternalInit})}
	}, spec.Violations{req.ExternalInitContext}},
	{"a proposal that the application does not want", "A", func(g *testGroup) Event {
		g.permit = func(_ *Group, by Sender, p Proposal) bool { return by != member(1) }
		return Receive{g.proposed("B", Remove(3))}
	}, spec.Violations{req.ProposalAuthorized}},
	{"a proposal of the application that it does not accept", "A", func(g *testGroup) Event {
		g.types = &Types{Proposals: []CustomProposal{{Type: unknownType, Valid: func(*Group, Sender, Term) bool { return false }}}}
		return Receive{g.proposed("B", Custom(unknownType, 1))}
	}, spec.Violations{req.ProposalCustom}},
	{"a proposal too many", "A", func(g *testGroup) Event {
		g.bounds.Proposals = 1
		g.propose("C", ProposeRemove{Leaf: 3})
		return Receive{g.proposed("B", Remove(3))}
	}, spec.Violations{req.ProposalCount}},

	// Section 12.1.8.
	{"an external sender that nobody knows", "A", func(g *testGroup) Event {
		return Receive{g.outside(Sender{Type: spec.SenderExternal}, Remove(3))}
	}, spec.Violations{req.ExternalSender}},
	{"an Update by an external sender", "A", func(g *testGroup) Event {
		g.serve()
		update := g.do("A", ProposeUpdate{}).Send.Public.Content.Proposal // for leaf 0, as the sender would be
		return Receive{g.outside(Sender{Type: spec.SenderExternal}, *update)}
	}, spec.Violations{req.FramingSenderType}},
	{"a proposal that is not for external senders", "A", func(g *testGroup) Event {
		g.serve()
		g.types = &Types{Proposals: []CustomProposal{{Type: unknownType}}}
		return Receive{g.outside(Sender{Type: spec.SenderExternal}, Custom(unknownType, 1))}
	}, spec.Violations{req.FramingSenderType}},
	{"an external sender's signature", "A", func(g *testGroup) Event {
		g.serve()
		msg := *g.outside(Sender{Type: spec.SenderExternal}, Remove(3))
		msg.Content.AuthenticatedData = g.s.Bytes("other")
		return Receive{&msg}
	}, spec.Violations{req.ContentSignature}},
	{"a newcomer proposes a removal", "A", func(g *testGroup) Event {
		return Receive{g.outside(Sender{Type: spec.SenderNewMemberProposal}, Remove(3))}
	}, spec.Violations{req.FramingSenderType}},

	// Sections 12.4.2 and 13.4.
	{"a PSK that is not at hand", "A", func(g *testGroup) Event {
		g.psk = func(PreSharedKeyID) Term { return g.s.Fresh(ExternalPSK, 1) }
		d := g.forged("B", byValue(PSK(g.nonced(ExternalPSKID(1)))), true, nil, nil)
		g.psk = nil
		return Receive{d.message()}
	}, spec.Violations{req.PSKAvailable}},
	{"another PSK", "A", func(g *testGroup) Event {
		g.psk = func(PreSharedKeyID) Term { return g.s.Fresh(ExternalPSK, 1) }
		d := g.forged("B", byValue(PSK(g.nonced(ExternalPSKID(1)))), true, nil, nil)
		g.psk = func(PreSharedKeyID) Term { return g.s.Fresh(ExternalPSK, 2) }
		return Receive{d.message()}
	}, spec.Violations{req.CommitConfirmationTag}},
	{"an extension that members do not support", "A", func(g *testGroup) Event {
		return Receive{g.forged("B", byValue(GroupContextExtensions(Extension{Type: unknownType})), true, nil, nil).message()}
	}, spec.Violations{req.GceExtensions}},
	{"required capabilities that members do not have", "A", func(g *testGroup) Event {
		r := RequiredCapabilities{Extensions: []spec.ExtensionType{unknownType}}
		return Receive{g.forged("B", byValue(GroupContextExtensions(r.Extension(g.s))), true, nil, nil).message()}
	}, spec.Violations{req.GceRequiredCapabilities, req.CommitLeaf, req.LeafRequiredCapabilities}},
	{"a Commit of a group that has ended", "A", func(g *testGroup) Event {
		g.commit("C", MakeCommit{Path: true, Values: []Proposal{g.successor(1).Proposal()}})
		return Receive{g.forged("B", nil, true, nil, nil).message()}
	}, spec.Violations{req.ReinitClosed}},
	{"data of a group that has ended", "A", func(g *testGroup) Event {
		g.commit("C", MakeCommit{Path: true, Values: []Proposal{g.successor(1).Proposal()}})
		b := g.members["B"]
		_, msg, _ := b.protect(g.env(), b.sign(g.env(), Framing{Private: true}, FramedContent{Type: spec.ContentApplication, Data: 1}))
		return Open{msg.Private}
	}, spec.Violations{req.ReinitClosed}},

	// Sections 8.3, 12.2 and 12.4.3.2.
	{"external: no path", "A", func(g *testGroup) Event {
		return Receive{g.arriving(nil, func(d *draft) { d.commit.Path, d.tree = nil, d.applied.tree }).message()}
	}, spec.Violations{req.ExternalPath}},
	{"external: a proposal by reference", "A", func(g *testGroup) Event {
		ref := g.propose("B", ProposeRemove{Leaf: 3})
		return Receive{g.arriving(func(init Proposal) []ProposalOrRef { return append(byValue(init), byReference(ref)...) }, nil).message()}
	}, spec.Violations{req.ExternalByReference}},
	{"external: two Removes", "A", func(g *testGroup) Event {
		return Receive{g.arriving(func(init Proposal) []ProposalOrRef { return byValue(init, Remove(2), Remove(3)) }, nil).message()}
	}, spec.Violations{req.ExternalOneRemove}},
	{"external: two ExternalInits", "A", func(g *testGroup) Event {
		return Receive{g.arriving(func(init Proposal) []ProposalOrRef { return byValue(init, init) }, nil).message()}
	}, spec.Violations{req.ExternalOneInit}},
	{"external: no ExternalInit", "A", func(g *testGroup) Event {
		return Receive{g.arriving(func(Proposal) []ProposalOrRef { return nil }, func(d *draft) { d.m.Secrets.Init = g.members["A"].Secrets.Init }).message()}
	}, spec.Violations{req.ExternalOneInit}},
	{"external: extensions", "A", func(g *testGroup) Event {
		return Receive{g.arriving(func(init Proposal) []ProposalOrRef { return byValue(init, GroupContextExtensions()) }, nil).message()}
	}, spec.Violations{req.ExternalOther}},
	{"external: kem_output", "A", func(g *testGroup) Event {
		return Receive{g.arriving(func(init Proposal) []ProposalOrRef { init.KEMOutput = 0; return byValue(init) }, nil).message()}
	}, spec.Violations{req.ExternalInitKemOutput}},
	{"external: without support for an extension in use", "A", func(g *testGroup) Event {
		g.extend(unknownType)
		return Receive{g.arriving(nil, nil).message()}
	}, spec.Violations{req.AddExtensions}},
	{"external: signed by another", "A", func(g *testGroup) Event {
		d := g.arriving(nil, nil)
		d.content.Signature = g.s.Sign(g.client("B").SignatureKey, spec.LabelFramedContentTBS, d.content.tbs(g.s, d.m.Context))
		return Receive{d.message()}
	}, spec.Violations{req.ContentSignature, req.CommitConfirmationTag}},

	// The same in a PrivateMessage.
	{"private: a Commit without confirmation tag", "A", func(g *testGroup) Event {
		d := g.forged("B", nil, true, nil, nil)
		d.framing.Private = true
		d.frame(nil)
		d.content.ConfirmationTag = 0
		_, msg, _ := d.m.protect(g.env(), d.content)
		return Open{msg.Private}
	}, spec.Violations{req.FramingConfirmationTagPresent, req.CommitConfirmationTag}},
	{"private: the own leaf commits", "B", func(g *testGroup) Event {
		return Open{g.do("B", MakeCommit{Path: true, Framing: Framing{Private: true}}).Send.Private}
	}, spec.Violations{req.CommitSenderSelf, req.RatchetKeyOnce}},
	{"private: a proposal that is invalid", "A", func(g *testGroup) Event {
		m, p := g.members["B"], Remove(7)
		_, msg, _ := m.protect(g.env(), m.sign(g.env(), Framing{Private: true}, FramedContent{Type: spec.ContentProposal, Proposal: &p}))
		return Open{msg.Private}
	}, spec.Violations{req.RemoveLeaf}},
}

// nonced returns a PreSharedKeyID with a nonce.
func (g *testGroup) nonced(id PreSharedKeyID) PreSharedKeyID {
	return *withNonces(g.env(), []Proposal{PSK(id)})[0].PSK
}

// extend makes an extension one that A to D support and the group has.
func (g *testGroup) extend(e spec.ExtensionType) {
	for _, name := range g.order {
		m := g.members[name]
		m.Client.Capabilities.Extensions = including(m.Client.Capabilities.Extensions, e)
		g.members[name] = m
		g.empty(name)
	}
	g.client("E") // who does not
	g.types = &Types{Extensions: []CustomExtension{{Type: e, Places: InGroupContext}}}
	g.commit("A", MakeCommit{Path: true, Values: []Proposal{GroupContextExtensions(Extension{Type: e})}})
}

// serve lets the client S send proposals from outside.
func (g *testGroup) serve() {
	s := g.client("S")
	service := ExternalSender{g.s.Public(s.SignatureKey), s.Credential}
	g.commit("A", MakeCommit{Path: true, Values: []Proposal{GroupContextExtensions(ExternalSenders{service}.Extension(g.s))}})
}

// outside returns a proposal of the client S, made without looking at any rule.
func (g *testGroup) outside(by Sender, p Proposal) *PublicMessage {
	m := g.members["A"]
	a := m.Group.sign(g.s, g.client("S").SignatureKey, by, Framing{}, FramedContent{Type: spec.ContentProposal, Proposal: &p})
	return &PublicMessage{AuthenticatedContent: a}
}

// successor is a ReInit to a group of a suite.
func (g *testGroup) successor(suite spec.CipherSuite) ReInit {
	return ReInit{GroupID: g.s.Bytes("next"), Version: spec.MLS10, CipherSuite: suite}
}

// arriving returns a Commit by which the client E joins, made without looking at
// any rule. The first function makes the list, the second changes what is done
// before it is framed.
func (g *testGroup) arriving(list func(init Proposal) []ProposalOrRef, before func(*draft)) *draft {
	host, env := g.members["A"], g.env()
	info, _ := host.groupInfo(g.s, GroupInfoOptions{ExternalPub: true})
	group := newGroup(g.s, info.Context, info.RatchetTree.tree(), info.ConfirmationTag)
	group.Proposals = host.Proposals
	secret := g.s.Fresh(ExternalInitSecret, env.Step)
	init := Proposal{Type: spec.ProposalExternalInit, KEMOutput: encapsulate(g.s, info.ExternalPub, secret)}
	proposals := byValue(init)
	if list != nil {
		proposals = list(init)
	}
	d := Member{Client: g.client("E"), Group: group, Secrets: Secrets{Init: secret}}.begin(env, Sender{Type: spec.SenderNewMemberCommit}, proposals)
	d.m.Leaf = d.applied.committer
	d.populatePath()
	d.sealPath()
	if before != nil {
		before(d)
	}
	d.frame(nil)
	return d
}
