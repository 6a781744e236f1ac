// Package meter measures memory and time, for tests that promise how much of them
// is used.
package meter

import (
	"runtime"
	"time"
)

// Allocated returns how many bytes f allocates. What the rest of the program
// allocates meanwhile is counted in; so if it is more than most, f is run again,
// up to twice, and the least counts.
func Allocated(most uint64, f func()) uint64 {
	least := allocated(f)
	for range 2 {
		if least <= most {
			break
		}
		least = min(least, allocated(f))
	}
	return least
}

func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// Growth returns how many times as long it takes to do what make returns for 10n
// than for n. Each is done several times, and the shortest time counts; if the one
// is more than most times the other, all is tried again, up to twice.
func Growth(n int, most float64, make func(n int) func()) float64 {
	small, large := make(n), make(10*n)
	least := ratio(small, large)
	for range 2 {
		if least <= most {
			break
		}
		least = min(least, ratio(small, large))
	}
	return least
}

func ratio(small, large func()) float64 { return shortest(large).Seconds() / shortest(small).Seconds() }

func shortest(f func()) time.Duration {
	least := time.Hour
	for range 5 {
		start := time.Now()
		f()
		least = min(least, time.Since(start))
	}
	return least
}
