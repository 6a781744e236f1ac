package model

import (
	"slices"
	"testing"

	"mlssim/spec"
	"mlssim/spec/req"
)

// TestCommitterGoesOnWithItsNewKey: the leaf of a path may say something else, and
// who sent it signs with its key from then on.
func TestCommitterGoesOnWithItsNewKey(t *testing.T) {
	g := inStep(t)
	next := g.members["A"].Client
	next.SignatureKey = g.s.Fresh(SignatureKey, 1000)
	g.commit("A", MakeCommit{Path: true, Client: &next})
	if g.members["A"].Client.SignatureKey != next.SignatureKey || g.members["B"].Tree.Leaf(0).SignatureKey != g.s.Public(next.SignatureKey) {
		t.Error("A has its old key")
	}
	g.empty("A")
}

// TestLaterLeavesSayWhatTheKeyPackageSaid: capabilities of a KeyPackage are those
// of the leaves that follow it.
func TestLaterLeavesSayWhatTheKeyPackageSaid(t *testing.T) {
	g := inStep(t)
	few := g.client("E").Capabilities
	few.CipherSuites = few.CipherSuites[:1]
	k, _, err := NewKeyPackageWith(g.env(), g.client("E"), KeyPackageOptions{Capabilities: &few})
	if err != nil {
		t.Fatal(err)
	}
	g.commit("A", MakeCommit{Path: true, Values: []Proposal{Add(k.Package)}}, k)
	g.empty("E")
	if n := len(g.members["A"].Tree.Leaf(4).Capabilities.CipherSuites); n != 1 {
		t.Errorf("E lists %d suites", n)
	}
}

// TestPastEpochsAreForDataAlone: as many as told are kept, and handshake messages of
// them have no effect.
func TestPastEpochsAreForDataAlone(t *testing.T) {
	g := inStep(t)
	g.bounds.PastEpochs = 2
	out := g.do("A", ProposeRemove{Leaf: 3, Framing: Framing{Private: true}})
	if at := slices.IndexFunc(out.Secrets, func(m Secret) bool { return m.Term == out.MessageKey }); at < 0 || out.Secrets[at].Kind != HandshakeKey {
		t.Error("a proposal is not protected by the handshake ratchet")
	}
	g.empty("B")
	if _, _, err := g.members["C"].Step(g.env(), Open{out.Send.Private}); err != spec.ErrEpoch {
		t.Errorf("a proposal of an epoch that is over: %v", err)
	}
	g.empty("B", "C", "B")
	if n := len(g.members["C"].Past); n != 2 {
		t.Errorf("C keeps %d epochs", n)
	}
}

// TestProposalsAreHeldToNewExtensions: a list that brings extensions brings nobody
// who does not support them (RFC 9420, Section 12.3).
func TestProposalsAreHeldToNewExtensions(t *testing.T) {
	g := inStep(t)
	list := byValue(GroupContextExtensions(Extension{Type: unknownType}), Add(g.keyPackage("E").Package))
	_, _, err := g.members["A"].Step(g.env(), Receive{g.forged("B", list, true, nil, nil).message()})
	if v := spec.AllViolated(err); !slices.Contains(v, req.AddExtensions) {
		t.Error(err)
	}
}
