package plots

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"image/color"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mlssim/sim"
)

var update = flag.Bool("update", false, "rewrite the golden figures in testdata")

func encode(t *testing.T, f *Figure, format string) []byte {
	t.Helper()
	b, err := f.Encode(format)
	if err != nil {
		t.Fatalf("%s: %v", f.Name, err)
	}
	return b
}

// TestGolden pins each figure byte by byte. After a change to the drawing, run
// it with -update and look at every figure that differs.
func TestGolden(t *testing.T) {
	small, medium := synthetic(4, 12, 3), synthetic(12, 80, 3)
	var runs []*sim.Result
	for seed := range uint64(8) {
		runs = append(runs, synthetic(6, 40, seed))
	}
	for name, f := range map[string]*Figure{
		"exposure-small":  Exposure(small),
		"exposure-medium": Exposure(medium),
		"healing":         Healing(runs),
		"cost-small":      Cost(small),
		"cost-medium":     Cost(medium),
		"nothing":         Cost(&sim.Result{Plan: "no-commit"}),
	} {
		t.Run(name, func(t *testing.T) {
			got, file := encode(t, f, "svg"), filepath.Join("testdata", name+".svg")
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s has changed; if that is meant: go test ./plots -run TestGolden -update", file)
			}
		})
	}
}

// TestSameBytes draws every figure twice, in both formats, from results that
// were made twice, and with cells in another order.
func TestSameBytes(t *testing.T) {
	figures := func(shuffle bool) []*Figure {
		r := synthetic(60, 300, 1)
		if shuffle {
			for i := range len(r.Cells) / 2 {
				j := len(r.Cells) - 1 - i
				r.Cells[i], r.Cells[j] = r.Cells[j], r.Cells[i]
			}
		}
		return []*Figure{Exposure(r), Healing([]*sim.Result{r}), Cost(r)}
	}
	once, twice := figures(false), figures(true)
	for i, f := range once {
		for _, format := range Formats() {
			if !bytes.Equal(encode(t, f, format), encode(t, twice[i], format)) {
				t.Errorf("%s.%s differs when drawn again", f.Name, format)
			}
		}
	}
}

// odd are results at the edges of what a run can give.
func odd() map[string]*sim.Result {
	one := synthetic(1, 1, 1)
	one.Cells[0] = sim.Cell{State: sim.CellLeaked, Taken: true, LeafKey: true}
	names := synthetic(3, 9, 2)
	names.Clients = []string{strings.Repeat("a very long name ", 20), "<&\x00\x1b]", "\xff\xfe"}
	names.Plan = "</title><script>\x07 \xff"
	unnamed := synthetic(3, 9, 2)
	unnamed.Clients = nil
	free := synthetic(3, 9, 2)
	for i := range free.Epochs {
		free.Epochs[i].Cost = sim.Cost{}
	}
	symbols := synthetic(12, 80, 2)
	for i := range symbols.Epochs {
		symbols.Epochs[i].Cost.Bytes = 0
	}
	open := synthetic(5, 30, 2)
	open.Heals = nil
	instant := synthetic(5, 30, 2)
	for i := range instant.Heals {
		instant.Heals[i].At = instant.Compromises[instant.Heals[i].Compromise].From
	}
	late := synthetic(3, 9, 2)
	for i := range late.Compromises {
		late.Compromises[i].Until = sim.Never
	}
	late.Heals = nil
	return map[string]*sim.Result{
		"empty": {}, "one cell": one, "names": names, "no names": unnamed, "free": free, "symbols": symbols,
		"never healed": open, "healed at once": instant, "robbed to the end": late,
		"many epochs": synthetic(3, 4000, 2), "many members": synthetic(400, 20, 2),
	}
}

// unreadable is no number, or a label below zero.
var unreadable = regexp.MustCompile(`NaN|Inf|e\+|>-\d`)

// TestOddResults asks of every figure of every odd result that it is well-formed
// and without a number that is none, in the drawing and in its labels.
func TestOddResults(t *testing.T) {
	for name, r := range odd() {
		for _, f := range []*Figure{Exposure(r), Healing([]*sim.Result{r}), Cost(r)} {
			svg := encode(t, f, "svg")
			if bad := unreadable.Find(svg); bad != nil {
				t.Errorf("%s of %s contains %s", f.Name, name, bad)
			}
			if err := wellFormed(svg); err != nil {
				t.Errorf("%s of %s: %v", f.Name, name, err)
			}
			img, err := png.Decode(bytes.NewReader(encode(t, f, "png")))
			if err != nil {
				t.Fatalf("%s of %s: %v", f.Name, name, err)
			}
			if size := img.Bounds().Size(); size.X > 1600 || size.Y > 2000 {
				t.Errorf("%s of %s is %v pixels, more than a page", f.Name, name, size)
			}
		}
	}
}

