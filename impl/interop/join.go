package interop

import (
	"bytes"
	"context"
	"slices"

	"mlssim/impl"
	"mlssim/impl/interop/pb"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/wire"
)

// How clients come to be, and come into groups.

// CreateGroup begins a group of one (RFC 9420, Section 11).
func (s *Server) CreateGroup(_ context.Context, r *pb.CreateGroupRequest) (*pb.CreateGroupResponse, error) {
	cs, err := suiteOf("cipher_suite", r.CipherSuite)
	if err != nil {
		return nil, err
	}
	if err := filled("group_id", r.GroupId); err != nil {
		return nil, err
	}
	env := s.env(nil)
	id, err := newIdentity(env, cs, r.Identity)
	if err != nil {
		return nil, err
	}
	m, _, err := impl.Create(env, id, r.GroupId)
	if err != nil {
		return nil, refused("group_id", err)
	}
	n, err := s.held.put(&state{member: m, format: handshake(r.EncryptHandshake)})
	return &pb.CreateGroupResponse{StateId: n}, err
}

// newIdentity returns a client of a name, which the field identity gave.
func newIdentity(env *impl.Env, cs *suite.Suite, name []byte) (*impl.Identity, error) {
	if err := filled("identity", name); err != nil {
		return nil, err
	}
	id, err := impl.NewIdentity(env, cs, bytes.Clone(name))
	return id, refused("identity", err)
}

// newJoin returns a new client with a KeyPackage (RFC 9420, Section 10).
func newJoin(env *impl.Env, cs *suite.Suite, name []byte) (*pendingJoin, error) {
	id, err := newIdentity(env, cs, name)
	if err != nil {
		return nil, err
	}
	keys, err := impl.NewKeyPackage(env, id)
	return &pendingJoin{identity: id, keys: keys}, refused("identity", err)
}

// CreateKeyPackage returns a KeyPackage, and its private keys, which nobody but a
// test would ever give away.
func (s *Server) CreateKeyPackage(_ context.Context, r *pb.CreateKeyPackageRequest) (*pb.CreateKeyPackageResponse, error) {
	cs, err := suiteOf("cipher_suite", r.CipherSuite)
	if err != nil {
		return nil, err
	}
	j, err := newJoin(s.env(nil), cs, r.Identity)
	if err != nil {
		return nil, err
	}
	n, err := s.held.put(j)
	return &pb.CreateKeyPackageResponse{
		TransactionId:  n,
		KeyPackage:     encodeKeyPackage(j.keys.Package),
		InitPriv:       j.keys.Init.Bytes(),
		EncryptionPriv: j.keys.Leaf.Bytes(),
		SignaturePriv:  j.identity.Signer.Bytes(),
	}, err
}

// JoinGroup enters a group by its Welcome (RFC 9420, Section 12.4.3.1). From then
// on the transaction's id is that of the state.
func (s *Server) JoinGroup(_ context.Context, r *pb.JoinGroupRequest) (*pb.JoinGroupResponse, error) {
	j, held, release, err := lock[*pendingJoin](&s.held, "transaction_id", r.TransactionId)
	if err != nil {
		return nil, err
	}
	defer release()
	if !bytes.Equal(r.Identity, j.identity.Credential.Identity) {
		return nil, invalid("identity", "the KeyPackage is that of %q", j.identity.Credential.Identity)
	}
	m, err := s.join(j, r.Welcome, r.RatchetTree, impl.JoinOptions{})
	if err != nil {
		return nil, err
	}
	held.holds = &state{member: m, format: handshake(r.EncryptHandshake), psks: j.psks}
	return &pb.JoinGroupResponse{StateId: r.TransactionId, EpochAuthenticator: m.Authenticator()}, nil
}

// join enters a group by what the fields welcome and ratchet_tree hold.
func (s *Server) join(j *pendingJoin, welcome, ratchetTree []byte, o impl.JoinOptions) (*impl.Member, error) {
	w, err := welcomeOf("welcome", welcome)
	if err != nil {
		return nil, err
	}
	if err := checkTree("ratchet_tree", j.identity.Suite, ratchetTree); err != nil {
		return nil, err
	}
	o.RatchetTree = ratchetTree
	m, _, err := impl.Join(s.env(j.psks), j.identity, []*impl.KeyPackageKeys{j.keys}, w, o)
	return m, refused("welcome", err)
}

// ExternalJoin adds a new client to a group by an external Commit (RFC 9420,
// Section 12.4.3.2), which is taken to be accepted.
func (s *Server) ExternalJoin(_ context.Context, r *pb.ExternalJoinRequest) (*pb.ExternalJoinResponse, error) {
	info, cs, err := groupInfoOf("group_info", r.GroupInfo)
	if err != nil {
		return nil, err
	}
	if err := checkTree("ratchet_tree", cs, r.RatchetTree); err != nil {
		return nil, err
	}
	held, named, err := broughtPSKs(r.Psks)
	if err != nil {
		return nil, err
	}
	env := s.env(held)
	id, err := newIdentity(env, cs, r.Identity)
	if err != nil {
		return nil, err
	}
	o := impl.ExternalOptions{RatchetTree: r.RatchetTree, PSKs: named}
	if r.RemovePrior {
		g, err := impl.Follow(env, info, r.RatchetTree)
		if err != nil {
			return nil, refused("group_info", err)
		}
		prior, err := leafOf("remove_prior", g.Tree(), r.Identity)
		if err != nil {
			return nil, err
		}
		o.Remove = &prior
	}
	staged, out, err := impl.JoinExternal(env, id, info, o)
	if err != nil {
		return nil, refused("group_info", err)
	}
	n, err := s.held.put(&state{member: staged.Next, format: handshake(r.EncryptHandshake), psks: held})
	return &pb.ExternalJoinResponse{
		StateId:            n,
		Commit:             wire.Encode(out.Message),
		EpochAuthenticator: staged.Next.Authenticator(),
	}, err
}

// broughtPSKs returns the PSKs that a request brings, and their names in its order.
func broughtPSKs(list []*pb.PreSharedKey) (psks, []schedule.PreSharedKeyID, error) {
	held := psks{}
	var named []schedule.PreSharedKeyID
	for i, p := range list {
		if err := filled(at("psks", i)+".psk_id", p.PskId); err != nil {
			return nil, nil, err
		}
		if err := filled(at("psks", i)+".psk_secret", p.PskSecret); err != nil {
			return nil, nil, err
		}
		held[string(p.PskId)] = slices.Clone(p.PskSecret)
		named = append(named, schedule.ExternalPSK(bytes.Clone(p.PskId)))
	}
	return held, named, nil
}
