package sim

import "math/bits"

// An event is something that will happen at a time. What it means is up to the
// driver; the queue looks at the time alone.
type event struct {
	at     Time
	kind   eventKind
	client ClientID
	number uint32 // a generation, an entry of the log, a compromise: see the kind
}

// A queue gives events back in the order of their times, and those of equal
// times in the order of their pushes. No event may be pushed that lies before
// the last one popped.
type queue interface {
	push(event)
	pop() (event, bool)
}

// radixHeap is a queue for times that never go back: bucket i holds the events
// whose times differ from the last one popped in bit i-1 at the highest, bucket
// 0 those of that very time. Each event moves to lower buckets only, at most 64
// times, and events of one time stay together and in order.
type radixHeap struct {
	last    Time
	buckets [65][]event
	head    int // first event of bucket 0 that was not popped
}

// keptCap is the capacity, in events, up to which an emptied bucket is kept.
const keptCap = 1 << 16

func (h *radixHeap) push(e event) {
	if e.at < h.last {
		panic("sim: an event in the past")
	}
	i := bits.Len64(uint64(e.at ^ h.last))
	h.buckets[i] = append(h.buckets[i], e)
}

func (h *radixHeap) pop() (event, bool) {
	if h.head == len(h.buckets[0]) && !h.refill() {
		return event{}, false
	}
	e := h.buckets[0][h.head]
	h.head++
	return e, true
}

// refill moves the lowest bucket that is not empty to the buckets below, around
// its earliest time. It returns false if the queue is empty.
func (h *radixHeap) refill() bool {
	h.buckets[0], h.head = emptied(h.buckets[0]), 0
	for i := 1; i < len(h.buckets); i++ {
		if len(h.buckets[i]) == 0 {
			continue
		}
		h.last = h.buckets[i][0].at
		for _, e := range h.buckets[i] {
			h.last = min(h.last, e.at)
		}
		for _, e := range h.buckets[i] {
			h.push(e)
		}
		h.buckets[i] = emptied(h.buckets[i])
		return true
	}
	return false
}

// emptied returns b without events, and without its memory if that is large.
func emptied(b []event) []event {
	if cap(b) > keptCap {
		return nil
	}
	return b[:0]
}

// binaryHeap is the plain queue that the radixHeap is compared with: a heap by
// time, then by number of the push.
type binaryHeap struct {
	events []event
	order  []uint64
	pushed uint64
}

func (h *binaryHeap) before(i, j int) bool {
	if h.events[i].at != h.events[j].at {
		return h.events[i].at < h.events[j].at
	}
	return h.order[i] < h.order[j]
}

func (h *binaryHeap) swap(i, j int) {
	h.events[i], h.events[j] = h.events[j], h.events[i]
	h.order[i], h.order[j] = h.order[j], h.order[i]
}

func (h *binaryHeap) push(e event) {
	h.events = append(h.events, e)
	h.order = append(h.order, h.pushed)
	h.pushed++
	for i := len(h.events) - 1; i > 0 && h.before(i, (i-1)/2); i = (i - 1) / 2 {
		h.swap(i, (i-1)/2)
	}
}

func (h *binaryHeap) pop() (event, bool) {
	n := len(h.events) - 1
	if n < 0 {
		return event{}, false
	}
	e := h.events[0]
	h.swap(0, n)
	h.events, h.order = h.events[:n], h.order[:n]
	for i := 0; ; {
		least := i
		for _, child := range [2]int{2*i + 1, 2*i + 2} {
			if child < n && h.before(child, least) {
				least = child
			}
		}
		if least == i {
			return e, true
		}
		h.swap(i, least)
		i = least
	}
}
