package reproduce

import (
	"math"
	"testing"
)

// The recursion gives the printed numbers, to their last digit.
func TestCommitCost(t *testing.T) {
	for _, c := range []struct {
		k    int
		want map[int]float64
	}{
		{0, map[int]float64{16: 4, 1024: 10, 16384: 14}},
		{1, map[int]float64{16: 8.96, 64: 22.99, 256: 54.43, 1024: 125.09, 4096: 284.03, 16384: 641.6}},
		{2, map[int]float64{16: 11.29, 64: 34.65, 256: 99.37, 1024: 279.02, 4096: 777.9, 16384: 2163.8}},
		{8, map[int]float64{16: 14.41, 64: 55.39, 256: 201.6, 1024: 723.2, 4096: 2584.1, 16384: 9223.6}},
		{16, map[int]float64{16: 14.87, 64: 60.12, 256: 230.8, 1024: 873.7, 4096: 3296.2, 16384: 12424.8}},
	} {
		for n, want := range c.want {
			if got := commitCost(c.k, n); math.Abs(got-want) > want*0.0006 {
				t.Errorf("k = %d, N = %d: %v, printed is %v", c.k, n, got, want)
			}
		}
	}
}

// Small cases that can be counted by hand: of two members nobody is beside the path
// but one leaf; of four, the parent beside is blank if the newest event below it was
// an Update.
func TestCommitCostByHand(t *testing.T) {
	if got := commitCost(5, 2); got != 1 {
		t.Errorf("two members: %v", got)
	}
	// N = 4, k = 1: 1 for the leaf; of the parent beside, 1 + P(blank). The newest event
	// below it is an Update with odds 1/2 + 1/8 + ... : (1/2)/(3/4) = 2/3.
	if got, want := commitCost(1, 4), 1+1+2.0/3; math.Abs(got-want) > 1e-12 {
		t.Errorf("four members: %v, want %v", got, want)
	}
}
