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
// than for n. If that is more than most, all is tried again, up to twice, and the
// least counts.
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

func ratio(small, large func()) float64 { return each(large) / each(small) }

// each returns how long f takes, in seconds: the mean over as long as the clock
// needs to be exact.
func each(f func()) float64 {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	f()
	start := spent()
	for n := 1; ; n++ {
		f()
		if d := spent() - start; d > 50*time.Millisecond {
			return d.Seconds() / float64(n)
		}
	}
}
