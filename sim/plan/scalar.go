package plan

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

func (d *decoder) text(n ast.Node, v reflect.Value, path string) {
	var s string
	switch n := n.(type) {
	case *ast.StringNode:
		s = n.Value
	case *ast.LiteralNode:
		s = strings.TrimSpace(n.Value.Value)
	default:
		d.mismatch(n, path, "text")
		return
	}
	if w, ok := v.Interface().(interface{ words() []string }); ok && !slices.Contains(w.words(), s) {
		d.fail(at(n), suggest(s, w.words()), "%s cannot be %q: it is %s", path, clip(s), either(w.words()))
		return
	}
	v.SetString(s)
}

// block takes the script. It has to be a literal block, so that each of its
// lines is a line of the file.
func (d *decoder) block(n ast.Node, v reflect.Value) {
	literal, ok := n.(*ast.LiteralNode)
	if !ok || !strings.HasPrefix(literal.Start.Value, "|") {
		d.fail(at(n), "script: | and the steps below it, one a line and indented", "script should be a literal block")
		return
	}
	d.script = literal
	v.SetString(literal.Value.Value)
}

func (d *decoder) duration(n ast.Node, v reflect.Value, path string, tag reflect.StructTag) {
	var s string
	switch n := n.(type) {
	case *ast.StringNode:
		s = n.Value
	case *ast.IntegerNode, *ast.FloatNode:
		s = n.GetToken().Value
	default:
		d.mismatch(n, path, "a duration such as 30d, 6h or 250ms")
		return
	}
	x, err := ParseDuration(s)
	if err != nil {
		d.fail(at(n), "a duration is a number with a unit, such as 30d, 6h, 1.5h, 10m, 250ms", "%s: %v", path, err)
		return
	}
	if low, high := durationLimits(tag); x < low || x > high {
		d.fail(at(n), "", "%s is %v, it should be %v to %v", path, x, low, high)
		return
	}
	v.SetInt(int64(x))
}

func durationLimits(tag reflect.StructTag) (low, high Duration) {
	low, _ = ParseDuration(tag.Get("min"))
	if high, _ = ParseDuration(tag.Get("max")); high == 0 {
		high = maxDuration
	}
	return low, high
}

func (d *decoder) integer(n ast.Node, v reflect.Value, path string, tag reflect.StructTag) {
	i, ok := n.(*ast.IntegerNode)
	if !ok {
		d.mismatch(n, path, "a whole number")
		return
	}
	low, high := limits(tag)
	x, err := strconv.ParseInt(fmt.Sprint(i.Value), 10, 64)
	if err != nil || float64(x) < low || float64(x) > high {
		d.outside(n, path, low, high)
		return
	}
	v.SetInt(x)
}

func (d *decoder) unsigned(n ast.Node, v reflect.Value, path string) {
	i, ok := n.(*ast.IntegerNode)
	if !ok {
		d.mismatch(n, path, "a whole number")
		return
	}
	x, err := strconv.ParseUint(fmt.Sprint(i.Value), 10, 64)
	if err != nil {
		d.fail(at(n), "", "%s is %s, it cannot be negative", path, clip(n.GetToken().Value))
		return
	}
	v.SetUint(x)
}

func (d *decoder) number(n ast.Node, v reflect.Value, path string, tag reflect.StructTag) {
	var x float64
	switch n := n.(type) {
	case *ast.IntegerNode:
		x, _ = strconv.ParseFloat(fmt.Sprint(n.Value), 64)
	case *ast.FloatNode:
		x = n.Value
	default:
		d.mismatch(n, path, "a number")
		return
	}
	low, high := limits(tag)
	if !(low <= x && x <= high) {
		d.outside(n, path, low, high)
		return
	}
	v.SetFloat(x + 0) // a plan with -0 is the plan with 0
}

func (d *decoder) outside(n ast.Node, path string, low, high float64) {
	d.fail(at(n), "", "%s is %s, it should be %s to %s", path, clip(n.GetToken().Value), plain(low), plain(high))
}

func plain(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

func limits(tag reflect.StructTag) (low, high float64) {
	low, high = math.Inf(-1), math.Inf(1)
	if x, err := strconv.ParseFloat(tag.Get("min"), 64); err == nil {
		low = x
	}
	if x, err := strconv.ParseFloat(tag.Get("max"), 64); err == nil {
		high = x
	}
	return low, high
}
