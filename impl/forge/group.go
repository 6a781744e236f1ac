package forge

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// Now is the time of a group, in seconds since 1970. Nothing depends on it but
// where a case says so: leaves are valid for all time.
const Now = 1_800_000_000

// A Client is a member of a group, or is to be one.
type Client struct {
	Name     string
	Identity *impl.Identity
	Keys     *impl.KeyPackageKeys // of the KeyPackage by which it came
	Member   *impl.Member
	Welcome  *message.Welcome // by which it came, and nobody else

	since int // how much had been heard then
}

// A Group is a prepared group: A, B, C and D at leaves 0 to 3, in a tree without
// blank nodes. All of them came by a Welcome, and A and C have only listened since,
// so that their state can be told as what they were given.
type Group struct {
	Suite *suite.Suite
	Env   *impl.Env // of all clients

	clients  []*Client
	heard    []heard
	psks     []schedule.PSK // external, that the clients have
	newcomer *Client        // outside
	guest    Guest          // nil: there are none
}

// heard is a message that was given to all members.
type heard struct {
	by  string
	msg *message.MLSMessage
}

// groupID is that of the group.
const groupID = "group"

// Settle returns a new group of a suite.
func Settle(rand io.Reader, s *suite.Suite) (g *Group, err error) {
	return SettleWith(rand, s, Now, nil)
}

// settle founds the group.
func (g *Group) settle() {
	var err error
	founder := &Client{Name: "F", Identity: g.identity("F")}
	founder.Member, _, err = impl.Create(g.making(), founder.Identity, []byte(groupID))
	g.ok(err)
	g.clients = []*Client{founder}
	g.commit("F", impl.CommitOptions{}, "B", "C", "D")
	g.commit("B", impl.CommitOptions{Remove: []tree.LeafIndex{0}}, "A")
	g.commit("D", impl.CommitOptions{})
}

// Copy returns a group of its own in the same state, which draws from rand.
func (g *Group) Copy(rand io.Reader) *Group {
	c := *g
	env := *g.Env
	env.Rand = rand
	c.Env = &env
	c.heard = slices.Clip(g.heard)
	c.psks = slices.Clip(g.psks)
	c.clients = slices.Clone(g.clients)
	for i, p := range c.clients {
		q := *p
		c.clients[i] = &q
	}
	return &c
}

// making returns the surroundings in which leaves are made: in 1970, so that they
// are valid for all time, unless lifetimes are limited.
func (g *Group) making() *impl.Env {
	env := *g.Env
	if env.MaxLifetime == math.MaxUint64 {
		env.Now = 0
	}
	return &env
}

// failed carries an error out of the making of a case: see [failure].
type failed struct{ error }

// failure returns the error by which the making of a group or a case ended. Those
// who write cases are spared the handling of errors that only a mistake of theirs
// could cause.
func failure(err *error) {
	switch r := recover().(type) {
	case nil:
	case failed:
		*err = r.error
	default:
		panic(r)
	}
}

func (g *Group) ok(err error) {
	if err != nil {
		panic(failed{err})
	}
}

func (g *Group) identity(name string) *impl.Identity {
	id, err := impl.NewIdentity(g.Env, g.Suite, []byte(name))
	g.ok(err)
	return id
}

// at returns a member.
func (g *Group) at(name string) *Client {
	i := slices.IndexFunc(g.clients, func(c *Client) bool { return c.Name == name })
	if i < 0 {
		g.ok(fmt.Errorf("no member %s", name))
	}
	return g.clients[i]
}

// leafOf returns the leaf of a member, not to be written to.
func (g *Group) leafOf(name string) *tree.LeafNode {
	m := g.at(name).Member
	return m.Tree().Leaf(m.Leaf())
}

// keyOf returns the signature key of a member.
func (g *Group) keyOf(name string) *suite.SignatureKey { return g.at(name).Identity.Signer }

// by returns the forger that has a member's keys, and all PSKs there are.
func (g *Group) by(name string) *Forger {
	f, err := Of(g.at(name).Member, g.Env.Rand)
	g.ok(err)
	f.PSK = everyPSK
	return f
}

