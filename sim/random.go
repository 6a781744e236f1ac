package sim

import (
	"crypto/sha256"
	"encoding/binary"
	"io"
	"math/bits"
	"math/rand/v2"
)

// A Seed is the root of all chance in one replication of a run. Every draw
// comes from a stream with a name, so that what one purpose or one client draws
// never moves what another draws, and two policies meet the same chances.
type Seed struct{ seed, replication uint64 }

// NewSeed returns the root of a replication of a plan.
func NewSeed(seed uint64, replication int) Seed {
	return Seed{seed, uint64(replication)}
}

// Stream returns the stream of a purpose and an entity, from its beginning.
func (s Seed) Stream(purpose string, entity ClientID) *Stream {
	key := s.key(purpose, uint64(entity))
	return &Stream{state: binary.LittleEndian.Uint64(key[:])}
}

// Reader returns bytes for the cryptography of one step of one client, from a
// ChaCha8 generator of that name.
func (s Seed) Reader(client ClientID, step StepID) io.Reader {
	return rand.NewChaCha8(s.key("crypto", uint64(client), uint64(step)))
}

// key hashes seed, replication and name.
func (s Seed) key(purpose string, entity ...uint64) [sha256.Size]byte {
	b := make([]byte, 0, 64)
	b = binary.LittleEndian.AppendUint64(b, s.seed)
	b = binary.LittleEndian.AppendUint64(b, s.replication)
	for _, e := range entity {
		b = binary.LittleEndian.AppendUint64(b, e)
	}
	return sha256.Sum256(append(b, purpose...))
}

// A Stream is a sequence of random numbers: SplitMix64, eight bytes of state.
// The same numbers come out on every machine: nothing here calls a function of
// package math whose last bit may depend on the processor.
type Stream struct{ state uint64 }

// Uint64 returns 64 random bits.
func (s *Stream) Uint64() uint64 {
	s.state += 0x9e3779b97f4a7c15
	z := s.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Float64 returns a number from 0 (included) to 1 (excluded), a multiple of 2^-53.
func (s *Stream) Float64() float64 {
	return float64(s.Uint64()>>11) / (1 << 53)
}

// IntN returns a number from 0 to n-1, each with the same probability. It
// panics if n is not positive: there is nothing to choose from.
func (s *Stream) IntN(n int) int {
	if n <= 0 {
		panic("sim: IntN without a choice")
	}
	limit := uint64(n)
	for {
		// The high word of a product is uniform once the low words below
		// 2^64 mod n, which some values of the high word have in excess, are out.
		high, low := bits.Mul64(s.Uint64(), limit)
		if low >= limit || low >= -limit%limit {
			return int(high)
		}
	}
}

// Exp returns a number from the exponential distribution with mean 1. It needs
// no logarithm (von Neumann's method): in a descent of uniform numbers from x
// the length is odd with probability e^-x, so an odd descent lets its first
// number stand, and each even one before it adds 1.
func (s *Stream) Exp() float64 {
	for whole := 0.0; ; whole++ {
		first := s.Float64()
		odd := true
		for last := first; ; odd = !odd {
			next := s.Float64()
			if next >= last {
				break
			}
			last = next
		}
		if odd {
			return whole + first
		}
	}
}

// far is later than the horizon of every plan, and can still be added to a time.
const far Time = 1 << 61

// Wait returns an exponentially distributed time with the given mean in
// nanoseconds, at least one nanosecond.
func (s *Stream) Wait(mean float64) Time {
	return wait(float64(mean * s.Exp()))
}

// Within returns a time from 0 (included) to limit (excluded), 0 if limit is not positive.
func (s *Stream) Within(limit Time) Time {
	if limit <= 0 {
		return 0
	}
	return Time(s.IntN(int(limit)))
}
