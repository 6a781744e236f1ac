package model

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/spec"
	"mlssim/spec/req"
)

// A twin is a thing that is done, or that arrives, at an entry point: with one
// mistake, and without. What it is refused for then is the mistake alone.
type twin struct {
	name string
	try  func(g *testGroup, wrong bool) error // in a group of A, B, C, D
	want spec.Violations
}

func TestTwinsOfLeaves(t *testing.T)    { each(t, leafTwins(), keyPackageTwins()) }
func TestTwinsOfProposals(t *testing.T) { each(t, proposalTwins, ownProposalTwins, applicationTwins) }
func TestTwinsOfCommits(t *testing.T)   { each(t, commitTwins, ownCommitTwins) }
func TestTwinsOfWelcomes(t *testing.T)  { each(t, joinTwins) }
func TestTwinsOfGroups(t *testing.T)    { each(t, linkTwins) }

// each tries twins: without the mistake first.
func each(t *testing.T, tables ...[]twin) {
	for _, c := range slices.Concat(tables...) {
		t.Run(c.name, func(t *testing.T) {
			defer spec.Witness(t.Name())()
			if err := c.try(inStep(t), false); err != nil && err != spec.ErrRemoved {
				t.Fatalf("without the mistake: %v", err)
			}
			v := spec.AllViolated(c.try(inStep(t), true))
			slices.Sort(v)
			if d := cmp.Diff(slices.Sorted(slices.Values(c.want)), []spec.ID(v)); d != "" {
				t.Errorf("with the mistake (-want +got):\n%s", d)
			}
		})
	}
}

// TestManyPSKs is a twin that is large: one PSK more than an index can count, in a
// Commit, in its Welcome, and in a Commit of one's own.
func TestManyPSKs(t *testing.T) {
	for _, n := range []int{2, math.MaxUint16 + 1} {
		g := inStep(t)
		known(g)
		g.bounds.MaxPSKs, g.bounds.MaxCovered = 1<<17, 1<<17
		k := g.keyPackage("E")
		values := append(withNonces(g.env(), slices.Repeat([]Proposal{PSK(ExternalPSKID(1))}, n)), Add(k.Package))
		d := g.forged("B", byValue(values...), true, nil, nil)
		want := spec.Violations{req.PSKCount}
		if n == 2 {
			want = nil
		}
		for _, c := range []struct {
			name string
			try  func() error
		}{
			{"in a Commit", func() error { return g.try("A", Receive{d.message()}) }},
			{"in a Commit of one's own", func() error { return g.try("A", MakeCommit{Path: true, Values: values}) }},
			{"in a Welcome", func() error {
				_, _, err := Join(g.env(), Joining{Client: g.client("E"), Keys: []KeyPackageKeys{k}, Welcome: d.welcome()})
				return err
			}},
		} {
			err := c.try()
			if d := cmp.Diff(want, spec.AllViolated(err)); d != "" || want == nil && err != nil {
				t.Errorf("%d PSKs %s: %v (-want +got):\n%s", n, c.name, err, d)
			}
		}
	}
}

// try lets a member do or meet something, and says what it is refused for.
func (g *testGroup) try(name string, e Event) error {
	_, _, err := g.members[name].Step(g.env(), e)
	return err
}

// meets lets A receive a proposal of B, and covers a Commit of B.
func (g *testGroup) meets(p Proposal) error { return g.try("A", Receive{g.proposed("B", p)}) }
func (g *testGroup) covers(values ...Proposal) error {
	return g.try("A", Receive{g.forged("B", byValue(values...), true, nil, nil).message()})
}

// pick returns one of two.
func pick[T any](wrong bool, bad, good T) T {
	if wrong {
		return bad
	}
	return good
}

// able lets A to D say in their leaves that they support something.
func (g *testGroup) able(f func(*Capabilities)) {
	for _, name := range g.order {
		m := g.members[name]
		f(&m.Client.Capabilities)
		g.members[name], g.clients[name] = m, m.Client
		g.empty(name)
	}
}

// A leafMistake is what may be wrong with a leaf, wherever it stands.
type leafMistake struct {
	req    spec.ID
	in     []carrier
	before func(*testGroup)
	leaf   func(*testGroup, *LeafNode)
}

// A carrier is what a leaf arrives in.
type carrier string

const (
	inPath     carrier = "a path"
	inUpdate   carrier = "an Update"
	inAdd      carrier = "an Add"
	inOwnAdd   carrier = "an Add of one's own"
	inOwnValue carrier = "an Add in a Commit of one's own"
	inTree     carrier = "the tree that one joins"
)

func stranger(_ *testGroup, l *LeafNode) { l.Credential.Identity = "stranger" }

