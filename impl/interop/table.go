package interop

import (
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// A table holds what ids stand for. Ids of all kinds are drawn from one sequence,
// since some calls take more than one kind; 0 is never one, so that a field which
// was left out names nothing.
type table struct {
	max  int
	idle uint64 // seconds
	now  func() uint64

	mutex sync.Mutex
	last  uint32
	swept uint64
	slots map[uint32]*slot
}

// A slot is the place of one id. Whoever has locked it may read and replace what
// it holds.
type slot struct {
	sync.Mutex
	holds thing  // what the id stands for
	used  uint64 // when a call last asked for it; the table's mutex guards it
}

// put finds an id for something. There is a status if there are too many, even
// without those that nobody has asked for lately.
func (t *table) put(v thing) (uint32, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	now := t.now()
	if len(t.slots) >= t.max || now-t.swept > t.idle {
		t.sweep(now)
	}
	if len(t.slots) >= t.max {
		return 0, status.Errorf(codes.ResourceExhausted, "%d ids are in use: Free some", len(t.slots))
	}
	if t.slots == nil {
		t.slots = map[uint32]*slot{}
	}
	for {
		t.last++
		if _, taken := t.slots[t.last]; !taken && t.last != 0 {
			break
		}
	}
	t.slots[t.last] = &slot{holds: v, used: now}
	return t.last, nil
}

// sweep frees what nobody has asked for lately: what a caller that failed has left.
func (t *table) sweep(now uint64) {
	t.swept = now
	for id, s := range t.slots {
		if now-s.used > t.idle {
			delete(t.slots, id)
		}
	}
}

// find returns the slot of an id, or nil.
func (t *table) find(id uint32) *slot {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	s := t.slots[id]
	if s != nil {
		s.used = t.now()
	}
	return s
}

// free forgets an id, and tells whether it stood for something.
func (t *table) free(id uint32) bool {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	_, ok := t.slots[id]
	delete(t.slots, id)
	return ok
}

// lock returns what an id stands for, which has to be a T, and locks it until
// release is called. The status names the field that the id came in.
// A call that locks two ids locks the lower one first.
func lock[T thing](t *table, field string, id uint32) (v T, held *slot, release func(), err error) {
	held = t.find(id)
	if held == nil {
		return v, nil, nil, unknown(field, id, v.what())
	}
	held.Lock()
	v, ok := held.holds.(T)
	if !ok {
		held.Unlock()
		return v, nil, nil, unknown(field, id, v.what())
	}
	return v, held, held.Unlock, nil
}

// unknown says what an id of this field would have to stand for.
func unknown(field string, id uint32, want string) error {
	return status.Errorf(codes.NotFound, "%s: %d is not the id of %s", field, id, want)
}
