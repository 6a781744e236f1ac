package forge

import (
	"slices"

	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Sections 11.2 and 11.3: a group that comes from another one.

// A lineage is a group that comes from the prepared one, as A sets it up for B.
type lineage struct {
	usage     spec.ResumptionUsage
	reinit    bool // the prepared group has ended in favour of "next"
	name      string
	of        func(*Group) *suite.Suite // nil for the group's
	strangers bool                      // not the members' KeyPackages, but B's and that of a client outside
	twice     bool                      // the PSK
	late      bool                      // B is only added by a second Commit
}

// descend lets B join the group; the control is the same without what is wrong.
func descend(bad, good lineage) recipe {
	return both(WelcomeJoin, bad, good, func(g *Group, l lineage) *Input {
		c := g.Copy(g.Env.Rand)
		if l.reinit {
			c.commit("C", impl.CommitOptions{ReInit: reinit("next", c.Suite)})
		}
		return c.descended(&l)
	}).only(otherGroup)
}

func (g *Group) descended(l *lineage) *Input {
	a, b := g.at("A").Member, g.at("B").Member
	s := g.Suite
	if l.of != nil {
		s = l.of(g)
	}
	joiner := &Client{Name: "B", Identity: g.sameClient("B", s)}
	joiner.Keys = g.packaged(joiner.Identity, nil, nil)
	var others []*message.KeyPackage
	switch {
	case l.strangers:
		others = append(others, ordinary(g))
	case l.usage == spec.UsageReInit:
		for _, name := range []string{"C", "D"} {
			others = append(others, g.packaged(g.sameClient(name, s), nil, nil).Package)
		}
	}
	f := g.founded(l, a, g.sameClient("A", s), joiner.Keys.Package, others)
	return &Input{
		To: joiner, Raw: wire.Encode(&message.MLSMessage{WireFormat: spec.WireWelcome, Welcome: f}),
		join: impl.JoinOptions{Parent: func(id []byte, epoch uint64) *impl.Epoch {
			if string(id) != groupID || epoch != b.Number() {
				return nil
			}
			return b.Epoch
		}},
	}
}

// founded sets the group up, and returns the Welcome for B. The Commit is forged:
// nobody commits what is wrong.
func (g *Group) founded(l *lineage, parent *impl.Member, creator *impl.Identity, kp *message.KeyPackage, others []*message.KeyPackage) *message.Welcome {
	first, _, err := impl.Create(g.making(), creator, []byte(l.name))
	g.ok(err)
	if l.late {
		_, staged, _, err := first.Commit(g.Env, impl.CommitOptions{Format: spec.WirePublicMessage})
		g.ok(err)
		first = staged.Next
	}
	f, err := Of(first, g.Env.Rand)
	g.ok(err)
	resumption := parent.Expose().Secrets.Resumption
	f.PSK = func(*schedule.PreSharedKeyID) suite.Secret { return resumption }
	psk := schedule.ResumptionPSK(l.usage, []byte(groupID), parent.Number())
	psk.Nonce = make([]byte, f.Suite.Nh)
	psks := []schedule.PreSharedKeyID{psk}
	if l.twice {
		psks = append(psks, psk)
	}
	list := Values(Add(kp))
	for _, o := range others {
		list = append(list, Values(Add(o))...)
	}
	for _, id := range psks {
		list = append(list, Values(message.Proposal{Type: spec.ProposalPSK, PreSharedKey: &message.PreSharedKey{PSK: id}})...)
	}
	made, err := f.Commit(Forgery{List: list})
	g.ok(err)
	w, err := made.Next.Welcome(kp, message.GroupSecrets{
		JoinerSecret: slices.Clone(made.Joiner.Bytes()),
		PathSecret:   &message.PathSecret{Secret: made.Path.SecretFor(made.Added[0])},
		PSKs:         psks,
	}, Invitation{})
	g.ok(err)
	return w
}

// sameClient returns a client of this name with keys of a suite.
func (g *Group) sameClient(name string, s *suite.Suite) *impl.Identity {
	id, err := impl.NewIdentity(g.Env, s, []byte(name))
	g.ok(err)
	return id
}

// anotherSuite returns a suite that is not the group's.
func anotherSuite(g *Group) *suite.Suite {
	i := slices.IndexFunc(suite.All(), func(s *suite.Suite) bool { return s.ID == otherThan(g.Suite.ID) })
	return suite.All()[i]
}

// Groups that come from the prepared one as they should.
var (
	successor = lineage{usage: spec.UsageReInit, reinit: true, name: "next"}
	subgroup  = lineage{usage: spec.UsageBranch, name: "sub"}
)

var linkRows = []row{
	{"reinitialize what goes on", req.ReinitCommit, does(GroupReInit, func(g *Group) error {
		_, _, err := g.at("A").Member.Reinitialize(g.Env, g.at("A").Identity, nil, impl.WelcomeOptions{})
		return err
	}, succeeds), Alone},
	{"reinitialize with a suite of one's own choice", req.SuiteSupported, does(GroupReInit, func(g *Group) error {
		ended(g)
		_, _, err := g.at("A").Member.Reinitialize(g.Env, g.sameClient("A", anotherSuite(g)), nil, impl.WelcomeOptions{})
		return err
	}, nil), req.ReinitParameters},
	{"reinitialize without all members", req.ReinitMembers, does(GroupReInit, func(g *Group) error {
		ended(g)
		_, _, err := g.at("A").Member.Reinitialize(g.Env, g.sameClient("A", g.Suite), nil, impl.WelcomeOptions{})
		return err
	}, nil), ""},
	{"branch off with a stranger", req.BranchMembers, does(CommitSend, branches(ordinary), branches(func(g *Group) *message.KeyPackage {
		return g.packaged(g.sameClient("B", g.Suite), nil, nil).Package
	})).at("group.branch"), ""},
	{"join what follows a group that goes on", req.ReinitCommit, descend(lineage{usage: spec.UsageReInit, name: "next"}, successor), Alone},
	{"another group_id", req.ReinitParameters, descend(lineage{usage: spec.UsageReInit, reinit: true, name: "other"}, successor), ""},
	{"not the same members", req.ReinitMembers, descend(lineage{usage: spec.UsageReInit, reinit: true, name: "next", strangers: true}, successor), ""},
	{"a subgroup of another suite", req.BranchParameters, descend(lineage{usage: spec.UsageBranch, name: "sub", of: anotherSuite}, subgroup), ""},
	{"a subgroup with a stranger", req.BranchMembers, descend(lineage{usage: spec.UsageBranch, name: "sub", strangers: true}, subgroup), ""},
	{"two PSKs of such a usage", req.WelcomePSKSingle, descend(lineage{usage: spec.UsageBranch, name: "sub", twice: true}, subgroup), ""},
	{"not in epoch 1", req.WelcomePSKEpoch, descend(lineage{usage: spec.UsageBranch, name: "sub", late: true}, subgroup), ""},
}

// succeeds lets A set up what follows a copy of the group, which has ended.
func succeeds(g *Group) error {
	g = g.Copy(g.Env.Rand)
	ended(g)
	var others []*message.KeyPackage
	for _, name := range []string{"B", "C", "D"} {
		others = append(others, g.packaged(g.sameClient(name, g.Suite), nil, nil).Package)
	}
	_, _, err := g.at("A").Member.Reinitialize(g.Env, g.sameClient("A", g.Suite), others, impl.WelcomeOptions{})
	return err
}

// branches lets A set up a subgroup with the client of a KeyPackage.
func branches(k newPackage) func(*Group) error {
	return func(g *Group) error {
		_, _, err := g.at("A").Member.Branch(g.Env, []byte("sub"), []*message.KeyPackage{k(g)}, impl.WelcomeOptions{})
		return err
	}
}
