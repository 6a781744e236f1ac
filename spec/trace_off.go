//go:build !spectrace

package spec

// Tracing tells whether this build records decisions (build tag spectrace).
const Tracing = false

func decide(_ Recorder, _ ID, ok bool) bool { return ok }

func observe(Recorder, Event) {}
