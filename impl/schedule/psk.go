package schedule

import (
	"math"

	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// A PreSharedKeyID names a pre-shared key and the one use made of it (RFC 9420,
// Section 8.4).
type PreSharedKeyID struct {
	Type    spec.PSKType
	ID      []byte               // external
	Usage   spec.ResumptionUsage // resumption, as are the two that follow
	GroupID []byte
	Epoch   uint64
	Nonce   []byte // fresh for each use, Nh bytes
}

// ExternalPSK returns the name of a PSK that applications share, without a nonce.
func ExternalPSK(id []byte) PreSharedKeyID { return PreSharedKeyID{Type: spec.PSKExternal, ID: id} }

// ResumptionPSK returns the name of the resumption_psk of a group's epoch,
// without a nonce (RFC 9420, Section 8.6).
func ResumptionPSK(usage spec.ResumptionUsage, groupID []byte, epoch uint64) PreSharedKeyID {
	return PreSharedKeyID{Type: spec.PSKResumption, Usage: usage, GroupID: groupID, Epoch: epoch}
}

// Wire describes PreSharedKeyID (Section 8.4).
func (p *PreSharedKeyID) Wire(c *wire.Coder) {
	c.Is(req.EncodePSKID)
	wire.Uint8(c, &p.Type)
	switch p.Type {
	case spec.PSKExternal:
		wire.Opaque(c, &p.ID)
	case spec.PSKResumption:
		p.resumption(c)
	default:
		c.Unknown("psktype", uint64(p.Type))
	}
	wire.Opaque(c, &p.Nonce)
}

// resumption describes the arm of a resumption PSK (Section 8.4).
func (p *PreSharedKeyID) resumption(c *wire.Coder) {
	wire.Uint8(c, &p.Usage)
	switch p.Usage {
	case spec.UsageApplication, spec.UsageReInit, spec.UsageBranch:
	default:
		c.Unknown("usage", uint64(p.Usage))
	}
	wire.Opaque(c, &p.GroupID)
	wire.Uint64(c, &p.Epoch)
}

// A PSK is a pre-shared key with its name.
type PSK struct {
	ID     PreSharedKeyID
	Secret suite.Secret
}

// pskLabel is PSKLabel (Section 8.4).
type pskLabel struct {
	id    *PreSharedKeyID
	index uint16
	count uint16
}

func (l *pskLabel) Wire(c *wire.Coder) {
	c.Is(req.EncodePSKLabel)
	l.id.Wire(c)
	wire.Uint16(c, &l.index)
	wire.Uint16(c, &l.count)
}

// PSKSecret returns psk_secret: all PSKs of a Commit chained in their order,
// or zero if there are none (Section 8.4). It refuses more PSKs than PSKLabel
// can count.
func PSKSecret(rec spec.Recorder, s *suite.Suite, psks []PSK) (suite.Secret, error) {
	if err := spec.Checkf(rec, req.PSKCount, len(psks) <= math.MaxUint16, "%d PSKs", len(psks)); err != nil {
		return nil, err
	}
	secret := spec.Derive(rec, req.PSKEmpty, s.Zero())
	for i := range psks {
		label := pskLabel{&psks[i].ID, uint16(i), uint16(len(psks))}
		extracted := s.Extract(s.Zero(), psks[i].Secret)
		input := s.ExpandWithLabel(extracted, spec.LabelDerivedPSK, wire.Encode(&label), s.Nh)
		secret = spec.Derive(rec, req.PSKSecret, s.Extract(input, secret))
	}
	return secret, nil
}
