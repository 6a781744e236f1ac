//go:build spectrace

package spec

import (
	"os"
	"slices"
	"strings"
	"sync/atomic"
)

// Tracing tells whether this build records decisions (build tag spectrace).
const Tracing = true

// A force makes probes of a requirement give one answer, whatever was decided.
type force struct {
	id     ID
	ok     bool
	side   string   // "impl" or "model"; "" for both
	at     string   // entry point; "" for all
	listed []string // entry points of the requirement
}

// forces are what the process was started with, and knockedOut what a test has
// switched off beside it.
var (
	forces     = readForces(os.Getenv("SPEC_KNOCKOUT"))
	knockedOut atomic.Pointer[[]ID]
)

// readForces reads what SPEC_KNOCKOUT says: one or more of
//
//	id                         the check accepts, wherever it is
//	!id                        the check refuses
//	id impl                    the check of that side accepts
//	id impl at listed,listed   the same where the innermost entry point that is listed
//	                           is at
//
// with ; between them.
func readForces(s string) []force {
	var all []force
	for one := range strings.SplitSeq(s, ";") {
		words := strings.Fields(one)
		if len(words) == 0 {
			continue
		}
		id, refuses := strings.CutPrefix(words[0], "!")
		f := force{id: ID(id), ok: !refuses}
		if len(words) > 1 {
			f.side = words[1]
		}
		if len(words) == 4 {
			f.at, f.listed = words[2], strings.Split(words[3], ",")
		}
		all = append(all, f)
	}
	return all
}

// forced returns the answer that a probe is to give instead of its own.
func forced(id ID) (ok, is bool) {
	if out := knockedOut.Load(); out != nil && slices.Contains(*out, id) {
		return true, true
	}
	for i := range forces {
		if f := &forces[i]; f.id == id && f.here() {
			return f.ok, true
		}
	}
	return false, false
}

func (f *force) here() bool {
	if f.side == "" {
		return true
	}
	place := placeOf(far)
	return place.site != nil && place.site.side == f.side && (f.at == "" || innermost(place.labels(), f.listed) == f.at)
}

// innermost returns the last of the entry points that a decision lies in which is
// listed; if none is, the last one.
func innermost(path, listed []string) string {
	for _, at := range slices.Backward(path) {
		if slices.Contains(listed, at) {
			return at
		}
	}
	if len(path) == 0 {
		return ""
	}
	return path[len(path)-1]
}

// Knockout forces the checks of ids to accept from now on; none restores them. It
// exists under the build tag spectrace alone, so that no shipped program can
// turn a check off. What was decided is still recorded truthfully.
func Knockout(ids ...ID) { knockedOut.Store(&ids) }

func decide(rec Recorder, id ID, ok bool) bool {
	observe(rec, Event{Kind: Checked, Req: id, OK: ok})
	if answer, is := forced(id); is {
		return answer
	}
	return ok
}

// done records what was done, and returns whether it is to be done so. Where the
// requirement is switched off a value is another one, and an option is not taken; where it is forced to refuse, the option is.
func done(rec Recorder, e Event) bool {
	observe(rec, e)
	switch e.Kind {
	case Branched, Derived:
		if answer, is := forced(e.Req); is {
			return !answer
		}
	}
	return e.OK
}

// SwitchedOff tells whether this process is to do without a requirement.
func SwitchedOff(id ID) bool {
	answer, is := forced(id)
	return is && answer
}

// spoilt returns another value of the same length.
func spoilt[T ~[]byte](value T) T {
	other := slices.Clone(value)
	for i := range other {
		other[i] ^= 0x5a
	}
	return other
}

func observe(rec Recorder, e Event) {
	if rec != nil {
		rec.Record(e)
	}
	theSink.record(e)
}
