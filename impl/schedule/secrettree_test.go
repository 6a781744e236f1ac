package schedule

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// s1 is the suite of these tests.
var s1 = suite.All()[0]

// encryptionSecret is a root to derive from.
func encryptionSecret() suite.Secret { return s1.Hash([]byte("encryption_secret")) }

// The example of Section 9.2: in a group of four, a message of D with
// generation 1 is opened first.
func TestConsumesWhatTheExampleOfTheRFCSays(t *testing.T) {
	before := NewSecretTree(s1, encryptionSecret(), 4)
	_, after, consumed, err := before.Key(nil, 3, Application, 1, Window{})
	if err != nil {
		t.Fatal(err)
	}
	wantConsumed := []string{
		HeldSecret{Kind: HeldRoot, Index: 3}.name(),                              // G
		HeldSecret{Kind: HeldNode, Index: 5}.name(),                              // F
		HeldSecret{Kind: HeldNode, Index: 6}.name(),                              // D
		HeldSecret{Kind: HeldApplicationRatchet, Index: 3, Generation: 0}.name(), // AR0
		HeldSecret{Kind: HeldApplicationRatchet, Index: 3, Generation: 1}.name(), // AR1
		HeldSecret{Kind: HeldApplicationKey, Index: 3, Generation: 1}.name(),     // K1
	}
	if diff := cmp.Diff(wantConsumed, names(consumed)); diff != "" {
		t.Errorf("consumed (-want +got):\n%s", diff)
	}
	wantHeld := []string{
		HeldSecret{Kind: HeldNode, Index: 1}.name(),                              // E
		HeldSecret{Kind: HeldNode, Index: 4}.name(),                              // C
		HeldSecret{Kind: HeldHandshakeRatchet, Index: 3}.name(),                  // HR0
		HeldSecret{Kind: HeldApplicationRatchet, Index: 3, Generation: 2}.name(), // AR2
		HeldSecret{Kind: HeldApplicationKey, Index: 3, Generation: 0}.name(),     // K0
	}
	if diff := cmp.Diff(wantHeld, names(after.Held())); diff != "" {
		t.Errorf("held (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{HeldSecret{Kind: HeldRoot, Index: 3}.name()}, names(before.Held())); diff != "" {
		t.Errorf("the tree before changed (-want +got):\n%s", diff)
	}
}

func TestRefusedStepNamesItsRequirement(t *testing.T) {
	fresh := NewSecretTree(s1, encryptionSecret(), 4)
	_, used := receive(t, fresh, 1, Handshake, 2)
	w := Window{MaxForward: 10}
	tests := []struct {
		name       string
		keys       *SecretTree
		leaf       tree.LeafIndex
		generation uint32
		want       spec.ID
	}{
		{"skipped", used, 1, 1, ""},
		{"used", used, 1, 2, req.RatchetKeyOnce},
		{"as far ahead as allowed", used, 1, 13, ""},
		{"one further", used, 1, 14, req.RatchetForwardLimit},
		{"as far as allowed from the start", fresh, 1, 10, ""},
		{"one further from the start", fresh, 1, 11, req.RatchetForwardLimit},
		{"the last of all", fresh, 1, math.MaxUint32, req.RatchetForwardLimit},
		{"no such leaf", fresh, 4, 0, req.PrivateSenderDataLeaf},
		{"far from any leaf", fresh, math.MaxUint32, 0, req.PrivateSenderDataLeaf},
	}
	for _, test := range tests {
		_, after, consumed, err := test.keys.Key(nil, test.leaf, Handshake, test.generation, w)
		if got := spec.Violated(err); got != test.want {
			t.Errorf("%s: refused by %q, want %q", test.name, got, test.want)
		}
		if (err == nil) == (after == nil) || (err == nil) == (consumed == nil) {
			t.Errorf("%s: %v, and a tree %v, %d consumed", test.name, err, after, len(consumed))
		}
	}
}

func TestDefaultWindow(t *testing.T) {
	keys := NewSecretTree(s1, encryptionSecret(), 2)
	if _, _, _, err := keys.Key(nil, 0, Application, DefaultMaxForward+1, Window{}); spec.Violated(err) != req.RatchetForwardLimit {
		t.Errorf("generation %d: %v", DefaultMaxForward+1, err)
	}
	_, keys = receive(t, keys, 0, Application, DefaultMaxForward)
	receive(t, keys, 0, Application, 0)
}

func TestOldestSkippedKeysGoFirst(t *testing.T) {
	keys := NewSecretTree(s1, encryptionSecret(), 2)
	w := Window{MaxSkipped: 3}
	_, keys, consumed, err := keys.Key(nil, 0, Application, 5, w)
	if err != nil {
		t.Fatal(err)
	}
	var kept, dropped []uint32
	for _, h := range keys.Held() {
		if h.Kind == HeldApplicationKey {
			kept = append(kept, h.Generation)
		}
	}
	for _, h := range consumed {
		if h.Kind == HeldApplicationKey {
			dropped = append(dropped, h.Generation)
		}
	}
	if diff := cmp.Diff([][]uint32{{2, 3, 4}, {0, 1, 5}}, [][]uint32{kept, dropped}); diff != "" {
		t.Errorf("kept and consumed (-want +got):\n%s", diff)
	}
	if _, _, _, err := keys.Key(nil, 0, Application, 1, w); spec.Violated(err) != req.RatchetKeyOnce {
		t.Errorf("a key that is no longer kept: %v", err)
	}
	_, none, _, err := keys.Key(nil, 0, Application, 9, Window{MaxSkipped: -1})
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range none.Held() {
		if h.Kind == HeldApplicationKey {
			t.Errorf("kept %s", h.name())
		}
	}
}

// Two futures of one tree share its slices; neither may write to them.
func TestTreesOfOnePastDoNotDisturbEachOther(t *testing.T) {
	_, past := receive(t, NewSecretTree(s1, encryptionSecret(), 2), 0, Application, 6)
	before := past.Held()
	_, a := receive(t, past, 0, Application, 9)
	_, b := receive(t, past, 0, Application, 8)
	_, c := receive(t, past, 0, Application, 3)
	_, d := receive(t, past, 0, Application, 7)
	_, d = receive(t, d, 0, Application, 9)
	want := [][]uint32{{0, 1, 2, 3, 4, 5, 7, 8}, {0, 1, 2, 3, 4, 5, 7}, {0, 1, 2, 4, 5}, {0, 1, 2, 3, 4, 5, 8}}
	for i, future := range []*SecretTree{a, b, c, d} {
		var got []uint32
		for _, h := range future.Held() {
			if h.Kind != HeldApplicationKey {
				continue
			}
			got = append(got, h.Generation)
			k, _ := receive(t, NewSecretTree(s1, encryptionSecret(), 2), 0, Application, h.Generation)
			if !bytes.Equal(k.Key, h.Secret) {
				t.Errorf("future %d: key of generation %d is another", i, h.Generation)
			}
		}
		if diff := cmp.Diff(want[i], got); diff != "" {
			t.Errorf("future %d (-want +got):\n%s", i, diff)
		}
	}
	if diff := cmp.Diff(before, past.Held()); diff != "" {
		t.Errorf("the past changed (-want +got):\n%s", diff)
	}
}

func TestSenderAndReceiverAgree(t *testing.T) {
	sender := NewSecretTree(s1, encryptionSecret(), 8)
	receiver := sender
	for want := range uint32(5) {
		generation, sent, after, _, err := sender.Next(nil, 5, Handshake)
		if err != nil || generation != want {
			t.Fatalf("generation %d, %v, want %d", generation, err, want)
		}
		sender = after
		var received KeyNonce
		received, receiver = receive(t, receiver, 5, Handshake, generation)
		if diff := cmp.Diff(sent, received); diff != "" {
			t.Errorf("generation %d (-sent +received):\n%s", generation, diff)
		}
	}
	if _, _, _, _, err := sender.Next(nil, 8, Handshake); spec.Violated(err) != req.PrivateSenderDataLeaf {
		t.Errorf("sender outside of the tree: %v", err)
	}
}

// The last generation is used like any other, and none comes after it.
func TestRatchetEndsAfterItsLastGeneration(t *testing.T) {
	last := ratchet{secret: encryptionSecret(), next: math.MaxUint32}
	keys := NewSecretTree(s1, encryptionSecret(), 1)
	keys.root = &subtree{ratchets: &[2]ratchet{last, last}}
	generation, _, after, _, err := keys.Next(nil, 0, Handshake)
	if err != nil || generation != math.MaxUint32 {
		t.Fatalf("generation %d, %v", generation, err)
	}
	if _, _, _, _, err := after.Next(nil, 0, Handshake); spec.Violated(err) != req.RatchetKeyOnce {
		t.Errorf("sent again: %v", err)
	}
	if _, _, _, err := after.Key(nil, 0, Handshake, math.MaxUint32, Window{}); spec.Violated(err) != req.RatchetKeyOnce {
		t.Errorf("received again: %v", err)
	}
	receive(t, after, 0, Application, math.MaxUint32)
}

// A tree as large as can be costs no more than its depth.
func TestOnlyThePathToALeafIsDerived(t *testing.T) {
	for _, leaves := range []uint32{1, 2, 3, 1 << 20, 1 << 31} {
		keys := NewSecretTree(s1, encryptionSecret(), leaves)
		_, _, after, consumed, err := keys.Next(nil, tree.LeafIndex(leaves-1), Application)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(after.Held()); n != keys.levels+2 {
			t.Errorf("%d leaves: %d secrets held, want %d", leaves, n, keys.levels+2)
		}
		if n := len(consumed); n != keys.levels+1+2 {
			t.Errorf("%d leaves: %d secrets consumed, want %d", leaves, n, keys.levels+3)
		}
	}
}

func TestPrintingShowsNoSecret(t *testing.T) {
	root := encryptionSecret()
	epoch := NewEpochSecret(s1, root)
	secrets, _ := epoch.Derive()
	member := NewMemberSecret(s1, root)
	_, _, after, _, err := NewSecretTree(s1, root, 4).Next(nil, 0, Handshake)
	if err != nil {
		t.Fatal(err)
	}
	values := []any{NewInitSecret(root), NewJoinerSecret(s1, root), member, member.Welcome(), epoch, *secrets,
		NewSecretTree(s1, root, 4), after, after.Held(), PSK{Secret: root}}
	for _, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
			text := strings.ToLower(fmt.Sprintf(verb, v))
			for _, b := range [][]byte{root, secrets.Init.Bytes(), after.Held()[0].Secret} {
				for _, leak := range []string{fmt.Sprintf("%x", b[:4]), strings.Trim(fmt.Sprint(b[:4]), "[]"), strings.Trim(fmt.Sprintf("%#v", b[:4]), "[]byte{}")} {
					if strings.Contains(text, leak) {
						t.Errorf("%s of %T shows %s", verb, v, leak)
					}
				}
			}
		}
	}
}

func BenchmarkNext(b *testing.B) {
	for _, leaves := range []uint32{2, 1024, 1 << 17} {
		b.Run(fmt.Sprintf("first/n=%d", leaves), func(b *testing.B) {
			keys := NewSecretTree(s1, encryptionSecret(), leaves)
			for b.Loop() {
				keys.Next(nil, 1, Application)
			}
		})
		b.Run(fmt.Sprintf("further/n=%d", leaves), func(b *testing.B) {
			keys := NewSecretTree(s1, encryptionSecret(), leaves)
			for b.Loop() {
				_, _, keys, _, _ = keys.Next(nil, 1, Application)
			}
		})
	}
}

// receive takes a key that must be there.
func receive(t testing.TB, keys *SecretTree, leaf tree.LeafIndex, r RatchetType, generation uint32) (KeyNonce, *SecretTree) {
	t.Helper()
	k, after, _, err := keys.Key(nil, leaf, r, generation, Window{})
	if err != nil {
		t.Fatalf("leaf %d, ratchet %d, generation %d: %v", leaf, r, generation, err)
	}
	return k, after
}
