package plots

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mlssim/sim"
)

// medianWindow is how many Commits with a path the running median looks at.
const medianWindow = 15

// Cost draws what each accepted Commit of a run cost: its bytes on the wire and
// its HPKE encryptions (those of its Welcome included), one panel each, with a
// running median. A run without bytes has the second panel alone.
func Cost(r *sim.Result) *Figure {
	f := &Figure{Name: "cost", Title: "Cost of a Commit: " + r.Plan}
	commits := slices.DeleteFunc(slices.Clone(r.Epochs), func(e sim.EpochRecord) bool { return e.Epoch == 0 })
	if len(commits) == 0 {
		return f.nothing("No Commit was accepted.")
	}
	encryptions := newSeries(commits, "HPKE encryptions", func(c sim.Cost) int { return c.Seals })
	panels := []*series{encryptions}
	bytes := newSeries(commits, "bytes of the Commit", func(c sim.Cost) int { return c.Bytes })
	if slices.Max(bytes.values) > 0 {
		panels = []*series{bytes, encryptions}
	}
	with := 0
	for _, e := range commits {
		if e.Path {
			with++
		}
	}
	f.Subtitle = fmt.Sprintf("%s, seed %d: %s, %d with a path, %s at the end", r.Engine, r.Seed,
		count(len(commits), "Commit"), with, count(commits[len(commits)-1].Members, "member"))
	f.keys = costKeys()
	f.Width = OneColumn
	if len(commits) > 60 {
		f.Width = TwoColumns
	}
	f.Height = f.frame() + vg.Length(len(panels))*42*vg.Millimeter
	f.draw = func(c draw.Canvas) { drawPanels(c, panels) }
	return f
}

// drawPanels draws one panel over the other, with their axes aligned.
func drawPanels(c draw.Canvas, panels []*series) {
	column := make([][]*plot.Plot, len(panels))
	for i, s := range panels {
		label := ""
		if i == len(panels)-1 {
			label = "epoch"
		}
		column[i] = []*plot.Plot{s.axes(label, c.Max.X-c.Min.X)}
	}
	tiles := draw.Tiles{Rows: len(panels), Cols: 1, PadY: 6}
	for i, row := range plot.Align(column, tiles, c) {
		column[i][0].Draw(row[0])
	}
}

// A series is one figure for each Commit of a run.
type series struct {
	commits []sim.EpochRecord
	label   string
	values  []float64
}

func newSeries(commits []sim.EpochRecord, label string, value func(sim.Cost) int) *series {
	s := &series{commits: commits, label: label}
	for _, e := range commits {
		s.values = append(s.values, float64(value(e.Cost)))
	}
	return s
}

func (s *series) axes(x string, width vg.Length) *plot.Plot {
	p := newPlot(x, s.label)
	p.X.Min = float64(s.commits[0].Epoch) - 0.5
	p.X.Max = float64(s.commits[len(s.commits)-1].Epoch) + 0.5
	p.Y.Min, p.Y.Max = 0, max(1, 1.05*slices.Max(s.values))
	p.X.Tick.Marker = wholeTicks{most: int(width / 36)}
	p.Y.Tick.Marker = wholeTicks{most: 5}
	p.Add(s)
	return p
}

var medianLine = draw.LineStyle{Color: ink, Width: 1}

// Plot draws the running median, and the points over it.
func (s *series) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	var epochs, values []float64
	for i, e := range s.commits {
		if e.Path {
			epochs = append(epochs, float64(e.Epoch))
			values = append(values, s.values[i])
		}
	}
	var line []vg.Point
	for i, m := range RunningMedian(values, medianWindow) {
		line = append(line, vg.Point{X: x(epochs[i]), Y: y(m)})
	}
	c.StrokeLines(medianLine, line)
	for i, e := range s.commits {
		drawCommit(c, e.Path, vg.Point{X: x(float64(e.Epoch)), Y: y(s.values[i])})
	}
}

func drawCommit(c draw.Canvas, path bool, at vg.Point) {
	style := draw.GlyphStyle{Color: blue, Radius: 1.7, Shape: draw.CircleGlyph{}}
	if !path {
		style = draw.GlyphStyle{Color: vermilion, Radius: 2.2, Shape: draw.TriangleGlyph{}}
	}
	c.DrawGlyphNoClip(style, at)
}

func costKeys() []key {
	point := func(path bool) func(draw.Canvas, vg.Rectangle) {
		return func(c draw.Canvas, r vg.Rectangle) {
			drawCommit(c, path, vg.Point{X: (r.Min.X + r.Max.X) / 2, Y: (r.Min.Y + r.Max.Y) / 2})
		}
	}
	return []key{
		{"with a path", point(true)},
		{"without a path", point(false)},
		{fmt.Sprintf("running median of %d with a path", medianWindow), func(c draw.Canvas, r vg.Rectangle) {
			y := (r.Min.Y + r.Max.Y) / 2
			c.StrokeLine2(medianLine, r.Min.X, y, r.Max.X, y)
		}},
	}
}