func certified(g *testGroup, l *LeafNode) {
	l.Credential.Type, l.Credential.Certified = spec.CredentialX509, l.SignatureKey
}

// leafMistakes is Section 7.3 with what Section 5.3 says of credentials.
var leafMistakes = []leafMistake{
	{req.CredentialX509Chain, []carrier{inPath, inUpdate, inAdd, inOwnAdd, inTree}, nil,
		func(g *testGroup, l *LeafNode) { l.Credential.Type = spec.CredentialX509 }},
	{req.CredentialX509Key, []carrier{inPath, inUpdate, inAdd, inOwnAdd, inTree}, nil, func(g *testGroup, l *LeafNode) {
		certified(g, l)
		l.Credential.Certified = g.members["A"].Tree.Leaf(0).SignatureKey
	}},
	{req.CredentialAS, []carrier{inPath, inUpdate, inAdd, inTree}, func(g *testGroup) {
		g.auth.Valid = func(c Credential, _ Term) bool { return c.Identity != "stranger" }
	}, stranger},
	{req.CredentialSuccessor, []carrier{inPath, inUpdate}, func(g *testGroup) {
		g.auth.Successor = func(old, next Credential) bool { return old == next }
	}, stranger},
	{req.LeafRequiredCapabilities, []carrier{inPath, inUpdate, inAdd, inTree}, nil,
		func(_ *testGroup, l *LeafNode) { l.Capabilities.CipherSuites = nil }},
	{req.LeafCredentialListed, []carrier{inPath, inUpdate, inAdd, inTree}, nil, func(g *testGroup, l *LeafNode) {
		certified(g, l)
		l.Capabilities.Credentials = []spec.CredentialType{spec.CredentialBasic}
	}},
	{req.LeafCredentialMembers, []carrier{inPath, inTree}, nil, func(g *testGroup, l *LeafNode) {
		certified(g, l)
		l.Capabilities.Credentials = []spec.CredentialType{spec.CredentialX509}
	}},
	{req.LeafLifetimeNow, []carrier{inOwnAdd, inOwnValue, inTree}, nil,
		func(_ *testGroup, l *LeafNode) { l.Lifetime.NotAfter = testNow - 1 }},
	{req.LeafLifetimeMax, []carrier{inAdd, inOwnAdd, inTree}, nil,
		func(_ *testGroup, l *LeafNode) { l.Lifetime.NotAfter++ }}, // made as long as allowed
	{req.LeafExtensionsListed, []carrier{inPath, inUpdate, inAdd, inTree}, nil,
		func(_ *testGroup, l *LeafNode) { l.Extensions = []Extension{{Type: unknownType}} }},
	{req.ExtensionCustom, []carrier{inPath, inUpdate, inAdd}, func(g *testGroup) {
		g.types = &Types{Extensions: []CustomExtension{{Type: unknownType, Places: InLeafNode, Valid: func(data Term) bool { return data != 0 }}}}
	}, func(_ *testGroup, l *LeafNode) {
		l.Capabilities.Extensions = []spec.ExtensionType{unknownType}
		l.Extensions = []Extension{{Type: unknownType}}
	}},
	{req.LeafSourceKeyPackage, []carrier{inAdd, inOwnAdd}, nil, func(_ *testGroup, l *LeafNode) { l.Source = spec.SourceUpdate }},
	{req.LeafSourceUpdate, []carrier{inUpdate}, nil, func(_ *testGroup, l *LeafNode) { l.Source = spec.SourceCommit }},
	{req.LeafSourceCommit, []carrier{inPath}, nil, func(_ *testGroup, l *LeafNode) { l.Source = spec.SourceUpdate }},
	{req.LeafSignatureKeyUnique, []carrier{inPath, inTree}, nil,
		func(g *testGroup, l *LeafNode) { l.SignatureKey = g.s.Public(g.client("D").SignatureKey) }},
	{req.LeafEncryptionKeyUnique, []carrier{inTree}, nil,
		func(g *testGroup, l *LeafNode) { l.EncryptionKey = g.members["A"].Tree.Leaf(2).EncryptionKey }},
}

// leafTwins is each mistake in each carrier.
func leafTwins() []twin {
	var all []twin
	for _, m := range leafMistakes {
		for _, in := range m.in {
			want := spec.Violations{m.req}
			switch in {
			case inPath:
				want = append(want, req.CommitLeaf)
			case inUpdate:
				want = append(want, req.UpdateLeaf)
			case inAdd, inOwnAdd, inOwnValue:
				want = append(want, req.AddKeyPackage, req.KeyPackageLeaf)
			}
			all = append(all, twin{string(m.req) + " in " + string(in), func(g *testGroup, wrong bool) error {
				if m.before != nil {
					m.before(g)
				}
				return g.carry(in, func(l *LeafNode) {
					if wrong {
						m.leaf(g, l)
					}
				})
			}, want})
		}
	}
	return all
}

