package evidence

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"mlssim/spec/trace"
)

// A Ran is what became of a test in a Gathering.
type Ran struct {
	Test    string        `json:"test"`
	Outcome string        `json:"outcome"` // "passed", "skipped" or "failed"
	Time    time.Duration `json:"ns"`
	Output  []byte        `json:"-"` // its end, of one that failed
}

// Gather runs all tests of the suite, each once, in as many processes as jobs, and
// returns what was seen in those that passed. done is told of each.
func (s *Suite) Gather(ctx context.Context, registry []trace.Requirement, jobs int, done func(*Ran)) ([]Record, []Ran, error) {
	j := newJoined(registry)
	var mu sync.Mutex
	var all []Ran
	var failed error
	todo := make(chan Test)
	var workers sync.WaitGroup
	for range max(1, jobs) {
		workers.Go(func() {
			for t := range todo {
				r, err := s.Run(ctx, t, "", true)
				mu.Lock()
				if err != nil {
					failed = cmp.Or(failed, err)
					mu.Unlock()
					continue
				}
				ran := Ran{Test: t.String(), Outcome: "passed", Time: r.Time}
				switch {
				case !r.Passed:
					ran.Outcome, ran.Output = "failed", []byte(last(r.Output, 2000))
				case r.Skipped:
					ran.Outcome = "skipped"
				default:
					failed = cmp.Or(failed, j.add(t, r.Records))
				}
				all = append(all, ran)
				done(&ran)
				mu.Unlock()
			}
		})
	}
	for _, t := range s.Tests {
		todo <- t
	}
	close(todo)
	workers.Wait()
	slices.SortFunc(all, func(a, b Ran) int { return cmp.Compare(a.Test, b.Test) })
	return j.sorted(), all, failed
}
