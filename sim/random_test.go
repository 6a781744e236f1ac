package sim

import (
	"bytes"
	"io"
	"math"
	"testing"
)

// chiSquare compares counts with equal expectations: the statistic, and the
// value that it exceeds in one of 10,000 cases (Wilson and Hilferty).
func chiSquare(counts []int, total int) (x, limit float64) {
	expected := float64(total) / float64(len(counts))
	for _, n := range counts {
		d := float64(n) - expected
		x += d * d / expected
	}
	k := float64(len(counts) - 1)
	c := 1 - 2/(9*k) + 3.72*math.Sqrt(2/(9*k))
	return x, k * c * c * c
}

// Streams of neighbouring entities, and neighbouring draws of one stream, are
// uniform and do not depend on each other.
func TestStreamsAreUniform(t *testing.T) {
	const n = 1 << 16
	fill := func(name string, cells int, cell func(i int) int) {
		counts := make([]int, cells)
		for i := range n {
			counts[cell(i)]++
		}
		if x, limit := chiSquare(counts, n); x > limit {
			t.Errorf("%s: chi-square %.1f with %d cells, limit %.1f", name, x, cells, limit)
		}
	}
	seed := NewSeed(1, 0)
	first := func(i int) uint64 { return seed.Stream("test", ClientID(i)).Uint64() }
	fill("first draws, high bits", 256, func(i int) int { return int(first(i) >> 56) })
	fill("first draws, low bits", 256, func(i int) int { return int(first(i) & 255) })
	fill("first draws of neighbours", 256, func(i int) int { return int(first(i)>>60<<4 | first(i+1)>>60) })
	fill("differences of neighbours", 256, func(i int) int { return int((first(i+1) - first(i)) >> 56) })
	fill("neighbouring replications", 256, func(i int) int {
		a, b := NewSeed(1, i).Stream("test", 3), NewSeed(1, i+1).Stream("test", 3)
		return int(a.Uint64()>>60<<4 | b.Uint64()>>60)
	})
	one := seed.Stream("test", 1)
	fill("draws of one stream", 256, func(int) int { return int(one.Uint64()>>60<<4 | one.Uint64()>>60) })
	fill("IntN", 100, func(int) int { return one.IntN(100) })
	fill("Float64", 100, func(int) int { return int(one.Float64() * 100) })
	fill("Within", 50, func(int) int { return int(one.Within(5000) / 100) })
	// Equal parts of the exponential distribution.
	fill("Exp", 64, func(int) int { return int(64 * (1 - math.Exp(-one.Exp()))) })
}

func TestIntNOfLargeRanges(t *testing.T) {
	// 2^64 is 8/3 of this range: without rejection one remainder by 3 would come
	// up in a quarter of the cases, the others in three eighths each.
	const n = 3 << 61
	s := NewSeed(1, 0).Stream("test", 9)
	counts := make([]int, 3)
	for range 30000 {
		counts[s.IntN(n)%3]++
	}
	if x, limit := chiSquare(counts, 30000); x > limit {
		t.Errorf("%v", counts)
	}
}

// The first numbers of a stream are the same on every machine.
func TestStreamsArePinned(t *testing.T) {
	s := NewSeed(7, 1).Stream("presence", 3)
	got := []uint64{s.Uint64(), s.Uint64(), s.Uint64()}
	for i, want := range []uint64{0x9f01729ac7901d6d, 0x9d73f9b47db6d799, 0x644cad9b73a85b34} {
		if got[i] != want {
			t.Errorf("draw %d is %#x, pinned is %#x", i, got[i], want)
		}
	}
	if x := s.Exp(); x != 0.8524186640160372 {
		t.Errorf("Exp gives %v", x)
	}
}

// SplitMix64 by its definition, from a state of zero.
func TestSplitMix64(t *testing.T) {
	s := &Stream{}
	for i, want := range []uint64{0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4, 0x06c45d188009454f} {
		if got := s.Uint64(); got != want {
			t.Errorf("draw %d is %#x, want %#x", i, got, want)
		}
	}
}

func TestNamesMakeStreams(t *testing.T) {
	seen := map[uint64]string{}
	for _, purpose := range []string{"presence", "words", "keys", "choice"} {
		for c := range ClientID(50) {
			for _, seed := range []Seed{NewSeed(1, 0), NewSeed(0, 1), NewSeed(1, 1)} {
				x := seed.Stream(purpose, c).Uint64()
				if seen[x] != "" {
					t.Fatalf("%s of client %d draws what %s does", purpose, c, seen[x])
				}
				seen[x] = purpose
			}
		}
	}
	a, b := make([]byte, 100), make([]byte, 100)
	seed := NewSeed(1, 0)
	read := func(r io.Reader, b []byte) []byte {
		if _, err := io.ReadFull(r, b); err != nil {
			t.Fatal(err)
		}
		return b
	}
	if !bytes.Equal(read(seed.Reader(1, 2), a), read(seed.Reader(1, 2), b)) {
		t.Error("a reader's bytes depend on more than its name")
	}
	for _, r := range []io.Reader{seed.Reader(2, 1), seed.Reader(1, 3), seed.Reader(2, 2), NewSeed(1, 1).Reader(1, 2)} {
		if bytes.Equal(a, read(r, b)) {
			t.Error("two names give the same bytes")
		}
	}
}

func TestWaits(t *testing.T) {
	s := NewSeed(1, 0).Stream("test", 0)
	if w := s.Wait(1e30); w != far {
		t.Errorf("a mean beyond all time waits %d", w)
	}
	if w := s.Wait(math.Inf(1)); w != far {
		t.Errorf("never is %d", w)
	}
	if w := s.Wait(0); w != 1 {
		t.Errorf("no time is %d", w)
	}
	if s.Within(0) != 0 || s.Within(-5) != 0 {
		t.Error("a time within nothing")
	}
	total := Time(0)
	for range 10000 {
		total += s.Wait(1e6)
	}
	if mean := float64(total) / 10000; mean < 0.96e6 || mean > 1.04e6 {
		t.Errorf("mean %v of 1e6", mean)
	}
}
