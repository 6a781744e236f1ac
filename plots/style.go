package plots

import (
	"image/color"
	"strings"
	"unicode"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Widths of a figure in a paper of two columns.
const (
	OneColumn  = 86 * vg.Millimeter
	TwoColumns = 178 * vg.Millimeter
)

// maxHeight leaves room for a caption below a figure that fills a page.
const maxHeight = 220 * vg.Millimeter

// The palette of Okabe and Ito, which stays apart for all common forms of
// colour blindness. No figure relies on it alone: shapes and hatching say the
// same in print without colours.
var (
	vermilion = rgb(0xd55e00)
	orange    = rgb(0xe69f00)
	green     = rgb(0x009e73)
	blue      = rgb(0x0072b2)
	skyBlue   = rgb(0x56b4e9)

	ink       = rgb(0x1a1a1a)
	grey      = rgb(0x6b6b6b)
	paleGrey  = rgb(0xebebeb)
	paleGreen = rgb(0xcdeadf)
	white     = color.White
)

func rgb(v uint32) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 0xff}
}

// Sizes of text, in points, as printed.
const (
	titleSize = 8.5
	labelSize = 7.5
	smallSize = 6.5
	leastSize = 4.5 // below this a label is left out rather than shrunk
)

// margin is the white edge around a figure.
const margin = vg.Length(4)

func textStyle(size vg.Length, c color.Color, x text.XAlignment, y text.YAlignment) text.Style {
	return text.Style{
		Color:   c,
		Font:    font.Font{Typeface: "Liberation", Variant: "Sans", Size: size},
		XAlign:  x,
		YAlign:  y,
		Handler: text.Plain{Fonts: font.DefaultCache},
	}
}

// newPlot returns axes in the common style: no box, thin lines, small ticks.
func newPlot(x, y string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	p.X.Label.Text, p.Y.Label.Text = x, y
	p.X.Label.TextStyle = textStyle(labelSize, ink, text.XCenter, text.YBottom)
	p.Y.Label.TextStyle = p.X.Label.TextStyle
	p.X.Tick.Label = textStyle(smallSize, ink, text.XCenter, text.YTop)
	p.Y.Tick.Label = textStyle(smallSize, ink, text.XRight, text.YCenter)
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Width = 0.5
		a.Color = ink
		a.Padding = 3
		a.Label.Padding = 2
		a.Tick.Length = 3
		a.Tick.Width = 0.5
		a.Tick.Color = ink
	}
	return p
}

// clip returns s as one line that is at most width wide, with an ellipsis for
// what is cut off.
func clip(s string, style text.Style, width vg.Length) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '·'
		}
		return r
	}, s) // what is not UTF-8 becomes U+FFFD
	if style.Width(s) <= width {
		return s
	}
	runes := []rune(s)
	for len(runes) > 0 && style.Width(string(runes)+"…") > width {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
}

// A key is one entry of a legend: a swatch and what it stands for.
type key struct {
	label string
	draw  func(draw.Canvas, vg.Rectangle)
}

const (
	swatchWidth  = vg.Length(15)
	swatchHeight = vg.Length(8)
	keyGap       = vg.Length(4)  // between swatch and label
	keySpace     = vg.Length(11) // between entries
	keyLine      = vg.Length(12) // from line to line
)

// keyLines breaks a legend into lines no wider than width.
func keyLines(keys []key, width vg.Length) [][]key {
	style := textStyle(smallSize, ink, text.XLeft, text.YCenter)
	var lines [][]key
	var used vg.Length
	for _, k := range keys {
		w := swatchWidth + keyGap + style.Width(k.label) + keySpace
		if len(lines) == 0 || used+w-keySpace > width {
			lines = append(lines, nil)
			used = 0
		}
		used += w
		lines[len(lines)-1] = append(lines[len(lines)-1], k)
	}
	return lines
}

// drawKeys draws a legend from the top left corner of c downwards.
func drawKeys(c draw.Canvas, lines [][]key) {
	style := textStyle(smallSize, ink, text.XLeft, text.YCenter)
	descent := style.FontExtents().Descent // the eye centres on what stands above the baseline
	y := c.Max.Y - keyLine/2
	for _, line := range lines {
		x := c.Min.X
		for _, k := range line {
			k.draw(c, vg.Rectangle{
				Min: vg.Point{X: x, Y: y - swatchHeight/2},
				Max: vg.Point{X: x + swatchWidth, Y: y + swatchHeight/2},
			})
			c.FillText(style, vg.Point{X: x + swatchWidth + keyGap, Y: y + descent/2}, k.label)
			x += swatchWidth + keyGap + style.Width(k.label) + keySpace
		}
		y -= keyLine
	}
}
