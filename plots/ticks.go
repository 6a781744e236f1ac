package plots

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

// wholeTicks marks whole numbers, roundTicks numbers, at most so many, at
// multiples of 1, 2 or 5 times a power of ten.
type (
	wholeTicks struct{ most int }
	roundTicks struct{ most int }
)

// Ticks returns the marks from low to high.
func (t wholeTicks) Ticks(low, high float64) []plot.Tick { return ticks(low, high, t.most, 1) }

// Ticks returns the marks from low to high.
func (t roundTicks) Ticks(low, high float64) []plot.Tick {
	least := math.Pow10(int(math.Floor(math.Log10(max(high-low, 1e-9)))) - 2)
	return ticks(low, high, t.most, least)
}

// ticks takes the first step, from least upwards, that gives at most so many.
func ticks(low, high float64, most int, least float64) []plot.Tick {
	step := least
	for i := 0; (high-low)/step > float64(max(most, 2)); i++ {
		step *= []float64{2, 2.5, 2}[i%3]
	}
	var marks []plot.Tick
	for k := math.Ceil(low / step); k*step <= high; k++ {
		v := k*step + 0 // no negative zero
		marks = append(marks, plot.Tick{Value: v, Label: thousands(v)})
	}
	return marks
}

// thousands writes v shortly, with a thin space between groups of three digits.
func thousands(v float64) string {
	s := strconv.FormatFloat(v, 'g', 6, 64)
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		s = strconv.FormatFloat(v, 'f', 0, 64)
	}
	if v < 10000 || v != math.Trunc(v) {
		return s
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u2009" + s[i:]
	}
	return s
}
