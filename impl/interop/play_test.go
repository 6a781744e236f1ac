package interop

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"mlssim/impl/interop/client"
	"mlssim/impl/interop/pb"
	"mlssim/impl/interop/scenario"
)

// TestScenarios: two servers get through all scenarios, which use every call; and
// afterwards no state is left.
func TestScenarios(t *testing.T) {
	var counted calls
	a, b := New(config(1)), New(config(2))
	b.config.GREASE = true
	o := scenario.Options{Suites: []uint32{1}, Combinations: 4, Seed: 1}
	if *long {
		o.Suites = nil
	}
	played := results(t, ownScenarios(t), []*client.Client{start(t, a, counted.count), start(t, b, counted.count)}, o)
	for _, r := range played {
		if r.Failure != nil || r.Skipped != "" {
			t.Errorf("%s, %s, suite %d, %s, %v: %v %s", r.File, r.Script, r.Suite, r.Form, r.Cast, r.Failure, r.Skipped)
		}
	}
	if len(played) < 80 {
		t.Errorf("%d plays", len(played))
	}
	for _, m := range pb.MLSClient_ServiceDesc.Methods {
		if counted.of["/mls_client.MLSClient/"+m.MethodName] == 0 {
			t.Errorf("nobody has called %s", m.MethodName)
		}
	}
	if n := len(pb.MLSClient_ServiceDesc.Methods); n != 34 {
		t.Errorf("%d calls, want 34", n)
	}
	for _, s := range []*Server{a, b} {
		for id, slot := range s.held.slots {
			if slot.holds.what() != (*pendingJoin)(nil).what() && slot.holds.what() != (*outsider)(nil).what() {
				t.Errorf("%d still stands for %s", id, slot.holds.what())
			}
		}
	}
}

// TestSameSeedSameBytes: what a server answers follows from its configuration and
// what it is asked.
func TestSameSeedSameBytes(t *testing.T) {
	digest := func(seed byte) string {
		h := sha256.New()
		c := start(t, New(config(seed)), hashing(h))
		results(t, ownScenarios(t), []*client.Client{c}, scenario.Options{Suites: []uint32{1}, Combinations: 1})
		return fmt.Sprintf("%x", h.Sum(nil))
	}
	first := digest(1)
	if again := digest(1); again != first {
		t.Errorf("%s, and %s the second time", first, again)
	}
	if other := digest(2); other == first {
		t.Error("the seed does not matter")
	}
}

// hashing puts all answers into a hash.
func hashing(h hash.Hash) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		answer, err := handle(ctx, request)
		if m, ok := answer.(proto.Message); ok && err == nil {
			b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
			if err != nil {
				return nil, err
			}
			h.Write(b)
		}
		return answer, err
	}
}

// A lie is what a server may do wrong that only one comparison shows.
type lie struct {
	name string
	at   string // the call; "" for all
	tell func(answer any)
	want string // of the failure
}

var lies = []lie{
	{"StateAuth", "StateAuth", func(m any) { m.(*pb.StateAuthResponse).StateAuthSecret[0] ^= 1 }, "from StateAuth"},
	{"exported secret", "Export", func(m any) { m.(*pb.ExportResponse).ExportedSecret[0] ^= 1 }, "another exported secret than the others"},
	{"short exported secret", "Export", func(m any) { m.(*pb.ExportResponse).ExportedSecret = make([]byte, 31) }, "31 bytes were exported"},
	{"authenticator after a Commit", "HandleCommit", func(m any) { m.(*pb.HandleCommitResponse).EpochAuthenticator[0] ^= 1 }, "from StateAuth"},
	{"authenticator of the end", "HandleReInitCommit", func(m any) { m.(*pb.HandleReInitCommitResponse).EpochAuthenticator[0] ^= 1 }, "the committer has"},
	{"another epoch", "", epochIs("another"), "others have"},
	{"no epoch", "", epochIs(""), "an empty epoch_authenticator"},
	{"plaintext", "Unprotect", func(m any) { m.(*pb.UnprotectResponse).Plaintext = []byte("x") }, `plaintext "x"`},
	{"authenticated data", "Unprotect", func(m any) { m.(*pb.UnprotectResponse).AuthenticatedData = []byte("x") }, `authenticated_data "x"`},
	{"no GroupInfo", "GroupInfo", func(m any) { m.(*pb.GroupInfoResponse).GroupInfo = nil }, ""},
	{"no Welcome", "Commit", func(m any) { m.(*pb.CommitResponse).Welcome = nil }, "welcome: "},
}

