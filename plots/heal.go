package plots

import (
	"fmt"
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mlssim/sim"
)

// Healing draws, over the time since a theft ended, the share of compromises
// that has healed: the Kaplan-Meier estimate over all results, which counts a
// compromise that was still open at the horizon for as long as it was seen.
func Healing(results []*sim.Result) *Figure {
	f := &Figure{Name: "healing", Title: "Time to heal"}
	if len(results) > 0 {
		f.Title += ": " + results[0].Plan
	}
	curve := KaplanMeier(Observations(results))
	if curve.N == 0 {
		return f.nothing("There was no compromise whose end could be watched.")
	}
	h := &healing{curve: curve, unit: unitFor(curve.end())}
	median := "median not reached"
	if m, ok := curve.Median(); ok {
		median = "median " + h.unit.format(m)
	}
	f.Subtitle = fmt.Sprintf("%s in %s, %d still open at the horizon, %s",
		count(curve.N, "compromise"), count(len(results), "run"), len(curve.Censored), median)
	f.keys = healingKeys(len(curve.Points) > 0, len(curve.Censored) > 0)
	f.Width, f.Height = OneColumn, 66*vg.Millimeter
	f.draw = func(c draw.Canvas) { h.axes().Draw(c) }
	return f
}

// A unit of time for an axis.
type unit struct {
	name, short string
	size        sim.Time
}

// unitFor returns the unit in which a span reads best.
func unitFor(span sim.Time) unit {
	const second = sim.Time(1e9)
	switch {
	case span <= 120*second:
		return unit{"seconds", "s", second}
	case span <= 120*60*second:
		return unit{"minutes", "min", 60 * second}
	case span <= 72*3600*second:
		return unit{"hours", "h", 3600 * second}
	}
	return unit{"days", "d", 86400 * second}
}

func (u unit) of(t sim.Time) float64    { return float64(t) / float64(u.size) }
func (u unit) format(t sim.Time) string { return fmt.Sprintf("%.3g %s", u.of(t), u.short) }

// end is the latest time that the curve speaks of.
func (c Curve) end() sim.Time {
	var end sim.Time
	if n := len(c.Points); n > 0 {
		end = c.Points[n-1].Time
	}
	if n := len(c.Censored); n > 0 {
		end = max(end, c.Censored[n-1])
	}
	return end
}

// at returns the share healed at t.
func (c Curve) at(t sim.Time) float64 {
	healed := 0.0
	for _, p := range c.Points {
		if p.Time <= t {
			healed = p.Healed
		}
	}
	return healed
}

type healing struct {
	curve Curve
	unit  unit
}

func (h *healing) axes() *plot.Plot {
	p := newPlot(h.unit.name+" since the theft ended", "share healed")
	p.X.Min, p.X.Max = 0, 1.03*h.unit.of(h.curve.end())
	if p.X.Max == 0 {
		p.X.Max = 1
	}
	p.Y.Min, p.Y.Max = 0, 1.02
	p.Y.Tick.Marker = plot.ConstantTicks{
		{Value: 0, Label: "0 %"}, {Value: 0.25, Label: "25 %"}, {Value: 0.5, Label: "50 %"},
		{Value: 0.75, Label: "75 %"}, {Value: 1, Label: "100 %"},
	}
	p.X.Tick.Marker = roundTicks{most: 6}
	p.X.Padding, p.Y.Padding = 2, 2
	p.Add(h)
	return p
}

var (
	curveLine  = draw.LineStyle{Color: blue, Width: 1.3}
	bandFill   = color.NRGBA{R: 0x56, G: 0xb4, B: 0xe9, A: 0x50}
	bandEdge   = draw.LineStyle{Color: skyBlue, Width: 0.5, Dashes: []vg.Length{2, 1.5}}
	censorTick = draw.LineStyle{Color: ink, Width: 0.8}
)

// Plot draws the band, the curve over it, and a tick for each that is censored.
func (h *healing) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	grid := draw.LineStyle{Color: paleGrey, Width: 0.5}
	for _, share := range []float64{0.25, 0.5, 0.75, 1} {
		c.StrokeLine2(grid, c.Min.X, y(share), c.Max.X, y(share))
	}
	steps := func(value func(Point) float64) []vg.Point {
		line := []vg.Point{{X: x(0), Y: y(0)}}
		for _, pt := range h.curve.Points {
			at := x(h.unit.of(pt.Time))
			line = append(line, vg.Point{X: at, Y: line[len(line)-1].Y}, vg.Point{X: at, Y: y(value(pt))})
		}
		return append(line, vg.Point{X: x(h.unit.of(h.curve.end())), Y: line[len(line)-1].Y})
	}
	low := steps(func(p Point) float64 { return p.Low })
	high := steps(func(p Point) float64 { return p.High })
	around := slices.Clone(high)
	slices.Reverse(around)
	c.FillPolygon(bandFill, append(slices.Clone(low), around...))
	c.StrokeLines(bandEdge, low, high)
	c.StrokeLines(curveLine, steps(func(p Point) float64 { return p.Healed }))
	for _, t := range slices.Compact(slices.Clone(h.curve.Censored)) {
		at, up := x(h.unit.of(t)), y(h.curve.at(t))
		c.StrokeLine2(censorTick, at, up-3, at, up+3)
	}
}

func healingKeys(events, censored bool) []key {
	middle := func(r vg.Rectangle) vg.Length { return (r.Min.Y + r.Max.Y) / 2 }
	keys := []key{{"share healed (Kaplan-Meier)", func(c draw.Canvas, r vg.Rectangle) {
		c.StrokeLine2(curveLine, r.Min.X, middle(r), r.Max.X, middle(r))
	}}}
	if events {
		keys = append(keys, key{"95 % confidence, pointwise", func(c draw.Canvas, r vg.Rectangle) {
			c.SetColor(bandFill)
			c.Fill(r.Path())
			c.StrokeLine2(bandEdge, r.Min.X, r.Max.Y, r.Max.X, r.Max.Y)
			c.StrokeLine2(bandEdge, r.Min.X, r.Min.Y, r.Max.X, r.Min.Y)
		}})
	}
	if censored {
		keys = append(keys, key{"still open when last seen", func(c draw.Canvas, r vg.Rectangle) {
			c.StrokeLine2(curveLine, r.Min.X, middle(r), r.Max.X, middle(r))
			c.StrokeLine2(censorTick, (r.Min.X+r.Max.X)/2, middle(r)-3, (r.Min.X+r.Max.X)/2, middle(r)+3)
		}})
	}
	return keys
}
