package sim

import "mlssim/sim/queue"

// An event is something that will happen at a time. What it means is up to the
// driver; the queue looks at the time alone.
type event struct {
	at     Time
	kind   eventKind
	room   uint16 // of which group; 0 where there is one
	client ClientID
	number uint32 // a generation, an entry of the log, a compromise: see the kind
}

// events are those that have not happened yet.
type events struct{ queue.Queue[event] }

func newEvents(kind string) (events, error) {
	q, err := queue.New[event](kind)
	return events{q}, err
}

func (q events) push(e event) { q.Push(int64(e.at), e) }

func (q events) pop() (event, bool) {
	_, e, ok := q.Pop()
	return e, ok
}
