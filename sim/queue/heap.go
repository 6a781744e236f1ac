package queue

// Heap is the plain queue that [Radix] is compared with: a binary heap by time,
// then by number of the push. The zero value is empty.
type Heap[E any] struct {
	events []numbered[E]
	pushed uint64
	last   int64
}

type numbered[E any] struct {
	timed[E]
	number uint64
}

func (a *numbered[E]) before(b *numbered[E]) bool {
	return a.at < b.at || a.at == b.at && a.number < b.number
}

// Len implements [Queue].
func (h *Heap[E]) Len() int { return len(h.events) }

// Push implements [Queue].
func (h *Heap[E]) Push(at int64, e E) {
	if at < h.last {
		panic(past(at, h.last))
	}
	h.events = append(h.events, numbered[E]{timed[E]{at, e}, h.pushed})
	h.pushed++
	for i := len(h.events) - 1; i > 0; {
		parent := (i - 1) / 2
		if !h.events[i].before(&h.events[parent]) {
			return
		}
		h.swap(i, parent)
		i = parent
	}
}

// Pop implements [Queue].
func (h *Heap[E]) Pop() (int64, E, bool) {
	n := len(h.events) - 1
	if n < 0 {
		var none E
		return 0, none, false
	}
	first := h.events[0]
	h.swap(0, n)
	h.events = h.events[:n]
	h.last = first.at
	h.sink(0)
	return first.at, first.event, true
}

// sink moves an event down to where nothing below it comes before it.
func (h *Heap[E]) sink(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(h.events); child++ {
			if h.events[child].before(&h.events[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		h.swap(i, least)
		i = least
	}
}

func (h *Heap[E]) swap(i, j int) { h.events[i], h.events[j] = h.events[j], h.events[i] }
