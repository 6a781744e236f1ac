package remote

import (
	"context"
	"slices"
	"strings"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"mlssim/impl"
	"mlssim/impl/forge"
	"mlssim/impl/interop"
	"mlssim/impl/interop/pb"
	"mlssim/impl/message"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// Servers of ours with something wrong. Most do all else right, so that what is
// found is what is wrong.

// A flaw makes a server out of a right one.
type flaw struct {
	name string
	kind string // how the kind of what is found begins
	make func(*interop.Server) pb.MLSClientServer
}

// is tells whether a difference of a kind is what the flaw looks like.
func (f *flaw) is(kind string) bool {
	kind = strings.Replace(kind, "makes what is refused: read data", "refuses to read data", 1) // by whom it is read first
	return strings.HasPrefix(kind, f.kind) || strings.HasPrefix(f.kind, forgedInput) && strings.HasPrefix(kind, "accepts") && strings.HasSuffix(kind, strings.TrimPrefix(f.kind, forgedInput))
}

const forgedInput = "accepts a forged input: "

var flaws = []flaw{
	{"membership_tag is not verified", accepts(req.PublicMembershipTag), lenient(req.PublicMembershipTag)},
	{"confirmation_tag is not verified", accepts(req.CommitConfirmationTag), lenient(req.CommitConfirmationTag)},
	{"signatures are not verified", accepts(req.ContentSignature), lenient(req.ContentSignature)},
	{"proposals of another epoch count", accepts(req.CommitRefsKnown), lenient(req.CommitRefsKnown)},
	{"an Update of one who is removed counts", accepts(req.ListOneChangePerLeaf), lenient(req.ListOneChangePerLeaf)},
	{"a message is read twice", "accepts read data: " + string(req.RatchetKeyOnce), func(s *interop.Server) pb.MLSClientServer {
		return &rereading{Server: s, read: map[string]*pb.UnprotectResponse{}}
	}},
	{"a generation is used twice", "refuses to read data", func(s *interop.Server) pb.MLSClientServer { return &reusing{s} }},
	{"exporter under another label", "exported secret differs", func(s *interop.Server) pb.MLSClientServer { return &mislabelling{s} }},
	{"two PSKs in the wrong order", "makes what is refused: handle a Commit", func(s *interop.Server) pb.MLSClientServer {
		return &misordering{Server: s, secrets: map[string][]byte{}}
	}},
	{"unmerged leaves are forgotten", "makes what is refused: handle a Commit", func(s *interop.Server) pb.MLSClientServer { return &merging{s} }},
	{"the key of a node is dropped", "refuses to handle a Commit", func(s *interop.Server) pb.MLSClientServer { return &dropping{s} }},
	{"what is refused harms", harmed, func(s *interop.Server) pb.MLSClientServer {
		return &harmable{Server: s, before: map[uint32]*impl.Member{}}
	}},
	{"a tree of another epoch", "tree differs", func(s *interop.Server) pb.MLSClientServer {
		return &dated{Server: s, told: map[uint32]*pb.GroupInfoResponse{}}
	}},
	{"no path where one is needed", "makes a Commit against " + string(req.CommitPathRequired), func(s *interop.Server) pb.MLSClientServer { return &pathless{s} }},
	{"commits what nobody supports", "accepts commit: ", func(s *interop.Server) pb.MLSClientServer { return &careless{s} }},
	{"other authenticated data", "authenticated data differs", func(s *interop.Server) pb.MLSClientServer { return &inventive{s} }},
	{"another epoch_authenticator", "epoch_authenticator differs", func(s *interop.Server) pb.MLSClientServer { return &lying{s} }},
}

func accepts(id spec.ID) string { return forgedInput + string(id) }

// sleepy is a server that does not verify one thing: where it would refuse, it says
// that all is well.
type sleepy struct {
	*interop.Server
	id spec.ID
}

func lenient(id spec.ID) func(*interop.Server) pb.MLSClientServer {
	return func(s *interop.Server) pb.MLSClientServer { return &sleepy{s, id} }
}

func (s *sleepy) ignores(err error) bool {
	return err != nil && strings.Contains(err.Error(), string(s.id))
}

func (s *sleepy) HandleCommit(ctx context.Context, q *pb.HandleCommitRequest) (*pb.HandleCommitResponse, error) {
	r, err := s.Server.HandleCommit(ctx, q)
	if s.ignores(err) {
		return &pb.HandleCommitResponse{StateId: q.StateId, EpochAuthenticator: s.Member(q.StateId).Authenticator()}, nil
	}
	return r, err
}

func (s *sleepy) Unprotect(ctx context.Context, q *pb.UnprotectRequest) (*pb.UnprotectResponse, error) {
	r, err := s.Server.Unprotect(ctx, q)
	if s.ignores(err) {
		return &pb.UnprotectResponse{}, nil
	}
	return r, err
}

// rereading keeps what it has read.
type rereading struct {
	*interop.Server
	mutex sync.Mutex
	read  map[string]*pb.UnprotectResponse
}

func (s *rereading) Unprotect(ctx context.Context, q *pb.UnprotectRequest) (*pb.UnprotectResponse, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if r := s.read[string(q.Ciphertext)]; r != nil {
		return r, nil
	}
	r, err := s.Server.Unprotect(ctx, q)
	if err == nil {
		s.read[string(q.Ciphertext)] = r
	}
	return r, err
}

// reusing goes back to the state before a message was sent.
type reusing struct{ *interop.Server }

func (s *reusing) Protect(ctx context.Context, q *pb.ProtectRequest) (*pb.ProtectResponse, error) {
	before := s.Member(q.StateId)
	r, err := s.Server.Protect(ctx, q)
	if err == nil {
		s.Put(q.StateId, before)
	}
	return r, err
}

// mislabelling exports under a label of its own.
type mislabelling struct{ *interop.Server }

func (s *mislabelling) Export(ctx context.Context, q *pb.ExportRequest) (*pb.ExportResponse, error) {
	return s.Server.Export(ctx, &pb.ExportRequest{StateId: q.StateId, Label: "other", Context: q.Context, KeyLength: q.KeyLength})
}

// misordering takes each of two PSKs for the other when it commits.
type misordering struct {
	*interop.Server
	secrets map[string][]byte
}

func (s *misordering) StorePSK(ctx context.Context, q *pb.StorePSKRequest) (*pb.StorePSKResponse, error) {
	s.secrets[string(q.PskId)] = q.PskSecret
	return s.Server.StorePSK(ctx, q)
}

func (s *misordering) Commit(ctx context.Context, q *pb.CommitRequest) (*pb.CommitResponse, error) {
	var ids [][]byte
	for _, d := range q.ByValue {
		if len(d.PskId) > 0 {
			ids = append(ids, d.PskId)
		}
	}
	if len(ids) == 2 {
		store := func(id, secret []byte) {
			s.Server.StorePSK(ctx, &pb.StorePSKRequest{StateOrTransactionId: q.StateId, PskId: id, PskSecret: secret})
		}
		a, b := s.secrets[string(ids[0])], s.secrets[string(ids[1])]
		store(ids[0], b)
		store(ids[1], a)
		defer func() { store(ids[0], a); store(ids[1], b) }()
	}
	return s.Server.Commit(ctx, q)
}

// merging seals path secrets as if no leaf were unmerged.
type merging struct{ *interop.Server }

func (s *merging) Commit(ctx context.Context, q *pb.CommitRequest) (*pb.CommitResponse, error) {
	m := s.Member(q.StateId)
	r, err := s.Server.Commit(ctx, q)
	if err != nil || !unmerged(m) || len(q.ByReference)+len(q.ByValue) > 0 {
		return r, err
	}
	var msg message.MLSMessage
	if err := wire.Decode(r.Commit, &msg); err != nil {
		return nil, err
	}
	f, err := forge.Of(m, zeros{})
	if err != nil {
		return nil, err
	}
	made, err := f.Commit(forge.Forgery{Framing: forge.Framing{Format: msg.WireFormat}, Sealed: func(p *tree.UpdatePath) {
		for i, n := range p.Nodes {
			if len(n.EncryptedPathSecret) > 1 {
				p.Nodes[i].EncryptedPathSecret = n.EncryptedPathSecret[:1]
			}
		}
	}})
	if err != nil {
		return nil, err
	}
	r.Commit = wire.Encode(made.Message)
	return r, nil
}

// dated describes a group as it was when it was first asked.
type dated struct {
	*interop.Server
	told map[uint32]*pb.GroupInfoResponse
}

func (s *dated) GroupInfo(ctx context.Context, q *pb.GroupInfoRequest) (*pb.GroupInfoResponse, error) {
	if r := s.told[q.StateId]; r != nil && q.ExternalTree {
		return r, nil
	}
	r, err := s.Server.GroupInfo(ctx, q)
	if err == nil && q.ExternalTree {
		s.told[q.StateId] = r
	}
	return r, err
}

// pathless commits to a Remove without a path.
type pathless struct{ *interop.Server }

func (s *pathless) Commit(ctx context.Context, q *pb.CommitRequest) (*pb.CommitResponse, error) {
	r, err := s.Server.Commit(ctx, q)
	if err != nil || q.ForcePath || len(q.ByReference) > 0 || len(q.ByValue) != 1 || len(q.ByValue[0].RemovedId) == 0 {
		return r, err
	}
	for i, leaf := range s.Member(q.StateId).Tree().Leaves() {
		if string(leaf.Credential.Identity) == string(q.ByValue[0].RemovedId) {
			return r, s.forged(r, q.StateId, forge.Forgery{NoPath: true, List: forge.Values(forge.Remove(i))})
		}
	}
	return r, nil
}

// forged puts a Commit that a forger makes in the place of one that was made.
func (s *pathless) forged(r *pb.CommitResponse, id uint32, v forge.Forgery) error {
	f, err := forge.Of(s.Member(id), zeros{})
	if err != nil {
		return err
	}
	made, err := f.Commit(v)
	if err == nil {
		r.Commit = wire.Encode(made.Message)
	}
	return err
}

// careless commits to extensions whatever they are.
type careless struct{ *interop.Server }

func (s *careless) Commit(ctx context.Context, q *pb.CommitRequest) (*pb.CommitResponse, error) {
	r, err := s.Server.Commit(ctx, q)
	if err == nil || len(q.ByReference) > 0 || len(q.ByValue) != 1 || len(q.ByValue[0].Extensions) != 1 {
		return r, err
	}
	e := q.ByValue[0].Extensions[0]
	p := message.Proposal{Type: spec.ProposalGroupContextExtensions, GroupContextExtensions: &message.GroupContextExtensions{
		Extensions: []tree.Extension{{Type: spec.ExtensionType(e.ExtensionType), Data: e.ExtensionData}},
	}}
	r = &pb.CommitResponse{}
	return r, (&pathless{s.Server}).forged(r, q.StateId, forge.Forgery{List: forge.Values(p)})
}

// inventive tells other authenticated data than came.
type inventive struct{ *interop.Server }

func (s *inventive) Unprotect(ctx context.Context, q *pb.UnprotectRequest) (*pb.UnprotectResponse, error) {
	r, err := s.Server.Unprotect(ctx, q)
	if err == nil {
		r.AuthenticatedData = []byte("invented")
	}
	return r, err
}

// zeros is no random source, but will do for a message that is wrong anyway.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// unmerged tells whether a leaf is unmerged somewhere in a member's tree.
func unmerged(m *impl.Member) bool {
	if m == nil {
		return false
	}
	for x := uint32(1); x < 2*m.Tree().Size()-1; x += 2 {
		if p := m.Tree().Parent(tree.NodeIndex(x)); p != nil && len(p.UnmergedLeaves) > 0 {
			return true
		}
	}
	return false
}

// dropping has forgotten the key of the parent of its leaf, and can read what is
// sealed to the leaf alone.
type dropping struct{ *interop.Server }

func (s *dropping) HandleCommit(ctx context.Context, q *pb.HandleCommitRequest) (*pb.HandleCommitResponse, error) {
	var msg message.MLSMessage
	m := s.Member(q.StateId)
	if m != nil && wire.Decode(q.Commit, &msg) == nil && msg.PublicMessage != nil {
		c, sender := msg.PublicMessage.Content.Commit, msg.PublicMessage.Content.Sender.LeafIndex
		parent := tree.NodeIndex(uint32(m.Leaf())/2*4 + 1)
		if c != nil && c.Path != nil && sender/2 != m.Leaf()/2 && m.Tree().Parent(parent) != nil {
			return nil, status.Error(codes.Internal, "no key to decrypt with")
		}
	}
	return s.Server.HandleCommit(ctx, q)
}

// harmable goes back by an epoch when it refuses a Commit.
type harmable struct {
	*interop.Server
	before map[uint32]*impl.Member
}

func (s *harmable) HandleCommit(ctx context.Context, q *pb.HandleCommitRequest) (*pb.HandleCommitResponse, error) {
	m := s.Member(q.StateId)
	r, err := s.Server.HandleCommit(ctx, q)
	switch old := s.before[q.StateId]; {
	case err == nil:
		s.before[q.StateId] = m
	case old != nil:
		s.Put(q.StateId, old)
	}
	return r, err
}

// lying tells another epoch_authenticator than it has.
type lying struct{ *interop.Server }

func (s *lying) HandlePendingCommit(ctx context.Context, q *pb.HandlePendingCommitRequest) (*pb.HandleCommitResponse, error) {
	r, err := s.Server.HandlePendingCommit(ctx, q)
	if err == nil {
		r.EpochAuthenticator = slices.Clone(r.EpochAuthenticator)
		r.EpochAuthenticator[0] ^= 1
	}
	return r, err
}

// slow are flaws that take seconds to find.
var slow = map[string]bool{
	"membership_tag is not verified": true, "signatures are not verified": true,
	"an Update of one who is removed counts": true, "unmerged leaves are forgotten": true,
	"no path where one is needed": true, "two PSKs in the wrong order": true, "the key of a node is dropped": true,
}
