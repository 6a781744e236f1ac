// Package queue holds the events of a simulation until their time comes.
package queue

import "fmt"

// A Queue gives back what was pushed in the order of the times, and what has the
// same time in the order of the pushes. Time does not go back: nothing may be
// pushed that lies before what was popped last.
//
// What is in a queue stays there until its time comes. An event that is called
// off is marked by whoever pushed it, say by a number that no longer counts, and
// ignored when it is popped.
type Queue[E any] interface {
	// Push puts an event into the queue. It panics if the time lies before that of
	// the last Pop: an error of the simulation, which nobody could repair.
	Push(at int64, e E)
	// Pop takes the next event and its time; false if there is none.
	Pop() (at int64, e E, ok bool)
	// Len returns how many events there are.
	Len() int
}

// Kinds are the names of the queues that there are, the fastest first.
var Kinds = []string{"radix", "heap"}

// New returns an empty queue of one of the Kinds; "" is the first of them.
func New[E any](kind string) (Queue[E], error) {
	switch kind {
	case "", "radix":
		return &Radix[E]{}, nil
	case "heap":
		return &Heap[E]{}, nil
	}
	return nil, fmt.Errorf("no queue %q", kind)
}

// timed is an event with its time.
type timed[E any] struct {
	at    int64
	event E
}

func past(at, last int64) string {
	return fmt.Sprintf("queue: an event at %d, in the past: it is %d", at, last)
}