// epochIs tells the same lie about the epoch in all calls.
func epochIs(authenticator string) func(any) {
	return func(answer any) {
		m := answer.(proto.Message).ProtoReflect()
		for _, name := range []protoreflect.Name{"epoch_authenticator", "state_auth_secret"} {
			if f := m.Descriptor().Fields().ByName(name); f != nil {
				m.Set(f, protoreflect.ValueOfBytes([]byte(authenticator)))
			}
		}
	}
}

// TestLiesAreFound: each of these makes some play fail, for what it is.
func TestLiesAreFound(t *testing.T) {
	honest := start(t, New(config(1)))
	files := ownScenarios(t)
	for _, l := range lies {
		liar := start(t, New(config(2)), func(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
			answer, err := handle(ctx, request)
			if err == nil && (l.at == "" || info.FullMethod == "/mls_client.MLSClient/"+l.at) {
				l.tell(answer)
			}
			return answer, err
		})
		found, others := false, 0
		for _, r := range results(t, files, []*client.Client{honest, liar}, scenario.Options{Suites: []uint32{1}, Forms: []scenario.Form{scenario.Public}, Combinations: 3}) {
			if r.Failure != nil && contains(r.Failure.Reason, l.want) {
				found = true
			}
			if r.Failure == nil {
				others++
			}
		}
		if !found {
			t.Errorf("%s: no failure says %q", l.name, l.want)
		}
		if others == 0 {
			t.Errorf("%s: all plays failed, also those of the honest server alone", l.name)
		}
	}
}

// instead returns an interceptor that does something else than to answer a call.
func instead(of string, do func(context.Context) error) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		if info.FullMethod == "/mls_client.MLSClient/"+of {
			return nil, do(ctx)
		}
		return handle(ctx, request)
	}
}

// TestSilenceEnds: a call that nobody answers fails when its time is over, with where
// and why; and what does not need it goes on.
func TestSilenceEnds(t *testing.T) {
	c := startFor(t, New(config(1)), 300*time.Millisecond, instead("GroupInfo", func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}))
	failed, passed := 0, 0
	for _, r := range results(t, ownScenarios(t), []*client.Client{c}, scenario.Options{Suites: []uint32{1}, Forms: []scenario.Form{scenario.Private}}) {
		switch f := r.Failure; {
		case f == nil:
			passed++
		case f.RPC == "GroupInfo" && contains(f.Error(), "GroupInfo: DeadlineExceeded: "):
			failed++
		default:
			t.Errorf("%s: %v", r.Script, f)
		}
	}
	if failed == 0 || passed == 0 {
		t.Errorf("%d failed, %d passed", failed, passed)
	}
}

// TestFreeFails: that a client does not forget a state is a failure, after the end.
func TestFreeFails(t *testing.T) {
	c := start(t, New(config(1)), instead("Free", func(context.Context) error { return errors.New("no") }))
	for _, r := range results(t, ownScenarios(t)[:1], []*client.Client{c}, scenario.Options{Suites: []uint32{1}}) {
		if r.Failure == nil || r.Failure.RPC != "Free" {
			t.Errorf("%s: %v", r.Script, r.Failure)
		}
	}
}

