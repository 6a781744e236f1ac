package plots

import (
	"cmp"
	"fmt"
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mlssim/sim"
)

// Exposure draws the members of one run against its epochs: a row is a member,
// a column an epoch. A cell says whether the adversary can read the epoch, at
// the horizon of the run; over it lie marks for theft and healing, and a line
// for as long as the adversary knows the member's leaf key.
func Exposure(r *sim.Result) *Figure {
	f := &Figure{Name: "exposure", Title: "Exposure: " + r.Plan}
	g := newGrid(r)
	if len(g.rows) == 0 {
		return f.nothing("No member was in any epoch.")
	}
	f.Subtitle = exposureCounts(r, g)
	f.keys = exposureKeys(g.gaps())
	f.Width = TwoColumns
	if g.epochs() <= 24 {
		f.Width = OneColumn
	}
	axes := vg.Length(24) // of the epochs, below the cells
	rows := vg.Length(len(g.rows))
	height := min(rows*13, max(rows*6.4, 110*vg.Millimeter), maxHeight-f.frame()-axes)
	f.Height = f.frame() + axes + height
	f.draw = func(c draw.Canvas) { g.axes(c.Max.X-c.Min.X, height/rows).Draw(c) }
	return f
}

func exposureCounts(r *sim.Result, g *grid) string {
	var leaked, late int
	for _, e := range r.Epochs {
		if e.LeakedAt != sim.Never {
			leaked++
			if e.Retroactive {
				late++
			}
		}
	}
	return fmt.Sprintf("%s, seed %d: %s, %s, %d leaked (%d of them after their end)", r.Engine, r.Seed,
		count(len(g.rows), "member"), count(len(r.Epochs), "epoch"), leaked, late)
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// A grid is a run as rows of cells.
type grid struct {
	first, last uint64 // epochs
	rows        []row  // by client
	heals       []mark
}

// A mark stands for something that happened to the member of a row in an epoch.
type mark struct {
	row   int
	epoch uint64
}

type row struct {
	client sim.ClientID
	name   string
	cells  []sim.Cell // by epoch; epochs in which the client was no member are missing
}

func newGrid(r *sim.Result) *grid {
	cells := slices.Clone(r.Cells)
	slices.SortFunc(cells, func(a, b sim.Cell) int {
		return cmp.Or(cmp.Compare(a.Client, b.Client), cmp.Compare(a.Epoch, b.Epoch))
	})
	g := &grid{}
	for i, c := range cells {
		if i == 0 {
			g.first, g.last = c.Epoch, c.Epoch
		}
		g.first, g.last = min(g.first, c.Epoch), max(g.last, c.Epoch)
		if i == 0 || cells[i-1].Client != c.Client {
			g.rows = append(g.rows, row{client: c.Client, name: clientName(r, c.Client)})
		}
		last := &g.rows[len(g.rows)-1]
		last.cells = append(last.cells, c)
	}
	g.markHeals(r)
	return g
}

// markHeals finds the places of what healed. Those of removals lie behind the
// last cell of a row, and a heal may stand in an epoch that was opened later.
func (g *grid) markHeals(r *sim.Result) {
	for _, h := range r.Heals {
		if h.Compromise >= len(r.Compromises) || r.Compromises[h.Compromise].Group != "" {
			continue
		}
		victim := r.Compromises[h.Compromise].Client
		i := slices.IndexFunc(g.rows, func(r row) bool { return r.client == victim })
		if m := (mark{i, h.Epoch}); i >= 0 && h.Epoch <= g.last && !slices.Contains(g.heals, m) {
			g.heals = append(g.heals, m)
		}
	}
}

func clientName(r *sim.Result, id sim.ClientID) string {
	if int(id) < len(r.Clients) {
		return r.Clients[id]
	}
	return fmt.Sprintf("client %d", id)
}

// gaps tells whether somebody was no member in some epoch.
func (g *grid) gaps() bool {
	return slices.ContainsFunc(g.rows, func(r row) bool { return len(r.cells) < g.epochs() })
}

func (g *grid) epochs() int { return int(g.last-g.first) + 1 }

// axes returns a plot in which an epoch is one unit wide and a row one unit
// high, the first at the top, in a canvas of the given width.
func (g *grid) axes(width, rowHeight vg.Length) *plot.Plot {
	p := newPlot("epoch", "")
	p.X.Min, p.X.Max = float64(g.first)-0.5, float64(g.last)+0.5
	p.Y.Min, p.Y.Max = 0, float64(len(g.rows))
	p.X.Padding, p.Y.Padding = 0, 2
	p.X.LineStyle.Width, p.Y.LineStyle.Width = 0, 0
	p.Y.Tick.Length = 0

	size := min(smallSize, max(leastSize, rowHeight*0.92))
	p.Y.Tick.Label.Font.Size = size
	every := 1
	for vg.Length(every)*rowHeight < size {
		every++
	}
	var names plot.ConstantTicks
	for i := 0; i < len(g.rows); i += every {
		name := clip(g.rows[i].name, p.Y.Tick.Label, width/5)
		names = append(names, plot.Tick{Value: g.y(i), Label: name})
	}
	p.Y.Tick.Marker = names
	p.X.Tick.Marker = wholeTicks{most: int(width / 32)}
	p.Add(g)
	return p
}

// y is the middle of row i on the vertical axis.
func (g *grid) y(i int) float64 { return float64(len(g.rows)-i) - 0.5 }

// Plot draws the cells, then what lies over them.
func (g *grid) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	w := x(1) - x(0)
	h := y(1) - y(0)
	gap := func(size vg.Length) vg.Length { // between cells, none where they are tiny
		return max(0, min(0.6, (size-2)/8))
	}
	for i, r := range g.rows {
		r.runs(func(a, b sim.Cell) bool { return a.State == b.State }, func(from, to sim.Cell) {
			box := vg.Rectangle{
				Min: vg.Point{X: x(float64(from.Epoch)) - w/2, Y: y(g.y(i)) - h/2 + gap(h)/2},
				Max: vg.Point{X: x(float64(to.Epoch)) + w/2, Y: y(g.y(i)) + h/2 - gap(h)/2},
			}
			drawState(c, from.State, box)
		})
	}
	if gap(w) > 0 {
		line := draw.LineStyle{Color: white, Width: gap(w)}
		for e := g.first; e < g.last; e++ {
			at := x(float64(e)) + w/2
			c.StrokeLine2(line, at, c.Min.Y, at, c.Max.Y)
		}
	}
	size := min(4, max(1.7, h*0.34))
	for i, r := range g.rows {
		r.runs(func(a, b sim.Cell) bool { return a.LeafKey && b.LeafKey }, func(from, to sim.Cell) {
			if from.LeafKey {
				drawLeafLine(c, size, x(float64(from.Epoch))-w/2, x(float64(to.Epoch))+w/2, y(g.y(i)))
			}
		})
	}
	for i, r := range g.rows {
		r.runs(func(a, b sim.Cell) bool { return a.Taken && b.Taken }, func(from, to sim.Cell) {
			if from.Taken {
				drawTaken(c, size, x(float64(from.Epoch)), x(float64(to.Epoch)), y(g.y(i)))
			}
		})
	}
	for _, m := range g.heals {
		drawHealed(c, size, vg.Point{X: x(float64(m.epoch)), Y: y(g.y(m.row))})
	}
}

