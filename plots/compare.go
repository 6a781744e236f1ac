package plots

import (
	"fmt"
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Comparison is measured curves beside published ones.
type Comparison struct {
	Name, Title, Subtitle string
	X, Y                  Scale
	Curves                []MeasuredCurve
}

// A Scale is an axis: Log is 2 or 10 if it is logarithmic with marks at powers of
// that, and 0 if it is linear.
type Scale struct {
	Label string
	Log   int
}

// A MeasuredCurve has a point for each x, in any order.
type MeasuredCurve struct {
	Name   string
	Points []MeasuredPoint
}

// A MeasuredPoint is a measured value with its interval, beside the published one.
type MeasuredPoint struct {
	X, Ours, Low, High float64
	Published          *float64 // nil if there is none
	Recomputed         bool     // it was not published, but follows from a formula
	Failed             bool     // ours is not as near to it as it has to be
}

// looks tell curves apart: by colour, by shape, and by the dashes of the line.
var looks = []struct {
	color  color.Color
	shape  draw.GlyphDrawer
	dashes []vg.Length
}{
	{blue, draw.CircleGlyph{}, nil},
	{vermilion, draw.SquareGlyph{}, []vg.Length{4, 2}},
	{green, draw.TriangleGlyph{}, []vg.Length{1, 1.5}},
	{orange, draw.PyramidGlyph{}, []vg.Length{6, 1.5, 1, 1.5}},
	{skyBlue, draw.BoxGlyph{}, []vg.Length{2, 1}},
	{ink, draw.PlusGlyph{}, []vg.Length{8, 2}},
}

func (c *Comparison) line(i int) draw.LineStyle {
	l := looks[i%len(looks)]
	return draw.LineStyle{Color: l.color, Width: 1, Dashes: l.dashes}
}

func (c *Comparison) glyph(i int) draw.GlyphStyle {
	l := looks[i%len(looks)]
	return draw.GlyphStyle{Color: l.color, Radius: 2, Shape: l.shape}
}

var (
	publishedRing = draw.GlyphStyle{Color: ink, Radius: 3.6, Shape: draw.RingGlyph{}}
	formulaRing   = draw.GlyphStyle{Color: rgb(0xa8a8a8), Radius: 3.6, Shape: draw.RingGlyph{}}
	failedCross   = draw.GlyphStyle{Color: ink, Radius: 3.6, Shape: draw.CrossGlyph{}}
)

// ring is how the value is drawn that ours is compared with.
func (p MeasuredPoint) ring() draw.GlyphStyle {
	if p.Recomputed {
		return formulaRing
	}
	return publishedRing
}

// Compare draws the curves with error bars, a ring at each published value, a grey one
// where a formula gives it, and a cross through those that ours is too far from.
func Compare(c *Comparison) *Figure {
	f := &Figure{Name: c.Name, Title: c.Title, Subtitle: c.Subtitle, Width: OneColumn}
	low, high, ok := c.extent()
	if !ok {
		return f.nothing("No point was measured that the axes have.")
	}
	f.Width = 1.35 * OneColumn
	f.keys = c.legend()
	f.Height = f.frame() + 68*vg.Millimeter
	f.draw = func(canvas draw.Canvas) {
		p := newPlot(c.X.Label, c.Y.Label)
		c.X.set(&p.X, low.x, high.x)
		c.Y.set(&p.Y, low.y, high.y)
		p.Add(c)
		p.Draw(canvas)
	}
	return f
}

type corner struct{ x, y float64 }

// extent returns the least and the greatest coordinates that are drawn.
func (c *Comparison) extent() (low, high corner, ok bool) {
	low, high = corner{math.Inf(1), math.Inf(1)}, corner{math.Inf(-1), math.Inf(-1)}
	for _, curve := range c.Curves {
		for _, p := range curve.Points {
			ys := []float64{p.Ours, p.Low, p.High}
			if p.Published != nil {
				ys = append(ys, *p.Published)
			}
			for _, y := range ys {
				if c.X.has(p.X) && c.Y.has(y) {
					low.x, high.x = min(low.x, p.X), max(high.x, p.X)
					low.y, high.y = min(low.y, y), max(high.y, y)
					ok = true
				}
			}
		}
	}
	return low, high, ok
}

func (s Scale) has(v float64) bool { return s.Log == 0 || v > 0 }

// at is where a value lies on the axis. The axis of the figure is linear in it also
// if it is logarithmic in the value, which keeps its label in the middle.
func (s Scale) at(v float64) float64 {
	if s.Log == 0 {
		return v
	}
	return math.Log(v) / math.Log(float64(s.Log))
}

// set gives an axis its range, with some room, and its marks.
func (s Scale) set(a *plot.Axis, low, high float64) {
	low, high = s.at(low), s.at(high)
	room := max(0.04*(high-low), 1e-9)
	a.Min, a.Max = low-room, high+room
	if s.Log != 0 {
		a.Tick.Marker = powerTicks{base: s.Log, most: 9}
		return
	}
	if low >= 0 && low < 0.6*high { // a curve that is not far above 0 is drawn from there
		a.Min = 0
	}
	a.Tick.Marker = roundTicks{most: 6}
}

// Plot draws grid, curves and rings.
func (c *Comparison) Plot(canvas draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&canvas)
	x := func(v float64) vg.Length { return toX(c.X.at(v)) }
	y := func(v float64) vg.Length { return toY(c.Y.at(v)) }
	grid := draw.LineStyle{Color: paleGrey, Width: 0.5}
	for _, m := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
		if m.Label != "" {
			canvas.StrokeLine2(grid, canvas.Min.X, toY(m.Value), canvas.Max.X, toY(m.Value))
		}
	}
	for i, curve := range c.Curves {
		var line []vg.Point
		for _, q := range curve.Points {
			if c.X.has(q.X) && c.Y.has(q.Ours) {
				line = append(line, vg.Point{X: x(q.X), Y: y(q.Ours)})
			}
		}
		canvas.StrokeLines(c.line(i), line)
		bar := draw.LineStyle{Color: c.line(i).Color, Width: 0.7}
		for _, q := range curve.Points {
			if !c.X.has(q.X) || !c.Y.has(q.Ours) {
				continue
			}
			at := x(q.X)
			low, high := canvas.Min.Y, y(q.High)
			if c.Y.has(q.Low) {
				low = y(q.Low)
			}
			canvas.StrokeLine2(bar, at, low, at, high)
			canvas.StrokeLine2(bar, at-1.8, low, at+1.8, low)
			canvas.StrokeLine2(bar, at-1.8, high, at+1.8, high)
			canvas.DrawGlyphNoClip(c.glyph(i), vg.Point{X: at, Y: y(q.Ours)})
			if q.Published != nil && c.Y.has(*q.Published) {
				ring := vg.Point{X: at, Y: y(*q.Published)}
				canvas.DrawGlyphNoClip(q.ring(), ring)
				if q.Failed {
					canvas.DrawGlyphNoClip(failedCross, ring)
				}
			}
		}
	}
}

