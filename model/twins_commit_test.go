package model

import (
	"slices"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Sections 12.2 and 12.4: what a list may not have, whoever brings it.

// A listMistake is what may be wrong with what a Commit covers by value, in the
// Commit of another as in one's own.
type listMistake struct {
	req    spec.ID
	before func(*testGroup)
	values func(g *testGroup, wrong bool) []Proposal
}

// removing removes nobody, C, or C and D.
func removing(n int) []Proposal { return []Proposal{Remove(2), Remove(3)}[:n] }

// known lets everybody find every PSK.
func known(g *testGroup) { g.psk = func(PreSharedKeyID) Term { return g.s.Fresh(ExternalPSK, 1) } }

func (g *testGroup) numberedPSK(id Term) Proposal { return PSK(g.nonced(ExternalPSKID(id))) }

// resumed is a PSK of this group's present epoch.
func (g *testGroup) resumed(u spec.ResumptionUsage) Proposal {
	c := g.members["A"].Context
	return PSK(g.nonced(ResumptionPSKID(u, c.GroupID, c.Epoch)))
}

// custom lets the application know a type of proposal that D does not say it supports.
func custom(valid func(*Group, Sender, Term) bool) func(*testGroup) {
	return func(g *testGroup) {
		g.types = &Types{Proposals: []CustomProposal{{Type: unknownType, Valid: valid}}}
	}
}

// supported is the same with members who say that they support it.
func supported(valid func(*Group, Sender, Term) bool) func(*testGroup) {
	return func(g *testGroup) {
		custom(valid)(g)
		g.able(func(c *Capabilities) { c.Proposals = []spec.ProposalType{unknownType} })
	}
}

func (g *testGroup) replacing(items ...Extension) Proposal { return GroupContextExtensions(items...) }

var listMistakes = []listMistake{
	{req.CommitProposalsCount, func(g *testGroup) { g.bounds.MaxCovered = 1 }, func(_ *testGroup, wrong bool) []Proposal { return removing(pick(wrong, 2, 1)) }},
	{req.ListNoExternalInit, nil, func(_ *testGroup, wrong bool) []Proposal {
		return pick(wrong, []Proposal{{Type: spec.ProposalExternalInit}}, nil)
	}},
	{req.ListOneGroupContextExtensions, nil, func(g *testGroup, wrong bool) []Proposal {
		return slices.Repeat([]Proposal{g.replacing()}, pick(wrong, 2, 1))
	}},
	{req.ListPSKUnique, known, func(g *testGroup, wrong bool) []Proposal {
		p := g.numberedPSK(1)
		return []Proposal{p, pick(wrong, p, g.numberedPSK(1))}
	}},
	{req.ListReinitAlone, nil, func(g *testGroup, wrong bool) []Proposal {
		return append(removing(pick(wrong, 1, 0)), g.successor(1).Proposal())
	}},
	{req.ListTypeSupported, custom(nil), func(g *testGroup, wrong bool) []Proposal {
		return pick(wrong, []Proposal{Custom(unknownType, 1)}, nil)
	}},
	{req.PSKLimit, func(g *testGroup) { known(g); g.bounds.MaxPSKs = 1 }, func(g *testGroup, wrong bool) []Proposal {
		return []Proposal{g.numberedPSK(1), g.numberedPSK(2)}[:pick(wrong, 2, 1)]
	}},
	{req.PSKNonceLength, known, func(g *testGroup, wrong bool) []Proposal {
		id := g.nonced(ExternalPSKID(1))
		id.Nonce = pick(wrong, g.s.Bytes("short"), id.Nonce)
		return []Proposal{PSK(id)}
	}},
	{req.PSKUsageReinit, nil, func(g *testGroup, wrong bool) []Proposal {
		return []Proposal{g.resumed(pick(wrong, spec.UsageReInit, spec.UsageApplication))}
	}},
	{req.PSKUsageBranch, nil, func(g *testGroup, wrong bool) []Proposal {
		return []Proposal{g.resumed(pick(wrong, spec.UsageBranch, spec.UsageApplication))}
	}},
	{req.PSKAvailable, known, func(g *testGroup, wrong bool) []Proposal {
		p := g.numberedPSK(1)
		if wrong {
			g.psk = nil
		}
		return []Proposal{p}
	}},
	{req.ReinitVersion, nil, func(g *testGroup, wrong bool) []Proposal {
		return []Proposal{change(g.successor(1), func(r *ReInit) { r.Version = pick(wrong, 0, r.Version) }).Proposal()}
	}},
	{req.ProposalAuthorized, func(g *testGroup) {
		g.permit = func(_ *Group, _ Sender, p Proposal) bool { return p.Type != spec.ProposalRemove || p.Removed != 3 }
	}, func(_ *testGroup, wrong bool) []Proposal { return []Proposal{Remove(pick[LeafIndex](wrong, 3, 2))} }},
	{req.ProposalCustom, supported(func(_ *Group, _ Sender, body Term) bool { return body == 1 }), func(g *testGroup, wrong bool) []Proposal {
		return []Proposal{Custom(unknownType, pick[Term](wrong, 2, 1))}
	}},
	{req.RemoveLeaf, nil, func(_ *testGroup, wrong bool) []Proposal { return []Proposal{Remove(pick[LeafIndex](wrong, 7, 3))} }},
	{req.ListOneChangePerLeaf, nil, func(_ *testGroup, wrong bool) []Proposal {
		return []Proposal{Remove(3), Remove(pick[LeafIndex](wrong, 3, 2))}
	}},
	{req.GceExtensions, nil, func(g *testGroup, wrong bool) []Proposal {
		g.types = &Types{Extensions: []CustomExtension{{Type: unknownType, Places: InGroupContext}}}
		return []Proposal{g.replacing([]Extension{{Type: unknownType}}[:pick(wrong, 1, 0)]...)}
	}},
	{req.AddExtensions, func(g *testGroup) { g.extend(unknownType) }, func(g *testGroup, wrong bool) []Proposal {
		client := g.client("E")
		if !wrong {
			client.Capabilities.Extensions = []spec.ExtensionType{unknownType}
		}
		k, _ := NewKeyPackage(g.env(), client)
		return []Proposal{Add(k.Package)}
	}},
}

// both lets a mistake in a list come from B, and from A itself.
func both(m listMistake) []twin {
	begin := func(g *testGroup) {
		if m.before != nil {
			m.before(g)
		}
	}
	return []twin{
		{string(m.req) + " in a Commit", func(g *testGroup, wrong bool) error {
			begin(g)
			d := g.drafted(func() []Proposal { return m.values(g, wrong) })
			return g.try("A", Receive{d.message()})
		}, spec.Violations{m.req}},
		{string(m.req) + " in a Commit of one's own", func(g *testGroup, wrong bool) error {
			begin(g)
			return g.try("A", MakeCommit{Path: true, Values: m.values(g, wrong)})
		}, spec.Violations{m.req}},
	}
}

// drafted returns a Commit of B, who finds every PSK whatever others find.
func (g *testGroup) drafted(values func() []Proposal) *draft {
	all := g.psk
	list := values()
	found := g.psk
	g.psk = all
	d := g.forged("B", byValue(list...), true, nil, nil)
	g.psk = found
	return d
}

var commitTwins = append(bothOfAll(listMistakes), []twin{
	{"an Add with a key of a member", func(g *testGroup, wrong bool) error {
		return g.covers(Add(g.package_(func(l *LeafNode) {
			l.EncryptionKey = pick(wrong, g.members["A"].Tree.Leaf(2).EncryptionKey, l.EncryptionKey)
		})))
	}, spec.Violations{req.AddKeyPackage, req.KeyPackageLeaf, req.LeafEncryptionKeyUnique}},
	{"a type that cannot be applied", func(g *testGroup, wrong bool) error {
		supported(nil)(g)
		d := g.forged("B", byValue(Custom(unknownType, 1)), true, nil, nil)
		g.types = pick(wrong, nil, g.types)
		return g.try("A", Receive{d.message()})
	}, spec.Violations{req.ListTypeProcessed}},
	{"an Update that was valid when it came", func(g *testGroup, wrong bool) error {
		ref := g.propose("C", ProposeUpdate{})
		d := g.forged("B", byReference(ref), true, nil, nil)
		g.auth.Valid = func(c Credential, _ Term) bool { return c.Identity != pick(wrong, "C", "E") }
		return g.try("A", Receive{d.message()})
	}, spec.Violations{req.UpdateLeaf, req.CredentialAS}},
	{"the former key of one who stays", func(g *testGroup, wrong bool) error {
		refs, add := g.rekeyed(wrong)
		return g.try("A", Receive{g.forged("B", append(byReference(refs...), byValue(add)...), true, nil, nil).message()})
	}, spec.Violations{req.ListAddUnique}},
	{"required capabilities that the committer alone has", func(g *testGroup, wrong bool) error {
		g.requiring("B", wrong)
		return g.covers(g.requires())
	}, spec.Violations{req.GceRequiredCapabilities}},
	{"no confirmation tag, for one who is removed", func(g *testGroup, wrong bool) error {
		d := g.forged("B", byValue(Remove(0)), true, nil, nil)
		d.content.ConfirmationTag = pick(wrong, 0, d.content.ConfirmationTag)
		return g.try("A", Receive{d.message()})
	}, spec.Violations{req.FramingConfirmationTagPresent}},
	{"external: the leaf of another is removed", func(g *testGroup, wrong bool) error {
		g.auth.Successor = func(old, _ Credential) bool { return old.Identity == "C" }
		return g.try("A", Receive{g.arriving(func(init Proposal) []ProposalOrRef {
			return byValue(init, Remove(pick[LeafIndex](wrong, 3, 2)))
		}, nil).message()})
	}, spec.Violations{req.ExternalRemoveLeaf}},
}...)

func bothOfAll(mistakes []listMistake) []twin {
	var all []twin
	for _, m := range mistakes {
		all = append(all, both(m)...)
	}
	return all
}

// rekeyed lets D propose another signature key, and returns the Add of a client that
// has the one before, or its own.
func (g *testGroup) rekeyed(wrong bool) ([]Term, Proposal) {
	before := g.client("D")
	next := change(before, func(c *Client) { c.SignatureKey = g.s.Fresh(SignatureKey, 777) })
	ref := g.propose("D", ProposeUpdate{Client: &next})
	client := change(pick(wrong, before, g.client("E")), func(c *Client) { c.Credential.Identity = "E" })
	k, _ := NewKeyPackage(g.env(), client)
	return []Term{ref}, Add(k.Package)
}

// requires asks every member to support an extension type, which requiring lets one
// member, or all, say in their leaves.
func (g *testGroup) requires() Proposal {
	return g.replacing(RequiredCapabilities{Extensions: []spec.ExtensionType{unknownType}}.Extension(g.s))
}

func (g *testGroup) requiring(by string, alone bool) {
	supports := func(c *Capabilities) { c.Extensions = []spec.ExtensionType{unknownType} }
	if !alone {
		g.able(supports)
		return
	}
	m := g.members[by]
	supports(&m.Client.Capabilities)
	g.members[by] = m
}

// ownCommitTwins are Commits of A that it is refused.
var ownCommitTwins = []twin{
	{"own: an Update of one's own", func(g *testGroup, wrong bool) error {
		return g.try("A", MakeCommit{Path: true, References: []Term{g.propose(pick(wrong, "A", "B"), ProposeUpdate{})}})
	}, spec.Violations{req.ListNoUpdateByCommitter}},
	{"own: a Remove of oneself", func(g *testGroup, wrong bool) error {
		return g.try("A", MakeCommit{Path: true, Values: []Proposal{Remove(pick[LeafIndex](wrong, 0, 1))}})
	}, spec.Violations{req.ListNoRemoveOfCommitter}},
	{"own: no path with a Remove", func(g *testGroup, wrong bool) error {
		return g.try("A", MakeCommit{Path: !wrong, Values: removing(1)})
	}, spec.Violations{req.CommitPathRequired}},
	{"own: an unknown reference", func(g *testGroup, wrong bool) error {
		return g.try("A", MakeCommit{Path: true, References: []Term{1}[:pick(wrong, 1, 0)]})
	}, spec.Violations{req.CommitRefsKnown}},
	{"own: authenticated data", func(g *testGroup, wrong bool) error {
		g.bounds.MaxAuthenticated = 3
		return g.try("A", MakeCommit{Path: true, Framing: Framing{Data: pick(wrong, "four", "two")}})
	}, spec.Violations{req.FramingAuthenticatedDataSize}},
	{"own: a group that has ended", func(g *testGroup, wrong bool) error {
		g.ended(wrong)
		return g.try("A", MakeCommit{Path: true})
	}, spec.Violations{req.ReinitClosed}},
	{"own: the former key of one who stays", func(g *testGroup, wrong bool) error {
		refs, add := g.rekeyed(wrong)
		return g.try("A", MakeCommit{Path: true, References: refs, Values: []Proposal{add}})
	}, spec.Violations{req.ListAddUnique}},
	{"own: required capabilities that the committer alone has", func(g *testGroup, wrong bool) error {
		g.requiring("A", wrong)
		client := g.members["A"].Client
		return g.try("A", MakeCommit{Path: true, Client: &client, Values: []Proposal{g.requires()}})
	}, spec.Violations{req.GceRequiredCapabilities}},
	{"own: an extension in another's place", func(g *testGroup, wrong bool) error {
		return g.try("A", MakeCommit{Path: true, Values: []Proposal{g.replacing(misplaced[:pick(wrong, 1, 0)]...)}})
	}, spec.Violations{req.ExtensionPlace}},
	{"own: GREASE in required capabilities", func(g *testGroup, wrong bool) error {
		g.able(func(c *Capabilities) { c.Proposals = []spec.ProposalType{grease, unknownType} })
		return g.try("A", MakeCommit{Path: true, Values: []Proposal{g.replacing(greased(g.s, wrong))}})
	}, spec.Violations{req.GreaseFields}},
}

// grease is a proposal type of Section 13.5.
const grease = 0x1a1a

// misplaced stands in leaves alone.
var misplaced = []Extension{{Type: spec.ExtApplicationID}}

// greased requires a type of Section 13.5, or another one.
func greased(s *Store, wrong bool) Extension {
	return RequiredCapabilities{Proposals: []spec.ProposalType{pick[spec.ProposalType](wrong, grease, unknownType)}}.Extension(s)
}

// ended lets C end the group, if it is to be.
func (g *testGroup) ended(is bool) {
	if is {
		g.commit("C", MakeCommit{Path: true, Values: []Proposal{g.successor(1).Proposal()}})
	}
}
