package interop

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"mlssim/impl/interop/pb"
)

// TestConcurrentCalls: calls by many at once, also for the same states, do what they
// do one after the other; no two messages have the same key.
func TestConcurrentCalls(t *testing.T) {
	p := newPair(t, true)
	const each = 8
	var wait sync.WaitGroup
	sent := make(chan []byte, 4*each)
	for range 4 {
		wait.Go(func() {
			for i := range each {
				r, err := p.s.Protect(background, &pb.ProtectRequest{StateId: p.ann, Plaintext: fmt.Append(nil, i)})
				if err != nil {
					t.Error(err)
					return
				}
				sent <- r.Ciphertext
			}
		})
		wait.Go(func() {
			for range each {
				if _, err := p.s.StateAuth(background, &pb.StateAuthRequest{StateId: p.ben}); err != nil {
					t.Error(err)
				}
			}
			newPair(t, false) // other servers, and ids of this one
			id, _ := p.keyPackage("cat")
			if _, err := p.s.Free(background, &pb.FreeRequest{StateId: id}); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	close(sent)
	for c := range sent {
		wait.Go(func() {
			if _, err := p.s.Unprotect(background, &pb.UnprotectRequest{StateId: p.ben, Ciphertext: c}); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
}

// TestOneWelcomeOnce: a KeyPackage is used up by the Welcome, also if several come in
// at once.
func TestOneWelcomeOnce(t *testing.T) {
	p := newPair(t, false)
	id, kp := p.keyPackage("cat")
	c := p.commit(&pb.CommitRequest{StateId: p.ann, ByValue: []*pb.ProposalDescription{{ProposalType: []byte("add"), KeyPackage: kp}}})
	var wait sync.WaitGroup
	var mutex sync.Mutex
	joined := 0
	for range 4 {
		wait.Go(func() {
			_, err := p.s.JoinGroup(background, &pb.JoinGroupRequest{TransactionId: id, Welcome: c.Welcome, Identity: []byte("cat")})
			if status.Code(err) == codes.OK {
				mutex.Lock()
				joined++
				mutex.Unlock()
			} else {
				wantStatus(t, err, codes.NotFound, "transaction_id")
			}
		})
	}
	wait.Wait()
	if joined != 1 {
		t.Errorf("joined %d times", joined)
	}
}

// TestSwappedIDs: calls that lock the same two ids, in whatever order they are given,
// do not wait for each other.
func TestSwappedIDs(t *testing.T) {
	p := newPair(t, false)
	done := make(chan struct{})
	var wait sync.WaitGroup
	for _, ids := range [][2]uint32{{p.ann, p.ben}, {p.ben, p.ann}} {
		for range 2 {
			wait.Go(func() {
				for range 20000 {
					_, err := p.s.HandleBranch(background, &pb.HandleBranchRequest{StateId: ids[0], TransactionId: ids[1]})
					if status.Code(err) != codes.NotFound {
						t.Error(err)
						return
					}
				}
			})
		}
	}
	go func() { wait.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("two calls wait for each other")
	}
}
