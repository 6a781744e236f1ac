package reproduce

import (
	"math"
	"testing"

	"mlssim/sim"
)

// Of two members the second is beside the first, and its leaf key has gone if it was the
// one to commit. Of four, see the sum.
func TestUndoneProbability(t *testing.T) {
	for _, c := range []struct {
		n, m int
		want float64
	}{
		{2, 0, 0}, {2, 1, 0.5}, {2, 3, 0.125},
		{4, 1, 1.0/3*3/4 + 2.0/3*1/2}, {4, 2, 1.0/3*9/16 + 2.0/3*1/4},
	} {
		if got := undoneProbability(c.n, c.m); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%d members, %d Commits: %v, want %v", c.n, c.m, got, c.want)
		}
	}
}

// The device of who was removed gives away what it could have followed, and no more.
func TestSilentDevice(t *testing.T) {
	for _, delay := range []int{1, 2, 7} {
		got, err := silentDevice(5, delay, sim.NewSeed(1, 0).Stream("members", 0))
		if err != nil || got != float64(delay) {
			t.Errorf("after %d: %v, %v", delay, got, err)
		}
	}
}
