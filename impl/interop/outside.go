package interop

import (
	"bytes"
	"context"

	"mlssim/impl"
	"mlssim/impl/interop/pb"
	"mlssim/impl/message"
	"mlssim/impl/wire"
)

// Proposals from outside of the group (RFC 9420, Section 12.1.8).

// NewMemberAddProposal makes a KeyPackage and proposes, in its client's name, that
// it be added.
func (s *Server) NewMemberAddProposal(_ context.Context, r *pb.NewMemberAddProposalRequest) (*pb.NewMemberAddProposalResponse, error) {
	env := s.env(nil)
	g, err := follow(env, r.GroupInfo, nil)
	if err != nil {
		return nil, err
	}
	j, err := newJoin(env, g.Suite(), r.Identity)
	if err != nil {
		return nil, err
	}
	msg, err := g.ProposeJoin(env, j.identity, j.keys.Package)
	if err != nil {
		return nil, refused("group_info", err)
	}
	n, err := s.held.put(j)
	return &pb.NewMemberAddProposalResponse{
		TransactionId:  n,
		Proposal:       wire.Encode(msg),
		InitPriv:       j.keys.Init.Bytes(),
		EncryptionPriv: j.keys.Leaf.Bytes(),
		SignaturePriv:  j.identity.Signer.Bytes(),
	}, err
}

// follow returns the group that the fields group_info and ratchet_tree describe.
func follow(env *impl.Env, groupInfo, ratchetTree []byte) (*impl.PublicGroup, error) {
	info, cs, err := groupInfoOf("group_info", groupInfo)
	if err != nil {
		return nil, err
	}
	if err := checkTree("ratchet_tree", cs, ratchetTree); err != nil {
		return nil, err
	}
	g, err := impl.Follow(env, info, ratchetTree)
	return g, refused("group_info", err)
}

// CreateExternalSigner makes somebody who may be let send proposals from outside.
func (s *Server) CreateExternalSigner(_ context.Context, r *pb.CreateExternalSignerRequest) (*pb.CreateExternalSignerResponse, error) {
	cs, err := suiteOf("cipher_suite", r.CipherSuite)
	if err != nil {
		return nil, err
	}
	id, err := newIdentity(s.env(nil), cs, r.Identity)
	if err != nil {
		return nil, err
	}
	n, err := s.held.put(&outsider{identity: id})
	sender := message.ExternalSender{SignatureKey: id.Signer.Public(), Credential: id.Credential}
	return &pb.CreateExternalSignerResponse{SignerId: n, ExternalSender: wire.Encode(&sender)}, err
}

// ExternalSignerProposal makes a proposal as one of a group's external senders.
func (s *Server) ExternalSignerProposal(_ context.Context, r *pb.ExternalSignerProposalRequest) (*pb.ProposalResponse, error) {
	v, _, release, err := lock[*outsider](&s.held, "signer_id", r.SignerId)
	if err != nil {
		return nil, err
	}
	defer release()
	env := s.env(nil)
	g, err := follow(env, r.GroupInfo, r.RatchetTree)
	if err != nil {
		return nil, err
	}
	place, err := v.place(g, r.SignerIndex)
	if err != nil {
		return nil, err
	}
	p, err := describe("description", r.Description, g, nil)
	if err != nil {
		return nil, err
	}
	msg, err := g.ProposeExternal(env, v.identity, place, *p)
	if err != nil {
		return nil, refused("description", err)
	}
	return &pb.ProposalResponse{Proposal: wire.Encode(msg)}, nil
}

// place returns the place of an outsider among the external senders of a group. A
// caller that has left signer_index out, as the official runner always does, means
// the place where the outsider is.
func (v *outsider) place(g *impl.PublicGroup, index uint32) (uint32, error) {
	senders, _, err := message.ExternalSendersOf(g.Extensions())
	if err != nil {
		return 0, refused("group_info", err)
	}
	for i, sender := range senders {
		if at := uint32(i); bytes.Equal(sender.SignatureKey, v.identity.Signer.Public()) && (index == 0 || index == at) {
			return at, nil
		}
	}
	return 0, unfit("signer_index", "the signer is not at %d of the group's %d external senders", index, len(senders))
}