// TestSkipped: a script is not played by clients that have not got what it takes, and
// says so.
func TestSkipped(t *testing.T) {
	few := start(t, New(config(1)), func(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		answer, err := handle(ctx, request)
		if r, ok := answer.(*pb.SupportedCiphersuitesResponse); ok {
			r.Ciphersuites = []uint32{3}
		}
		return answer, err
	})
	all := start(t, New(config(2)))
	skipped, played := 0, map[uint32]int{}
	for _, r := range results(t, ownScenarios(t), []*client.Client{few, all}, scenario.Options{Suites: []uint32{1, 3}, Combinations: 4}) {
		if r.Failure != nil {
			t.Errorf("%s, %v: %v", r.Script, r.Cast, r.Failure)
		}
		if slices.Contains(r.Cast, 0) && r.Suite != 3 {
			t.Errorf("suite %d with a client that has not got it", r.Suite)
		}
		if r.Skipped != "" {
			skipped++
		} else {
			played[r.Suite]++
		}
	}
	if skipped == 0 || played[1] == 0 || played[3] == 0 {
		t.Errorf("%d skipped, played by suite: %v", skipped, played)
	}
	for _, r := range results(t, ownScenarios(t), []*client.Client{few}, scenario.Options{Suites: []uint32{1}}) {
		if r.Skipped == "" {
			t.Errorf("%s was played with a suite that there is not", r.Script)
		}
	}
}

// TestMixed: of the casts, those of one client alone are left out if it is asked for.
func TestMixed(t *testing.T) {
	clients := []*client.Client{start(t, New(config(1))), start(t, New(config(2)))}
	o := scenario.Options{Suites: []uint32{1}, Forms: []scenario.Form{scenario.Public}, Combinations: 4}
	count := func(mixed bool) (alone, together int) {
		o.Mixed = mixed
		for _, r := range results(t, ownScenarios(t)[:1], clients, o) {
			if slices.Contains(r.Cast, 0) && slices.Contains(r.Cast, 1) {
				together++
			} else {
				alone++
			}
		}
		return alone, together
	}
	alone, together := count(false)
	if alone == 0 || together == 0 {
		t.Fatalf("%d casts of one client, %d of two: there is nothing to choose from", alone, together)
	}
	if some, all := count(true); some != 0 || all != together {
		t.Errorf("%d casts of one client, want none; %d of two, want %d", some, all, together)
	}
}

// TestPlain: a play that compares authenticators alone asks for nothing else, and
// still sees one that is wrong or not there.
func TestPlain(t *testing.T) {
	o := scenario.Options{Suites: []uint32{1}, Forms: []scenario.Form{scenario.Public}, Combinations: 4, Mixed: true, Plain: true}
	honest := start(t, New(config(1)))
	play := func(of string, do func(*pb.HandleCommitResponse)) (failures []string) {
		other := start(t, New(config(2)), func(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
			switch info.FullMethod {
			case "/mls_client.MLSClient/StateAuth", "/mls_client.MLSClient/Export":
				return nil, errors.New("there is no such call here")
			}
			answer, err := handle(ctx, request)
			if r, ok := answer.(*pb.HandleCommitResponse); ok && info.FullMethod == "/mls_client.MLSClient/"+of && err == nil {
				do(r)
			}
			return answer, err
		})
		for _, r := range results(t, ownScenarios(t), []*client.Client{honest, other}, o) {
			if r.Failure != nil {
				failures = append(failures, r.Failure.Reason)
			}
		}
		return failures
	}
	if f := play("", nil); len(f) != 0 {
		t.Errorf("%d plays failed: %s", len(f), f[0])
	}
	for _, of := range []string{"HandleCommit", "HandlePendingCommit"} {
		if f := play(of, func(r *pb.HandleCommitResponse) { r.EpochAuthenticator[0] ^= 1 }); !slices.ContainsFunc(f, func(f string) bool { return contains(f, "others have") }) {
			t.Errorf("%s: nobody sees that an authenticator is wrong: %q", of, f)
		}
		if f := play(of, func(r *pb.HandleCommitResponse) { r.EpochAuthenticator = nil }); !slices.Contains(f, "an empty epoch_authenticator") {
			t.Errorf("%s: nobody sees that there is no authenticator: %q", of, f)
		}
	}
}
