package model

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/spec"
	"mlssim/spec/req"
)

// same tells whether two states are the same value.
func same(a, b Member) bool {
	return cmp.Equal(a, b, cmp.AllowUnexported(Member{}, SecretTree{}, ratchet{}, messageKey{}, Bounds{}))
}

// TestCommitsTakeEffectWhenAccepted is Sections 12, 12.4.2 and 14.
func TestCommitsTakeEffectWhenAccepted(t *testing.T) {
	g := inStep(t)
	a, b := g.members["A"], g.members["B"]
	ref := g.propose("B", ProposeRemove{Leaf: 3})
	after, proposed := g.members["A"], g.members["B"]
	out := g.do("B", MakeCommit{Path: true, References: []Term{ref}})
	followed, _, err := after.Step(g.env(), Receive{out.Send.Public})
	if err != nil {
		t.Fatal(err)
	}
	output(t, req.ChangeSteps, "proposal.send", proposed.Context.TreeHash == b.Context.TreeHash, out.Next.Context.TreeHash == b.Context.TreeHash)
	output(t, req.ChangeSteps, "commit.send", out.Next.Tree.Leaf(3) == nil, proposed.Tree.Leaf(3) == nil)
	output(t, req.ChangeSteps, "commit.receive", followed.Tree.Leaf(3) == nil, after.Tree.Leaf(3) == nil)
	output(t, req.CommitPure, "commit.send", same(g.members["B"], proposed), same(*out.Next, proposed))

	bad := *out.Send.Public
	bad.ConfirmationTag = g.s.Zero()
	bad.MembershipTag = bad.membershipTag(g.s, proposed.Secrets.Membership, proposed.Context)
	before := after
	none, _, err := after.Step(g.env(), Receive{&bad})
	if v := spec.AllViolated(err); !slices.Equal(v, spec.Violations{req.CommitConfirmationTag}) {
		t.Errorf("a wrong confirmation tag: %v", err)
	}
	output(t, req.CommitCurrent, "commit.receive", same(none, Member{}) && same(after, before), same(followed, before) || same(a, before))

	left, _, err := g.members["D"].Step(g.env(), Receive{out.Send.Public})
	output(t, req.RemovedDelete, "commit.receive", err == spec.ErrRemoved && same(left, Member{}), same(followed, Member{}))
}

// TestReInitStepByStep is Sections 11.2 and 12.4.2.
func TestReInitStepByStep(t *testing.T) {
	g := inStep(t)
	b := g.keyPackage("B")
	founds := func(m Member) (Output, bool) {
		_, out, err := m.Step(g.env(), Reinitialize{Packages: append(g.packages("C", "D"), b.Package)})
		return out, err == nil
	}
	a := g.members["A"]
	ref := g.propose("A", Propose{Proposal: g.successor(1).Proposal()})
	proposed, waiting := g.members["A"], g.members["B"]
	_, early := founds(a)
	_, tooEarly := founds(proposed)
	out := g.do("A", MakeCommit{References: []Term{ref}})
	next, ok := founds(*out.Next)
	output(t, req.ReinitSteps, "proposal.send", len(proposed.Proposals) == 1 && proposed.Ended == nil, len(a.Proposals) == 1)
	output(t, req.ReinitSteps, "commit.send", out.Next.Ended != nil, proposed.Ended != nil)
	output(t, req.ReinitSteps, "group.reinit", ok, early || tooEarly)
	is := func(m *Member) bool { return m.Context.GroupID == out.Next.Ended.GroupID }
	output(t, req.ReinitCreate, "group.reinit", ok && is(next.Next), is(out.Next))

	ended, _, err := waiting.Step(g.env(), Receive{out.Send.Public})
	if err != nil {
		t.Fatal(err)
	}
	closed := func(m Member) bool {
		_, _, err := m.Step(g.env(), Send{Data: "data"})
		return slices.Contains(spec.AllViolated(err), req.ReinitClosed)
	}
	joins := func(w Welcome) bool {
		m, _, err := Join(g.env(), Joining{Client: g.client("B"), Keys: []KeyPackageKeys{b}, Welcome: &w, From: []Member{ended}})
		return err == nil && is(&m)
	}
	unwelcome := *next.Welcomes[0]
	unwelcome.Secrets = unwelcome.Secrets[:2]
	output(t, req.ReinitWait, "commit.receive", closed(ended), closed(waiting))
	output(t, req.ReinitWait, "welcome.join", joins(*next.Welcomes[0]), joins(unwelcome))
}