func (c *Comparison) legend() []key {
	var keys []key
	published, formula, failed := false, false, false
	for i, curve := range c.Curves {
		keys = append(keys, key{curve.Name, func(canvas draw.Canvas, r vg.Rectangle) {
			m := middle(r)
			canvas.StrokeLine2(c.line(i), r.Min.X, m.Y, r.Max.X, m.Y)
			canvas.DrawGlyphNoClip(c.glyph(i), m)
		}})
		for _, p := range curve.Points {
			published = published || p.Published != nil && !p.Recomputed
			formula = formula || p.Recomputed
			failed = failed || p.Failed
		}
	}
	if published {
		keys = append(keys, key{"published", func(canvas draw.Canvas, r vg.Rectangle) { canvas.DrawGlyphNoClip(publishedRing, middle(r)) }})
	}
	if formula {
		keys = append(keys, key{"by a formula", func(canvas draw.Canvas, r vg.Rectangle) { canvas.DrawGlyphNoClip(formulaRing, middle(r)) }})
	}
	if failed {
		keys = append(keys, key{"ours is too far from it", func(canvas draw.Canvas, r vg.Rectangle) {
			canvas.DrawGlyphNoClip(publishedRing, middle(r))
			canvas.DrawGlyphNoClip(failedCross, middle(r))
		}})
	}
	return keys
}

func middle(r vg.Rectangle) vg.Point {
	return vg.Point{X: (r.Min.X + r.Max.X) / 2, Y: (r.Min.Y + r.Max.Y) / 2}
}

// powerTicks marks powers of a base on an axis of their exponents, as many as there
// is room for; where there are few powers of ten, 2 and 5 times them too.
type powerTicks struct{ base, most int }

// Ticks returns the marks from low to high, which are exponents.
func (t powerTicks) Ticks(low, high float64) []plot.Tick {
	scale := Scale{Log: t.base}
	first, last := int(math.Floor(low)), int(math.Ceil(high))
	every := 1 + (last-first)/t.most
	factors := []float64{1}
	if t.base == 10 && last-first <= 3 {
		factors = []float64{1, 2, 5}
	}
	var marks []plot.Tick
	for e := first; e <= last; e++ {
		for _, f := range factors {
			v := f * math.Pow(float64(t.base), float64(e))
			m := plot.Tick{Value: scale.at(v)}
			if m.Value < low || m.Value > high {
				continue
			}
			if e%every == 0 {
				m.Label = t.label(v, e)
			}
			marks = append(marks, m)
		}
	}
	return marks
}

// label writes small numbers as such, and great and tiny ones as powers.
func (t powerTicks) label(v float64, e int) string {
	if v >= 0.001 && (t.base == 2 && v < 1e6 || t.base == 10 && v < 1e9) {
		return thousands(v)
	}
	if t.base == 10 {
		return strconv.FormatFloat(v, 'e', 0, 64)
	}
	return fmt.Sprintf("2^%d", e)
}
