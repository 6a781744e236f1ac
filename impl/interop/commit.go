package interop

import (
	"context"

	"mlssim/impl"
	"mlssim/impl/interop/pb"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// Commits (RFC 9420, Section 12.4).

// Commit makes a Commit, which waits for HandlePendingCommit.
func (s *Server) Commit(_ context.Context, r *pb.CommitRequest) (*pb.CommitResponse, error) {
	return s.commit(r, false)
}

// commit makes a Commit of what by_reference and by_value say and of nothing else;
// with a path if it is asked for, or needed. reinit tells that it has to be one
// that ends the group.
func (s *Server) commit(r *pb.CommitRequest, reinit bool) (*pb.CommitResponse, error) {
	st, held, release, err := lock[*state](&s.held, "state_id", r.StateId)
	if err != nil {
		return nil, err
	}
	defer release()
	st, refs, err := s.receive("by_reference", st, r.ByReference)
	if err != nil {
		return nil, err
	}
	o := impl.CommitOptions{
		Cover:   &refs,
		Format:  st.format,
		NoPath:  !r.ForcePath,
		Welcome: impl.WelcomeOptions{GroupInfo: impl.GroupInfoOptions{NoTree: r.ExternalTree}},
	}
	if err := valued(&o, r.ByValue, st); err != nil {
		return nil, err
	}
	m, staged, out, err := s.tryCommit(st, o)
	if err != nil {
		return nil, refused(blamed(r), err)
	}
	if ended := staged.Next.Ended() != nil; ended != reinit {
		return nil, unfit(blamed(r), "a Commit that covers a ReInit: %v, and it has to be %v here", ended, reinit)
	}
	next := st.same(m)
	next.staged = staged
	held.holds = next
	return &pb.CommitResponse{
		Commit:      wire.Encode(out.Message),
		Welcome:     encodeWelcome(staged.Welcomes),
		RatchetTree: besides(r.ExternalTree, staged.Next),
	}, nil
}

// tryCommit is a Commit without a path, if that is asked for and allowed.
func (s *Server) tryCommit(st *state, o impl.CommitOptions) (*impl.Member, *impl.Staged, impl.Output, error) {
	env := s.env(st.psks)
	m, staged, out, err := st.member.Commit(env, o)
	if o.NoPath && spec.Violated(err) == req.CommitPathRequired {
		o.NoPath = false
		return st.member.Commit(env, o)
	}
	return m, staged, out, err
}

// blamed returns the fields that made a list of proposals what it is.
func blamed(r *pb.CommitRequest) string {
	switch refs, values := len(r.ByReference) > 0, len(r.ByValue) > 0; {
	case refs && values:
		return "by_reference, by_value"
	case refs:
		return "by_reference"
	case values:
		return "by_value"
	}
	return "state_id"
}

// HandlePendingCommit goes on with the Commit that the client has made.
func (s *Server) HandlePendingCommit(_ context.Context, r *pb.HandlePendingCommitRequest) (*pb.HandleCommitResponse, error) {
	st, held, release, err := lock[*state](&s.held, "state_id", r.StateId)
	if err != nil {
		return nil, err
	}
	defer release()
	next, err := st.accepted(false)
	if err != nil {
		return nil, err
	}
	held.holds = next
	return &pb.HandleCommitResponse{StateId: r.StateId, EpochAuthenticator: next.member.Authenticator()}, nil
}

// accepted returns the state to which the client's own Commit has led; reinit tells
// whether it has to be one that ended the group.
func (st *state) accepted(reinit bool) (*state, error) {
	if st.staged == nil {
		return nil, unfit("state_id", "no Commit of this client's waits")
	}
	return st.advanced("state_id", st.staged.Next, reinit)
}

// advanced returns the state in the next epoch, which must have ended the group or
// not, as the call wants.
func (st *state) advanced(field string, m *impl.Member, reinit bool) (*state, error) {
	if ended := m.Ended() != nil; ended != reinit {
		return nil, unfit(field, "a Commit that covers a ReInit: %v, and it has to be %v here", ended, reinit)
	}
	return st.entered(m), nil
}

// HandleCommit processes somebody else's Commit, which the proposals come before
// (RFC 9420, Section 12.4.2). A Commit of the client's own that waits is lost.
func (s *Server) HandleCommit(_ context.Context, r *pb.HandleCommitRequest) (*pb.HandleCommitResponse, error) {
	st, held, release, err := lock[*state](&s.held, "state_id", r.StateId)
	if err != nil {
		return nil, err
	}
	defer release()
	next, err := s.handle(st, r, false)
	if err != nil {
		return nil, err
	}
	held.holds = next
	return &pb.HandleCommitResponse{StateId: r.StateId, EpochAuthenticator: next.member.Authenticator()}, nil
}

func (s *Server) handle(st *state, r *pb.HandleCommitRequest, reinit bool) (*state, error) {
	st, _, err := s.receive("proposal", st, r.Proposal)
	if err != nil {
		return nil, err
	}
	msg, err := framed("commit", r.Commit, spec.ContentCommit)
	if err != nil {
		return nil, err
	}
	m, _, err := st.member.Receive(s.env(st.psks), msg)
	if err != nil {
		return nil, refused("commit", err)
	}
	return st.advanced("commit", m, reinit)
}
