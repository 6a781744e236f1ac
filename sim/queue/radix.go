package queue

import "math/bits"

// Radix is a queue for times that never go back: bucket i holds the events whose
// times differ from the last one popped in bit i-1 at the highest, bucket 0 those
// of that very time. Each event moves to lower buckets only, at most 64 times, and
// events of one time stay together and in order. The zero value is empty.
type Radix[E any] struct {
	last    int64
	size    int
	buckets [65][]timed[E]
	head    int // first event of bucket 0 that was not popped
}

// keptCap is the capacity, in events, up to which an emptied bucket is kept.
const keptCap = 1 << 16

// Len implements [Queue].
func (h *Radix[E]) Len() int { return h.size }

// Push implements [Queue].
func (h *Radix[E]) Push(at int64, e E) {
	if at < h.last {
		panic(past(at, h.last))
	}
	h.size++
	h.place(timed[E]{at, e})
}

func (h *Radix[E]) place(t timed[E]) {
	i := bits.Len64(uint64(t.at ^ h.last))
	h.buckets[i] = append(h.buckets[i], t)
}

// Pop implements [Queue].
func (h *Radix[E]) Pop() (int64, E, bool) {
	if h.head == len(h.buckets[0]) && !h.refill() {
		var none E
		return 0, none, false
	}
	t := h.buckets[0][h.head]
	h.head++
	h.size--
	return t.at, t.event, true
}

// refill moves the lowest bucket that is not empty to the buckets below, around
// its earliest time. It returns false if the queue is empty.
func (h *Radix[E]) refill() bool {
	h.buckets[0], h.head = emptied(h.buckets[0]), 0
	for i := 1; i < len(h.buckets); i++ {
		bucket := h.buckets[i]
		if len(bucket) == 0 {
			continue
		}
		h.last = bucket[0].at
		for _, t := range bucket {
			h.last = min(h.last, t.at)
		}
		for _, t := range bucket {
			h.place(t)
		}
		h.buckets[i] = emptied(bucket)
		return true
	}
	return false
}

// emptied returns b without events, and without its memory if that is large.
func emptied[E any](b []timed[E]) []timed[E] {
	if cap(b) > keptCap {
		return nil
	}
	return b[:0]
}