// runs calls draw for each longest stretch of successive epochs whose cells are alike.
func (r row) runs(alike func(a, b sim.Cell) bool, draw func(from, to sim.Cell)) {
	start := 0
	for i := 1; i <= len(r.cells); i++ {
		if i == len(r.cells) || r.cells[i].Epoch != r.cells[i-1].Epoch+1 || !alike(r.cells[i], r.cells[i-1]) {
			draw(r.cells[start], r.cells[i-1])
			start = i
		}
	}
}

func drawState(c draw.Canvas, s sim.CellState, r vg.Rectangle) {
	fill := func(f color.Color) { c.SetColor(f); c.Fill(r.Path()) }
	switch s {
	case sim.CellLeaked:
		fill(vermilion)
	case sim.CellRetroactive:
		fill(orange)
		hatch(c, r, draw.LineStyle{Color: ink, Width: 0.45}, 3)
	case sim.CellHealed:
		fill(paleGreen)
	default:
		fill(paleGrey)
	}
}

// hatch draws rising lines in r, so many points apart. They lie on one raster
// for the whole page, and run on from one box to the next.
func hatch(c draw.Canvas, r vg.Rectangle, style draw.LineStyle, apart vg.Length) {
	first := int((r.Min.Y - r.Max.X) / apart)
	last := int((r.Max.Y - r.Min.X) / apart)
	for k := first - 1; k <= last+1; k++ {
		d := vg.Length(k) * apart // the line y = x + d
		from, to := max(r.Min.X, r.Min.Y-d), min(r.Max.X, r.Max.Y-d)
		if from < to {
			c.StrokeLine2(style, from, from+d, to, to+d)
		}
	}
}

