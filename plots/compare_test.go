package plots

import (
	"slices"
	"strings"
	"testing"
)

// A figure of curves says which there are, marks what was published and what is not
// near enough to it, and has powers on its axes.
func TestCompare(t *testing.T) {
	near, far := 10.5, 900.0
	c := &Comparison{Name: "c", Title: "Curves", Subtitle: "two", X: Scale{"members", 2}, Y: Scale{"ciphertexts", 10}, Curves: []MeasuredCurve{
		{"one", []MeasuredPoint{{X: 4, Ours: 10, Low: 9, High: 11, Published: &near}, {X: 64, Ours: 1000, Low: 990, High: 1010}}},
		{"two", []MeasuredPoint{{X: 4, Ours: 10, Low: -1, High: 11}, {X: 0, Ours: 3, Low: 3, High: 3}, {X: 8, Ours: 0}}},
	}}
	svg := func() string {
		data, err := Compare(c).Encode("svg")
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	plain := svg()
	for _, want := range []string{"Curves", "one", "two", "published<", "ciphertexts", ">64<", ">1000<"} {
		if !strings.Contains(plain, want) {
			t.Errorf("the figure does not say %q", want)
		}
	}
	if strings.Contains(plain, "too far") || strings.Contains(plain, "by a formula") || strings.Contains(plain, "NaN") {
		t.Error("a mark of what is not there")
	}
	failed := &c.Curves[0].Points[1]
	failed.Published, failed.Failed, failed.Recomputed = &far, true, true
	if marked := svg(); !strings.Contains(marked, "ours is too far from it") || !strings.Contains(marked, "by a formula") {
		t.Error("a point that failed has no mark")
	}
	if f := Compare(&Comparison{Y: Scale{Log: 10}, Curves: []MeasuredCurve{{"one", []MeasuredPoint{{}}}}}); f.Subtitle != "nothing to show" {
		t.Errorf("a figure of nothing: %s", f.Subtitle)
	}
}

func TestPowerTicks(t *testing.T) {
	for _, c := range []struct {
		ticks     powerTicks
		low, high float64 // exponents
		want      []string
	}{
		{powerTicks{2, 9}, 1.9, 5.1, []string{"4", "8", "16", "32"}},
		{powerTicks{2, 3}, 0, 4, []string{"1", "", "4", "", "16"}},
		{powerTicks{10, 9}, 0.2, 2.1, []string{"2", "5", "10", "20", "50", "100"}},
		{powerTicks{10, 9}, -1, 3, []string{"0.1", "1", "10", "100", "1000"}},
		{powerTicks{2, 9}, 20.5, 21.5, []string{"2^21"}},
	} {
		var got []string
		for _, m := range c.ticks.Ticks(c.low, c.high) {
			got = append(got, m.Label)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%v from %v to %v: %q, want %q", c.ticks, c.low, c.high, got, c.want)
		}
	}
}
