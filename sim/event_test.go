package sim

import (
	"testing"

	"pgregory.net/rapid"
)

// Both queues give the same events in the same order, whatever is pushed when:
// near and far, many at one time, between and after pops.
func TestQueuesAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		radix, plain := queue(&radixHeap{}), queue(&binaryHeap{})
		last := Time(0)
		pushed := uint32(0)
		t.Repeat(map[string]func(*rapid.T){
			"push": func(t *rapid.T) {
				gap := rapid.SampledFrom([]Time{0, 0, 1, 2, 255, 1 << 20, 1 << 40, 1 << 60}).Draw(t, "gap")
				e := event{at: last + gap + Time(rapid.IntRange(0, 3).Draw(t, "more")), number: pushed}
				if e.at < 0 {
					t.Skip("beyond the end of time")
				}
				pushed++
				radix.push(e)
				plain.push(e)
			},
			"pop": func(t *rapid.T) {
				a, okA := radix.pop()
				b, okB := plain.pop()
				if a != b || okA != okB {
					t.Fatalf("radix gives %+v %v, plain gives %+v %v", a, okA, b, okB)
				}
				if okA {
					last = a.at
				}
			},
		})
		for {
			a, okA := radix.pop()
			b, okB := plain.pop()
			if a != b || okA != okB {
				t.Fatalf("radix gives %+v %v, plain gives %+v %v", a, okA, b, okB)
			}
			if !okA {
				return
			}
		}
	})
}

// Events of one time come out in the order in which they went in.
func TestQueueIsFair(t *testing.T) {
	h := &radixHeap{}
	for i := range uint32(1000) {
		h.push(event{at: 1<<40 + Time(i%7), number: i})
	}
	var last event
	for i := range 1000 {
		e, ok := h.pop()
		if !ok || i > 0 && (e.at < last.at || e.at == last.at && e.number < last.number) {
			t.Fatalf("%+v after %+v", e, last)
		}
		last = e
	}
}

func TestQueueRefusesThePast(t *testing.T) {
	h := &radixHeap{}
	h.push(event{at: 10})
	h.pop()
	defer func() {
		if recover() == nil {
			t.Error("an event in the past was taken")
		}
	}()
	h.push(event{at: 9})
}

// A large bucket gives its memory back.
func TestQueueLetsGo(t *testing.T) {
	h := &radixHeap{}
	for i := range 4 * keptCap {
		h.push(event{at: 1<<30 + Time(i)})
	}
	for {
		if _, ok := h.pop(); !ok {
			break
		}
	}
	for i, b := range h.buckets {
		if cap(b) > keptCap {
			t.Errorf("bucket %d keeps room for %d events", i, cap(b))
		}
	}
}

func BenchmarkQueue(b *testing.B) {
	for name, q := range map[string]queue{"radix": &radixHeap{}, "binary": &binaryHeap{}} {
		b.Run(name, func(b *testing.B) {
			s := NewSeed(1, 0).Stream("bench", 0)
			for range 100_000 {
				q.push(event{at: s.Wait(1e9)})
			}
			for b.Loop() {
				e, _ := q.pop()
				e.at += s.Wait(1e9)
				q.push(e)
			}
		})
	}
}
