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
	Req  ID     // Checked, Branched
	OK   bool   // Checked: the requirement held; Branched: the option was taken
	At   string // Entered, Left: the entry point
}

// EventKind says what an [Event] is about.
type EventKind uint8

const (
	Checked  EventKind = iota + 1 // a requirement was decided
	Branched                      // an option was taken or not
	Entered                       // an entry point begins
	Left                          // an entry point ends
)