// everyPSK returns the external PSK of an id.
func everyPSK(id *schedule.PreSharedKeyID) suite.Secret {
	if id.Type != spec.PSKExternal {
		return nil
	}
	return suite.Secret("secret of " + string(id.ID))
}

// hold gives all clients an external PSK.
func (g *Group) hold(id string) {
	psk := schedule.ExternalPSK([]byte(id))
	if g.Env.PSK != nil && g.Env.PSK(&psk) != nil {
		return
	}
	g.psks = append(g.psks, schedule.PSK{ID: psk, Secret: everyPSK(&psk)})
	have := g.psks
	g.Env.PSK = func(id *schedule.PreSharedKeyID) suite.Secret {
		i := slices.IndexFunc(have, func(p schedule.PSK) bool { return id.Type == spec.PSKExternal && string(p.ID.ID) == string(id.ID) })
		if i < 0 {
			return nil
		}
		return have[i].Secret
	}
}

// commit lets a member commit, add clients, and everybody follow.
func (g *Group) commit(name string, o impl.CommitOptions, add ...string) {
	o.Format, o.Welcome.Batch = spec.WirePublicMessage, 1
	joining := make([]*Client, len(add))
	for i, n := range add {
		c := g.arrives(n)
		joining[i], o.Add = c, append(o.Add, c.Keys.Package)
	}
	author := g.at(name)
	_, staged, out, err := author.Member.Commit(g.Env, o)
	g.ok(err)
	g.deliver(name, out.Message)
	author.Member = staged.Next
	for i, c := range joining {
		c.Welcome, c.since = staged.Welcomes[i], len(g.heard)
		c.Member, _, err = impl.Join(g.Env, c.Identity, []*impl.KeyPackageKeys{c.Keys}, c.Welcome, impl.JoinOptions{})
		g.ok(err)
		g.clients = append(g.clients, c)
	}
}

// deliver gives a message to all but its sender; who is removed leaves.
func (g *Group) deliver(from string, msg *message.MLSMessage) {
	var rest []*Client
	for _, c := range g.clients {
		if c.Name != from {
			after, _, err := c.Member.Receive(g.Env, g.over(msg))
			if errors.Is(err, spec.ErrRemoved) {
				continue
			}
			g.ok(err)
			c.Member = after
		}
		rest = append(rest, c)
	}
	g.clients = rest
	g.heard = append(g.heard, heard{from, msg})
}

// over returns a message as it comes off the wire.
func (g *Group) over(msg *message.MLSMessage) *message.MLSMessage {
	var decoded message.MLSMessage
	g.ok(wire.Decode(wire.Encode(msg), &decoded))
	return &decoded
}

// stranger returns a client outside of the group.
func (g *Group) stranger() *Client {
	c := &Client{Name: "E", Identity: g.identity("E")}
	c.Keys = g.packaged(c.Identity, nil, nil)
	return c
}

// invited returns the client outside that what a case makes is for: the same for
// its input and for the control.
func (g *Group) invited() *Client {
	if g.newcomer == nil {
		g.newcomer = g.arrives("E")
	}
	return g.newcomer
}

func (g *Group) packaged(id *impl.Identity, leaf func(*tree.LeafNode), body func(*message.KeyPackage)) *impl.KeyPackageKeys {
	keys, err := KeyPackage(g.making(), id, leaf, body)
	g.ok(err)
	return keys
}

// adds returns the proposal to add a client outside, with a changed KeyPackage.
func (g *Group) adds(leaf func(*tree.LeafNode), body func(*message.KeyPackage)) message.Proposal {
	return Add(g.packaged(g.identity("E"), leaf, body).Package)
}

// updates returns an Update of a member with a changed leaf.
func (g *Group) updates(name string, change func(*tree.LeafNode), signer *suite.SignatureKey) message.Proposal {
	p, err := g.by(name).Update(change, signer)
	g.ok(err)
	return p
}

// cached gives everybody a proposal, and returns how a Commit covers it.
func (g *Group) cached(by string, p message.Proposal) Covered {
	msg, covered, err := g.by(by).Proposal(p, Framing{})
	g.ok(err)
	g.deliver(by, msg)
	return covered
}
