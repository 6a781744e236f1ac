package model

import (
	"slices"

	"mlssim/spec"
)

// tester is what *testing.T and *rapid.T have in common.
type tester interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// A testGroup is some clients and what they hold, in step with one another.
type testGroup struct {
	t       tester
	s       *Store
	step    uint64
	clients map[string]Client
	members map[string]Member
	order   []string // members in order of joining
	made    []Secret
	psk     func(PreSharedKeyID) Term // where all clients find PSKs
	types   *Types                    // what all applications know
	bounds  Bounds
	permit  func(*Group, Sender, Proposal) bool
	auth    Authenticator
}

const testNow = 1_000_000

// newGroupOf is a group that the first creates and the others are added to, in
// one Commit with a path.
func newGroupOf(t tester, names ...string) *testGroup { return newGroupWith(t, nil, names...) }

// newGroupWith is the same for clients that have types of their application.
func newGroupWith(t tester, types *Types, names ...string) *testGroup {
	g := &testGroup{t: t, s: NewStore(), clients: map[string]Client{}, members: map[string]Member{}, types: types}
	m, out, err := Create(g.env(), Creation{Client: g.client(names[0])})
	if err != nil {
		t.Fatal(err)
	}
	g.made = out.Secrets
	g.members[names[0]], g.order = m, names[:1:1]
	if len(names) > 1 {
		g.add(names[0], true, names[1:]...)
	}
	return g
}

// env returns the environment of a step that draws.
func (g *testGroup) env() *Env {
	g.step++
	return &Env{Store: g.s, Step: g.step, Now: testNow, PSK: g.psk, Types: g.types, Bounds: g.bounds, Permit: g.permit, Auth: g.auth}
}

func (g *testGroup) client(name string) Client {
	if _, ok := g.clients[name]; !ok {
		c := NewClient(g.s, name, uint64(len(g.clients)))
		c.Capabilities = g.types.known(c.Capabilities)
		if len(g.order) > 0 {
			c.CipherSuite = g.members[g.order[0]].Context.CipherSuite
		}
		g.clients[name] = c
	}
	return g.clients[name]
}

func (g *testGroup) keyPackage(name string) KeyPackageKeys {
	k, made := NewKeyPackage(g.env(), g.client(name))
	g.made = append(g.made, made...)
	return k
}

// do carries out a step of a member and goes on from it.
func (g *testGroup) do(name string, e Event) Output {
	g.t.Helper()
	m, out, err := g.members[name].Step(g.env(), e)
	if err != nil {
		g.t.Fatalf("%s: %T: %v", name, e, err)
	}
	g.members[name] = m
	g.made = append(g.made, out.Secrets...)
	return out
}

// propose lets a member propose and all others hear it; it returns the reference.
func (g *testGroup) propose(name string, e Event) Term {
	g.t.Helper()
	msg := g.do(name, e).Send
	for _, other := range g.order {
		if other != name {
			g.do(other, arrive(msg))
		}
	}
	m := g.members[name]
	return m.Proposals[len(m.Proposals)-1].Ref
}

// arrive returns the event of a message that arrives.
func arrive(msg *Message) Event {
	if msg.Public != nil {
		return Receive{msg.Public}
	}
	return Open{msg.Private}
}

// commit lets a member commit, all others follow, and those added join.
func (g *testGroup) commit(name string, e MakeCommit, joiners ...KeyPackageKeys) Output {
	g.t.Helper()
	out := g.do(name, e)
	g.members[name] = *out.Next
	for _, other := range append([]string(nil), g.order...) {
		if other != name {
			g.follow(other, out.Send)
		}
	}
	for _, k := range joiners {
		who := k.Package.LeafNode.Credential.Identity
		g.members[who], g.order = g.join(Joining{Client: g.client(who), Keys: []KeyPackageKeys{k}}, out), append(g.order, who)
	}
	return out
}

// join lets a client join by the Welcome that is for it. If it brings no tree the
// committer does.
func (g *testGroup) join(j Joining, from Output) Member {
	g.t.Helper()
	k := j.Keys[0].Package
	for _, w := range from.Welcomes {
		if slices.ContainsFunc(w.Secrets, func(e EncryptedGroupSecrets) bool { return e.NewMember == k.Ref(g.s) }) {
			j.Welcome = w
		}
	}
	j.Tree = from.Next.Tree.Extension()
	m, joined, err := Join(g.env(), j)
	if err != nil {
		g.t.Fatalf("%s joins: %v", k.LeafNode.Credential.Identity, err)
	}
	if joined.Secrets != nil {
		g.t.Fatalf("%s made secrets by joining", k.LeafNode.Credential.Identity)
	}
	return m
}

// follow processes a Commit; whoever it removes is gone.
func (g *testGroup) follow(name string, msg *Message) {
	g.t.Helper()
	m, out, err := g.members[name].Step(g.env(), arrive(msg))
	switch {
	case err == spec.ErrRemoved:
		delete(g.members, name)
		var rest []string
		for _, other := range g.order {
			if other != name {
				rest = append(rest, other)
			}
		}
		g.order = rest
	case err != nil:
		g.t.Fatalf("%s: %v", name, err)
	case msg.Public != nil && out.Secrets != nil:
		g.t.Fatalf("%s made secrets by following", name)
	default:
		g.members[name] = m
	}
}

func (g *testGroup) add(name string, path bool, joiners ...string) Output {
	g.t.Helper()
	var values []Proposal
	var keys []KeyPackageKeys
	for _, j := range joiners {
		k := g.keyPackage(j)
		keys, values = append(keys, k), append(values, Add(k.Package))
	}
	return g.commit(name, MakeCommit{Values: values, Path: path}, keys...)
}

func (g *testGroup) empty(names ...string) {
	g.t.Helper()
	for _, name := range names {
		g.commit(name, MakeCommit{Path: true})
	}
}

// inStep is a group of A, B, C, D in which each has committed once.
func inStep(t tester) *testGroup {
	g := newGroupOf(t, "A", "B", "C", "D")
	g.empty("A", "B", "C", "D")
	return g
}
