package interop

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"mlssim/impl"
	"mlssim/impl/interop/pb"
	"mlssim/impl/message"
	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/spec"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

var background = context.Background()

// must returns what a call gives that has to succeed.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// A pair is a server with a group of ann, who created it, and ben.
type pair struct {
	t        *testing.T
	s        *Server
	ann, ben uint32
}

func newPair(t *testing.T, encrypt bool) *pair {
	t.Helper()
	p := &pair{t: t, s: New(config(3))}
	p.ann = must[*pb.CreateGroupResponse](t)(p.s.CreateGroup(background, &pb.CreateGroupRequest{
		GroupId: []byte("group"), CipherSuite: 1, EncryptHandshake: encrypt, Identity: []byte("ann"),
	})).StateId
	id, kp := p.keyPackage("ben")
	c := p.commit(&pb.CommitRequest{StateId: p.ann, ByValue: []*pb.ProposalDescription{{ProposalType: []byte("add"), KeyPackage: kp}}})
	p.accept(p.ann)
	p.ben = must[*pb.JoinGroupResponse](t)(p.s.JoinGroup(background, &pb.JoinGroupRequest{
		TransactionId: id, Welcome: c.Welcome, EncryptHandshake: encrypt, Identity: []byte("ben"),
	})).StateId
	return p
}

func (p *pair) keyPackage(name string) (uint32, []byte) {
	p.t.Helper()
	r := must[*pb.CreateKeyPackageResponse](p.t)(p.s.CreateKeyPackage(background, &pb.CreateKeyPackageRequest{CipherSuite: 1, Identity: []byte(name)}))
	return r.TransactionId, r.KeyPackage
}

func (p *pair) commit(r *pb.CommitRequest) *pb.CommitResponse {
	p.t.Helper()
	return must[*pb.CommitResponse](p.t)(p.s.Commit(background, r))
}

func (p *pair) accept(id uint32) {
	p.t.Helper()
	must[*pb.HandleCommitResponse](p.t)(p.s.HandlePendingCommit(background, &pb.HandlePendingCommitRequest{StateId: id}))
}

func (p *pair) update(id uint32) []byte {
	p.t.Helper()
	return must[*pb.ProposalResponse](p.t)(p.s.UpdateProposal(background, &pb.UpdateProposalRequest{StateId: id})).Proposal
}

func (p *pair) auth(id uint32) string {
	p.t.Helper()
	return string(must[*pb.StateAuthResponse](p.t)(p.s.StateAuth(background, &pb.StateAuthRequest{StateId: id})).StateAuthSecret)
}

func (p *pair) decode(b []byte) *message.MLSMessage {
	p.t.Helper()
	var m message.MLSMessage
	if err := wire.Decode(b, &m); err != nil {
		p.t.Fatal(err)
	}
	return &m
}

// TestHandshakeForm: a client encrypts its proposals and Commits if it was told to
// when it came into the group, also in a group that follows.
func TestHandshakeForm(t *testing.T) {
	for _, encrypt := range []bool{false, true} {
		p := newPair(t, encrypt)
		check := func(what string, b []byte) {
			t.Helper()
			if got := p.decode(b).WireFormat == spec.WirePrivateMessage; got != encrypt {
				t.Errorf("%s: encrypted %v, want %v", what, got, encrypt)
			}
		}
		check("proposal", p.update(p.ben))
		check("Commit", p.commit(&pb.CommitRequest{StateId: p.ann}).Commit)
		_, kp := p.keyPackage("ben")
		sub := must[*pb.CreateSubgroupResponse](t)(p.s.CreateBranch(background, &pb.CreateBranchRequest{StateId: p.ann, GroupId: []byte("sub"), KeyPackages: [][]byte{kp}}))
		check("proposal in the subgroup", p.update(sub.StateId))
	}
}

