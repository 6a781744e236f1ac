package meter

import "testing"

var sink []byte

func TestLargest(t *testing.T) {
	sink = make([]byte, 1<<20) // before: not counted
	got := Largest(func() {
		for range 100 {
			sink = make([]byte, 1000)
		}
		sink = make([]byte, 77_000)
		sink = append(sink, make([]byte, 10)...)
	})
	if got < 77_010 || got > 120_000 {
		t.Errorf("the largest of 1,000, 77,000 and what it grows to is %d", got)
	}
}
