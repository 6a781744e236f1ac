package interop

import (
	"bytes"
	"context"

	"mlssim/impl"
	"mlssim/impl/interop/pb"
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// Proposals of members (RFC 9420, Section 12.1).

// A proposing step makes a proposal.
type proposing func(*impl.Env, *state) (*impl.Member, impl.Output, error)

// propose carries out a step of the state that the field state_id names. The field
// is what a refusal is blamed on.
func (s *Server) propose(id uint32, field string, step proposing) (*pb.ProposalResponse, error) {
	st, held, release, err := lock[*state](&s.held, "state_id", id)
	if err != nil {
		return nil, err
	}
	defer release()
	m, out, err := step(s.env(st.psks), st)
	if err != nil {
		return nil, refused(field, err)
	}
	b := wire.Encode(out.Message)
	held.holds = st.after(m, b, out.Proposal)
	return &pb.ProposalResponse{Proposal: b}, nil
}

// AddProposal proposes a new member.
func (s *Server) AddProposal(_ context.Context, r *pb.AddProposalRequest) (*pb.ProposalResponse, error) {
	return s.propose(r.StateId, "key_package", func(env *impl.Env, st *state) (*impl.Member, impl.Output, error) {
		kp, err := keyPackageOf("key_package", r.KeyPackage)
		if err != nil {
			return nil, impl.Output{}, err
		}
		return st.member.ProposeAdd(env, kp, st.format)
	})
}

// UpdateProposal proposes a fresh leaf for the client itself.
func (s *Server) UpdateProposal(_ context.Context, r *pb.UpdateProposalRequest) (*pb.ProposalResponse, error) {
	return s.propose(r.StateId, "state_id", func(env *impl.Env, st *state) (*impl.Member, impl.Output, error) {
		return st.member.ProposeUpdate(env, st.format)
	})
}

// RemoveProposal proposes that a member leave, who is named by its identity.
func (s *Server) RemoveProposal(_ context.Context, r *pb.RemoveProposalRequest) (*pb.ProposalResponse, error) {
	return s.propose(r.StateId, "removed_id", func(env *impl.Env, st *state) (*impl.Member, impl.Output, error) {
		who, err := leafOf("removed_id", st.member.Tree(), r.RemovedId)
		if err != nil {
			return nil, impl.Output{}, err
		}
		return st.member.ProposeRemove(env, who, st.format)
	})
}

// ExternalPSKProposal proposes a PSK that the client has been given.
func (s *Server) ExternalPSKProposal(_ context.Context, r *pb.ExternalPSKProposalRequest) (*pb.ProposalResponse, error) {
	return s.propose(r.StateId, "psk_id", func(env *impl.Env, st *state) (*impl.Member, impl.Output, error) {
		id, err := st.psks.named("psk_id", r.PskId)
		if err != nil {
			return nil, impl.Output{}, err
		}
		return st.member.ProposePSK(env, id, st.format)
	})
}

// named returns the name of an external PSK that the client has.
func (p psks) named(field string, id []byte) (schedule.PreSharedKeyID, error) {
	if err := filled(field, id); err != nil {
		return schedule.PreSharedKeyID{}, err
	}
	if _, ok := p[string(id)]; !ok {
		return schedule.PreSharedKeyID{}, unfit(field, "no PSK %x was stored here", id)
	}
	return schedule.ExternalPSK(bytes.Clone(id)), nil
}

// ResumptionPSKProposal proposes the resumption PSK of an epoch of this group.
func (s *Server) ResumptionPSKProposal(_ context.Context, r *pb.ResumptionPSKProposalRequest) (*pb.ProposalResponse, error) {
	return s.propose(r.StateId, "epoch_id", func(env *impl.Env, st *state) (*impl.Member, impl.Output, error) {
		id, err := resumptionOf("epoch_id", st.member.PublicGroup, r.EpochId)
		if err != nil {
			return nil, impl.Output{}, err
		}
		return st.member.ProposePSK(env, id, st.format)
	})
}

// resumptionOf returns the name of the resumption PSK of an epoch that has been.
func resumptionOf(field string, g *impl.PublicGroup, epoch uint64) (schedule.PreSharedKeyID, error) {
	if epoch > g.Number() {
		return schedule.PreSharedKeyID{}, unfit(field, "%d is to come, the group is in epoch %d", epoch, g.Number())
	}
	return schedule.ResumptionPSK(spec.UsageApplication, g.ID(), epoch), nil
}

// GroupContextExtensionsProposal proposes other extensions of the GroupContext.
func (s *Server) GroupContextExtensionsProposal(_ context.Context, r *pb.GroupContextExtensionsProposalRequest) (*pb.ProposalResponse, error) {
	return s.propose(r.StateId, "extensions", func(env *impl.Env, st *state) (*impl.Member, impl.Output, error) {
		extensions, err := extensionsOf("extensions", r.Extensions)
		if err != nil {
			return nil, impl.Output{}, err
		}
		return st.member.ProposeExtensions(env, extensions, st.format)
	})
}

// ReInitProposal proposes to end the group in favour of another one.
func (s *Server) ReInitProposal(_ context.Context, r *pb.ReInitProposalRequest) (*pb.ProposalResponse, error) {
	return s.propose(r.StateId, "state_id", func(env *impl.Env, st *state) (*impl.Member, impl.Output, error) {
		next, err := reinitOf("", r.GroupId, r.CipherSuite, r.Extensions)
		if err != nil {
			return nil, impl.Output{}, err
		}
		return st.member.ProposeReInit(env, next, st.format)
	})
}

// reinitOf returns a ReInit of these fields, whose names begin with prefix.
func reinitOf(prefix string, groupID []byte, cipherSuite uint32, list []*pb.Extension) (*message.ReInit, error) {
	if err := filled(prefix+"group_id", groupID); err != nil {
		return nil, err
	}
	cs, err := suiteOf(prefix+"cipher_suite", cipherSuite)
	if err != nil {
		return nil, err
	}
	extensions, err := extensionsOf(prefix+"extensions", list)
	if err != nil {
		return nil, err
	}
	return &message.ReInit{GroupID: bytes.Clone(groupID), Version: spec.MLS10, CipherSuite: cs.ID, Extensions: extensions}, nil
}

// AddExternalSigner proposes to let one more sender outside of the group make
// proposals, after those who may already (RFC 9420, Section 12.1.8.1).
func (s *Server) AddExternalSigner(_ context.Context, r *pb.AddExternalSignerRequest) (*pb.ProposalResponse, error) {
	return s.propose(r.StateId, "external_sender", func(env *impl.Env, st *state) (*impl.Member, impl.Output, error) {
		var sender message.ExternalSender
		if err := wire.Decode(r.ExternalSender, &sender); err != nil {
			return nil, impl.Output{}, invalid("external_sender", "it is no ExternalSender: %v", err)
		}
		extensions, err := withSender(st.member.Extensions(), sender)
		if err != nil {
			return nil, impl.Output{}, err
		}
		return st.member.ProposeExtensions(env, extensions, st.format)
	})
}

// withSender returns extensions with one more external sender.
func withSender(present []tree.Extension, sender message.ExternalSender) ([]tree.Extension, error) {
	senders, _, err := message.ExternalSendersOf(present)
	if err != nil {
		return nil, err
	}
	var extensions []tree.Extension
	for _, e := range present {
		if e.Type != spec.ExtExternalSenders {
			extensions = append(extensions, e)
		}
	}
	return append(extensions, message.ExternalSendersExtension(append(senders, sender))), nil
}
