package meter

import (
	"runtime"
	"strings"
)

// Largest returns the size in bytes of the largest single allocation that f makes,
// rounded up to what the runtime gives. It is slow, and counts in what the rest of
// the program allocates meanwhile.
func Largest(f func()) int64 {
	rate := runtime.MemProfileRate
	defer func() { runtime.MemProfileRate = rate }()
	runtime.MemProfileRate = 1
	before := sizes()
	f()
	largest := int64(0)
	for site, n := range sizes() {
		if n > before[site] && !site.own() {
			largest = max(largest, site.size)
		}
	}
	return largest
}

// site is a place in the program where something of a size is allocated.
type site struct {
	stack [32]uintptr
	size  int64
}

// own tells whether it is the measuring itself that allocates.
func (s site) own() bool {
	frames := runtime.CallersFrames(s.stack[:])
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		if strings.HasSuffix(f.Function, "impl/meter.sizes") {
			return true
		}
	}
	return false
}

// sizes returns how often each site has allocated. The runtime keeps apart what one
// stack allocates in different sizes.
func sizes() map[site]int64 {
	runtime.GC() // an allocation is in the profile after the next collection but one
	runtime.GC()
	var records []runtime.MemProfileRecord
	for {
		n, ok := runtime.MemProfile(records, true)
		if ok {
			records = records[:n]
			break
		}
		records = make([]runtime.MemProfileRecord, n+n/4+64)
	}
	found := make(map[site]int64, len(records))
	for _, r := range records {
		if r.AllocObjects > 0 {
			found[site{r.Stack0, r.AllocBytes / r.AllocObjects}] += r.AllocObjects
		}
	}
	return found
}
