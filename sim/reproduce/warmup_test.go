package reproduce

import (
	"math"
	"testing"
)

// The formula gives the numbers of the note that it is from.
func TestWarmUpCost(t *testing.T) {
	for m, want := range map[int]float64{0: 1023, 1: 682.7, 2: 488.3, 5: 248.2, 10: 137.0, 20: 74.0, 50: 33.9, 100: 20.5, 256: 12.9, 1024: 10.2} {
		if got := warmUpCost(1024, m); math.Abs(got-want) > 0.051 {
			t.Errorf("after %d: %v, want %v", m, got, want)
		}
	}
}
