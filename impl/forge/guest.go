package forge

import (
	"io"
	"math"

	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// A Guest makes the KeyPackage of the client of a name, which lives elsewhere: what
// is made for that client can be given to it there, as long as it has only listened.
// It returns nil for clients of the group's own.
type Guest func(name string) (*impl.Identity, *impl.KeyPackageKeys, error)

// SettleWith is [Settle] at a time, in seconds since 1970, with guests.
func SettleWith(rand io.Reader, s *suite.Suite, now uint64, guest Guest) (g *Group, err error) {
	defer failure(&err)
	g = &Group{Suite: s, guest: guest, Env: &impl.Env{Rand: rand, Now: now, Bounds: impl.Bounds{MaxLifetime: math.MaxUint64}}}
	g.settle()
	return g, nil
}

// arrives returns a client with a KeyPackage, which may be a guest.
func (g *Group) arrives(name string) *Client {
	if g.guest != nil {
		id, keys, err := g.guest(name)
		g.ok(err)
		if id != nil {
			return &Client{Name: name, Identity: id, Keys: keys}
		}
	}
	c := &Client{Name: name, Identity: g.identity(name)}
	var err error
	c.Keys, err = impl.NewKeyPackage(g.making(), c.Identity)
	g.ok(err)
	return c
}

// Covering returns a Commit, and right otherwise, that covers a proposal in a
// PublicMessage, for clients that are given proposals with the Commit that covers
// them; nil if the message is none such.
func (g *Group) Covering(raw []byte) (encoded []byte, err error) {
	defer failure(&err)
	var msg message.MLSMessage
	if wire.Decode(raw, &msg) != nil || msg.PublicMessage == nil || msg.PublicMessage.Content.Proposal == nil {
		return nil, nil
	}
	m := msg.PublicMessage
	ac := &message.AuthenticatedContent{WireFormat: msg.WireFormat, Content: m.Content, Auth: m.Auth}
	p := *m.Content.Proposal
	by := "B"
	if p.Type == spec.ProposalUpdate || p.Remove != nil && p.Remove.Removed == g.at("B").Member.Leaf() {
		by = "D" // nobody commits to a change of the own leaf
	}
	f := g.by(by)
	made, err := f.Commit(Forgery{List: []Covered{{Ref: ac.ProposalRef(g.Suite), Proposal: p, Sender: m.Content.Sender}}})
	g.ok(err)
	return wire.Encode(made.Message), nil
}
