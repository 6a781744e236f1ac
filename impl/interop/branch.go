package interop

import (
	"context"

	"mlssim/impl"
	"mlssim/impl/interop/pb"
)

// Subgroups (RFC 9420, Section 11.3). The old group goes on.

// CreateBranch sets a subgroup up.
func (s *Server) CreateBranch(_ context.Context, r *pb.CreateBranchRequest) (*pb.CreateSubgroupResponse, error) {
	st, _, release, err := lock[*state](&s.held, "state_id", r.StateId)
	if err != nil {
		return nil, err
	}
	defer release()
	if err := filled("group_id", r.GroupId); err != nil {
		return nil, err
	}
	extensions, err := extensionsOf("extensions", r.Extensions)
	if err != nil {
		return nil, err
	}
	packages, err := keyPackagesOf("key_packages", r.KeyPackages)
	if err != nil {
		return nil, err
	}
	staged, _, err := st.member.BranchWith(s.env(nil), r.GroupId, extensions, packages, subgroup(r.ForcePath, r.ExternalTree))
	if err != nil {
		return nil, refused("key_packages", err)
	}
	n, err := s.held.put(st.entered(staged.Next))
	return founded(n, staged, r.ExternalTree), err
}

// HandleBranch enters a subgroup of the group of a state, by a KeyPackage that was
// made for it.
func (s *Server) HandleBranch(_ context.Context, r *pb.HandleBranchRequest) (*pb.HandleBranchResponse, error) {
	st, j, held, release, err := s.lockBoth(r.StateId, r.TransactionId)
	if err != nil {
		return nil, err
	}
	defer release()
	m, err := s.join(j, r.Welcome, r.RatchetTree, impl.JoinOptions{Parent: st.parent()})
	if err != nil {
		return nil, err
	}
	next := st.entered(m)
	for id, secret := range j.psks {
		next.psks = next.psks.with([]byte(id), secret)
	}
	held.holds = next
	return &pb.HandleBranchResponse{StateId: r.TransactionId, EpochAuthenticator: m.Authenticator()}, nil
}

// lockBoth locks what the fields state_id and transaction_id name, the lower id
// first: two calls in which they are swapped would else wait for each other.
func (s *Server) lockBoth(stateID, transactionID uint32) (st *state, j *pendingJoin, held *slot, release func(), err error) {
	if stateID == transactionID { // it cannot stand for both
		return nil, nil, nil, nil, unknown("transaction_id", transactionID, j.what())
	}
	var releaseState, releaseJoin func()
	if stateID < transactionID {
		st, _, releaseState, err = lock[*state](&s.held, "state_id", stateID)
	}
	if err == nil {
		j, held, releaseJoin, err = lock[*pendingJoin](&s.held, "transaction_id", transactionID)
	}
	if err == nil && releaseState == nil {
		st, _, releaseState, err = lock[*state](&s.held, "state_id", stateID)
	}
	release = func() {
		for _, r := range []func(){releaseState, releaseJoin} {
			if r != nil {
				r()
			}
		}
	}
	if err != nil {
		release()
	}
	return st, j, held, release, err
}
