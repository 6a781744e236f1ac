package model

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/spec"
)

// TestDeletionExampleOfSection92 is the end of Section 9.2: of four members, the
// one at leaf 3 is heard with generation 1 before generation 0.
func TestDeletionExampleOfSection92(t *testing.T) {
	s := NewStore()
	child := func(secret Term, side string) Term { return s.Expand(secret, spec.LabelTree, s.Bytes(side)) }
	g := s.Fresh(EncryptionSecret, 1)
	e, f := child(g, spec.ContextLeft), child(g, spec.ContextRight)
	c, d := child(f, spec.ContextLeft), child(f, spec.ContextRight)
	hr0, ar0 := s.Expand(d, spec.LabelHandshake, 0), s.Expand(d, spec.LabelApplication, 0)
	k0, ar1 := s.Expand(ar0, spec.LabelKey, s.Number(0)), s.Expand(ar0, spec.LabelSecret, s.Number(0))
	k1, ar2 := s.Expand(ar1, spec.LabelKey, s.Number(1)), s.Expand(ar1, spec.LabelSecret, s.Number(1))

	var u use
	key, tree := newSecretTree(g, make(Tree, 7)).reach(s, 3, &u).key(s, 3, Application, 1, &u)
	if key.key != k1 {
		t.Error("another key")
	}
	if d := cmp.Diff([]Term{g, f, d, ar0, ar1, k1}, u.consumed); d != "" {
		t.Errorf("consumed (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]Term{e, c, hr0, ar2, k0}, tree.Held()); d != "" {
		t.Errorf("held (-want +got):\n%s", d)
	}

	u = use{}
	key, tree = tree.key(s, 3, Application, 0, &u)
	if key.key != k0 || !slices.Equal(u.consumed, []Term{k0}) || slices.Contains(tree.Held(), k0) {
		t.Error("generation 0 is not to be had later, or stays")
	}
	if tree.unused(3, Application, 0) || tree.unused(3, Application, 1) || !tree.unused(3, Application, 2) || !tree.unused(3, Handshake, 0) {
		t.Error("which generations are used")
	}
}

func TestMessagesOpenInAnyOrderAndOnce(t *testing.T) {
	g := newGroupOf(t, "A", "B", "C")
	var sent []*PrivateMessage
	for range 4 {
		sent = append(sent, g.do("A", Send{Data: "data"}).Send.Private)
	}
	for _, i := range []int{2, 0, 3, 1} {
		g.do("B", Open{sent[i]})
	}
	for i := range sent {
		if _, _, err := g.members["B"].Step(g.env(), Open{sent[i]}); err == nil {
			t.Errorf("message %d opens twice", i)
		}
	}
	// All of A's keys are gone from A itself as it sends.
	held := g.members["A"].Ratchets.Held()
	for _, m := range g.made {
		if m.Kind == ApplicationKey && slices.Contains(held, m.Term) {
			t.Error("the sender keeps a message key")
		}
	}
}

func TestOneLeafTreeHasItsRatchetsAtTheRoot(t *testing.T) {
	g := newGroupOf(t, "A")
	out := g.do("A", Send{Data: "data"})
	var kinds []Kind
	for _, m := range out.Secrets {
		kinds = append(kinds, m.Kind)
	}
	want := []Kind{HandshakeRatchet, ApplicationRatchet, ApplicationRatchet, ApplicationKey}
	if d := cmp.Diff(want, kinds); d != "" {
		t.Errorf("made (-want +got):\n%s", d)
	}
}
