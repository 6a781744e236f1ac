package reproduce

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"
)

// A Point is what came out at one x of one series, beside what was published.
type Point struct {
	X      float64 `json:"x"`
	Series string  `json:"series"`
	// Ours is the mean over the replications, Low and High its 95 % interval by
	// Student's t, or that of the plan's confidence; with one replication they are
	// all the same.
	Ours float64 `json:"ours"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// Published is the published value or, if Recomputed, that of a formula; nil if
	// there is nothing to compare with. Tolerance is in the unit of y.
	Published  *float64 `json:"published"`
	Tolerance  *float64 `json:"tolerance"`
	Recomputed bool     `json:"recomputed"`
	Passed     *bool    `json:"passed"` // nil if there is nothing to compare with
}

// judge makes a point of the values of the replications. It passes if the mean is
// within the tolerance, and known well enough for that to say something: half the
// interval is not wider than the tolerance either.
func (p *Plan) judge(s *Series, at Target, values []float64, expected float64, computed bool) Point {
	q := Point{X: at.X, Series: s.Name}
	q.Ours, q.Low, q.High = interval(values, cmp.Or(p.Confidence, usual))
	switch {
	case at.Published != nil:
		q.Published = at.Published
	case computed:
		q.Published, q.Recomputed = &expected, true
	default:
		return q
	}
	tolerance, half := max(at.Spread, float64(s.Tolerance*math.Abs(*q.Published))), (q.High-q.Low)/2
	passed := math.Abs(q.Ours-*q.Published) <= tolerance && half <= tolerance
	if p.Confidence != 0 {
		passed = q.Low <= *q.Published && *q.Published <= q.High && half <= tolerance
		tolerance = half
	}
	q.Tolerance, q.Passed = &tolerance, &passed
	return q
}

// Interval says of what confidence the intervals of a plan's points are: "95 %".
func (p *Plan) Interval() string {
	return strconv.FormatFloat(float64(100*cmp.Or(p.Confidence, usual)), 'g', 4, 64) + " %"
}

// usual is the confidence of intervals.
const usual = 0.95

// interval returns the mean of independent values with an interval of that confidence.
func interval(values []float64, confidence float64) (mean, low, high float64) {
	n := float64(len(values))
	for _, v := range values {
		mean += v
	}
	mean /= n
	if len(values) < 2 {
		return mean, mean, mean
	}
	var squares float64
	for _, v := range values {
		squares += float64((v - mean) * (v - mean))
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile((1 + confidence) / 2)
	half := float64(t * math.Sqrt(squares/(n-1)/n))
	return mean, mean - half, mean + half
}

// An Outcome is what came out of an experiment.
type Outcome struct {
	Name   string  `json:"name"`
	Passed bool    `json:"passed"` // no point failed, and there are points that passed or nothing was compared
	Points []Point `json:"points"`
}

// Tally returns how many points passed, and how many were compared.
func (o *Outcome) Tally() (passed, compared int) {
	for _, p := range o.Points {
		if p.Passed != nil {
			compared++
			if *p.Passed {
				passed++
			}
		}
	}
	return passed, compared
}

// Digest returns a SHA-256 over the points, rounded to six digits.
func (o *Outcome) Digest() string {
	var b strings.Builder
	for _, p := range o.Points {
		fmt.Fprintf(&b, "%s %.6g %.6g %.6g %.6g", p.Series, p.X, p.Ours, p.Low, p.High)
		if p.Passed != nil {
			fmt.Fprintf(&b, " %.6g %.6g %v", *p.Published, *p.Tolerance, *p.Passed)
		}
		b.WriteByte('\n')
	}
	return digest([]byte(b.String()))
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