// TestSubgroupsBeginWithNewKeys is Section 11.3.
func TestSubgroupsBeginWithNewKeys(t *testing.T) {
	g := inStep(t)
	out := g.do("A", Branch{GroupID: g.s.Bytes("branch"), Packages: g.packages("B")})
	fresh := func(l *LeafNode) bool {
		for _, old := range g.members["A"].Tree.Leaves() {
			if old.EncryptionKey == l.EncryptionKey {
				return false
			}
		}
		return true
	}
	output(t, req.BranchKeyPackages, "group.branch", fresh(out.Next.Tree.Leaf(1)), fresh(g.members["A"].Tree.Leaf(1)))
}

// TestCredentialsRunOut is Section 5.3.2, with an Authentication Service that does not
// vouch for a credential any more.
func TestCredentialsRunOut(t *testing.T) {
	for at, in := range map[string]carrier{"proposal.receive": inUpdate, "commit.receive": inPath} {
		accepted := func(identity string) bool {
			g := inStep(t)
			g.auth.Valid = func(c Credential, _ Term) bool { return c.Identity != "B" }
			return g.carry(in, func(l *LeafNode) { l.Credential.Identity = identity }) == nil
		}
		output(t, req.CredentialExpiredReplaced, at, accepted("new"), accepted("B"))
	}
	g := inStep(t)
	sent := *g.do("B", Send{Data: "data"}).Send.Private
	g.auth.Valid = func(c Credential, _ Term) bool { return c.Identity != "B" }
	read := func(p PrivateMessage) bool { return g.try("A", Open{&p}) == nil }
	forged := sent
	forged.Ciphertext = g.s.Zero()
	output(t, req.CredentialExpiredPast, "message.receive", read(sent), read(forged))
}

// TestAtTheLimitNewKeysComeFirst is Section 15.2.
func TestAtTheLimitNewKeysComeFirst(t *testing.T) {
	g := inStep(t)
	g.bounds.MaxSent = 4
	sends := func() bool {
		m, _, err := g.members["B"].Step(g.env(), Send{Data: "data"})
		if err == nil {
			g.members["B"] = m
		}
		return err == nil
	}
	first, atTheLimit := sends(), sends()
	g.empty("A")
	output(t, req.ApplicationAeadLimitChange, "application.send", first && sends(), atTheLimit)
}

// TestLifetimesOfLeavesThatArrive is Section 7.3 on a clock that is set.
func TestLifetimesOfLeavesThatArrive(t *testing.T) {
	g := inStep(t)
	kp, k := g.keyPackage("E").Package, g.keyPackage("F")
	d := g.forged("B", byValue(Add(k.Package)), true, nil, nil)
	later := func(seconds uint64) *Env {
		env := g.env()
		env.Now += seconds
		return env
	}
	handed := func(seconds uint64) bool {
		_, _, err := g.members["A"].Step(later(seconds), ProposeAdd{KeyPackage: kp})
		return err == nil
	}
	joined := func(seconds uint64) bool {
		_, _, err := Join(later(seconds), Joining{Client: g.client("F"), Keys: []KeyPackageKeys{k}, Welcome: d.welcome()})
		return err == nil
	}
	output(t, req.LeafLifetimeReceived, "key_package.receive", handed(3600), handed(DefaultMaxLifetime+7200))
	output(t, req.LeafLifetimeReceived, "welcome.join", joined(3600), joined(DefaultMaxLifetime+7200))
}

