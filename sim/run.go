package sim

import (
	"errors"
	"io"

	"mlssim/sim/queue"
)

// Queues are the kinds of queue that hold the events of a run. Which one it is
// shows in the time that a run takes and in nothing else.
var Queues = queue.Kinds

// Options say how to run a plan.
type Options struct {
	Replication int         // from 0; each has chances of its own
	Events      io.Writer   // receives the history as NDJSON, one [Record] a line; nil for nowhere
	Progress    func(Time)  // called now and then with the virtual time; may be nil
	Queue       string      // what holds the events of a run without a script: one of [Queues], or "" for the first
	Stop        func() bool // asked now and then: true ends the run with [ErrStopped]; may be nil
}

// ErrStopped tells that Options.Stop ended a run.
var ErrStopped = errors.New("run stopped")

// A Timed backend is told the virtual time, in nanoseconds since the start of
// the run, whenever it has moved.
type Timed interface{ SetTime(Time) }

// A Beginner is a backend that is told which Commit has been accepted, at the
// moment at which its epoch begins.
type Beginner interface{ Begin(StepID) }

// A Comparer is a backend that compares others while they work.
type Comparer interface {
	// Err returns the first difference found, a [*Mismatch], or nil.
	Err() error
	// Finish compares what can be compared at the end alone.
	Finish() error
	// Compared counts what was compared so far.
	Compared() Compared
}

// Run carries out one replication of a plan on a backend, which must be fresh,
// and returns what it measured. The result depends on plan, backend and
// replication alone.
//
// A script step that cannot be carried out gives a [*StepError]. Backends that
// should agree and do not give a [*Mismatch], and with it a Result of what had
// happened until then. Errors of o.Events come last.
func Run(p *Plan, b Backend, o Options) (*Result, error) {
	w := newWorld(p, b, o)
	err := w.run(o)
	if c, ok := b.(Comparer); ok {
		return w.compared(c, err)
	}
	if err != nil {
		return nil, err
	}
	return w.result(), w.history.err
}

func (w *world) run(o Options) error {
	if len(w.plan.Script) > 0 {
		w.horizon = scriptLength(w.plan.Script)
		if err := w.runScript(o); err != nil {
			return err
		}
	} else {
		w.horizon = w.plan.Horizon
		if err := w.runHabits(o); err != nil {
			return err
		}
	}
	w.readAll()
	return nil
}

// compared completes the result of a run on backends that were compared.
func (w *world) compared(c Comparer, err error) (*Result, error) {
	if err == nil {
		err = c.Err()
	}
	if err == nil {
		err = c.Finish()
	}
	if m, ok := errors.AsType[*Mismatch](err); ok {
		m.Plan, m.Seed, m.Replication, m.At, m.Record = w.plan.Name, w.plan.Seed, w.seed.replication, w.now, w.n
		r := w.result()
		one := 1
		r.Mismatches, r.Compared = &one, c.Compared()
		return r, err
	}
	if err != nil {
		return nil, err
	}
	r := w.result()
	none := 0
	r.Mismatches, r.Compared = &none, c.Compared()
	return r, w.history.err
}

// advance moves the time, unless the backends have been found to differ.
func (w *world) advance(to Time) error {
	if c, ok := w.backend.(Comparer); ok && c.Err() != nil {
		return c.Err()
	}
	w.now = to
	if t, ok := w.backend.(Timed); ok {
		t.SetTime(to)
	}
	return nil
}
