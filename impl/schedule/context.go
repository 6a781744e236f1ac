package schedule

import (
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// A GroupContext sums up the public state of a group in one epoch (RFC 9420,
// Section 8.1). It enters the key schedule and most signatures.
type GroupContext struct {
	Version                 spec.ProtocolVersion
	CipherSuite             spec.CipherSuite
	GroupID                 []byte
	Epoch                   uint64
	TreeHash                []byte
	ConfirmedTranscriptHash []byte // empty in epoch 0
	Extensions              []tree.Extension
}

// Wire describes GroupContext (Section 8.1).
func (g *GroupContext) Wire(c *wire.Coder) {
	c.Is(req.EncodeGroupContext)
	wire.Uint16(c, &g.Version)
	wire.Uint16(c, &g.CipherSuite)
	wire.Opaque(c, &g.GroupID)
	wire.Uint64(c, &g.Epoch)
	wire.Opaque(c, &g.TreeHash)
	wire.Opaque(c, &g.ConfirmedTranscriptHash)
	wire.Vector(c, &g.Extensions, wire.Of[tree.Extension])
}
