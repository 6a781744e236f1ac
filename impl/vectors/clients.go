package vectors

import (
	"errors"
	"math"

	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// A client is one that is, or is to be, a member of a group.
type client struct {
	id     *impl.Identity
	keys   *impl.KeyPackageKeys
	member *impl.Member
}

// clients are those of one group, who are given each other's messages.
type clients struct {
	env   *impl.Env
	r     *source
	suite *suite.Suite
	list  []*client // the members, in no order
}

// newClients returns a group of one. Its KeyPackages are valid for all time.
func newClients(r *source, s *suite.Suite) (*clients, error) {
	g := &clients{env: timeless(r), r: r, suite: s}
	first, err := g.client()
	if err != nil {
		return nil, err
	}
	first.member, _, err = impl.Create(g.env, first.id, r.bytes(16))
	g.list = []*client{first}
	return g, err
}

// timeless returns an Env in which every lifetime is accepted that has begun.
func timeless(r *source) *impl.Env {
	return &impl.Env{Rand: r, Bounds: impl.Bounds{MaxLifetime: math.MaxUint64}}
}

// client returns a client with a KeyPackage.
func (g *clients) client() (*client, error) {
	id, err := impl.NewIdentity(g.env, g.suite, g.r.bytes(8))
	if err != nil {
		return nil, err
	}
	keys, err := impl.NewKeyPackage(g.env, id)
	return &client{id: id, keys: keys}, err
}

// someone draws a member.
func (g *clients) someone() *client { return g.list[g.r.IntN(len(g.list))] }

// commit lets by commit and everybody follow, and lets the clients of joining in
// by the Welcome; they have to be in the options, too. It returns the Commit and
// the Welcome.
func (g *clients) commit(by *client, o impl.CommitOptions, joining ...*client) (*message.MLSMessage, *message.Welcome, error) {
	_, staged, out, err := by.member.Commit(g.env, o)
	if err != nil {
		return nil, nil, err
	}
	if err := g.deliver(by, out.Message); err != nil {
		return nil, nil, err
	}
	by.member = staged.Next
	for _, c := range joining {
		c.member, _, err = impl.Join(g.env, c.id, []*impl.KeyPackageKeys{c.keys}, staged.Welcomes[0], impl.JoinOptions{})
		if err != nil {
			return nil, nil, err
		}
		g.list = append(g.list, c)
	}
	if len(staged.Welcomes) == 0 {
		return out.Message, nil, nil
	}
	return out.Message, staged.Welcomes[0], nil
}

// deliver gives a message to all members but its sender. Who is removed by it is
// no longer on the list.
func (g *clients) deliver(from *client, m *message.MLSMessage) error {
	var staying []*client
	for _, c := range g.list {
		if c != from {
			after, _, err := c.member.Receive(g.env, m)
			if errors.Is(err, spec.ErrRemoved) {
				continue
			}
			if err != nil {
				return err
			}
			c.member = after
		}
		staying = append(staying, c)
	}
	g.list = staying
	return nil
}

// add lets a member add n clients.
func (g *clients) add(n int) error {
	if n == 0 {
		return nil
	}
	o := impl.CommitOptions{Format: spec.WirePrivateMessage}
	joining := make([]*client, n)
	for i := range joining {
		c, err := g.client()
		if err != nil {
			return err
		}
		joining[i], o.Add = c, append(o.Add, c.keys.Package)
	}
	_, _, err := g.commit(g.someone(), o, joining...)
	return err
}

// welcomed lets a member add a client, alone, and returns both with the Welcome.
func (g *clients) welcomed() (by, c *client, w *message.Welcome, err error) {
	c, err = g.client()
	if err != nil {
		return nil, nil, nil, err
	}
	by = g.someone()
	o := impl.CommitOptions{Add: []*message.KeyPackage{c.keys.Package}, Format: spec.WirePublicMessage}
	_, w, err = g.commit(by, o, c)
	return by, c, w, err
}

// keyPackage returns the encoded MLSMessage of a client's KeyPackage.
func (c *client) keyPackage() Hex {
	return wire.Encode(&message.MLSMessage{WireFormat: spec.WireKeyPackage, KeyPackage: c.keys.Package})
}

func encodeWelcome(w *message.Welcome) Hex {
	return wire.Encode(&message.MLSMessage{WireFormat: spec.WireWelcome, Welcome: w})
}
