package meter

import (
	"syscall"
	"time"
)

// spent returns the processor time that this thread has had: what other programs
// do meanwhile is not in it.
func spent() time.Duration {
	const thread = 1 // RUSAGE_THREAD of getrusage(2)
	var u syscall.Rusage
	if syscall.Getrusage(thread, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
