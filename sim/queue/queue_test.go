package queue

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// Both queues give the same events in the same order, whatever is pushed when:
// near and far, many at one time, between and after pops.
func TestQueuesAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		radix, plain := Queue[uint32](&Radix[uint32]{}), Queue[uint32](&Heap[uint32]{})
		last := int64(0)
		pushed := uint32(0)
		pop := func(t *rapid.T) bool {
			at, e, ok := radix.Pop()
			plainAt, plainE, plainOK := plain.Pop()
			if at != plainAt || e != plainE || ok != plainOK || radix.Len() != plain.Len() {
				t.Fatalf("radix gives %d at %d (%v) and holds %d, plain gives %d at %d (%v) and holds %d",
					e, at, ok, radix.Len(), plainE, plainAt, plainOK, plain.Len())
			}
			if ok {
				last = at
			}
			return ok
		}
		t.Repeat(map[string]func(*rapid.T){
			"push": func(t *rapid.T) {
				gap := rapid.SampledFrom([]int64{0, 0, 1, 2, 255, 1 << 20, 1 << 40, 1 << 60}).Draw(t, "gap")
				at := last + gap + rapid.Int64Range(0, 3).Draw(t, "more")
				if at < 0 {
					t.Skip("beyond the end of time")
				}
				radix.Push(at, pushed)
				plain.Push(at, pushed)
				pushed++
			},
			"pop": func(t *rapid.T) { pop(t) },
		})
		for pop(t) {
		}
	})
}

// Events of one time come out in the order in which they went in.
func TestQueueIsFair(t *testing.T) {
	for _, kind := range Kinds {
		h := queueOf[uint32](t, kind)
		for i := range uint32(1000) {
			h.Push(1<<40+int64(i%7), i)
		}
		var lastAt int64
		var last uint32
		for i := range 1000 {
			at, e, ok := h.Pop()
			if !ok || i > 0 && (at < lastAt || at == lastAt && e < last) {
				t.Fatalf("%s: %d at %d after %d at %d", kind, e, at, last, lastAt)
			}
			lastAt, last = at, e
		}
	}
}

func TestQueueRefusesThePast(t *testing.T) {
	for _, kind := range Kinds {
		h := queueOf[int](t, kind)
		h.Push(10, 0)
		h.Pop()
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: an event in the past was taken", kind)
				}
			}()
			h.Push(9, 0)
		}()
	}
}

func TestQueueHasAName(t *testing.T) {
	if q, err := New[int]("calendar"); err == nil {
		t.Errorf("there is a queue of no known kind: %T", q)
	}
}

// A large bucket gives its memory back.
func TestQueueLetsGo(t *testing.T) {
	h := &Radix[uint32]{}
	for i := range int64(4 * keptCap) {
		h.Push(1<<30+i, 0)
	}
	for h.Len() > 0 {
		h.Pop()
	}
	for i, b := range h.buckets {
		if cap(b) > keptCap {
			t.Errorf("bucket %d keeps room for %d events", i, cap(b))
		}
	}
}

func queueOf[E any](t testing.TB, kind string) Queue[E] {
	t.Helper()
	q, err := New[E](kind)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// One event is popped and another pushed, with a million in the queue.
func BenchmarkQueue(b *testing.B) {
	for _, kind := range Kinds {
		for _, size := range []int{1_000, 1_000_000} {
			b.Run(kind+"/"+map[int]string{1_000: "1e3", 1_000_000: "1e6"}[size], func(b *testing.B) {
				q, r := queueOf[uint64](b, kind), rand.New(rand.NewPCG(1, 2))
				for range size {
					q.Push(int64(r.ExpFloat64()*1e12), 0)
				}
				for b.Loop() {
					at, e, _ := q.Pop()
					q.Push(at+int64(r.ExpFloat64()*1e12), e)
				}
			})
		}
	}
}
