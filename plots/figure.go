// Package plots draws what runs have measured: who was exposed when, how long
// healing took, what it cost. Figures are the same bytes for the same results.
package plots

import (
	"bytes"
	"encoding/xml"
	"fmt"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// A Figure is a drawing of a fixed size, made by [Exposure], [Healing] or [Cost].
type Figure struct {
	Name          string // for a file: "exposure", "healing" or "cost"
	Title         string // the first line of the figure
	Subtitle      string // the second: what it shows in numbers
	Width, Height vg.Length

	keys []key
	draw func(draw.Canvas) // between title and legend
}

// Formats are the formats that [Figure.Encode] knows.
func Formats() []string { return []string{"svg", "png"} }

// dpi is the resolution of a PNG: sharp in print at the figure's size.
const dpi = 220

// Encode returns the figure as a file of the format, "svg" or "png". The same
// figure gives the same bytes.
func (f *Figure) Encode(format string) ([]byte, error) {
	switch format {
	case "svg":
		c := vgsvg.New(f.Width, f.Height)
		f.paint(draw.New(c))
		var b bytes.Buffer
		if _, err := c.WriteTo(&b); err != nil {
			return nil, fmt.Errorf("%s.svg: %w", f.Name, err)
		}
		return f.dress(b.Bytes()), nil
	case "png":
		c := vgimg.NewWith(vgimg.UseWH(f.Width, f.Height), vgimg.UseDPI(dpi))
		f.paint(draw.New(c))
		var b bytes.Buffer
		if _, err := (vgimg.PngCanvas{Canvas: c}).WriteTo(&b); err != nil {
			return nil, fmt.Errorf("%s.png: %w", f.Name, err)
		}
		return b.Bytes(), nil
	}
	return nil, fmt.Errorf("figures are drawn as svg or png, not %q", format)
}

const (
	titleLine    = vg.Length(11)
	subtitleLine = vg.Length(12)
)

// frame returns the height of everything around the drawing proper.
func (f *Figure) frame() vg.Length {
	return 2*margin + titleLine + subtitleLine + vg.Length(len(keyLines(f.keys, f.inner())))*keyLine
}

func (f *Figure) inner() vg.Length { return f.Width - 2*margin }

func (f *Figure) paint(c draw.Canvas) {
	c.SetColor(white)
	c.Fill(c.Rectangle.Path())
	c = draw.Crop(c, margin, -margin, margin, -margin)

	title := textStyle(titleSize, ink, text.XLeft, text.YTop)
	c.FillText(title, vg.Point{X: c.Min.X, Y: c.Max.Y}, clip(f.Title, title, f.inner()))
	c.Max.Y -= titleLine
	subtitle := textStyle(smallSize, grey, text.XLeft, text.YTop)
	c.FillText(subtitle, vg.Point{X: c.Min.X, Y: c.Max.Y}, clip(f.Subtitle, subtitle, f.inner()))
	c.Max.Y -= subtitleLine

	lines := keyLines(f.keys, f.inner())
	legend := c
	legend.Max.Y = c.Min.Y + vg.Length(len(lines))*keyLine
	drawKeys(legend, lines)
	c.Min.Y = legend.Max.Y
	f.draw(c)
}

// dress gives an SVG a text alternative, and fonts of the same widths for
// readers who lack the first.
func (f *Figure) dress(svg []byte) []byte {
	svg = bytes.ReplaceAll(svg, []byte("font-family:Liberation Sans;"),
		[]byte("font-family:Liberation Sans,Arimo,Arial,Helvetica,sans-serif;"))
	var alt bytes.Buffer
	alt.WriteString(`xmlns:xlink="http://www.w3.org/1999/xlink" role="img">` + "\n<title>")
	xml.EscapeText(&alt, []byte(f.Title))
	alt.WriteString("</title>\n<desc>")
	xml.EscapeText(&alt, []byte(f.Subtitle))
	alt.WriteString("</desc>")
	return bytes.Replace(svg, []byte(`xmlns:xlink="http://www.w3.org/1999/xlink">`), alt.Bytes(), 1)
}

// nothing makes f say that there is nothing to show, and why.
func (f *Figure) nothing(why string) *Figure {
	f.Width, f.Height = OneColumn, 28*vg.Millimeter
	f.keys = nil
	f.Subtitle = "nothing to show"
	f.draw = func(c draw.Canvas) {
		style := textStyle(labelSize, ink, text.XCenter, text.YCenter)
		c.FillText(style, c.Center(), clip(why, style, f.inner()))
	}
	return f
}
