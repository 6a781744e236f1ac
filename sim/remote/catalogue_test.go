package remote

import (
	"context"
	"maps"
	"slices"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"mlssim/impl/interop"
	"mlssim/impl/interop/pb"
)

// TestForgedInputsAreRefused gives a server of ours each input of the catalogue,
// and its control.
func TestForgedInputsAreRefused(t *testing.T) {
	suites, every := []uint32{1}, 4
	if *long {
		suites, every = []uint32{1, 2, 3, 4, 5, 6, 7}, 1
	}
	for _, suite := range suites {
		s := &Script{Suite: suite, Seed: 1}
		w, err := newWorld(context.Background(), []*Party{ours("A", 1)}, s, now)
		if err != nil {
			t.Fatal(err)
		}
		names := slices.Sorted(maps.Keys(cases()))
		for i, name := range names {
			if i%every > 0 {
				continue
			}
			if _, err := w.do(i, &Step{Verb: "case", Names: []string{"A", name}}); err != nil {
				t.Error(err)
			}
		}
		t.Log(w.counts)
		if w.counts["case, tried"] < len(names)/every*9/10 || w.counts["case, inconclusive"] > 0 {
			t.Errorf("%v", w.counts)
		}
	}
}

// A moody joins once, and then no more; and it takes one Commit.
type moody struct {
	*interop.Server
	joined, followed bool
}

func (s *moody) JoinGroup(ctx context.Context, q *pb.JoinGroupRequest) (*pb.JoinGroupResponse, error) {
	if s.joined {
		return nil, status.Error(codes.Internal, "not again")
	}
	s.joined = true
	return s.Server.JoinGroup(ctx, q)
}

func (s *moody) HandleCommit(ctx context.Context, q *pb.HandleCommitRequest) (*pb.HandleCommitResponse, error) {
	if !s.followed {
		s.followed = true
		return s.Server.HandleCommit(ctx, q)
	}
	return nil, status.Error(codes.Internal, "no")
}

// TestAControlHasToBeTaken: that a control is refused after a forged input means
// nothing, unless the client takes such a control by itself.
func TestAControlHasToBeTaken(t *testing.T) {
	w, err := newWorld(context.Background(), []*Party{{Letter: "A", Name: "A", Suites: []uint32{1}, RPC: Direct(&moody{Server: server()})}}, &Script{Suite: 1, Seed: 1}, now)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.do(0, &Step{Verb: "case", Names: []string{"A", "12.4.2_commits/confirmation_tag"}})
	if err != nil || w.counts["case, inconclusive"] != 1 || w.counts["case, not reached"] != 1 {
		t.Errorf("%v: %v", w.counts, err)
	}
}