// TestPathWhereNeeded: a Commit has a path if it is asked for, or has to have one.
func TestPathWhereNeeded(t *testing.T) {
	p := newPair(t, false)
	_, kp := p.keyPackage("cat")
	add := []*pb.ProposalDescription{{ProposalType: []byte("add"), KeyPackage: kp}}
	remove := []*pb.ProposalDescription{{ProposalType: []byte("remove"), RemovedId: []byte("ben")}}
	for _, c := range []struct {
		name  string
		value []*pb.ProposalDescription
		force bool
		want  bool
	}{
		{"add", add, false, false}, {"add, forced", add, true, true}, {"nothing", nil, false, true}, {"remove", remove, false, true},
	} {
		m := p.decode(p.commit(&pb.CommitRequest{StateId: p.ann, ByValue: c.value, ForcePath: c.force}).Commit)
		if got := m.PublicMessage.Content.Commit.Path != nil; got != c.want {
			t.Errorf("%s: a path: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestRefusedCallChangesNothing: after each of these refusals the group goes on.
func TestRefusedCallChangesNothing(t *testing.T) {
	p := newPair(t, true)
	good := p.update(p.ben)
	before := p.auth(p.ann)
	refuse := func(name string, err error) {
		t.Helper()
		if err == nil {
			t.Errorf("%s is not refused", name)
		}
		if p.auth(p.ann) != before {
			t.Errorf("%s has changed the state", name)
		}
	}
	_, err := p.s.Commit(background, &pb.CommitRequest{StateId: p.ann, ByReference: [][]byte{good, []byte("bad")}})
	refuse("a second proposal that is none", err)
	c := p.commit(&pb.CommitRequest{StateId: p.ben})
	_, err = p.s.HandleCommit(background, &pb.HandleCommitRequest{StateId: p.ann, Proposal: [][]byte{good}, Commit: good})
	refuse("a proposal for a Commit", err)
	_, err = p.s.HandleReInitCommit(background, &pb.HandleCommitRequest{StateId: p.ann, Commit: c.Commit})
	refuse("a Commit that ends nothing", err)
	// The encrypted proposal can be opened only once: a refusal that had used it up
	// would show now.
	c = p.commit(&pb.CommitRequest{StateId: p.ann, ByReference: [][]byte{good}})
	p.accept(p.ann)
	must[*pb.HandleCommitResponse](t)(p.s.HandleCommit(background, &pb.HandleCommitRequest{StateId: p.ben, Proposal: [][]byte{good}, Commit: c.Commit}))
	if p.auth(p.ann) != p.auth(p.ben) {
		t.Error("ann and ben differ")
	}
}

// TestReInitNeedsItsOwnCalls: the calls for ordinary Commits and those for the end
// of a group do not take each other's.
func TestReInitNeedsItsOwnCalls(t *testing.T) {
	p := newPair(t, false)
	proposal := must[*pb.ProposalResponse](t)(p.s.ReInitProposal(background, &pb.ReInitProposalRequest{StateId: p.ann, CipherSuite: 1, GroupId: []byte("next")})).Proposal
	end := &pb.CommitRequest{StateId: p.ann, ByReference: [][]byte{proposal}}
	_, err := p.s.Commit(background, end)
	wantStatus(t, err, codes.FailedPrecondition, "by_reference")
	c := must[*pb.CommitResponse](t)(p.s.ReInitCommit(background, end))
	_, err = p.s.HandlePendingCommit(background, &pb.HandlePendingCommitRequest{StateId: p.ann})
	wantStatus(t, err, codes.FailedPrecondition, "state_id")
	_, err = p.s.HandleCommit(background, &pb.HandleCommitRequest{StateId: p.ben, Proposal: [][]byte{proposal}, Commit: c.Commit})
	wantStatus(t, err, codes.FailedPrecondition, "commit")
	_, err = p.s.ReInitCommit(background, &pb.CommitRequest{StateId: p.ann})
	wantStatus(t, err, codes.FailedPrecondition, "state_id")
	must[*pb.HandleReInitCommitResponse](t)(p.s.HandlePendingReInitCommit(background, &pb.HandlePendingCommitRequest{StateId: p.ann}))
	must[*pb.HandleReInitCommitResponse](t)(p.s.HandleReInitCommit(background, &pb.HandleCommitRequest{StateId: p.ben, Proposal: [][]byte{proposal}, Commit: c.Commit}))
}

// wantStatus compares an error with a code and the field that it names.
func wantStatus(t *testing.T, err error, code codes.Code, field string) {
	t.Helper()
	s := status.Convert(err)
	if s.Code() != code || !strings.HasPrefix(s.Message(), field+": ") {
		t.Errorf("%v: %q, want %v and %q", s.Code(), s.Message(), code, field)
	}
}

// TestLifetimesOfOthers: a KeyPackage that never ends is accepted, and own leaves
// are such as everybody accepts.
func TestLifetimesOfOthers(t *testing.T) {
	p := newPair(t, false)
	env := p.s.env(nil)
	env.Now, env.Lifetime = 0, 0
	id, err := impl.NewIdentity(env, suite.All()[0], []byte("cat"))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := impl.NewKeyPackage(env, id)
	if err != nil {
		t.Fatal(err)
	}
	if l := keys.Package.LeafNode.Lifetime; l.NotBefore != 0 || l.NotAfter+1 != 0 {
		t.Fatalf("the KeyPackage is valid from %d to %d", l.NotBefore, l.NotAfter)
	}
	must[*pb.ProposalResponse](t)(p.s.AddProposal(background, &pb.AddProposalRequest{StateId: p.ann, KeyPackage: encodeKeyPackage(keys.Package)}))
	_, own := p.keyPackage("dan")
	strict := &impl.Env{Rand: env.Rand, Now: now}
	m, _, err := impl.Create(strict, id, []byte("strict"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := m.ProposeAdd(strict, p.decode(own).KeyPackage, spec.WirePublicMessage); err != nil {
		t.Error(err)
	}
}

// TestTable: ids are given out up to a limit, and what nobody asks for is dropped
// when its time has come.
func TestTable(t *testing.T) {
	clock := uint64(1000)
	c := config(4)
	c.Max, c.Idle, c.Now = 2, 60, func() uint64 { return clock }
	s := New(c)
	create := func() (uint32, error) {
		r, err := s.CreateExternalSigner(background, &pb.CreateExternalSignerRequest{CipherSuite: 1, Identity: []byte("one")})
		return r.GetSignerId(), err
	}
	first, err := create()
	if err != nil || first == 0 {
		t.Fatalf("id %d, %v", first, err)
	}
	clock += 50
	second := must[uint32](t)(create())
	if _, err := create(); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("a third one: %v", err)
	}
	clock += 20
	third := must[uint32](t)(create()) // the first has not been asked for in 70 s
	if s.held.find(first) != nil || s.held.find(second) == nil || s.held.find(third) == nil {
		t.Error("another one than the first was dropped")
	}
	if _, err := s.Free(background, &pb.FreeRequest{StateId: second}); err != nil {
		t.Error(err)
	}
	must[uint32](t)(create())
}

// TestBranchOfAnotherGroup: a subgroup is entered only from the epoch that it
// branches off.
func TestBranchOfAnotherGroup(t *testing.T) {
	p := newPair(t, false)
	other := must[*pb.CreateGroupResponse](t)(p.s.CreateGroup(background, &pb.CreateGroupRequest{GroupId: []byte("other"), CipherSuite: 1, Identity: []byte("ben")})).StateId
	p.commit(&pb.CommitRequest{StateId: other})
	p.accept(other)
	enter := func(state uint32) error {
		id, kp := p.keyPackage("ben")
		sub := must[*pb.CreateSubgroupResponse](t)(p.s.CreateBranch(background, &pb.CreateBranchRequest{StateId: p.ann, GroupId: []byte("sub"), KeyPackages: [][]byte{kp}}))
		_, err := p.s.HandleBranch(background, &pb.HandleBranchRequest{StateId: state, TransactionId: id, Welcome: sub.Welcome})
		return err
	}
	refused := func(state uint32) {
		t.Helper()
		err := enter(state)
		wantStatus(t, err, codes.FailedPrecondition, "welcome")
		if !contains(fmt.Sprint(err), "welcome.psks: ") {
			t.Errorf("%v", err)
		}
	}
	refused(other) // epoch 1, as that of ann and ben
	if err := enter(p.ben); err != nil {
		t.Error(err)
	}
	p.commit(&pb.CommitRequest{StateId: p.ann})
	p.accept(p.ann)
	refused(p.ben)
}
