package reproduce

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"
)

// A Point is what came out at one x of one series, beside what was published.
type Point struct {
	X      float64 `json:"x"`
	Series string  `json:"series"`
	// Ours is the mean over the replications, Low and High its 95 % interval by
	// Student's t; with one replication they are all the same.
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
func judge(s *Series, at Target, values []float64, expected float64, computed bool) Point {
	p := Point{X: at.X, Series: s.Name}
	p.Ours, p.Low, p.High = interval(values)
	switch {
	case at.Published != nil:
		p.Published = at.Published
	case computed:
		p.Published, p.Recomputed = &expected, true
	default:
		return p
	}
	tolerance := max(at.Spread, float64(s.Tolerance*math.Abs(*p.Published)))
	passed := math.Abs(p.Ours-*p.Published) <= tolerance && (p.High-p.Low)/2 <= tolerance
	p.Tolerance, p.Passed = &tolerance, &passed
	return p
}

// interval returns the mean of independent values with its 95 % interval.
func interval(values []float64) (mean, low, high float64) {
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
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile(0.975)
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
