package schedule

import (
	"math"
	"slices"

	"mlssim/impl/suite"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 9.1.

// A RatchetType tells the two ratchets of a leaf apart (RFC 9420, Section 9).
type RatchetType uint8

const (
	Handshake   RatchetType = iota // proposals and Commits
	Application                    // application data
)

// A Window bounds what a receiver does for messages that come late, early or
// never (Section 15.3). A zero field stands for its default.
type Window struct {
	MaxForward uint32 // generations that one message may skip
	MaxSkipped int    // keys of skipped generations kept for each ratchet, the oldest go first; negative for none
}

// Defaults of Window. A message that skips MaxForward generations costs its
// receiver 3*MaxForward derivations, a few milliseconds. As many keys are kept as one
// message may skip, so that a gap that was let through can still be filled.
const (
	DefaultMaxForward = 1000
	DefaultMaxSkipped = 1000
)

func (w Window) maxForward() uint32 {
	if w.MaxForward == 0 {
		return DefaultMaxForward
	}
	return w.MaxForward
}

func (w Window) maxSkipped() int {
	if w.MaxSkipped == 0 {
		return DefaultMaxSkipped
	}
	return max(w.MaxSkipped, 0)
}

// RatchetStep returns the key and nonce of a generation and the ratchet secret
// of the next one (Section 9.1).
func RatchetStep(s *suite.Suite, secret suite.Secret, generation uint32) (KeyNonce, suite.Secret) {
	k := KeyNonce{
		Key:   spec.Derive(nil, req.RatchetDerive, s.DeriveTreeSecret(secret, spec.LabelKey, generation, s.Nk)),
		Nonce: s.DeriveTreeSecret(secret, spec.LabelNonce, generation, s.Nn),
	}
	return k, s.DeriveTreeSecret(secret, spec.LabelSecret, generation, s.Nh)
}

// A ratchet is what is left of a sender ratchet. It is a value: its slice is
// never written to.
type ratchet struct {
	secret  suite.Secret // of generation next; nil when the last one has been passed
	next    uint32
	skipped []skippedKey // by generation, all below next
}

// A skippedKey is the key of a generation that was passed and not used.
type skippedKey struct {
	generation uint32
	key        KeyNonce
}

// check decides whether the key of a generation may be derived or looked up.
// It costs no derivation.
func (r *ratchet) check(rec spec.Recorder, generation uint32, w Window) error {
	if r.secret == nil || generation < r.next {
		_, unused := r.find(generation)
		return spec.Checkf(rec, req.RatchetKeyOnce, unused,
			"generation %d was used or its key is no longer kept, the next is %d", generation, r.next)
	}
	return spec.Checkf(rec, req.RatchetForwardLimit, generation-r.next <= w.maxForward(),
		"generation %d, the next is %d, at most %d may be skipped", generation, r.next, w.maxForward())
}

// find returns the place of a generation among the skipped keys, and whether
// it is there.
func (r *ratchet) find(generation uint32) (int, bool) {
	return slices.BinarySearchFunc(r.skipped, generation, func(k skippedKey, g uint32) int {
		switch {
		case k.generation < g:
			return -1
		case k.generation > g:
			return 1
		}
		return 0
	})
}

// take returns the key of a generation that check accepts, and the ratchet
// without it. What was used up is handed to consume.
func (r ratchet) take(s *suite.Suite, generation uint32, w Window, consume ratchetConsumer) (KeyNonce, ratchet) {
	if i, ok := r.find(generation); spec.Branch(nil, req.RatchetKeep, ok) {
		k := r.skipped[i].key
		r.skipped = slices.Concat(r.skipped[:i], r.skipped[i+1:])
		consume.key(generation, k)
		return k, r
	}
	r.skipped = slices.Clip(r.skipped)
	for r.next < generation {
		k := r.step(s, consume)
		r.skipped = append(r.skipped, skippedKey{r.next - 1, k})
	}
	k := r.step(s, consume)
	if n := len(r.skipped) - w.maxSkipped(); n > 0 {
		for _, old := range r.skipped[:n] {
			consume.key(old.generation, old.key)
		}
		r.skipped = slices.Clone(r.skipped[n:])
	}
	consume.key(generation, k)
	return k, r
}

// step moves r one generation on and returns the key of the one it leaves.
func (r *ratchet) step(s *suite.Suite, consume ratchetConsumer) KeyNonce {
	consume.secret(r.next, r.secret)
	k, next := RatchetStep(s, r.secret, r.next)
	r.secret = next
	if r.next == math.MaxUint32 {
		r.secret = nil
		return k
	}
	r.next++
	return k
}
