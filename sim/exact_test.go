package sim

import (
	"math"
	"slices"
	"testing"
)

// The functions of exact.go are those of package math, to twelve digits.
func TestExactFunctions(t *testing.T) {
	same := func(name string, x, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-12*max(1, math.Abs(want)) && math.Abs(got/want-1) > 1e-12 {
			t.Errorf("%s(%v) is %v, want %v", name, x, got, want)
		}
	}
	for x := -40.0; x < 40; x += 0.137 {
		same("exp", x, exactExp(x), math.Exp(x))
	}
	for x := 1e-9; x < 1e9; x *= 1.37 {
		same("log", x, exactLog(x), math.Log(x))
		same("pow", x, exactPow(x, -0.8), math.Pow(x, -0.8))
	}
	for x := 0.0; x <= 1; x += 1. / 240 {
		same("cos", x, exactCosTurn(x), math.Cos(2*math.Pi*x))
	}
	if exactExp(-800) != 0 || !math.IsInf(exactExp(800), 1) || exactLog(1) != 0 || exactExp(0) != 1 {
		t.Error("the ends of the range")
	}
}

// The last bit is the same on every machine.
func TestExactFunctionsArePinned(t *testing.T) {
	for _, c := range []struct{ got, want float64 }{
		{exactExp(1.1), 3.0041660239464334}, {exactLog(10), 2.302585092994046},
		{exactPow(3, -1.1), 0.29865281994692067}, {exactCosTurn(0.3), -0.30901699437494756},
	} {
		if c.got != c.want {
			t.Errorf("%v, pinned is %v", c.got, c.want)
		}
	}
}

// distributed compares draws with a distribution function: a chi-square test on
// twenty cells of equal probability.
func distributed(t *testing.T, name string, draw func() float64, cdf func(float64) float64) (mean float64) {
	t.Helper()
	const n = 1 << 14
	counts := make([]int, 20)
	for range n {
		x := draw()
		mean += x / n
		counts[min(19, int(20*cdf(x)))]++
	}
	if x, limit := chiSquare(counts, n); x > limit {
		t.Errorf("%s: chi-square %.1f, limit %.1f", name, x, limit)
	}
	return mean
}

func TestHeavyTails(t *testing.T) {
	s := NewSeed(1, 0).Stream("test", 20)
	for _, a := range []float64{1.5, 2, 6} {
		least := (a - 1) / a
		mean := distributed(t, "Pareto", func() float64 { return s.Pareto(a) },
			func(x float64) float64 { return 1 - math.Pow(least/x, a) })
		if a == 6 && math.Abs(mean-1) > 0.01 {
			t.Errorf("the mean is %v", mean)
		}
		// What is left at a random point: the density is that of being longer.
		distributed(t, "ParetoRest", func() float64 { return s.ParetoRest(a) }, func(x float64) float64 {
			if x < least {
				return x
			}
			return 1 - math.Pow(least/x, a-1)/a
		})
	}
	for _, a := range []float64{1.8, 2, 6} {
		// The least gap, from the mean of the density x^-a by quadrature in log x.
		var mass, first float64
		for i := range 100000 {
			u := math.Log(gapRange) * (float64(i) + 0.5) / 100000
			mass += math.Exp(u * (1 - a))
			first += math.Exp(u * (2 - a))
		}
		least, all := mass/first, 1-math.Pow(gapRange, 1-a)
		mean := distributed(t, "Gap", func() float64 { return s.Gap(a) },
			func(x float64) float64 { return (1 - math.Pow(least/x, a-1)) / all })
		if a == 6 && math.Abs(mean-1) > 0.01 {
			t.Errorf("the mean gap is %v", mean)
		}
	}
	for _, mean := range []float64{0.5, 3} {
		var sum, squares float64
		const n = 10000
		for range n {
			x := float64(s.Poisson(mean))
			sum, squares = sum+x, squares+x*x
		}
		if m, v := sum/n, squares/n-sum*sum/n/n; math.Abs(m-mean) > 0.07 || math.Abs(v-mean) > 0.2 {
			t.Errorf("Poisson with mean %v: mean %v, variance %v", mean, m, v)
		}
	}
}

// Of four leaves, nodes 1 and 5 lie above two each, and node 3 above all.
func TestBlanksAbove(t *testing.T) {
	v := View{Members: []Member{{Leaf: 0}, {Leaf: 1}, {Leaf: 2}, {Leaf: 3}}, Parents: []Parent{{Node: 1}, {Node: 3}}}
	var got []int
	for leaf := range uint32(4) {
		v.Leaf = leaf
		got = append(got, blanksAbove(v))
	}
	if !slices.Equal(got, []int{0, 0, 1, 1}) {
		t.Errorf("%v", got)
	}
	v = View{Leaf: 4, Members: []Member{{Leaf: 0}, {Leaf: 4}}, Parents: []Parent{{Node: 7}}}
	if n := blanksAbove(v); n != 2 { // 9 and 11 are blank, 7 is not
		t.Errorf("%d", n)
	}
}
