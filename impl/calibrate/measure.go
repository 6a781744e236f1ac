package calibrate

import (
	"context"
	"fmt"
	"io"
	"time"

	"golang.org/x/perf/benchmath"

	"mlssim/impl/suite"
)

// A Figure is what one operation of one suite costs: the median over samples,
// each the mean of many operations in a row, and an interval that has the median
// with a probability of at least Confidence, whatever the distribution is.
type Figure struct {
	Suite      string    `json:"suite"`
	Operation  Operation `json:"operation"`
	Nanosecond float64   `json:"ns"`
	Low        float64   `json:"low_ns"`
	High       float64   `json:"high_ns"`
	Confidence float64   `json:"confidence"`
	Samples    []float64 `json:"samples_ns"` // ascending
}

// samples is how many there are of each operation: the interval at 95 % is then
// between the 10th and the 22nd.
const samples = 31

// confidence is what the interval of a Figure has to reach.
const confidence = 0.95

// Measure measures every operation of each suite in turn, for about the given
// time each. An operation that takes longer is measured with as many samples all
// the same, each of one operation. rand feeds those that draw; ctx ends it all
// early, with its error.
func Measure(ctx context.Context, suites []*suite.Suite, each time.Duration, rand io.Reader, done func(Figure)) error {
	for _, s := range suites {
		b, err := newBench(s, rand)
		if err != nil {
			return err
		}
		for _, o := range Operations() {
			f, err := b.measure(ctx, o, each)
			if err != nil {
				return fmt.Errorf("suite %v, %s: %w", s.ID, o, err)
			}
			done(f)
		}
	}
	return nil
}

// measure takes the samples of one operation.
func (b *bench) measure(ctx context.Context, o Operation, each time.Duration) (Figure, error) {
	n, err := b.batch(o, each/samples)
	if err != nil {
		return Figure{}, err
	}
	values := make([]float64, samples)
	for i := range values {
		if err := ctx.Err(); err != nil {
			return Figure{}, err
		}
		took, err := b.repeat(o, n)
		if err != nil {
			return Figure{}, err
		}
		values[i] = float64(took.Nanoseconds()) / float64(n)
	}
	return figure(b.s.ID.String(), o, values), nil
}

// batch returns how many operations in a row take about so long, at least one.
// The doubling warms the caches too.
func (b *bench) batch(o Operation, long time.Duration) (int, error) {
	for n := 1; ; n *= 2 {
		took, err := b.repeat(o, n)
		if err != nil {
			return 0, err
		}
		if took >= long/2 {
			return max(1, int(float64(n)*float64(long)/float64(max(took, 1)))), nil
		}
	}
}

// repeat says how long n operations in a row take.
func (b *bench) repeat(o Operation, n int) (time.Duration, error) {
	start := time.Now()
	for range n {
		if err := b.do(o); err != nil {
			return 0, err
		}
	}
	return time.Since(start), nil
}

// figure sums up samples.
func figure(suite string, o Operation, values []float64) Figure {
	sample := benchmath.NewSample(values, &benchmath.DefaultThresholds)
	sum := benchmath.AssumeNothing.Summary(sample, confidence)
	return Figure{suite, o, sum.Center, sum.Lo, sum.Hi, sum.Confidence, sample.Values}
}
