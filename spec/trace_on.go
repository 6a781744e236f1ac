//go:build spectrace

package spec

import "sync/atomic"

// Tracing tells whether this build records decisions (build tag spectrace).
const Tracing = true

// knockedOut holds the one requirement whose check is switched off.
var knockedOut atomic.Pointer[ID]

// Knockout forces the check of id to accept from now on; "" restores it. It
// exists under the build tag spectrace alone, so that no shipped program can
// turn a check off. What was decided is still recorded truthfully.
func Knockout(id ID) {
	if id == "" {
		knockedOut.Store(nil)
		return
	}
	knockedOut.Store(&id)
}

func decide(rec Recorder, id ID, ok bool) bool {
	observe(rec, Event{Kind: Checked, Req: id, OK: ok})
	if out := knockedOut.Load(); out != nil && *out == id {
		return true
	}
	return ok
}

func observe(rec Recorder, e Event) {
	if rec != nil {
		rec.Record(e)
	}
}