func wellFormed(b []byte) error {
	for d := xml.NewDecoder(bytes.NewReader(b)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// TestHealsShowWherever: a heal is drawn in an epoch that was opened later, and
// behind the last epoch of a member that was removed; a heal of nobody is not.
func TestHealsShowWherever(t *testing.T) {
	without := synthetic(4, 12, 3)
	without.Cells = slices.DeleteFunc(without.Cells, func(c sim.Cell) bool { return c.Client == 1 && c.Epoch > 6 })
	plain := encode(t, Exposure(without), "svg")
	draw := func(client sim.ClientID, epoch uint64) []byte {
		r := *without
		r.Compromises = append(slices.Clip(r.Compromises), sim.Compromise{Client: client})
		r.Heals = append(slices.Clip(r.Heals), sim.Heal{Compromise: len(r.Compromises) - 1, Epoch: epoch})
		return encode(t, Exposure(&r), "svg")
	}
	for epoch := range uint64(12) {
		if bytes.Equal(draw(1, epoch), plain) {
			t.Errorf("a heal in epoch %d does not show", epoch)
		}
	}
	if !bytes.Equal(draw(9, 3), plain) || !bytes.Equal(draw(1, 99), plain) {
		t.Error("a heal outside of the figure changes it")
	}
}

func TestNothingToShow(t *testing.T) {
	empty := &sim.Result{Plan: "p"}
	for _, f := range []*Figure{Exposure(empty), Healing(nil), Healing([]*sim.Result{empty}), Cost(empty)} {
		if svg := string(encode(t, f, "svg")); !strings.Contains(svg, "nothing to show") {
			t.Errorf("%s of an empty result does not say that there is nothing to show:\n%s", f.Name, svg)
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	if _, err := Exposure(synthetic(2, 3, 1)).Encode("pdf"); err == nil || !strings.Contains(err.Error(), `"pdf"`) {
		t.Errorf("format pdf: error %v, want one that names it", err)
	}
}

// TestEachVerdictShows changes one thing about one cell and asks for another
// drawing, in colour and in grey.
func TestEachVerdictShows(t *testing.T) {
	seen := map[string]string{}
	for _, state := range []sim.CellState{sim.CellSafe, sim.CellLeaked, sim.CellRetroactive, sim.CellHealed} {
		for _, leaf := range []bool{false, true} {
			for _, taken := range []bool{false, true} {
				r := synthetic(4, 12, 3)
				r.Cells[20] = sim.Cell{Client: 1, Epoch: 8, State: state, LeafKey: leaf, Taken: taken}
				if state == sim.CellHealed {
					r.Compromises = append(r.Compromises, sim.Compromise{Client: 1})
					r.Heals = append(r.Heals, sim.Heal{Compromise: len(r.Compromises) - 1, Epoch: 8})
				}
				what := fmt.Sprintf("%s, leaf key %v, taken %v", state, leaf, taken)
				grey := greyLevels(t, encode(t, Exposure(r), "png"))
				if other, ok := seen[grey]; ok {
					t.Errorf("%s looks in grey like %s", what, other)
				}
				seen[grey] = what
			}
		}
	}
}

// greyLevels reduces a PNG to eight levels of grey.
func greyLevels(t *testing.T, b []byte) string {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			out.WriteByte('0' + color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y/32)
		}
	}
	return out.String()
}

// TestFillsApartInGrey asks that safe, leaked and retroactive cells differ by
// more than print loses.
func TestFillsApartInGrey(t *testing.T) {
	level := func(c color.Color) float64 { return float64(color.GrayModel.Convert(c).(color.Gray).Y) }
	fills := []color.Color{paleGrey, vermilion, orange}
	for i, a := range fills {
		for _, b := range fills[:i] {
			if math.Abs(level(a)-level(b)) < 40 {
				t.Errorf("%v and %v are %v and %v in grey", a, b, level(a), level(b))
			}
		}
	}
}

func TestTicksAreRoundAndFew(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		most      int
		want      string
	}{
		{-0.5, 11.5, 6, "0 2 4 6 8 10"},
		{0.5, 300.5, 4, "100 200 300"},
		{0, 1, 5, "0 1"},
		{0, 23456, 5, "0 5000 10\u2009000 15\u2009000 20\u2009000"},
		{6.5, 7.5, 3, "7"},
	} {
		var got []string
		for _, tick := range (wholeTicks{c.most}).Ticks(c.low, c.high) {
			got = append(got, tick.Label)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("ticks from %v to %v: %q, want %q", c.low, c.high, got, c.want)
		}
	}
	for _, high := range []float64{1e-6, 0.03, 0.7, 1, 3, 10.3, 72, 400, 1e9} {
		if n := len((roundTicks{6}).Ticks(0, high)); n < 3 || n > 7 {
			t.Errorf("%d ticks from 0 to %v, want 3 to 7", n, high)
		}
	}
}

func TestUnitsReadWell(t *testing.T) {
	for want, span := range map[string]sim.Time{"9 s": 9e9, "5 min": 300e9, "6.5 h": 23400e9, "12.5 d": 12*day + day/2} {
		if got := unitFor(span).format(span); got != want {
			t.Errorf("%d ns: %q, want %q", span, got, want)
		}
	}
}
