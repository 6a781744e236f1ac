package model

import (
	"slices"
	"testing"

	"mlssim/spec"
)

// TestExternalCommitIsSection83: the joiner's init_secret stands in the place of
// the group's, and can be had by whoever has external_secret.
func TestExternalCommitIsSection83(t *testing.T) {
	g := inStep(t)
	s, a := g.s, g.members["A"]
	published := g.do("B", Publish{GroupInfoOptions{ExternalPub: true}})
	private := s.Private(a.Secrets.External)
	if published.GroupInfo.ExternalPub != s.Public(private) || !slices.ContainsFunc(published.Secrets, func(m Secret) bool {
		return m.By == K5 && m.Term == private && slices.Equal(m.From, []Term{a.Secrets.External})
	}) {
		t.Errorf("external_pub is %s, made %v", s.String(published.GroupInfo.ExternalPub), published.Secrets)
	}
	out, err := JoinExternal(g.env(), ExternalJoining{Client: g.client("E"), Info: published.GroupInfo})
	if err != nil {
		t.Fatal(err)
	}
	init, joiner := out.Secrets[0].Term, Secret{}
	for _, m := range out.Secrets {
		if m.Kind == JoinerSecret {
			joiner = m
		}
	}
	if joiner.By != K1x || !slices.Contains(joiner.From, init) || slices.Contains(joiner.From, a.Secrets.Init) || !slices.Contains(out.Consumed, init) {
		t.Errorf("joiner_secret by %s from %v", joiner.By, joiner.From)
	}
	var seen []Ciphertext
	for _, c := range out.Send.Public.Ciphertexts(s) {
		if c.Rule == K6 {
			seen = append(seen, c)
		}
	}
	if len(seen) != 1 || seen[0].Private != private || seen[0].Secret != init {
		t.Errorf("what is sealed to external_pub: %v", seen)
	}
	followed := g.do("A", Receive{out.Send.Public})
	if !slices.Contains(followed.Consumed, init) || g.members["A"].Secrets != out.Next.Secrets {
		t.Error("A does not use init_secret up, or is in another epoch")
	}
}

// TestPrivateCommitHidesItsPath: what is sealed in it can be seen by those alone
// who have the handshake key.
func TestPrivateCommitHidesItsPath(t *testing.T) {
	g := inStep(t)
	out := g.do("A", MakeCommit{Path: true, Framing: Framing{Private: true}})
	boxes := out.Send.Private.Ciphertexts(g.s)
	if len(boxes) != 2 {
		t.Fatalf("%d ciphertexts", len(boxes))
	}
	for _, c := range boxes {
		if c.Under != out.MessageKey || c.Under == 0 || c.Rule != T4 {
			t.Errorf("%v is not under the message key %d", c, out.MessageKey)
		}
	}
	if !slices.Contains(out.Consumed, out.MessageKey) || slices.Contains(g.members["A"].Ratchets.Held(), out.MessageKey) {
		t.Error("the key is not used up")
	}
}

// TestCustomProposalsAreHandedOver: the application learns what a Commit covers of
// its own, and from whom it was.
func TestCustomProposalsAreHandedOver(t *testing.T) {
	g := newGroupWith(t, customs, "A", "B", "C")
	body := g.s.Bytes("body")
	ref := g.propose("B", Propose{Proposal: Custom(unknownType, body)})
	out := g.do("A", MakeCommit{Path: true, References: []Term{ref}})
	for name, list := range map[string][]SentProposal{"A": out.Custom, "C": g.do("C", arrive(out.Send)).Custom} {
		if len(list) != 1 || list[0].Body != body || list[0].Sender != (Sender{Type: spec.SenderMember, Leaf: 1}) {
			t.Errorf("%s is handed %v", name, list)
		}
	}
}

// TestOutsidersFollow: who follows a group by its GroupInfo knows what members
// know publicly.
func TestOutsidersFollow(t *testing.T) {
	g := inStep(t)
	a := g.members["A"]
	for _, noTree := range []bool{false, true} {
		info := g.do("A", Publish{GroupInfoOptions{NoTree: noTree}}).GroupInfo
		seen, err := Follow(g.env(), Following{info, a.Tree.Extension()})
		if err != nil || seen.Interim != a.Interim || seen.Tag != a.Tag || seen.Tree.Hash(g.s) != a.Context.TreeHash {
			t.Errorf("%v, %+v", err, seen)
		}
	}
}
