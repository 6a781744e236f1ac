package reproduce

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
)

// Run carries out an experiment by a plan of it, several jobs at a time; the outcome
// depends on the plan alone. Points that the plan keeps for a full run are left out
// unless it is one.
func (e Experiment) Run(ctx context.Context, p *Plan, full bool, workers int) (*Outcome, error) {
	q := p.selected(full)
	jobs, err := e.Jobs(q)
	if err != nil {
		return nil, err
	}
	samples, err := work(ctx, jobs, workers)
	if ctx.Err() != nil { // whatever a job says that was stopped by it
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	values := map[Sample][]float64{} // by series and x
	for _, s := range samples {
		at := Sample{Series: s.Series, X: s.X}
		values[at] = append(values[at], s.Y)
	}
	o := &Outcome{Name: e.Name, Points: []Point{}}
	for i := range q.Series {
		s := &q.Series[i]
		for _, at := range s.Points {
			v := values[Sample{Series: s.Name, X: at.X}]
			if len(v) == 0 {
				return nil, fmt.Errorf("%s: %s: nothing was measured at %v", e.Name, s.Name, at.X)
			}
			y, ok := e.expect(q, s, at.X)
			o.Points = append(o.Points, q.judge(s, at, v, y, ok && !at.OursOnly))
		}
	}
	passed, compared := o.Tally()
	o.Passed = passed == compared
	return o, nil
}

// work runs the jobs and returns all their samples, in the order of the jobs.
func work(ctx context.Context, jobs []Job, workers int) ([]Sample, error) {
	found, errs := make([][]Sample, len(jobs)), make([]error, len(jobs))
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(max(workers, 1), len(jobs)) {
		group.Go(func() { //det:ok each job writes to a place of its own
			for i := next.Add(1) - 1; i < int64(len(jobs)); i = next.Add(1) - 1 {
				if errs[i] = ctx.Err(); errs[i] == nil {
					found[i], errs[i] = jobs[i](ctx)
				}
			}
		})
	}
	group.Wait()
	var all []Sample
	for i := range jobs {
		if errs[i] != nil {
			return nil, errs[i]
		}
		all = append(all, found[i]...)
	}
	return all, nil
}
