package remote

import (
	"context"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"mlssim/impl/interop"
	"mlssim/impl/interop/client"
	"mlssim/impl/interop/pb"
)

// over lets a server answer calls as on a network, which last no longer than
// timeout, and returns a client of it.
func over(t *testing.T, timeout time.Duration, server func(*grpc.Server) pb.MLSClientServer) *Party {
	t.Helper()
	l := bufconn.Listen(1 << 20)
	g := interop.NewServer()
	pb.RegisterMLSClientServer(g, server(g))
	go g.Serve(l)
	t.Cleanup(g.Stop)
	c, err := client.Dial(context.Background(), "passthrough:///A", timeout,
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &Party{Letter: "A", Name: c.Name, Suites: c.Suites, RPC: c.RPC}
}

func server() *interop.Server {
	return interop.New(interop.Config{Rand: rand.NewChaCha8([32]byte{5}), Now: now})
}

// busy never answers when it is to handle a Commit.
type busy struct{ *interop.Server }

func (s *busy) HandleCommit(ctx context.Context, _ *pb.HandleCommitRequest) (*pb.HandleCommitResponse, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// mortal ends when it is to handle a Commit.
type mortal struct {
	*interop.Server
	end func()
}

func (s *mortal) HandleCommit(ctx context.Context, _ *pb.HandleCommitRequest) (*pb.HandleCommitResponse, error) {
	go s.end()
	<-ctx.Done()
	return nil, ctx.Err()
}

// lazy does not implement external joins and StateAuth.
type lazy struct{ *interop.Server }

func (s *lazy) ExternalJoin(context.Context, *pb.ExternalJoinRequest) (*pb.ExternalJoinResponse, error) {
	return nil, status.Error(codes.Unimplemented, "not here")
}

func (s *lazy) StateAuth(context.Context, *pb.StateAuthRequest) (*pb.StateAuthResponse, error) {
	return &pb.StateAuthResponse{}, nil
}

// An eager proposes what it should not, and sends nothing after that.
type eager struct{ *interop.Server }

func (s *eager) GroupContextExtensionsProposal(context.Context, *pb.GroupContextExtensionsProposalRequest) (*pb.ProposalResponse, error) {
	return &pb.ProposalResponse{Proposal: []byte{1}}, nil
}

func (s *eager) Protect(context.Context, *pb.ProtectRequest) (*pb.ProtectResponse, error) {
	return nil, status.Error(codes.Internal, "a Commit is needed first")
}

const following = header + "\nsuite 1\nhandshake public\nseed 1\ncreate ann@own\ncommit c1 ann add=m2@A\ncommit c2 ann\n"

func played(t *testing.T, p *Party, text string) *Difference {
	t.Helper()
	s, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	d, played, err := Replay(context.Background(), []*Party{p}, s, now)
	if err != nil {
		t.Fatal(err)
	}
	trace := played.Trace
	if len(trace) == 0 || played.Calls == 0 || d != nil && !strings.Contains(strings.Join(trace, "\n"), "A asked HandleCommit state_id=") {
		t.Errorf("the trace does not say what was asked: %q", trace)
	}
	return d
}

// TestSilenceIsADifference lets a client not answer, and another one end.
func TestSilenceIsADifference(t *testing.T) {
	d := played(t, over(t, 300*time.Millisecond, func(*grpc.Server) pb.MLSClientServer { return &busy{server()} }), following)
	if d == nil || d.Kind != silent+"HandleCommit" || d.Step != 2 {
		t.Errorf("%v", d)
	}
	d = played(t, over(t, 10*time.Second, func(g *grpc.Server) pb.MLSClientServer { return &mortal{server(), g.Stop} }), following)
	if d == nil || d.Kind != gone+"HandleCommit" || d.Step != 2 {
		t.Errorf("%v", d)
	}
}

// TestWhatIsNotImplementedIsLeftOut lets a client live through histories that has
// not got all calls.
func TestWhatIsNotImplementedIsLeftOut(t *testing.T) {
	p := &Party{Letter: "A", Name: "lazy", Suites: []uint32{1}, RPC: Direct(&lazy{server()})}
	r, err := Run(context.Background(), []*Party{p}, Options{Seed: 4, Steps: 150, Now: now}, nil)
	if err != nil || len(r.Findings) > 0 {
		t.Fatalf("%v, %+v", err, r.Findings)
	}
	off := strings.Join(r.Off["A"], ", ")
	if !strings.Contains(off, "ExternalJoin") || !strings.Contains(off, "StateAuth") || r.Counts["commit"] == 0 {
		t.Errorf("%s; %v", off, r.Counts)
	}
}

// TestNobodyIsTortured asks for suites that the clients have not got in common.
func TestNobodyIsTortured(t *testing.T) {
	a, b := ours("A", 1), ours("B", 2)
	a.Suites, b.Suites = []uint32{1}, []uint32{2}
	if _, err := Run(context.Background(), []*Party{a, b}, Options{Steps: 10, Now: now}, nil); err == nil {
		t.Error("no error")
	}
}

// TestTimeIsKept lets a run last half a second.
func TestTimeIsKept(t *testing.T) {
	r, err := Run(context.Background(), []*Party{ours("A", 1)}, Options{Seed: 1, For: 500 * time.Millisecond, Suites: []uint32{1}, Now: now}, nil)
	if err != nil || r.Steps == 0 || r.Steps > 2000 {
		t.Errorf("%v, %+v", err, r)
	}
}

// TestNothingFollowsAWrongProposal: a client that proposes what it was asked to, and
// should not, may do as it likes then. One that does not may not.
func TestNothingFollowsAWrongProposal(t *testing.T) {
	p := &Party{Letter: "A", Name: "A", Suites: []uint32{1}, RPC: Direct(&eager{server()})}
	if d := played(t, p, following+"propose p3 m2 extensions=unknown\nsend d4 m2\n"); d != nil {
		t.Errorf("%v after a proposal that nobody may cover", d)
	}
	if d := played(t, p, following+"send d4 m2\n"); d == nil {
		t.Error("it sends nothing, and that is not found")
	}
}

// A choosy leaves out of a Commit whatever others have proposed.
type choosy struct{ *interop.Server }

func (s *choosy) Commit(ctx context.Context, q *pb.CommitRequest) (*pb.CommitResponse, error) {
	q.ByReference = nil
	return s.Server.Commit(ctx, q)
}

// TestWhoIsRemovedIsNoWitness: a client that leaves out of its Commit what it must not
// cover is right, and the refusal of the one member that it removes says nothing else.
func TestWhoIsRemovedIsNoWitness(t *testing.T) {
	p := &Party{Letter: "A", Name: "A", Suites: []uint32{1}, RPC: Direct(&choosy{server()})}
	s, err := Parse(following + "propose p3 m2 remove=m2\ncommit c4 m2 remove=ann refs=p3\n")
	if err != nil {
		t.Fatal(err)
	}
	d, played, err := Replay(context.Background(), []*Party{p}, s, now)
	if d != nil || err != nil || played.Counts["left something out"] != 1 {
		t.Errorf("%v, %v, %v", d, err, played.Counts)
	}
}