// carry lets A meet, or do, what brings a leaf; in the tree that one joins E meets
// that of F.
func (g *testGroup) carry(in carrier, f func(*LeafNode)) error {
	switch in {
	case inPath:
		return g.try("A", Receive{g.forged("B", nil, true, func(d *draft) {
			d.releaf(f)
			d.path.update.LeafNode = g.resigned(d.path.update.LeafNode, 1)
		}, nil).message()})
	case inUpdate:
		leaf := g.client("B").leaf(g.s, spec.SourceUpdate, g.s.Fresh(LeafKey, 999))
		f(&leaf)
		leaf = g.resigned(leaf, 1)
		return g.meets(Proposal{Type: spec.ProposalUpdate, LeafNode: &leaf})
	case inAdd:
		return g.meets(Add(g.package_(f)))
	case inOwnAdd:
		return g.try("A", ProposeAdd{KeyPackage: g.package_(f)})
	case inOwnValue:
		return g.try("A", MakeCommit{Values: []Proposal{Add(g.package_(f))}})
	}
	k, other := g.keyPackage("E"), g.keyPackage("F").Package
	f(&other.LeafNode)
	other.LeafNode = g.resigned(other.LeafNode, 5)
	return g.joins(k, nil, Add(k.Package), Add(other))
}

// package_ returns a KeyPackage of E with a leaf that was changed.
func (g *testGroup) package_(f func(*LeafNode)) KeyPackage {
	kp := g.keyPackage("E").Package
	f(&kp.LeafNode)
	kp.LeafNode = g.resigned(kp.LeafNode, 0)
	return kp.sign(g.s, g.keyOf(kp.LeafNode))
}

// resigned returns a leaf signed for its place, and keyOf the key that it is signed with.
func (g *testGroup) resigned(l LeafNode, at LeafIndex) LeafNode {
	return l.sign(g.s, g.keyOf(l), g.members["A"].Context.GroupID, at)
}

func (g *testGroup) keyOf(l LeafNode) Term {
	for _, c := range g.clients {
		if g.s.Public(c.SignatureKey) == l.SignatureKey {
			return c.SignatureKey
		}
	}
	return 0
}

// joins lets the client of a KeyPackage join by the Welcome of a Commit of B that
// looks at no rule.
func (g *testGroup) joins(k KeyPackageKeys, change func(*draft, *Joining), values ...Proposal) error {
	d := g.forged("B", byValue(values...), true, nil, nil)
	j := Joining{Client: g.client(k.Package.LeafNode.Credential.Identity), Keys: []KeyPackageKeys{k}, Welcome: d.welcome()}
	if change != nil {
		change(d, &j)
	}
	_, _, err := Join(g.env(), j)
	return err
}

// keyPackageTwins is Section 10.1: a KeyPackage that one hears of, and one that one
// is handed.
func keyPackageTwins() []twin {
	var all []twin
	for _, m := range []struct {
		req  spec.ID
		make func(*testGroup, *KeyPackage)
		want []spec.ID
	}{
		{req.KeyPackageVersion, func(_ *testGroup, k *KeyPackage) { k.Version = 2 }, nil},
		{req.KeyPackageInitKey, func(_ *testGroup, k *KeyPackage) { k.InitKey = k.LeafNode.EncryptionKey }, nil},
		{req.KeyPackageSignature, nil, nil},
		{req.LeafSignature, func(g *testGroup, k *KeyPackage) { k.LeafNode.Signature = 0 }, []spec.ID{req.KeyPackageLeaf}},
	} {
		made := func(g *testGroup, wrong bool) KeyPackage {
			kp := g.keyPackage("E").Package
			switch {
			case wrong && m.make == nil:
				kp.Signature = 0
			case wrong:
				m.make(g, &kp)
				kp = kp.sign(g.s, g.client("E").SignatureKey)
			}
			return kp
		}
		want := append(spec.Violations{req.AddKeyPackage, m.req}, m.want...)
		all = append(all, twin{string(m.req) + " of a KeyPackage that is proposed",
			func(g *testGroup, wrong bool) error { return g.meets(Add(made(g, wrong))) }, want})
		all = append(all, twin{string(m.req) + " of a KeyPackage that is handed over",
			func(g *testGroup, wrong bool) error { return g.try("A", ProposeAdd{KeyPackage: made(g, wrong)}) }, want})
	}
	return all
}
