package interop

import (
	"bytes"
	"context"

	"mlssim/impl"
	"mlssim/impl/interop/pb"
	"mlssim/impl/suite"
)

// The end of a group in favour of another one (RFC 9420, Section 11.2). The id of
// the state becomes that of the client's wait for the next group, and then that of
// its state there.

// ReInitCommit makes a Commit that ends the group.
func (s *Server) ReInitCommit(_ context.Context, r *pb.CommitRequest) (*pb.CommitResponse, error) {
	return s.commit(r, true)
}

// HandlePendingReInitCommit goes on with the ReInitCommit that the client has made.
func (s *Server) HandlePendingReInitCommit(_ context.Context, r *pb.HandlePendingCommitRequest) (*pb.HandleReInitCommitResponse, error) {
	st, held, release, err := lock[*state](&s.held, "state_id", r.StateId)
	if err != nil {
		return nil, err
	}
	defer release()
	ended, err := st.accepted(true)
	if err != nil {
		return nil, err
	}
	return s.wait(held, "state_id", r.StateId, ended)
}

// HandleReInitCommit processes somebody else's ReInitCommit.
func (s *Server) HandleReInitCommit(_ context.Context, r *pb.HandleCommitRequest) (*pb.HandleReInitCommitResponse, error) {
	st, held, release, err := lock[*state](&s.held, "state_id", r.StateId)
	if err != nil {
		return nil, err
	}
	defer release()
	ended, err := s.handle(st, r, true)
	if err != nil {
		return nil, err
	}
	return s.wait(held, "commit", r.StateId, ended)
}

// wait makes the client, under its old name, a KeyPackage for the next group.
func (s *Server) wait(held *slot, field string, id uint32, ended *state) (*pb.HandleReInitCommitResponse, error) {
	cs, err := suite.Get(ended.member.Ended().CipherSuite)
	if err != nil {
		return nil, refused(field, err)
	}
	j, err := newJoin(s.env(nil), cs, ended.own().Credential.Identity)
	if err != nil {
		return nil, err
	}
	held.holds = &successor{ended: ended, identity: j.identity, keys: j.keys}
	return &pb.HandleReInitCommitResponse{
		ReinitId:           id,
		KeyPackage:         encodeKeyPackage(j.keys.Package),
		EpochAuthenticator: ended.member.Authenticator(),
	}, nil
}

// ReInitWelcome sets the next group up.
func (s *Server) ReInitWelcome(_ context.Context, r *pb.ReInitWelcomeRequest) (*pb.CreateSubgroupResponse, error) {
	v, held, release, err := lock[*successor](&s.held, "reinit_id", r.ReinitId)
	if err != nil {
		return nil, err
	}
	defer release()
	packages, err := keyPackagesOf("key_package", r.KeyPackage)
	if err != nil {
		return nil, err
	}
	staged, _, err := v.ended.member.Reinitialize(s.env(nil), v.identity, packages, subgroup(r.ForcePath, r.ExternalTree))
	if err != nil {
		return nil, refused("key_package", err)
	}
	held.holds = v.ended.entered(staged.Next)
	return founded(r.ReinitId, staged, r.ExternalTree), nil
}

func subgroup(forcePath, externalTree bool) impl.WelcomeOptions {
	return impl.WelcomeOptions{NoPath: !forcePath, GroupInfo: impl.GroupInfoOptions{NoTree: externalTree}}
}

// founded says what has come of a new group.
func founded(id uint32, staged *impl.Staged, externalTree bool) *pb.CreateSubgroupResponse {
	return &pb.CreateSubgroupResponse{
		StateId:            id,
		Welcome:            encodeWelcome(staged.Welcomes),
		RatchetTree:        besides(externalTree, staged.Next),
		EpochAuthenticator: staged.Next.Authenticator(),
	}
}

// HandleReInitWelcome enters the next group.
func (s *Server) HandleReInitWelcome(_ context.Context, r *pb.HandleReInitWelcomeRequest) (*pb.JoinGroupResponse, error) {
	v, held, release, err := lock[*successor](&s.held, "reinit_id", r.ReinitId)
	if err != nil {
		return nil, err
	}
	defer release()
	j := &pendingJoin{identity: v.identity, keys: v.keys, psks: v.ended.psks}
	m, err := s.join(j, r.Welcome, r.RatchetTree, impl.JoinOptions{Parent: v.ended.parent()})
	if err != nil {
		return nil, err
	}
	held.holds = v.ended.entered(m)
	return &pb.JoinGroupResponse{StateId: r.ReinitId, EpochAuthenticator: m.Authenticator()}, nil
}

// parent offers the client's present epoch as one that a new group comes from.
func (st *state) parent() func([]byte, uint64) *impl.Epoch {
	return func(groupID []byte, epoch uint64) *impl.Epoch {
		if !bytes.Equal(groupID, st.member.ID()) || epoch != st.member.Number() {
			return nil
		}
		return st.member.Epoch
	}
}
