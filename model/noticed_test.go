package model

import (
	"testing"

	"mlssim/spec"
)

// What is derived or made, where all members would agree if it were made in another way.

// sealed returns what the first Welcome of a Commit holds for its first newcomer.
func (g *testGroup) sealed(out Output) GroupSecrets {
	g.t.Helper()
	_, plaintext, _ := g.s.SealedBy(out.Welcomes[0].Secrets[0].Secrets)
	secrets, ok := decode[GroupSecrets](g.s, plaintext)
	if !ok {
		g.t.Fatal("no GroupSecrets")
	}
	return secrets
}

// TestProvisionalContext is Section 12.4.1: the new epoch and tree, the transcript as it was.
func TestProvisionalContext(t *testing.T) {
	g := newGroupOf(t, "A", "B")
	before := g.members["A"].Context
	out := g.do("A", MakeCommit{Path: true})
	want := before
	want.Epoch, want.TreeHash = before.Epoch+1, out.Next.Tree.Hash(g.s)
	box := out.Send.Public.Content.Commit.Path.Nodes[0].EncryptedPathSecret[0]
	if got := g.s.shapes[box].args[1]; got != want.term(g.s) {
		t.Errorf("sealed in the context %s", g.s.String(got))
	}
}

// TestExternalJoinerTakesTheFirstBlankLeaf is Section 12.4.3.2, with the leaf of one who
// is gone.
func TestExternalJoinerTakesTheFirstBlankLeaf(t *testing.T) {
	g := newGroupOf(t, "A", "B", "C", "D")
	g.commit("A", MakeCommit{Path: true, Values: []Proposal{Remove(1)}})
	info := g.do("A", Publish{GroupInfoOptions{ExternalPub: true}}).GroupInfo
	out, err := JoinExternal(g.env(), ExternalJoining{Client: g.client("E"), Info: info})
	if err != nil || out.Next.Leaf != 1 {
		t.Errorf("at leaf %d, %v", out.Next.Leaf, err)
	}
}

// TestNothingOfTheOldExtensionsStays is Section 12.1.7.
func TestNothingOfTheOldExtensionsStays(t *testing.T) {
	g := newGroupOf(t, "A", "B")
	for _, e := range []Extension{ExternalSenders(nil).Extension(g.s), RequiredCapabilities{}.Extension(g.s)} {
		g.commit("A", MakeCommit{Path: true, Values: []Proposal{{Type: spec.ProposalGroupContextExtensions, Extensions: []Extension{e}}}})
		for name, m := range g.members {
			if got := m.Context.Extensions; len(got) != 1 || got[0] != e {
				t.Errorf("%s has %v, want %v", name, got, e)
			}
		}
	}
}

// TestKeysOfKeyPackagesAreNew is Section 10.
func TestKeysOfKeyPackagesAreNew(t *testing.T) {
	g := newGroupOf(t, "A")
	one, two := g.keyPackage("B"), g.keyPackage("B")
	if one.Init == two.Init || one.Init == one.Leaf || one.Leaf == two.Leaf {
		t.Error("a key stands in two places")
	}
}

// TestReuseGuardIsDrawn is Section 6.3.1, and what Section 6.3.2 says of the keys under
// which it is sent.
func TestReuseGuardIsDrawn(t *testing.T) {
	g := newGroupOf(t, "A", "B")
	guards := map[Term]bool{}
	for range 2 {
		p := g.do("A", Send{Data: "data"}).Send.Private
		box := g.s.shapes[p.EncryptedSenderData]
		secret := g.members["A"].Secrets.SenderData
		if box.args[0] != g.s.Expand(secret, "key", p.Ciphertext) || box.args[1] != g.s.Expand(secret, "nonce", p.Ciphertext) {
			t.Error("key or nonce of the sender data")
		}
		data, ok := decode[senderData](g.s, box.args[3])
		if !ok || !g.s.drawn(data.ReuseGuard) {
			t.Errorf("reuse guard %s", g.s.String(data.ReuseGuard))
		}
		guards[data.ReuseGuard] = true
	}
	if len(guards) != 2 {
		t.Error("one guard for two messages")
	}
}

// TestPathIsBlankedBefore is Section 7.4, on a node that the new path passes by.
func TestPathIsBlankedBefore(t *testing.T) {
	s := NewStore()
	before := Tree{{Leaf: &LeafNode{}}, {Parent: &ParentNode{EncryptionKey: s.Fresh(NodeKey, 1)}}, {}}
	if after, _ := before.mergePath(s, 0, nil); !after[1].Blank() {
		t.Error("a key that the committer may not know stays above it")
	}
}

