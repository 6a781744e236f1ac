package main

import (
	"fmt"
	"strconv"
	"strings"

	"mlssim/sim"
	"mlssim/sim/plan"
)

// thousands writes a number with commas.
func thousands[T ~int | ~uint64 | ~int64](n T) string {
	s := strconv.FormatInt(int64(n), 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// count writes a number of things: "1 epoch", "2 epochs".
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return thousands(n) + " " + thing + "s"
}

// ranges writes sorted numbers as in "7, 9-11".
func ranges(numbers []uint64) string {
	var parts []string
	for i := 0; i < len(numbers); {
		j := i
		for j+1 < len(numbers) && numbers[j+1] == numbers[j]+1 {
			j++
		}
		part := strconv.FormatUint(numbers[i], 10)
		if j > i {
			part += "-" + strconv.FormatUint(numbers[j], 10)
		}
		parts = append(parts, part)
		i = j + 1
	}
	return strings.Join(parts, ", ")
}

// shorten cuts a list such as that of ranges after some width.
func shorten(list string, width int) string {
	if len(list) <= width {
		return list
	}
	cut := strings.LastIndex(list[:width], ", ")
	return list[:max(cut, 0)] + " …"
}

// span writes a stretch of virtual time, to two units: "6d 4h", "12m 5s".
func span(t sim.Time) string {
	const second, minute, hour, day = sim.Time(1e9), 60 * sim.Time(1e9), 3600 * sim.Time(1e9), 86400 * sim.Time(1e9)
	switch {
	case t >= day:
		return two(t/day, "d", t%day/hour, "h")
	case t >= hour:
		return two(t/hour, "h", t%hour/minute, "m")
	case t >= minute:
		return two(t/minute, "m", t%minute/second, "s")
	case t >= second:
		return fmt.Sprintf("%ds", t/second)
	}
	return plan.Duration(t).String()
}

func two(n sim.Time, unit string, m sim.Time, smaller string) string {
	if m == 0 {
		return fmt.Sprintf("%d%s", n, unit)
	}
	return fmt.Sprintf("%d%s %d%s", n, unit, m, smaller)
}
