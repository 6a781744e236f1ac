package plan

import (
	"fmt"
	"math/bits"
	"strings"

	"mlssim/sim"
)

// A Duration is a stretch of virtual time. In a plan it is written as a decimal
// number with a unit, or several of them: 30d, 1.5d, 1d12h, 250ms.
type Duration sim.Time

const (
	microsecond Duration = 1000
	millisecond          = 1000 * microsecond
	second               = 1000 * millisecond
	minute               = 60 * second
	hour                 = 60 * minute
	day                  = 24 * hour
)

// maxDuration is 100 years: long enough for any plan, and sums stay far away
// from overflow.
const maxDuration = 36525 * day

// units, from the largest.
var units = []struct {
	name string
	size Duration
}{{"d", day}, {"h", hour}, {"m", minute}, {"s", second}, {"ms", millisecond}, {"us", microsecond}, {"ns", 1}}

// ParseDuration reads a duration exactly: no step goes through floating point,
// and what is finer than a nanosecond is refused. "0" needs no unit.
func ParseDuration(s string) (Duration, error) {
	if s == "0" {
		return 0, nil
	}
	if s == "" {
		return 0, fmt.Errorf("a duration cannot be empty")
	}
	if strings.HasPrefix(s, "-") {
		return 0, fmt.Errorf("a duration cannot be negative, and %q is", s)
	}
	var sum Duration
	for rest := s; rest != ""; {
		d, after, err := term(rest)
		if err != nil {
			return 0, fmt.Errorf("%q is not a duration: %w", s, err)
		}
		if sum += d; sum > maxDuration {
			return 0, fmt.Errorf("%q is more than a hundred years", s)
		}
		rest = after
	}
	return sum, nil
}

// term reads one number with its unit from the front of s.
func term(s string) (d Duration, rest string, err error) {
	whole, rest := digits(s)
	var fraction string
	if r, ok := strings.CutPrefix(rest, "."); ok {
		if fraction, rest = digits(r); fraction == "" {
			return 0, "", fmt.Errorf("no digit after the decimal point")
		}
	}
	if whole == "" {
		return 0, "", fmt.Errorf("no number before %q", clip(rest))
	}
	name, after := letters(rest)
	if name == "" && rest == "" {
		return 0, "", fmt.Errorf("%s has no unit", whole)
	}
	for _, u := range units {
		if name == u.name {
			d, err = scale(whole, fraction, u.size)
			return d, after, err
		}
	}
	return 0, "", fmt.Errorf("no unit %q (d, h, m, s, ms, us, ns)", clip(rest))
}

// scale returns whole.fraction times a unit, which must be a whole number.
func scale(whole, fraction string, unit Duration) (Duration, error) {
	var n Duration
	for _, c := range whole {
		if n = n*10 + Duration(c-'0'); n > maxDuration/unit {
			return 0, fmt.Errorf("more than a hundred years")
		}
	}
	fraction = strings.TrimRight(fraction, "0")
	if len(fraction) > 17 { // no unit has seventeen factors of 2 or of 5
		return 0, fmt.Errorf("finer than a nanosecond")
	}
	var f, power uint64 = 0, 1
	for _, c := range fraction {
		f, power = f*10+uint64(c-'0'), power*10
	}
	hi, lo := bits.Mul64(f, uint64(unit))
	part, remainder := bits.Div64(hi, lo, power) // hi < power, since f < power
	if remainder != 0 {
		return 0, fmt.Errorf("finer than a nanosecond")
	}
	return n*unit + Duration(part), nil
}

func letters(s string) (word, rest string) {
	n := strings.IndexFunc(s, func(r rune) bool { return r < 'a' || r > 'z' })
	if n < 0 {
		n = len(s)
	}
	return s[:n], s[n:]
}

func digits(s string) (number, rest string) {
	n := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if n < 0 {
		n = len(s)
	}
	return s[:n], s[n:]
}

func clip(s string) string {
	if r := []rune(s); len(r) > 12 {
		return string(r[:12]) + "…"
	}
	return s
}

// String writes a duration in the largest units that need no fraction, such as
// 1d12h; [ParseDuration] reads it back.
func (d Duration) String() string {
	if d == 0 {
		return "0"
	}
	var b strings.Builder
	for _, u := range units {
		if n := d / u.size; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, u.name)
			d -= n * u.size
		}
	}
	return b.String()
}
