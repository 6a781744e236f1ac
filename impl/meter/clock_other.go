//go:build !linux

package meter

import "time"

var start = time.Now()

// spent returns the time since the program began.
func spent() time.Duration { return time.Since(start) }
