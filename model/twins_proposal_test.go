package model

import (
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.1: proposals that arrive, and those of one's own; Sections 10
// and 11: KeyPackages and groups of one's own; Section 15: what is sent.

// proposalTwins arrive at A.
var proposalTwins = []twin{
	{"an extension of the application in a GroupContext", func(g *testGroup, wrong bool) error {
		g.types = &Types{Extensions: []CustomExtension{{Type: unknownType, Places: InGroupContext, Valid: func(data Term) bool { return data == 1 }}}}
		return g.meets(g.replacing(Extension{unknownType, pick[Term](wrong, 2, 1)}))
	}, spec.Violations{req.ExtensionCustom}},
}

// proposing lets A propose a thing, or another one.
func proposing(bad, good func(*testGroup) Event) func(*testGroup, bool) error {
	return func(g *testGroup, wrong bool) error { return g.try("A", pick(wrong, bad, good)(g)) }
}

func event(p Proposal) func(*testGroup) Event {
	return func(*testGroup) Event { return Propose{Proposal: p} }
}

func resuming(u spec.ResumptionUsage) func(*testGroup) Event {
	return func(g *testGroup) Event { return Propose{Proposal: g.resumed(u)} }
}

// ownProposalTwins are proposals of A, then what a client publishes or creates.
var ownProposalTwins = []twin{
	{"own: an Add without support for an extension in use", func(g *testGroup, wrong bool) error {
		g.extend(unknownType)
		client := g.client("E")
		if !wrong {
			client.Capabilities.Extensions = []spec.ExtensionType{unknownType}
		}
		k, _ := NewKeyPackage(g.env(), client)
		return g.try("A", ProposeAdd{KeyPackage: k.Package})
	}, spec.Violations{req.AddExtensions}},
	{"own: an Update with an extension that is not listed", func(g *testGroup, wrong bool) error {
		client := change(g.client("A"), func(c *Client) { c.Extensions = []Extension{{Type: unknownType}}[:pick(wrong, 1, 0)] })
		return g.try("A", ProposeUpdate{Client: &client})
	}, spec.Violations{req.UpdateLeaf, req.LeafExtensionsListed}},
	{"own: a Remove of nobody", proposing(event(Remove(7)), event(Remove(3))), spec.Violations{req.RemoveLeaf}},
	{"own: a PSK of usage reinit", proposing(resuming(spec.UsageReInit), resuming(spec.UsageApplication)), spec.Violations{req.PSKUsageReinit}},
	{"own: a PSK of usage branch", proposing(resuming(spec.UsageBranch), resuming(spec.UsageApplication)), spec.Violations{req.PSKUsageBranch}},
	{"own: a nonce of another length", proposing(func(g *testGroup) Event {
		return Propose{Proposal: PSK(change(ExternalPSKID(1), func(id *PreSharedKeyID) { id.Nonce = g.s.Bytes("short") }))}
	}, event(PSK(ExternalPSKID(1)))), spec.Violations{req.PSKNonceLength}},
	{"own: a lower version", proposing(event(ReInit{}.Proposal()), event(ReInit{Version: spec.MLS10}.Proposal())), spec.Violations{req.ReinitVersion}},
	{"own: an ExternalInit", proposing(event(Proposal{Type: spec.ProposalExternalInit}), event(Remove(3))), spec.Violations{req.ExternalInitContext}},
	{"own: what the application does not want", func(g *testGroup, wrong bool) error {
		g.permit = func(_ *Group, _ Sender, p Proposal) bool { return p.Removed != 3 }
		return g.try("A", ProposeRemove{Leaf: pick[LeafIndex](wrong, 3, 2)})
	}, spec.Violations{req.ProposalAuthorized}},
	{"own: what the application does not accept", func(g *testGroup, wrong bool) error {
		custom(func(_ *Group, _ Sender, body Term) bool { return body == 1 })(g)
		return g.try("A", Propose{Proposal: Custom(unknownType, pick[Term](wrong, 2, 1))})
	}, spec.Violations{req.ProposalCustom}},
	{"own: a proposal too many", func(g *testGroup, wrong bool) error {
		g.bounds.Proposals = pick(wrong, 1, 2)
		g.propose("C", ProposeRemove{Leaf: 3})
		return g.try("A", ProposeRemove{Leaf: 1})
	}, spec.Violations{req.ProposalCount}},
	{"own: a proposal in a group that has ended", func(g *testGroup, wrong bool) error {
		g.ended(wrong)
		return g.try("A", ProposeRemove{Leaf: 3})
	}, spec.Violations{req.ReinitClosed}},
	{"own: an extension in another's place, proposed", proposing(event(GroupContextExtensions(misplaced...)), event(GroupContextExtensions())), spec.Violations{req.ExtensionPlace}},
	{"own: GREASE in required capabilities, proposed", func(g *testGroup, wrong bool) error {
		return g.try("A", Propose{Proposal: g.replacing(greased(g.s, wrong))})
	}, spec.Violations{req.GreaseFields}},

	{"a KeyPackage that says more than its client supports", publishing(func(_ *testGroup, wrong bool, c *Client, o *KeyPackageOptions) {
		k := c.Capabilities
		k.Proposals = []spec.ProposalType{unknownType}[:pick(wrong, 1, 0)]
		o.Capabilities = &k
	}), spec.Violations{req.KeyPackageCapabilities}},
	{"a KeyPackage with an extension in another's place", publishing(func(_ *testGroup, wrong bool, _ *Client, o *KeyPackageOptions) {
		o.LeafExtensions = []Extension{{Type: pick(wrong, spec.ExtExternalPub, spec.ExtApplicationID)}}
	}), spec.Violations{req.ExtensionPlace}},
	{"a KeyPackage with an extension that the application does not accept", publishing(func(g *testGroup, wrong bool, c *Client, o *KeyPackageOptions) {
		g.types = &Types{Extensions: []CustomExtension{{Type: unknownType, Places: InKeyPackage, Valid: func(data Term) bool { return data == 1 }}}}
		c.Capabilities.Extensions = []spec.ExtensionType{unknownType}
		o.Extensions = []Extension{{unknownType, pick[Term](wrong, 2, 1)}}
	}), spec.Violations{req.ExtensionCustom}},

	{"a group that its creator could not be in", creating(func(g *testGroup, wrong bool, c *Creation) {
		c.Extensions = []Extension{greased(g.s, false)}
		c.Client.Capabilities.Proposals = []spec.ProposalType{unknownType}[:pick(wrong, 0, 1)]
	}), spec.Violations{req.CreateCapabilities}},
	{"a group with an extension that its creator does not support", creating(func(g *testGroup, wrong bool, c *Creation) {
		g.types = &Types{Extensions: []CustomExtension{{Type: unknownType, Places: InGroupContext}}}
		c.Extensions = []Extension{{Type: unknownType}}
		c.Client.Capabilities.Extensions = []spec.ExtensionType{unknownType}[:pick(wrong, 0, 1)]
	}), spec.Violations{req.CreateExtensions}},
	{"a group with an extension in another's place", creating(func(_ *testGroup, wrong bool, c *Creation) { c.Extensions = misplaced[:pick(wrong, 1, 0)] }),
		spec.Violations{req.ExtensionPlace}},
	{"a group that requires GREASE", creating(func(g *testGroup, wrong bool, c *Creation) {
		c.Client.Capabilities.Proposals = []spec.ProposalType{grease, unknownType}
		c.Extensions = []Extension{greased(g.s, wrong)}
	}), spec.Violations{req.GreaseFields}},
}

// publishing makes a KeyPackage of E.
func publishing(f func(*testGroup, bool, *Client, *KeyPackageOptions)) func(*testGroup, bool) error {
	return func(g *testGroup, wrong bool) error {
		var o KeyPackageOptions
		c := g.client("E")
		f(g, wrong, &c, &o)
		_, _, err := NewKeyPackageWith(g.env(), c, o)
		return err
	}
}

// creating makes a group of E's.
func creating(f func(*testGroup, bool, *Creation)) func(*testGroup, bool) error {
	return func(g *testGroup, wrong bool) error {
		c := Creation{Client: g.client("E")}
		f(g, wrong, &c)
		_, _, err := Create(g.env(), c)
		return err
	}
}

// applicationTwins is what A sends.
var applicationTwins = []twin{
	{"data that is too long", func(g *testGroup, wrong bool) error {
		g.bounds.MaxData = 4
		return g.try("A", Send{Data: pick(wrong, "datum", "data")})
	}, spec.Violations{req.ApplicationSize}},
	{"more data than a key is for", func(g *testGroup, wrong bool) error {
		g.bounds.MaxSent = pick[uint64](wrong, 7, 8)
		g.do("A", Send{Data: "data"})
		return g.try("A", Send{Data: "data"})
	}, spec.Violations{req.ApplicationAeadLimit}},
	{"data while a proposal waits", func(g *testGroup, wrong bool) error {
		if wrong {
			g.propose("B", ProposeRemove{Leaf: 3})
		}
		return g.try("A", Send{Data: "data"})
	}, spec.Violations{req.ApplicationPending}},
	{"data with too much beside it", func(g *testGroup, wrong bool) error {
		g.bounds.MaxAuthenticated = 3
		return g.try("A", Send{Authenticated: pick(wrong, "four", "two")})
	}, spec.Violations{req.FramingAuthenticatedDataSize}},
	{"data in a group that has ended", func(g *testGroup, wrong bool) error {
		g.ended(wrong)
		return g.try("A", Send{Data: "data"})
	}, spec.Violations{req.ReinitClosed}},
}
