package vectors

import (
	"slices"

	"mlssim/impl"
	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// A recording is a group with a member that only listens, and the case that
// comes of what it hears. It proposes and commits nothing, and stays.
type recording struct {
	*clients
	passive *client
	v       *passiveClient
	epoch   passiveEpoch
	invited []*client // by Adds of this epoch
}

// record lets a group of some members add one that listens.
func record(r *source, s *suite.Suite, others int) (*recording, error) {
	g, err := newClients(r, s)
	if err != nil {
		return nil, err
	}
	if err := g.add(others); err != nil {
		return nil, err
	}
	_, c, w, err := g.welcomed()
	if err != nil {
		return nil, err
	}
	return &recording{clients: g, passive: c, v: &passiveClient{
		Suite:          s.ID,
		ExternalPSKs:   []externalPSK{},
		KeyPackage:     c.keyPackage(),
		SignaturePriv:  Hex(c.id.Signer.Bytes()),
		EncryptionPriv: Hex(c.keys.Leaf.Bytes()),
		InitPriv:       Hex(c.keys.Init.Bytes()),
		Welcome:        encodeWelcome(w),
		Authenticator:  Hex(c.member.Authenticator()),
		Epochs:         []passiveEpoch{},
	}}, nil
}

// other draws a member that does not listen only, and is none of these.
func (g *recording) other(but ...*client) *client {
	but = append(but, g.passive)
	for {
		if c := g.someone(); !slices.Contains(but, c) {
			return c
		}
	}
}

// format draws one of the framings of a handshake message.
func (g *recording) format() spec.WireFormat {
	return []spec.WireFormat{spec.WirePublicMessage, spec.WirePrivateMessage}[g.r.IntN(2)]
}

// propose lets a member propose something that everybody hears.
func (g *recording) propose(by *client, make func(m *impl.Member) (*impl.Member, impl.Output, error)) error {
	after, out, err := make(by.member)
	if err != nil {
		return err
	}
	by.member = after
	g.epoch.Proposals = append(g.epoch.Proposals, wire.Encode(out.Message))
	return g.deliver(by, out.Message)
}

func (g *recording) proposeUpdate(by *client) error {
	return g.propose(by, func(m *impl.Member) (*impl.Member, impl.Output, error) { return m.ProposeUpdate(g.env, g.format()) })
}

func (g *recording) proposeRemove(by, who *client) error {
	return g.propose(by, func(m *impl.Member) (*impl.Member, impl.Output, error) {
		return m.ProposeRemove(g.env, who.member.Leaf(), g.format())
	})
}

func (g *recording) proposeAdd(by *client) error {
	c, err := g.client()
	if err != nil {
		return err
	}
	g.invited = append(g.invited, c)
	return g.propose(by, func(m *impl.Member) (*impl.Member, impl.Output, error) {
		return m.ProposeAdd(g.env, c.keys.Package, g.format())
	})
}

// end lets a member commit to what was proposed, and by value add and remove
// some more.
func (g *recording) end(by *client, adds int, noPath bool, remove ...*client) error {
	o := impl.CommitOptions{NoPath: noPath, Format: g.format()}
	for range adds {
		c, err := g.client()
		if err != nil {
			return err
		}
		g.invited, o.Add = append(g.invited, c), append(o.Add, c.keys.Package)
	}
	for _, c := range remove {
		o.Remove = append(o.Remove, c.member.Leaf())
	}
	commit, _, err := g.commit(by, o, g.invited...)
	if err != nil {
		return err
	}
	g.epoch.Commit = wire.Encode(commit)
	g.epoch.Authenticator = Hex(g.passive.member.Authenticator())
	if g.epoch.Proposals == nil {
		g.epoch.Proposals = []Hex{}
	}
	g.v.Epochs = append(g.v.Epochs, g.epoch)
	g.epoch, g.invited = passiveEpoch{}, nil
	return nil
}

// makePassiveWelcome returns clients that join groups of several sizes.
func makePassiveWelcome(r *source, s *suite.Suite) ([]vector, error) {
	var all []vector
	for _, others := range []int{0, 1, 2, 4} {
		g, err := record(r.sub(others), s, others)
		if err != nil {
			return nil, err
		}
		all = append(all, g.v)
	}
	return all, nil
}

// handled are the Commits of makePassiveCommits, after a Welcome to a group of
// four others.
var handled = []func(g *recording) error{
	func(g *recording) error { return g.end(g.other(), 0, false) },
	func(g *recording) error { return g.end(g.other(), 2, false) },
	func(g *recording) error { return g.end(g.other(), 1, true) },
	func(g *recording) error {
		by := g.other()
		return g.end(by, 0, false, g.other(by))
	},
	func(g *recording) error {
		if err := g.proposeAdd(g.other()); err != nil {
			return err
		}
		return g.end(g.other(), 0, true)
	},
	func(g *recording) error {
		by := g.other()
		if err := g.proposeUpdate(by); err != nil {
			return err
		}
		return g.end(g.other(by), 0, false)
	},
	func(g *recording) error {
		by := g.other()
		if err := g.proposeRemove(by, g.other(by)); err != nil {
			return err
		}
		return g.end(by, 0, false)
	},
	func(g *recording) error { // all at once
		by := g.other()
		removed := g.other(by)
		updated := g.other(by, removed)
		if err := g.proposeAdd(updated); err != nil {
			return err
		}
		if err := g.proposeUpdate(updated); err != nil {
			return err
		}
		return g.end(by, 1, false, removed)
	},
}

// makePassiveCommits returns clients that each see one of the Commits in handled,
// and another that makes them use what they have learned.
func makePassiveCommits(r *source, s *suite.Suite) ([]vector, error) {
	var all []vector
	for i, handle := range handled {
		g, err := record(r.sub(i), s, 3)
		if err != nil {
			return nil, err
		}
		if err := handle(g); err != nil {
			return nil, err
		}
		if err := g.end(g.other(), 0, false); err != nil {
			return nil, err
		}
		all = append(all, g.v)
	}
	return all, nil
}

// makePassiveRandom returns a client that follows its group through some random
// epochs.
func makePassiveRandom(r *source, s *suite.Suite) ([]vector, error) {
	g, err := record(r, s, 3)
	if err != nil {
		return nil, err
	}
	for range 12 {
		if err := g.randomEpoch(); err != nil {
			return nil, err
		}
	}
	return []vector{g.v}, nil
}

// randomEpoch lets members propose this and that, and one commit. The group is
// between three and ten.
func (g *recording) randomEpoch() error {
	by := g.other()
	var leaving []*client
	for range g.r.IntN(4) {
		var err error
		switch c := g.other(); {
		case g.r.IntN(3) == 0 && c != by:
			err = g.proposeUpdate(c)
		case g.r.IntN(2) == 0 && len(g.list)+len(g.invited) < 8:
			err = g.proposeAdd(c)
		case c != by && len(g.list)-len(leaving) > 3 && !slices.Contains(leaving, c):
			leaving = append(leaving, c)
			err = g.proposeRemove(by, c)
		}
		if err != nil {
			return err
		}
	}
	return g.end(by, g.r.IntN(2)*min(1, max(0, 9-len(g.list)-len(g.invited))), false)
}
