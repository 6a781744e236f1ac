package sim

import "math"

// Elementary functions whose last bit is the same on every processor: additions,
// multiplications and divisions of float64 alone, each product rounded by an explicit
// conversion so that none is fused with a sum. They are good to about fourteen digits.

const (
	ln2High = 6.93147180369123816490e-01 // the first 33 bits of ln 2
	ln2Low  = 1.90821492927058770002e-10 // what is left
)

// exactExp returns e to the power x.
func exactExp(x float64) float64 {
	switch {
	case x > 700:
		return math.Inf(1)
	case x < -700:
		return 0
	}
	k := math.Floor(float64(x/math.Ln2) + 0.5)
	r := x - float64(k*ln2High)
	r -= float64(k * ln2Low)
	sum := 1.0
	for i := 16.0; i >= 1; i-- {
		sum = 1 + float64(float64(r*sum)/i)
	}
	return math.Ldexp(sum, int(k))
}

// exactLog returns the natural logarithm of x, which is positive.
func exactLog(x float64) float64 {
	f, k := math.Frexp(x)
	if f < math.Sqrt2/2 {
		f, k = float64(2*f), k-1
	}
	t := (f - 1) / (f + 1)
	square, sum := float64(t*t), 0.0
	for i := 27.0; i >= 1; i -= 2 {
		sum = float64(square*sum) + 1/i
	}
	e := float64(k)
	return float64(e*ln2High) + (float64(float64(2*t)*sum) + float64(e*ln2Low))
}

// exactPow returns x to the power y; x is positive.
func exactPow(x, y float64) float64 { return exactExp(float64(y * exactLog(x))) }

// exactCosTurn returns the cosine of an angle in full turns, from 0 to 1.
func exactCosTurn(turn float64) float64 {
	turn = min(turn, 1-turn) // symmetric about half a turn
	sign := 1.0
	if turn > 0.25 {
		turn, sign = 0.5-turn, -1
	}
	x := float64(2 * math.Pi * turn)
	square, sum := float64(x*x), 1.0
	for i := 22.0; i >= 2; i -= 2 {
		sum = 1 - float64(float64(square*sum)/float64(i*(i-1)))
	}
	return float64(sign * sum)
}

// Pareto returns a number from the Pareto distribution with tail index a above 1 and
// mean 1: it exceeds x with probability (m/x)^a, where m = (a-1)/a is the least.
func (s *Stream) Pareto(a float64) float64 {
	return float64((a - 1) / a * exactExp(float64(s.Exp()/a)))
}

// ParetoRest returns what is left of such a number at a random point within it, where
// long ones count for more.
func (s *Stream) ParetoRest(a float64) float64 {
	least := (a - 1) / a
	if s.Float64() < least {
		return float64(least * s.Float64())
	}
	return float64(least * exactExp(float64(s.Exp()/(a-1))))
}

// gapRange is how many times as long as the shortest gap the longest one can be.
const gapRange = 1e6

// Gap returns a number whose density falls with the power a, above 1, from a least
// number to gapRange times as much; its mean is 1.
func (s *Stream) Gap(a float64) float64 {
	b := a - 1
	cut := 1 - exactPow(gapRange, -b)
	mean := float64(exactLog(gapRange) / cut)
	if b != 1 {
		mean = float64(b / (b - 1) * (1 - exactPow(gapRange, 1-b)) / cut)
	}
	return float64(exactPow(1-float64(s.Float64()*cut), -1/b) / mean)
}

// Poisson returns a number from the Poisson distribution. It takes time in proportion
// to the mean.
func (s *Stream) Poisson(mean float64) int {
	n := 0
	for t := s.Exp(); t <= mean; t += s.Exp() {
		n++
	}
	return n
}

// wait turns a number into a time in nanoseconds, at least one.
func wait(x float64) Time {
	if !(x < float64(far)) {
		return far
	}
	return max(1, Time(x))
}
