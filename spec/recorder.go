package spec

// A Recorder sees the decisions of one witness: a test, a run of the
// simulator, a fuzzing seed. It travels in the environment of a step, so that
// witnesses that run side by side stay apart. A nil Recorder records nothing,
// and without the build tag spectrace no Recorder is called at all.
type Recorder interface {
	Record(Event)
}

// An Event is one thing that a [Recorder] sees.
type Event struct {
	Kind EventKind
	Req  ID     // of all kinds but Entered and Left
	OK   bool   // see the kinds
	At   string // Entered, Left: the entry point; Named, Alone: whose refusal it was, "impl" or "model"; Inspected: both, as "impl commit.send"
}

// EventKind says what an [Event] is about.
type EventKind uint8

const (
	Checked   EventKind = iota + 1 // a requirement was decided; OK: it held
	Branched                       // an option; OK: it was taken
	Ignored                        // what is to have no effect; OK: it was there
	Derived                        // an equation gave a value
	Encoded                        // a structure was written
	Decoded                        // a structure was read; OK: to its end
	Ordered                        // steps that have an order; OK: they were taken in it
	Produced                       // something was made; OK: as it has to be
	Deleted                        // something is to be gone; OK: it is
	Named                          // somebody asked which requirement is violated, and it was this one
	Alone                          // what was refused violates this requirement and no other
	Inspected                      // a test looked at an output; OK: it was as it has to be
	Entered                        // an entry point begins
	Left                           // an entry point ends
)
