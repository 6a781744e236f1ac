package impl

import (
	"fmt"
	"math/bits"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"mlssim/impl/schedule"
)

// TestBoundsAreDocumented: docs/bounds.md has a row for each bound, with its
// default, and no other; and each is run into above.
func TestBoundsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../docs/bounds.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]string{}
	for _, m := range row.FindAllStringSubmatch(string(page), -1) {
		documented[m[1]] = m[2]
	}
	var b Bounds
	defaults := map[string]string{
		"Window.MaxForward": fmt.Sprint(schedule.DefaultMaxForward),
		"Window.MaxSkipped": fmt.Sprint(schedule.DefaultMaxSkipped),
		"MaxLifetime":       fmt.Sprintf("%d days", b.maxLifetime()/86400),
		"Expired":           "no",
		"MaxMessage":        power(b.maxMessage()),
		"MaxAuthenticated":  power(b.maxAuthenticated()),
		"MaxLeaves":         power(b.maxLeaves()),
		"MaxCovered":        power(b.maxCovered()),
		"MaxPSKs":           power(b.maxPSKs()),
		"MaxNewcomers":      power(b.maxNewcomers()),
		"MaxData":           power(b.maxData()),
		"MaxSent":           power(int(b.maxSent())),
		"Proposals":         power(b.proposals()),
		"PastEpochs":        "0",
		"PastPSKs":          "0",
	}
	tested := limits()
	fields := fieldsOf(reflect.TypeFor[Bounds](), "")
	for _, name := range fields {
		if got, want := documented[name], defaults[name]; want == "" || got != want {
			t.Errorf("%s: the page has the default %q, want %q", name, got, want)
		}
		if _, ok := tested[name]; !ok {
			t.Errorf("%s: no test runs into it", name)
		}
	}
	if len(documented) != len(fields) || len(tested) != len(fields) {
		t.Errorf("%d bounds, %d documented, %d tested", len(fields), len(documented), len(tested))
	}
}

var row = regexp.MustCompile("(?m)^\\| `([A-Za-z.]+)` \\| ([^|]*) \\|")

// power writes a power of two.
func power(n int) string {
	if n&(n-1) != 0 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("2^%d", bits.Len(uint(n))-1)
}

func fieldsOf(s reflect.Type, prefix string) []string {
	var names []string
	for i := range s.NumField() {
		f := s.Field(i)
		if f.Type.Kind() == reflect.Struct {
			names = append(names, fieldsOf(f.Type, f.Name+".")...)
		} else {
			names = append(names, strings.Join([]string{prefix, f.Name}, ""))
		}
	}
	return names
}
