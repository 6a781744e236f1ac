package forge

import (
	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// How the inputs of the tables are made. Where nothing else is said, B makes them
// and A is given them.

// both makes an input and its control in the same way.
func both[T any](entry Entry, bad, good T, make func(*Group, T) *Input) recipe {
	return recipe{entry: entry, make: func(g *Group) (*Input, *Input) { return make(g, bad), make(g, good) }}
}

// A proposer returns a proposal that may depend on the group.
type proposer func(*Group) message.Proposal

func fixed(p message.Proposal) proposer { return func(*Group) message.Proposal { return p } }

// removal is what a control proposes if nothing else is said: that D be removed.
var removal = fixed(Remove(3))

// proposing gives A a proposal by B.
func proposing(bad, good proposer) recipe {
	return both(ProposalReceive, bad, good, func(g *Group, p proposer) *Input {
		msg, _, err := g.by("B").Proposal(p(g), Framing{})
		g.ok(err)
		return g.given("A", msg)
	})
}

// valued gives A a Commit by B that covers a proposal by value.
func valued(bad, good proposer) recipe {
	return covering(
		func(g *Group) []Covered { return Values(bad(g)) },
		func(g *Group) []Covered { return Values(good(g)) })
}

// A lister returns a list that may depend on the group.
type lister func(*Group) []Covered

func values(proposals ...message.Proposal) lister {
	return func(*Group) []Covered { return Values(proposals...) }
}

// covering gives A a Commit by B that covers a list.
func covering(bad, good lister) recipe {
	return both(CommitReceive, bad, good, func(g *Group, list lister) *Input {
		return g.forged("B", Forgery{List: list(g)}, "A")
	})
}

// forged gives a member a Commit by another.
func (g *Group) forged(by string, v Forgery, to string) *Input {
	made, err := g.by(by).Commit(v)
	g.ok(err)
	return g.given(to, made.Message)
}

// committed gives A a Commit by B.
func committed(v Forgery) recipe { return committedTo("A", func(*Group) Forgery { return v }) }

// committedTo gives a member a Commit by B that may depend on the group. The
// control covers the same list.
func committedTo(to string, v func(*Group) Forgery) recipe {
	return recipe{entry: CommitReceive, make: func(g *Group) (bad, good *Input) {
		f := v(g)
		return g.forged("B", f, to), g.forged("B", Forgery{List: f.List}, to)
	}}
}

// A leafChange changes a leaf before it is signed.
type leafChange func(*Group, *tree.LeafNode)

// of returns the change in a group; nil changes nothing.
func (c leafChange) of(g *Group) func(*tree.LeafNode) {
	if c == nil {
		return nil
	}
	return func(l *tree.LeafNode) { c(g, l) }
}

// releafed gives A a Commit by B whose path has a changed leaf.
func releafed(change leafChange) recipe {
	return committedTo("A", func(g *Group) Forgery { return Forgery{Leaf: change.of(g)} })
}

// updated gives A an Update by B with a changed leaf.
func updated(change leafChange) recipe {
	return proposing(
		func(g *Group) message.Proposal { return g.updates("B", change.of(g), nil) },
		func(g *Group) message.Proposal { return g.updates("B", nil, nil) })
}

// A newPackage returns the KeyPackage of a client outside, with something wrong.
type newPackage func(*Group) *message.KeyPackage

// changed makes a KeyPackage with changes before each signature.
func changed(leaf leafChange, body func(*message.KeyPackage)) newPackage {
	return func(g *Group) *message.KeyPackage { return g.packaged(g.identity("E"), leaf.of(g), body).Package }
}

func adds(k newPackage) proposer { return func(g *Group) message.Proposal { return Add(k(g)) } }

var ordinary = changed(nil, nil)

// adding gives A an Add of a client outside, by B.
func adding(k newPackage) recipe { return proposing(adds(k), adds(ordinary)) }

// addingByValue gives A a Commit by B with the Add.
func addingByValue(k newPackage) recipe { return valued(adds(k), adds(ordinary)) }

// offered gives A the KeyPackage itself, to propose that its client be added.
func offered(k newPackage) recipe {
	return both(KeyPackageReceive, k, ordinary, func(g *Group, k newPackage) *Input {
		return g.given("A", &message.MLSMessage{WireFormat: spec.WireKeyPackage, KeyPackage: k(g)})
	})
}

// An entrance is what is wrong with the group that a client is to join, and with
// what invites it; all that is nil is right.
type entrance struct {
	base    func(*Group, *message.KeyPackage) *Forger // nil: newcomers
	path    bool                                      // the last Commit is one by A with a path, whose secret is told
	forgery func(*Group) Forgery                      // of that Commit
	edit    func(*Group, *Nodes)                      // of the tree
	psk     bool                                      // with an external PSK
	short   bool                                      // the nonce of which is too short
	psks    int                                       // with so many others
	Invitation
	join     impl.JoinOptions
	packages []*impl.KeyPackageKeys // of the client; nil: the right one
}

// right returns the entrance without what is wrong with it.
func (e *entrance) right() *entrance {
	return &entrance{base: e.base, path: e.path, psk: e.psk, Invitation: Invitation{Apart: e.Apart}, join: e.join}
}

// build returns A in the group to be joined, for a client with a KeyPackage or,
// without one, for anybody outside.
func (e *entrance) build(g *Group, kp *message.KeyPackage) (f *Forger, path suite.Secret) {
	switch {
	case e.path:
		v := Forgery{}
		if e.forgery != nil {
			v = e.forgery(g)
		}
		if kp == nil {
			kp = g.stranger().Keys.Package
		}
		v.List = Values(Add(kp))
		made, err := g.by("A").Commit(v)
		g.ok(err)
		return made.Next, made.Path.SecretFor(4)
	case e.base != nil:
		if kp == nil {
			kp = g.stranger().Keys.Package
		}
		return e.base(g, kp), nil
	}
	return newcomers(g, kp), nil
}

// newcomers returns A in a group to which B, C, D and the newcomer, if there is
// one, were added at once, without a path: its tree has no parents that depend on
// the leaves.
func newcomers(g *Group, kp *message.KeyPackage) *Forger {
	m, _, err := impl.Create(g.making(), g.at("A").Identity, []byte(groupID))
	g.ok(err)
	o := impl.CommitOptions{NoPath: true, Format: spec.WirePublicMessage}
	for _, name := range []string{"B", "C", "D"} {
		o.Add = append(o.Add, g.packaged(g.at(name).Identity, nil, nil).Package)
	}
	if kp != nil {
		o.Add = append(o.Add, kp)
	}
	_, staged, _, err := m.Commit(g.Env, o)
	g.ok(err)
	f, err := Of(staged.Next, g.Env.Rand)
	g.ok(err)
	f.PSK = everyPSK
	return f
}

// lagging returns A in a group with unmerged leaves: F was added with a path, G and
// the newcomer without, so that the root has [5, 6].
func lagging(g *Group, kp *message.KeyPackage) *Forger {
	inner := g.Copy(g.Env.Rand)
	inner.commit("A", impl.CommitOptions{}, "F")
	inner.commit("A", impl.CommitOptions{NoPath: true}, "G")
	made, err := inner.by("A").Commit(Forgery{NoPath: true, List: Values(Add(kp))})
	g.ok(err)
	return made.Next
}

// joining gives a client outside a Welcome.
func joining(e entrance) recipe {
	return both(WelcomeJoin, &e, e.right(), (*Group).welcomed)
}

func (g *Group) welcomed(e *entrance) *Input {
	c := g.invited()
	f, path := e.build(g, c.Keys.Package)
	secrets := message.GroupSecrets{JoinerSecret: g.Suite.Hash([]byte("joiner"))}
	if e.psk {
		id := pskNamed("psk")(g).PreSharedKey.PSK
		if e.short {
			id.Nonce = id.Nonce[1:]
		}
		secrets.PSKs = []schedule.PreSharedKeyID{id}
	}
	for _, id := range psksOf(e.psks)(g) {
		secrets.PSKs = append(secrets.PSKs, id.Proposal.PreSharedKey.PSK)
	}
	if path != nil {
		secrets.PathSecret = &message.PathSecret{Secret: append(suite.Secret(nil), path...)}
	}
	w, err := f.Welcome(c.Keys.Package, secrets, e.invitation(g))
	g.ok(err)
	in := &Input{To: c, Raw: wire.Encode(&message.MLSMessage{WireFormat: spec.WireWelcome, Welcome: w}), join: e.join, packages: e.packages}
	if e.Apart && in.join.RatchetTree == nil {
		in.join.RatchetTree = f.Tree.Extension()
	}
	return in
}

// visiting gives a client outside a GroupInfo, to join by an external Commit.
func visiting(e entrance) recipe {
	return both(ExternalJoin, &e, e.right(), (*Group).published)
}

func (g *Group) published(e *entrance) *Input {
	f, _ := e.build(g, nil)
	v := e.invitation(g)
	change := v.Info
	external, err := f.ExternalPub()
	g.ok(err)
	v.Info = func(i *message.GroupInfo) {
		i.Extensions = append(i.Extensions, external)
		alter(change, i)
	}
	info, err := f.GroupInfo(v)
	g.ok(err)
	return &Input{To: g.invited(), Raw: wire.Encode(&message.MLSMessage{WireFormat: spec.WireGroupInfo, GroupInfo: info}), join: e.join}
}

// invitation returns the Invitation with the changes that depend on the group.
func (e *entrance) invitation(g *Group) Invitation {
	v := e.Invitation
	if e.edit != nil {
		v.Edit = func(all *Nodes) { e.edit(g, all) }
	}
	return v
}

// inContext is an entrance to a group with GroupContext extensions.
func inContext(extensions ...tree.Extension) entrance {
	return entrance{Invitation: Invitation{Context: func(c *schedule.GroupContext) { c.Extensions = extensions }}}
}

// reseated is an entrance to a group in which D's leaf is changed and signed again.
func reseated(change leafChange) entrance { return reseatedBy("D", change) }

// reseatedBy is reseated with a leaf that another signs.
func reseatedBy(signer string, change leafChange) entrance {
	return entrance{edit: func(g *Group, all *Nodes) {
		leaf := *(*all)[6].Leaf
		if change != nil {
			change(g, &leaf)
		}
		leaf, err := leaf.Sign(g.Suite, g.keyOf(signer), nil, 0)
		g.ok(err)
		(*all)[6].Leaf = &leaf
	}}
}

// arriving gives A an external Commit.
func arriving(v Forgery, list func(*Group, Covered) []Covered) recipe {
	arrive := func(g *Group, v Forgery, list func(*Group, Covered) []Covered) *Input {
		by := g.by("A")
		info, err := by.GroupInfo(Invitation{})
		g.ok(err)
		f := Outside(g.identity("E"), info, by.Tree, g.Env.Rand)
		f.PSK = everyPSK
		var change func(Covered) []Covered
		if list != nil {
			change = func(init Covered) []Covered { return list(g, init) }
		}
		external, err := by.ExternalPub()
		g.ok(err)
		pub, _, err := message.ExternalPubOf([]tree.Extension{external})
		g.ok(err)
		made, err := f.External(pub, v, change)
		g.ok(err)
		return g.given("A", made.Message)
	}
	return recipe{entry: CommitReceive, make: func(g *Group) (bad, good *Input) {
		return arrive(g, v, list), arrive(g, Forgery{}, nil)
	}}
}
