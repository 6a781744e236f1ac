package model

import (
	"slices"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 8.4: pre-shared keys; 8.6: resumption PSKs; 12.1.4:
// PreSharedKey.

// A PreSharedKeyID names a PSK, and the one use that is made of it (Section 8.4).
type PreSharedKeyID struct {
	Type    spec.PSKType
	ID      Term                 // external
	Usage   spec.ResumptionUsage // resumption, as are the two that follow
	GroupID Term
	Epoch   uint64
	Nonce   Term // drawn for each use
}

// ExternalPSKID names a PSK that applications share. The nonce is drawn where it
// is used.
func ExternalPSKID(id Term) PreSharedKeyID { return PreSharedKeyID{Type: spec.PSKExternal, ID: id} }

// ResumptionPSKID names the resumption_psk of an epoch of a group (Section 8.6).
func ResumptionPSKID(usage spec.ResumptionUsage, group Term, epoch uint64) PreSharedKeyID {
	return PreSharedKeyID{Type: spec.PSKResumption, Usage: usage, GroupID: group, Epoch: epoch}
}

func (p PreSharedKeyID) term(s *Store) Term {
	if p.Type == spec.PSKResumption {
		return s.Tuple("PreSharedKeyID", s.Number(uint64(p.Type)), s.Number(uint64(p.Usage)), p.GroupID, s.Number(p.Epoch), p.Nonce)
	}
	return s.Tuple("PreSharedKeyID", s.Number(uint64(p.Type)), p.ID, p.Nonce)
}

// linking tells whether the PSK ties a group to the one that it comes from.
func (p PreSharedKeyID) linking() bool {
	return p.Type == spec.PSKResumption && p.Usage != spec.UsageApplication
}

// PSK returns the Proposal to mix a PSK in (Section 12.1.4).
func PSK(id PreSharedKeyID) Proposal { return Proposal{Type: spec.ProposalPSK, PSK: &id} }

// withNonces gives a nonce to each PreSharedKey proposal that has none. The
// nonces of a step are numbered.
func withNonces(env *Env, proposals []Proposal) []Proposal {
	proposals = slices.Clone(proposals)
	for i, p := range proposals {
		if p.Type == spec.ProposalPSK && p.PSK != nil && p.PSK.Nonce == 0 {
			id := *p.PSK
			id.Nonce = env.Store.Fresh(pskNonce, env.Step<<16|uint64(i))
			if !spec.Step(env.Rec, req.PSKNonceFresh) {
				id.Nonce = env.Store.Fresh(pskNonce, uint64(i))
			}
			proposals[i].PSK = &id
		}
	}
	return proposals
}

// NewPSK draws a secret that an application may share out as a PSK.
func NewPSK(env *Env) (Term, []Secret) {
	psk := env.Store.Fresh(ExternalPSK, env.Step)
	return psk, []Secret{makes(K9, ExternalPSK, psk)}
}

// pskSecret is the figure of Section 8.4: psk_secret of PSKs and the secrets that
// they name. Without PSKs it is zero, and nothing is made.
func pskSecret(s *Store, ids []PreSharedKeyID, psks []Term) (Term, []Secret) {
	secret := s.Zero()
	var from []Term
	for i, id := range ids {
		label := s.Tuple("PSKLabel", id.term(s), s.Number(uint64(i)), s.Number(uint64(len(ids))))
		secret = s.Extract(s.Expand(s.Extract(s.Zero(), psks[i]), spec.LabelDerivedPSK, label), secret)
		from = including(from, psks[i])
	}
	if len(ids) == 0 {
		return s.derived(req.PSKEmpty, secret), nil
	}
	secret = s.derived(req.PSKSecret, secret)
	return secret, []Secret{makes(K10, PSKSecret, secret, from...)}
}

// A pskSource returns a PSK, or the empty term if it is not at hand.
type pskSource func(PreSharedKeyID) Term

// held is where a client that is in no group yet finds PSKs.
func (e *Env) held(id PreSharedKeyID) Term {
	if e.PSK == nil {
		return 0
	}
	return e.PSK(id)
}

// source is where a member finds PSKs: resumption PSKs of its group in its own
// state, as far back as that goes, all others with the application.
func (m *Member) source(env *Env) pskSource {
	return func(id PreSharedKeyID) Term {
		if id.Type == spec.PSKResumption && id.GroupID == m.Context.GroupID {
			if psk := m.resumption(id.Epoch); psk != 0 {
				return psk
			}
		}
		return env.held(id)
	}
}

// resumption returns the resumption_psk of an epoch of the group, if it is kept.
func (m *Member) resumption(epoch uint64) Term {
	if epoch == m.Context.Epoch {
		return m.Secrets.Resumption
	}
	for _, p := range m.PSKs {
		if p.Epoch == epoch {
			return p.PSK
		}
	}
	return 0
}

// lookup returns the PSKs that ids name, in their order, and whether all are at
// hand.
func lookup(ids []PreSharedKeyID, source pskSource) ([]Term, bool) {
	psks := make([]Term, len(ids))
	for i, id := range ids {
		psks[i] = source(id)
	}
	return psks, !slices.Contains(psks, 0)
}
