package interop

import (
	"bytes"
	"context"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"mlssim/impl"
	"mlssim/impl/interop/pb"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// What a client does with a group as it is.

// GroupInfo describes the group to those outside, always with the key for external
// Commits (RFC 9420, Section 12.4.3).
func (s *Server) GroupInfo(_ context.Context, r *pb.GroupInfoRequest) (*pb.GroupInfoResponse, error) {
	st, _, release, err := lock[*state](&s.held, "state_id", r.StateId)
	if err != nil {
		return nil, err
	}
	defer release()
	info, err := st.member.GroupInfo(s.env(nil), impl.GroupInfoOptions{ExternalPub: true, NoTree: r.ExternalTree})
	if err != nil {
		return nil, refused("state_id", err)
	}
	return &pb.GroupInfoResponse{GroupInfo: encodeGroupInfo(info), RatchetTree: besides(r.ExternalTree, st.member)}, nil
}

// besides returns the ratchet tree, if it was asked for.
func besides(asked bool, m *impl.Member) []byte {
	if !asked {
		return nil
	}
	return m.Tree().Extension()
}

// StateAuth returns the epoch_authenticator (RFC 9420, Section 8.7).
func (s *Server) StateAuth(_ context.Context, r *pb.StateAuthRequest) (*pb.StateAuthResponse, error) {
	st, _, release, err := lock[*state](&s.held, "state_id", r.StateId)
	if err != nil {
		return nil, err
	}
	defer release()
	return &pb.StateAuthResponse{StateAuthSecret: st.member.Authenticator()}, nil
}

// Export is MLS-Exporter (RFC 9420, Section 8.5).
func (s *Server) Export(_ context.Context, r *pb.ExportRequest) (*pb.ExportResponse, error) {
	st, _, release, err := lock[*state](&s.held, "state_id", r.StateId)
	if err != nil {
		return nil, err
	}
	defer release()
	if most := 255 * st.member.Suite().Nh; r.KeyLength > uint32(most) {
		return nil, invalid("key_length", "%d bytes, at most %d", r.KeyLength, most)
	}
	secret, err := st.member.Export(r.Label, r.Context, int(r.KeyLength))
	if err != nil {
		return nil, invalid("label", "%v", err)
	}
	return &pb.ExportResponse{ExportedSecret: secret}, nil
}

// Protect encrypts application data (RFC 9420, Section 15).
func (s *Server) Protect(_ context.Context, r *pb.ProtectRequest) (*pb.ProtectResponse, error) {
	st, held, release, err := lock[*state](&s.held, "state_id", r.StateId)
	if err != nil {
		return nil, err
	}
	defer release()
	if n := len(r.Plaintext); n > impl.DefaultMaxData {
		return nil, invalid("plaintext", "%d bytes, at most %d", n, impl.DefaultMaxData)
	}
	m, out, err := st.member.SendWith(s.env(nil), r.Plaintext, bytes.Clone(r.AuthenticatedData))
	if err != nil {
		return nil, refused("state_id", err)
	}
	held.holds = st.same(m)
	return &pb.ProtectResponse{Ciphertext: wire.Encode(out.Message)}, nil
}

// Unprotect decrypts application data of this epoch, or of one that is over.
func (s *Server) Unprotect(_ context.Context, r *pb.UnprotectRequest) (*pb.UnprotectResponse, error) {
	st, held, release, err := lock[*state](&s.held, "state_id", r.StateId)
	if err != nil {
		return nil, err
	}
	defer release()
	msg, err := framed("ciphertext", r.Ciphertext, spec.ContentApplication)
	if err != nil {
		return nil, err
	}
	m, out, err := st.member.Receive(s.env(nil), msg)
	if err != nil {
		return nil, refused("ciphertext", err)
	}
	held.holds = st.same(m)
	// A PublicMessage with application data has been refused.
	return &pb.UnprotectResponse{AuthenticatedData: msg.PrivateMessage.AuthenticatedData, Plaintext: out.Data}, nil
}

// same returns the state after a step within the epoch.
func (st *state) same(m *impl.Member) *state {
	next := *st
	next.member = m
	return &next
}

// StorePSK gives a client an external PSK, in a group or on its way into one.
func (s *Server) StorePSK(_ context.Context, r *pb.StorePSKRequest) (*pb.StorePSKResponse, error) {
	const field = "state_or_transaction_id"
	held := s.held.find(r.StateOrTransactionId)
	if held == nil {
		return nil, unknown(field, r.StateOrTransactionId, "a state or a KeyPackage")
	}
	held.Lock()
	defer held.Unlock()
	if err := filled("psk_id", r.PskId); err != nil {
		return nil, err
	}
	if err := filled("psk_secret", r.PskSecret); err != nil {
		return nil, err
	}
	secret := bytes.Clone(r.PskSecret)
	switch v := held.holds.(type) {
	case *state:
		next := *v
		next.psks = v.psks.with(r.PskId, secret)
		held.holds = &next
	case *pendingJoin:
		next := *v
		next.psks = v.psks.with(r.PskId, secret)
		held.holds = &next
	default:
		return nil, unknown(field, r.StateOrTransactionId, "a state or a KeyPackage")
	}
	return &pb.StorePSKResponse{}, nil
}

// Free forgets what an id stands for, whatever that is.
func (s *Server) Free(_ context.Context, r *pb.FreeRequest) (*pb.FreeResponse, error) {
	if !s.held.free(r.StateId) {
		return nil, status.Errorf(codes.NotFound, "state_id: %d stands for nothing", r.StateId)
	}
	return &pb.FreeResponse{}, nil
}
