package impl

import (
	"io"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Sections 8.4, 8.6 and 12.1.4.

// A pastPSK is the resumption_psk of an epoch that is over.
type pastPSK struct {
	epoch  uint64
	secret suite.Secret
}

// withNonce returns id with a fresh psk_nonce (RFC 9420, Section 8.4).
func withNonce(rand io.Reader, s *suite.Suite, id schedule.PreSharedKeyID) (schedule.PreSharedKeyID, error) {
	nonce, err := s.Random(rand)
	if !spec.Step(nil, req.PSKNonceFresh) {
		nonce = s.Zero()
	}
	id.Nonce = nonce
	return id, err
}

// validatePSK decides whether a PreSharedKey proposal is valid by itself.
// linking tells that it is in the Commit that sets up the group which follows
// another one, or branches off it.
func (g *PublicGroup) validatePSK(env *Env, id *schedule.PreSharedKeyID, linking bool) error {
	resumption := id.Type == spec.PSKResumption && !linking
	if err := spec.Check(env.Rec, req.PSKUsageReinit, !resumption || id.Usage != spec.UsageReInit); err != nil {
		return err
	}
	if err := spec.Check(env.Rec, req.PSKUsageBranch, !resumption || id.Usage != spec.UsageBranch); err != nil {
		return err
	}
	return checkNonce(env, g.suite, id)
}

func checkNonce(env *Env, s *suite.Suite, id *schedule.PreSharedKeyID) error {
	return spec.Checkf(env.Rec, req.PSKNonceLength, len(id.Nonce) == s.Nh, "%d bytes, want %d", len(id.Nonce), s.Nh)
}

// A pskSource returns a PSK, or nil if it is not at hand.
type pskSource func(*schedule.PreSharedKeyID) suite.Secret

// held returns where a client that is in no group yet finds PSKs.
func (env *Env) held(id *schedule.PreSharedKeyID) suite.Secret {
	if env.PSK == nil {
		return nil
	}
	return env.PSK(id)
}

// source returns where a member finds PSKs: a resumption PSK of this group in
// its own state, as far back as that goes, and all others with the application.
func (m *Member) source(env *Env) pskSource {
	return func(id *schedule.PreSharedKeyID) suite.Secret {
		if id.Type == spec.PSKResumption && string(id.GroupID) == string(m.context.GroupID) {
			if secret := m.resumption(id.Epoch); secret != nil {
				return secret
			}
		}
		return env.held(id)
	}
}

// resumption returns the resumption_psk of an epoch of this group, or nil.
func (m *Member) resumption(epoch uint64) suite.Secret {
	if epoch == m.context.Epoch {
		return m.secrets.Resumption
	}
	for _, p := range m.psks {
		if p.epoch == epoch {
			return p.secret
		}
	}
	return nil
}

// lookup returns the PSKs of a list, in its order. The error names id, and wraps
// [spec.ErrMissing] if one is not at hand.
func lookup(env *Env, id spec.ID, ids []schedule.PreSharedKeyID, source pskSource) ([]schedule.PSK, error) {
	psks := make([]schedule.PSK, len(ids))
	for i := range ids {
		psks[i] = schedule.PSK{ID: ids[i], Secret: source(&ids[i])}
		if err := spec.Checkf(env.Rec, id, psks[i].Secret != nil, "PSK %d of %d: %w", i, len(ids), spec.ErrMissing); err != nil {
			return nil, err
		}
	}
	return psks, nil
}

// pskIDs returns the PSKs that a list names, in its order.
func (l *proposalList) pskIDs() []schedule.PreSharedKeyID {
	var ids []schedule.PreSharedKeyID
	for p := range l.of(spec.ProposalPSK) {
		ids = append(ids, p.proposal.PreSharedKey.PSK)
	}
	return ids
}

// ProposePSK proposes to mix a PSK into the key schedule (RFC 9420, Section
// 12.1.4). The Nonce of id is drawn here. That the others have the PSK is for
// the application to see to.
func (m *Member) ProposePSK(env *Env, id schedule.PreSharedKeyID, format spec.WireFormat) (*Member, Output, error) {
	spec.At(env.Rec, "proposal.send")
	id, err := withNonce(env.Rand, m.suite, id)
	if err != nil {
		return nil, Output{}, err
	}
	return m.propose(env, pskProposal(id), nil, format)
}

func pskProposal(id schedule.PreSharedKeyID) message.Proposal {
	return message.Proposal{Type: spec.ProposalPSK, PreSharedKey: &message.PreSharedKey{PSK: id}}
}
