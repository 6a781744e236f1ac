package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"mlssim/sim"
	"mlssim/sim/crowd"
)

// A replicate is one finished replication.
type replicate struct {
	Number int         `json:"replication"` // from 0
	Result *sim.Result `json:"result"`
	events string      // file with its events
	took   time.Duration
}

// A runner runs the replications of a plan, several at a time; what one of them
// does depends on plan and number alone.
type runner struct {
	plan    *sim.Plan
	backend func(*sim.Plan, int) (sim.Backend, error)
	queue   string              // see sim.Options
	scratch string              // folder for the events of each replication; none are kept if empty
	tick    func(int, sim.Time) // told now and then the time of a replication; may be nil
	numbers []int               // of the replications; nil for all

	stop  atomic.Bool
	mutex sync.Mutex
	done  []*replicate // by number; nil where not finished
	err   error        // of the lowest number that failed
	first int          // that number
}

// run carries out all replications and returns those that were finished, in
// order. It ends early if one fails, or if ctx is done; then, the error is
// errInterrupted. A *sim.Mismatch comes with the result up to the difference.
func (r *runner) run(ctx context.Context) ([]*replicate, error) {
	r.stop.Store(ctx.Err() != nil)
	release := context.AfterFunc(ctx, func() { r.stop.Store(true) })
	defer release()
	if r.numbers == nil {
		for i := range r.plan.Replications {
			r.numbers = append(r.numbers, i)
		}
	}
	r.done = make([]*replicate, r.plan.Replications)
	numbers := make(chan int)
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(r.numbers)) {
		group.Go(func() {
			for i := range numbers {
				r.one(i)
			}
		})
	}
	for _, i := range r.numbers {
		if r.stop.Load() {
			break
		}
		numbers <- i
	}
	close(numbers)
	group.Wait()
	var finished []*replicate
	for _, d := range r.done {
		if d != nil {
			finished = append(finished, d)
		}
	}
	if r.err == nil && len(finished) < len(r.numbers) {
		return finished, errInterrupted
	}
	return finished, r.err
}

// one carries out replication i.
func (r *runner) one(i int) {
	d, err := r.simulate(i)
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.done[i] = d
	if err == nil || errors.Is(err, sim.ErrStopped) {
		return
	}
	r.stop.Store(true)
	if r.err == nil || i < r.first {
		r.err, r.first = err, i
	}
}

func (r *runner) simulate(i int) (d *replicate, err error) {
	var b sim.Backend
	if !r.plan.Crowded() {
		if b, err = r.backend(r.plan, i); err != nil {
			return nil, err
		}
	}
	o := sim.Options{Replication: i, Queue: r.queue, Stop: r.stop.Load}
	if r.tick != nil {
		o.Progress = func(t sim.Time) { r.tick(i, t) }
	}
	d = &replicate{Number: i}
	if r.scratch != "" {
		d.events = filepath.Join(r.scratch, fmt.Sprintf("events-%d", i))
		f, err := newBuffered(d.events)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		o.Events = f
	}
	start := time.Now()
	if b == nil {
		d.Result, err = crowd.Run(r.plan, o)
	} else {
		d.Result, err = sim.Run(r.plan, b, o)
	}
	d.took = time.Since(start)
	if d.Result == nil {
		return nil, err
	}
	return d, err
}

// joinEvents writes the events of all replications to w, with a line before
// those of each where there are several, and removes the parts.
func joinEvents(w io.Writer, replicates []*replicate, several bool) error {
	for _, d := range replicates {
		if several {
			if _, err := fmt.Fprintf(w, "{\"replication\":%d}\n", d.Number); err != nil {
				return err
			}
		}
		if err := appendFile(w, d.events); err != nil {
			return err
		}
		if err := os.Remove(d.events); err != nil {
			return err
		}
	}
	return nil
}

func appendFile(w io.Writer, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}
