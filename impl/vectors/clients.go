package vectors

import (
	"errors"
	"math"
	"slices"

	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/schedule"
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
	list  []*client     // the members, in no order
	psks  []externalPSK // that everybody has
	since uint64        // the epoch in which the newest member came
}

// keptPSKs is how many epochs' resumption PSKs the clients keep.
const keptPSKs = 16

// newClients returns a group of one. Its KeyPackages are valid for all time.
func newClients(r *source, s *suite.Suite) (*clients, error) {
	g := &clients{r: r, suite: s}
	g.env = &impl.Env{Rand: r, PSK: g.psk, Bounds: impl.Bounds{MaxLifetime: math.MaxUint64, PastPSKs: keptPSKs}}
	first, err := g.client()
	if err != nil {
		return nil, err
	}
	first.member, _, err = impl.Create(g.env, first.id, r.bytes(16))
	g.list = []*client{first}
	return g, err
}

// psk returns an external PSK, or nil.
func (g *clients) psk(id *schedule.PreSharedKeyID) suite.Secret { return findPSK(g.psks, id) }

// newPSK gives everybody an external PSK and returns its name.
func (g *clients) newPSK() schedule.PreSharedKeyID {
	p := externalPSK{ID: g.r.bytes(8), PSK: g.r.bytes(1 + g.r.IntN(64))}
	g.psks = append(g.psks, p)
	return schedule.PreSharedKeyID{Type: spec.PSKExternal, ID: p.ID}
}

// resumption returns the name of a resumption PSK that every member has.
func (g *clients) resumption() schedule.PreSharedKeyID {
	m := g.list[0].member
	first := max(g.since, m.Number()-min(m.Number(), keptPSKs))
	return schedule.PreSharedKeyID{
		Type: spec.PSKResumption, Usage: spec.UsageApplication, GroupID: m.ID(), Epoch: first + g.r.Uint64N(m.Number()-first+1),
	}
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
	if len(joining) == 0 {
		return out.Message, nil, nil
	}
	w := staged.Welcomes[0]
	for _, c := range joining {
		c.member, _, err = impl.Join(g.env, c.id, []*impl.KeyPackageKeys{c.keys}, w, impl.JoinOptions{RatchetTree: staged.Next.Tree().Extension()})
		if err != nil {
			return nil, nil, err
		}
		g.list = append(g.list, c)
	}
	g.since = by.member.Number()
	return out.Message, w, nil
}

// join lets a client in by an external Commit, which it returns. If the client is
// a member already, it comes back.
func (g *clients) join(c *client, o impl.ExternalOptions) (*message.MLSMessage, error) {
	others := slices.DeleteFunc(slices.Clone(g.list), func(d *client) bool { return c == d })
	info, err := others[g.r.IntN(len(others))].member.GroupInfo(g.env, impl.GroupInfoOptions{ExternalPub: true})
	if err != nil {
		return nil, err
	}
	if len(others) < len(g.list) {
		leaf := c.member.Leaf()
		o.Remove = &leaf
	}
	staged, out, err := impl.JoinExternal(g.env, c.id, info, o)
	if err != nil {
		return nil, err
	}
	g.list = others
	if err := g.deliver(c, out.Message); err != nil {
		return nil, err
	}
	c.member = staged.Next
	g.list = append(g.list, c)
	g.since = c.member.Number()
	return out.Message, nil
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
func (g *clients) welcomed(o impl.CommitOptions) (by, c *client, w *message.Welcome, err error) {
	c, err = g.client()
	if err != nil {
		return nil, nil, nil, err
	}
	by = g.someone()
	o.Add, o.Format = []*message.KeyPackage{c.keys.Package}, spec.WirePublicMessage
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