func drawLeafLine(c draw.Canvas, size, from, to, y vg.Length) {
	c.StrokeLine2(draw.LineStyle{Color: white, Width: size * 0.9}, from, y, to, y)
	c.StrokeLine2(draw.LineStyle{Color: ink, Width: size * 0.5}, from, y, to, y)
}

// drawTaken is a filled diamond with a white edge, as long as the theft.
func drawTaken(c draw.Canvas, size, from, to, y vg.Length) {
	for _, d := range []struct {
		color color.Color
		r     vg.Length
	}{{white, size * 1.5}, {ink, size * 1.12}} {
		c.FillPolygon(d.color, []vg.Point{{X: from - d.r, Y: y}, {X: from, Y: y + d.r}, {X: to, Y: y + d.r},
			{X: to + d.r, Y: y}, {X: to, Y: y - d.r}, {X: from, Y: y - d.r}})
	}
}

// drawHealed is an open ring with a green centre.
func drawHealed(c draw.Canvas, size vg.Length, at vg.Point) {
	c.DrawGlyphNoClip(draw.GlyphStyle{Color: white, Radius: size * 1.2, Shape: draw.CircleGlyph{}}, at)
	c.DrawGlyphNoClip(draw.GlyphStyle{Color: green, Radius: size, Shape: draw.CircleGlyph{}}, at)
	c.DrawGlyphNoClip(draw.GlyphStyle{Color: white, Radius: size * 0.45, Shape: draw.CircleGlyph{}}, at)
}

func exposureKeys(gaps bool) []key {
	state := func(s sim.CellState) func(draw.Canvas, vg.Rectangle) {
		return func(c draw.Canvas, r vg.Rectangle) { drawState(c, s, r) }
	}
	middle := func(r vg.Rectangle) vg.Point {
		return vg.Point{X: (r.Min.X + r.Max.X) / 2, Y: (r.Min.Y + r.Max.Y) / 2}
	}
	keys := []key{
		{"safe", state(sim.CellSafe)},
		{"leaked while current", state(sim.CellLeaked)},
		{"leaked after its end", state(sim.CellRetroactive)},
		{"state taken", func(c draw.Canvas, r vg.Rectangle) {
			drawState(c, sim.CellLeaked, r)
			drawTaken(c, 2.7, middle(r).X, middle(r).X, middle(r).Y)
		}},
		{"leaf key known", func(c draw.Canvas, r vg.Rectangle) {
			drawState(c, sim.CellLeaked, r)
			drawLeafLine(c, 2.7, r.Min.X, r.Max.X, middle(r).Y)
		}},
		{"healed here", func(c draw.Canvas, r vg.Rectangle) {
			drawState(c, sim.CellHealed, r)
			drawHealed(c, 2.7, middle(r))
		}},
	}
	if gaps {
		keys = append(keys, key{"no member", func(c draw.Canvas, r vg.Rectangle) {
			c.SetLineStyle(draw.LineStyle{Color: grey, Width: 0.4})
			c.Stroke(r.Path())
		}})
	}
	return keys
}