// TestGroupIDsDiffer is Section 11.
func TestGroupIDsDiffer(t *testing.T) {
	g := newGroupOf(t, "A")
	created := func(id Term) Term {
		m, _, err := Create(g.env(), Creation{Client: g.client("A"), GroupID: id})
		if err != nil {
			t.Fatal(err)
		}
		return m.Context.GroupID
	}
	differ := func(id Term) bool {
		one, two := created(id), created(id)
		return one != two
	}
	output(t, req.CreateGroupID, "group.create", differ(0), differ(g.s.Bytes("x")))
}

// TestNothingSecretIsSent: of what a client sends everybody can take apart what is neither
// hashed nor derived nor encrypted, and finds none of its secrets (Section 2).
func TestNothingSecretIsSent(t *testing.T) {
	g := inStep(t)
	s := g.s
	k := g.keyPackage("E")
	commit := g.do("B", MakeCommit{Path: true, Values: []Proposal{Add(k.Package)}})
	sent := g.do("C", Send{Data: "data"})
	secrets := map[Term]bool{g.client("E").SignatureKey: true}
	for _, m := range g.made {
		secrets[m.Term] = true
	}
	var open func(Term) bool
	open = func(t Term) bool {
		h := s.shapes[t]
		return secrets[t] || h.op == opTuple && slices.ContainsFunc(h.args, open)
	}
	w := commit.Welcomes[0]
	public := commit.Send.Public
	p := sent.Send.Private
	for at, terms := range map[string][]Term{
		"key_package.send": {k.Package.term(s)},
		"commit.send":      {public.AuthenticatedContent.term(s), public.MembershipTag, w.EncryptedGroupInfo, w.Secrets[0].Secrets, w.Secrets[0].NewMember},
		"message.send":     {p.Ciphertext, p.EncryptedSenderData, p.AuthenticatedData},
	} {
		confined := func(terms []Term) bool { return !slices.ContainsFunc(terms, open) }
		output(t, req.SecretConfidential, at, confined(terms), confined(append(slices.Clone(terms), s.Tuple("message", commit.Secrets[0].Term))))
	}
}

// TestSecretsThatAreGone is Sections 7.5 and 9.2: the state after a step holds nothing that
// the step used up or replaced, as that before it did.
func TestSecretsThatAreGone(t *testing.T) {
	g := inStep(t)
	without := func(m Member, gone []Term) bool {
		return !slices.ContainsFunc(heldBy(m), func(x Term) bool { return slices.Contains(gone, x) })
	}
	replaced := func(before, after Member) []Term {
		var gone []Term
		for _, k := range before.Keys {
			if x, ok := after.Keys.Of(k.Node); ok && x != k.Private {
				gone = append(gone, k.Private)
			}
		}
		return append(gone, before.Secrets.Init)
	}
	a, b := g.members["A"], g.members["B"]
	out := g.do("B", MakeCommit{Path: true})
	followed, received, err := a.Step(g.env(), Receive{out.Send.Public})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []spec.ID{req.PathDelete, req.SecretDelete} {
		output(t, id, "commit.receive", without(followed, append(replaced(a, followed), received.Consumed...)), without(a, replaced(a, followed)))
	}
	output(t, req.PathDelete, "commit.send", without(*out.Next, append(replaced(b, *out.Next), out.Consumed...)), without(b, replaced(b, *out.Next)))
	sent := g.do("B", Send{Data: "data"})
	read, opened, err := a.Step(g.env(), Open{sent.Send.Private})
	if err != nil {
		t.Fatal(err)
	}
	output(t, req.SecretDelete, "message.send", without(g.members["B"], sent.Consumed), without(b, sent.Consumed))
	output(t, req.SecretDelete, "message.receive", without(read, opened.Consumed), without(a, opened.Consumed))
}
