package schedule

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// twin is all that a secret tree can ever give up to a generation, derived
// eagerly: what is listed of each secret, by its bytes.
type twin struct {
	names map[string]HeldSecret
	limit uint32
}

func newTwin(limit uint32) *twin { return &twin{map[string]HeldSecret{}, limit} }

// learn adds a secret and what can be derived from it. leaves is the size of
// the subtree below a node.
func (w *twin) learn(h HeldSecret, leaves uint32) {
	w.names[string(h.Secret)] = h
	switch h.Kind {
	case HeldRoot, HeldNode:
		w.node(h, leaves)
	case HeldHandshakeRatchet, HeldApplicationRatchet:
		if h.Generation <= w.limit {
			k, next := RatchetStep(s1, h.Secret, h.Generation)
			w.learn(HeldSecret{h.Kind + 2, h.Index, h.Generation, k.Key}, 1)
			w.learn(HeldSecret{h.Kind, h.Index, h.Generation + 1, next}, 1)
		}
	}
}

func (w *twin) node(h HeldSecret, leaves uint32) {
	if leaves == 1 {
		handshake, application := LeafRatchets(s1, h.Secret)
		w.learn(HeldSecret{HeldHandshakeRatchet, h.Index / 2, 0, handshake}, 1)
		w.learn(HeldSecret{HeldApplicationRatchet, h.Index / 2, 0, application}, 1)
		return
	}
	left, right := TreeChildren(s1, h.Secret)
	w.learn(HeldSecret{HeldNode, h.Index - leaves/2, 0, left}, leaves/2)
	w.learn(HeldSecret{HeldNode, h.Index + leaves/2, 0, right}, leaves/2)
}

// subtreeSize returns how many leaves lie below a node.
func subtreeSize(h HeldSecret) uint32 {
	size := uint32(1)
	for x := h.Index; x&1 == 1; x >>= 1 {
		size *= 2
	}
	return size
}

func (h HeldSecret) name() string { return fmt.Sprintf("%d %d.%d", h.Kind, h.Index, h.Generation) }

func names(list []HeldSecret) []string {
	s := make([]string, len(list))
	for i, h := range list {
		s[i] = h.name()
	}
	return s
}

// step is one use of a tree, as drawn.
type step struct {
	leaf       tree.LeafIndex
	ratchet    RatchetType
	generation uint32
	send       bool
}

const maxGeneration = 6

func drawStep(t *rapid.T, leaves uint32) step {
	return step{
		leaf:       tree.LeafIndex(rapid.Uint32Range(0, leaves-1).Draw(t, "leaf")),
		ratchet:    RatchetType(rapid.IntRange(0, 1).Draw(t, "ratchet")),
		generation: rapid.Uint32Range(0, maxGeneration).Draw(t, "generation"),
		send:       rapid.Bool().Draw(t, "send"),
	}
}

// do carries out a step and returns which generation it used.
func (s step) do(t *SecretTree) (KeyNonce, uint32, *SecretTree, []HeldSecret, error) {
	if s.send {
		g, k, after, consumed, err := t.Next(nil, s.leaf, s.ratchet)
		return k, g, after, consumed, err
	}
	k, after, consumed, err := t.Key(nil, s.leaf, s.ratchet, s.generation, Window{})
	return k, s.generation, after, consumed, err
}

// After any history: each key was the one that an eager derivation gives, and
// given once; what is held gives none of what was consumed; and it still gives
// all that was not.
func TestHeldSecretsGiveAllButWhatWasConsumed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		leaves := uint32(1) << rapid.IntRange(0, 3).Draw(t, "levels")
		all := newTwin(2 * maxGeneration)
		all.learn(HeldSecret{Kind: HeldRoot, Index: leaves - 1, Secret: encryptionSecret()}, leaves)
		keys := NewSecretTree(s1, encryptionSecret(), leaves)
		used := map[string]bool{}
		consumed := map[string]string{}

		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			s := drawStep(t, leaves)
			k, generation, after, now, err := s.do(keys)
			key := HeldSecret{Kind: s.ratchet.keyKind(), Index: uint32(s.leaf), Generation: generation}.name()
			if err != nil {
				if !used[key] || spec.Violated(err) != req.RatchetKeyOnce {
					t.Fatalf("%+v refused: %v", s, err)
				}
				continue
			}
			if used[key] {
				t.Fatalf("%+v: key given twice", s)
			}
			if generation > 2*maxGeneration {
				return // beyond what the twin has derived
			}
			if got := all.names[string(k.Key)].name(); got != key {
				t.Fatalf("%+v gave %s, want %s", s, got, key)
			}
			used[key] = true
			for _, h := range now {
				consumed[string(h.Secret)] = h.name()
			}
			keys = after
		}
		compareWithTwin(t, all, keys.Held(), consumed)
	})
}

// compareWithTwin splits all secrets into those that can be derived from what
// is held and those that were consumed.
func compareWithTwin(t *rapid.T, all *twin, held []HeldSecret, consumed map[string]string) {
	known := newTwin(all.limit)
	for _, h := range held {
		if want := all.names[string(h.Secret)].name(); h.name() != want {
			t.Fatalf("held %s is %s", h.name(), want)
		}
		known.learn(h, subtreeSize(h))
	}
	for secret, h := range all.names {
		_, derivable := known.names[secret]
		name, gone := consumed[secret]
		if gone && name != h.name() {
			t.Fatalf("consumed %s is %s", name, h.name())
		}
		if derivable == gone {
			t.Fatalf("%s: derivable %v, consumed %v", h.name(), derivable, gone)
		}
	}
}