// TestReferences writes Section 5.2 out once more.
func TestReferences(t *testing.T) {
	g := newGroupOf(t, "A", "B")
	hashed := func(label string, content Term) Term { return g.s.intern(opRefHash, label, 0, content) }
	kp := g.keyPackage("C").Package
	if kp.Ref(g.s) != hashed("MLS 1.0 KeyPackage Reference", kp.term(g.s)) {
		t.Error("of a KeyPackage")
	}
	p := g.do("A", ProposeRemove{Leaf: 1}).Send.Public.AuthenticatedContent
	if got := g.members["A"].Proposals[0].Ref; got != hashed("MLS 1.0 Proposal Reference", p.term(g.s)) {
		t.Error("of a proposal")
	}
}

// TestFirstTranscriptIsEmpty is Section 8.2 for epoch 0.
func TestFirstTranscriptIsEmpty(t *testing.T) {
	if m := newGroupOf(t, "A").members["A"]; m.Context.ConfirmedTranscriptHash != 0 {
		t.Error("there is a transcript before the first Commit")
	}
}

// TestKeysOfTheWelcome writes out how the GroupInfo is encrypted (Section 12.4.3.1).
func TestKeysOfTheWelcome(t *testing.T) {
	g := newGroupOf(t, "A")
	out := g.add("A", true, "B")
	s := g.s
	welcome := s.DeriveSecret(s.Extract(g.sealed(out).Joiner, s.Zero()), "welcome")
	box := s.shapes[out.Welcomes[0].EncryptedGroupInfo]
	if box.args[0] != s.Expand(welcome, "key", 0) || box.args[1] != s.Expand(welcome, "nonce", 0) {
		t.Error("key or nonce of the GroupInfo")
	}
}

// TestSuccessorsNameWhereTheyComeFrom is Sections 11.2 and 11.3: without their PSK a
// newcomer would take them for groups that stand by themselves.
func TestSuccessorsNameWhereTheyComeFrom(t *testing.T) {
	g := inStep(t)
	old := g.members["A"].Context
	branch := g.do("A", Branch{GroupID: g.s.Bytes("branch"), Packages: g.packages("B")})
	if got := g.sealed(branch).PSKs; len(got) != 1 || got[0].Usage != spec.UsageBranch || got[0].Epoch != old.Epoch {
		t.Errorf("a subgroup names %v", got)
	}
	g.ended(true)
	reinit := g.do("A", Reinitialize{Packages: g.packages("B", "C", "D")})
	if got := g.sealed(reinit).PSKs; len(got) != 1 || got[0].Usage != spec.UsageReInit || got[0].GroupID != old.GroupID {
		t.Errorf("a successor names %v", got)
	}
}

// TestWhoArrivesByACommitBringsPSKs is Section 12.4.3.2: with a PSK and without one all
// come to the same epoch.
func TestWhoArrivesByACommitBringsPSKs(t *testing.T) {
	for _, ids := range [][]PreSharedKeyID{nil, {ExternalPSKID(1)}} {
		g := inStep(t)
		known(g)
		info := g.do("A", Publish{GroupInfoOptions{ExternalPub: true}}).GroupInfo
		out, err := JoinExternal(g.env(), ExternalJoining{Client: g.client("E"), Info: info, PSKs: ids})
		if err != nil {
			t.Fatal(err)
		}
		g.do("B", Receive{out.Send.Public})
		if g.members["B"].EpochAuthenticator() != out.Next.EpochAuthenticator() {
			t.Errorf("with %d PSKs they are in two epochs", len(ids))
		}
	}
}

// TestWelcomeTellsTheExternalKey is Section 12.4.1: to those whom the committer tells it.
func TestWelcomeTellsTheExternalKey(t *testing.T) {
	for _, told := range []bool{true, false} {
		g := newGroupOf(t, "A")
		k := g.keyPackage("B")
		out := g.do("A", MakeCommit{Path: true, Values: []Proposal{Add(k.Package)}, Welcome: WelcomeOptions{GroupInfo: GroupInfoOptions{ExternalPub: told}}})
		_, plaintext, _ := g.s.EncryptedBy(out.Welcomes[0].EncryptedGroupInfo)
		info, ok := decode[GroupInfo](g.s, plaintext)
		want := Term(0)
		if told {
			want = g.s.Public(g.s.Private(out.Next.Secrets.External))
		}
		if !ok || info.ExternalPub != want {
			t.Errorf("told %v: %s", told, g.s.String(info.ExternalPub))
		}
	}
}
