package model

import (
	"slices"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.4.3: who joins; Sections 11.2 and 11.3: groups that come from
// another.

// invited lets E join with PSKs, or after its Joining was changed.
func invited(g *testGroup, change func(*draft, *Joining), psks ...Proposal) error {
	k := g.keyPackage("E")
	return g.joins(k, change, append([]Proposal{Add(k.Package)}, psks...)...)
}

// external lets E join by a Commit of its own.
func external(f func(g *testGroup, wrong bool, j *ExternalJoining)) func(*testGroup, bool) error {
	return func(g *testGroup, wrong bool) error {
		a := g.members["A"]
		info, _ := a.groupInfo(g.s, GroupInfoOptions{ExternalPub: true})
		j := ExternalJoining{Client: g.client("E"), Info: &info}
		f(g, wrong, &j)
		_, err := JoinExternal(g.env(), j)
		return err
	}
}

var joinTwins = []twin{
	{"too many PSKs", func(g *testGroup, wrong bool) error {
		known(g)
		g.bounds.MaxPSKs = pick(wrong, 1, 2)
		return invited(g, nil, g.numberedPSK(1), g.numberedPSK(2))
	}, spec.Violations{req.PSKLimit}},
	{"a nonce of another length", func(g *testGroup, wrong bool) error {
		known(g)
		id := g.nonced(ExternalPSKID(1))
		id.Nonce = pick(wrong, g.s.Bytes("short"), id.Nonce)
		return invited(g, nil, PSK(id))
	}, spec.Violations{req.PSKNonceLength}},
	{"the key of a parent in a leaf", func(g *testGroup, wrong bool) error {
		return g.carry(inTree, func(l *LeafNode) {
			l.EncryptionKey = pick(wrong, g.members["A"].Tree[5].Key(), l.EncryptionKey)
		})
	}, spec.Violations{req.TreeKeysUnique}},
	{"unmerged leaves in another order", func(g *testGroup, wrong bool) error {
		g.add("B", true, "G", "H")
		g.add("B", false, "I", "J")
		k := g.keyPackage("E")
		d := g.forged("B", byValue(Add(k.Package)), false, nil, nil)
		d.tree = d.tree.withParent(7, func(p *ParentNode) { p.UnmergedLeaves = pick(wrong, []LeafIndex{7, 6}, []LeafIndex{6, 7}) })
		d.frame(nil)
		_, _, err := Join(g.env(), Joining{Client: g.client("E"), Keys: []KeyPackageKeys{k}, Welcome: d.welcome()})
		return err
	}, spec.Violations{req.ParentUnmergedSorted}},

	{"external: two proposals, where one is followed", external(func(g *testGroup, wrong bool, j *ExternalJoining) {
		known(g)
		g.bounds.MaxCovered, j.PSKs = 1, []PreSharedKeyID{ExternalPSKID(1)}[:pick(wrong, 1, 0)]
	}), spec.Violations{req.CommitProposalsCount}},
	{"external: too many PSKs", external(func(g *testGroup, wrong bool, j *ExternalJoining) {
		known(g)
		g.bounds.MaxPSKs, j.PSKs = pick(wrong, 1, 2), []PreSharedKeyID{ExternalPSKID(1), ExternalPSKID(2)}
	}), spec.Violations{req.PSKLimit}},
	{"external: a PSK that is not at hand", external(func(g *testGroup, wrong bool, j *ExternalJoining) {
		if j.PSKs = []PreSharedKeyID{ExternalPSKID(1)}; !wrong {
			known(g)
		}
	}), spec.Violations{req.PSKAvailable}},
	{"external: the leaf of another", external(func(g *testGroup, wrong bool, j *ExternalJoining) {
		g.auth.Successor = func(old, _ Credential) bool { return old.Identity == "C" }
		j.Remove = new(LeafIndex(pick(wrong, 3, 2)))
	}), spec.Violations{req.ExternalRemoveLeaf}},
	{"external: no external_pub", external(func(g *testGroup, wrong bool, j *ExternalJoining) {
		a := g.members["A"]
		info, _ := a.groupInfo(g.s, GroupInfoOptions{ExternalPub: !wrong})
		j.Info = &info
	}), spec.Violations{req.ExternalExternalPub}},
	{"external: authenticated data", external(func(g *testGroup, wrong bool, j *ExternalJoining) {
		g.bounds.MaxAuthenticated, j.Data = 3, pick(wrong, "four", "two")
	}), spec.Violations{req.FramingAuthenticatedDataSize}},
}

// A founder sets a group up that comes from that of A, without looking at a rule.
type founder struct {
	creation Creation
	usages   []spec.ResumptionUsage // of the PSKs that tie it
	names    []string               // whom it adds; B joins
	epochs   int                    // that pass before
	ended    bool                   // whether the group that it comes from has
}

// found lets A found a group, and B join.
func (f founder) found(g *testGroup) error {
	g.ended(f.ended)
	a := g.members["A"]
	g.psk = func(PreSharedKeyID) Term { return a.Secrets.Resumption }
	alone, _, err := Create(g.env(), f.creation)
	if err != nil {
		return err
	}
	for range f.epochs {
		_, out, err := alone.Step(g.env(), MakeCommit{Path: true})
		if err != nil {
			return err
		}
		alone = *out.Next
	}
	var values []Proposal
	var own KeyPackageKeys
	for _, name := range f.names {
		k, _ := NewKeyPackage(g.env(), change(g.client(name), func(c *Client) { c.CipherSuite = f.creation.Client.CipherSuite }))
		if values = append(values, Add(k.Package)); name == "B" {
			own = k
		}
	}
	for _, u := range f.usages {
		values = append(values, PSK(g.nonced(ResumptionPSKID(u, a.Context.GroupID, a.Context.Epoch))))
	}
	g.members["founder"] = alone
	d := g.forged("founder", byValue(values...), true, nil, nil)
	_, _, err = Join(g.env(), Joining{Client: g.client("B"), Keys: []KeyPackageKeys{own}, Welcome: d.welcome(), From: []Member{g.members["B"]}})
	return err
}

// following founds the successor of a group, which E is not in, and branching a
// subgroup, in which D is not.
func following(f func(*testGroup, *founder)) func(*testGroup, bool) error {
	return func(g *testGroup, wrong bool) error {
		one := founder{Creation{Client: g.client("A"), GroupID: g.s.Bytes("next")}, []spec.ResumptionUsage{spec.UsageReInit}, []string{"B", "C", "D"}, 0, true}
		if wrong {
			f(g, &one)
		}
		return one.found(g)
	}
}

func branching(f func(*testGroup, *founder)) func(*testGroup, bool) error {
	return func(g *testGroup, wrong bool) error {
		one := founder{Creation{Client: g.client("A"), GroupID: g.s.Bytes("part")}, []spec.ResumptionUsage{spec.UsageBranch}, []string{"B", "C"}, 0, false}
		if wrong {
			f(g, &one)
		}
		return one.found(g)
	}
}

// packages returns KeyPackages of some clients.
func (g *testGroup) packages(names ...string) []KeyPackage {
	var all []KeyPackage
	for _, name := range names {
		all = append(all, g.keyPackage(name).Package)
	}
	return all
}

var linkTwins = []twin{
	{"own: a successor of a group that has not ended", func(g *testGroup, wrong bool) error {
		g.ended(!wrong)
		return g.try("A", Reinitialize{Packages: g.packages("B", "C", "D")})
	}, spec.Violations{req.ReinitCommit}},
	{"own: a successor without a member", func(g *testGroup, wrong bool) error {
		g.ended(true)
		return g.try("A", Reinitialize{Packages: g.packages("B", "C", "D")[:pick(wrong, 2, 3)]})
	}, spec.Violations{req.ReinitMembers}},
	{"own: a successor of a suite that one's client is not of", func(g *testGroup, wrong bool) error {
		g.commit("C", MakeCommit{Path: true, Values: []Proposal{g.successor(2).Proposal()}})
		client := change(g.client("A"), func(c *Client) { c.CipherSuite = 2 })
		for _, name := range []string{"B", "C", "D"} {
			g.clients[name] = change(g.client(name), func(c *Client) { c.CipherSuite = 2 })
		}
		return g.try("A", Reinitialize{Client: pick(wrong, nil, &client), Packages: g.packages("B", "C", "D")})
	}, spec.Violations{req.SuiteSupported}},
	{"own: a subgroup with a stranger", func(g *testGroup, wrong bool) error {
		return g.try("A", Branch{GroupID: g.s.Bytes("part"), Packages: g.packages("B", pick(wrong, "E", "C"))})
	}, spec.Violations{req.BranchMembers}},

	{"a successor of a group that has not ended", following(func(_ *testGroup, f *founder) { f.ended = false }), spec.Violations{req.ReinitCommit}},
	{"a successor without a member", following(func(_ *testGroup, f *founder) { f.names = []string{"B", "C"} }), spec.Violations{req.ReinitMembers}},
	{"a successor by another name", following(func(g *testGroup, f *founder) { f.creation.GroupID = g.s.Bytes("other") }), spec.Violations{req.ReinitParameters}},
	{"a subgroup with a stranger", branching(func(_ *testGroup, f *founder) { f.names = append(f.names, "E") }), spec.Violations{req.BranchMembers}},
	{"a subgroup of another suite", branching(func(_ *testGroup, f *founder) { f.creation.Client.CipherSuite = 2 }), spec.Violations{req.BranchParameters}},
	{"a subgroup in its second epoch", branching(func(_ *testGroup, f *founder) { f.epochs = 1 }), spec.Violations{req.WelcomePSKEpoch}},
	{"a subgroup tied twice", branching(func(_ *testGroup, f *founder) { f.usages = slices.Repeat(f.usages, 2) }), spec.Violations{req.WelcomePSKSingle}},
}
