//go:build !spectrace

package spec

// Tracing tells whether this build records decisions (build tag spectrace).
const Tracing = false

func decide(_ Recorder, _ ID, ok bool) bool { return ok }

func done(_ Recorder, e Event) bool { return e.OK }

func spoilt[T ~[]byte](value T) T { return value }

// SwitchedOff tells whether this process is to do without a requirement.
func SwitchedOff(ID) bool { return false }

func observe(Recorder, Event) {}

// Witness gives what is recorded the name of a part of a test, until what it returns
// is called: defer spec.Witness(t.Name())().
func Witness(string) func() { return func() {} }
