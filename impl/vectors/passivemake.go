package vectors

import (
	"slices"

	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
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

// A start says how the one that listens comes to a group.
type start struct {
	others int
	psk    bool // with an external PSK
	apart  bool // the Welcome has no tree
	noPath bool
}

// record lets a group add one that listens.
func record(r *source, s *suite.Suite, how start) (*recording, error) {
	g, err := newClients(r, s)
	if err != nil {
		return nil, err
	}
	if err := g.add(how.others); err != nil {
		return nil, err
	}
	o := impl.CommitOptions{NoPath: how.noPath}
	o.Welcome.GroupInfo.NoTree = how.apart
	if how.psk {
		o.PSKs = []schedule.PreSharedKeyID{g.newPSK()}
	}
	_, c, w, err := g.welcomed(o)
	if err != nil {
		return nil, err
	}
	v := &passiveClient{
		Suite:          s.ID,
		KeyPackage:     c.keyPackage(),
		SignaturePriv:  Hex(c.id.Signer.Bytes()),
		EncryptionPriv: Hex(c.keys.Leaf.Bytes()),
		InitPriv:       Hex(c.keys.Init.Bytes()),
		Welcome:        encodeWelcome(w),
		Authenticator:  Hex(c.member.Authenticator()),
		Epochs:         []passiveEpoch{},
	}
	if how.apart {
		nodes := Hex(c.member.Tree().Extension())
		v.RatchetTree = &nodes
	}
	return &recording{clients: g, passive: c, v: v}, nil
}

// vector returns the case, with the PSKs that were used.
func (g *recording) vector() vector {
	g.v.ExternalPSKs = append([]externalPSK{}, g.psks...)
	return g.v
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

func (g *recording) proposePSK(by *client, id schedule.PreSharedKeyID) error {
	return g.propose(by, func(m *impl.Member) (*impl.Member, impl.Output, error) { return m.ProposePSK(g.env, id, g.format()) })
}

func (g *recording) proposeExtensions(by *client) error {
	return g.propose(by, func(m *impl.Member) (*impl.Member, impl.Output, error) {
		return m.ProposeExtensions(g.env, g.extensions(), g.format())
	})
}

// extensions draws those of a GroupContext.
func (g *recording) extensions() []tree.Extension {
	return []tree.Extension{message.ExternalSendersExtension([]message.ExternalSender{
		{SignatureKey: g.passive.id.Signer.Public(), Credential: tree.BasicCredential(g.r.bytes(8))},
	})}
}

// end lets a member commit to what was proposed, with what o says and so many
// Adds by value.
func (g *recording) end(by *client, adds int, o impl.CommitOptions) error {
	o.Format = g.format()
	for range adds {
		c, err := g.client()
		if err != nil {
			return err
		}
		g.invited, o.Add = append(g.invited, c), append(o.Add, c.keys.Package)
	}
	commit, _, err := g.commit(by, o, g.invited...)
	if err != nil {
		return err
	}
	g.next(commit)
	return nil
}

// next takes down what was heard in an epoch that is over.
func (g *recording) next(commit *message.MLSMessage) {
	g.epoch.Commit = wire.Encode(commit)
	g.epoch.Authenticator = Hex(g.passive.member.Authenticator())
	if g.epoch.Proposals == nil {
		g.epoch.Proposals = []Hex{}
	}
	g.v.Epochs = append(g.v.Epochs, g.epoch)
	g.epoch, g.invited = passiveEpoch{}, nil
}

// endFromOutside lets a client join by an external Commit, or come back.
func (g *recording) endFromOutside(c *client, o impl.ExternalOptions) error {
	commit, err := g.join(c, o)
	if err != nil {
		return err
	}
	g.next(commit)
	return nil
}
