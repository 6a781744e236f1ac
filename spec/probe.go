package spec

import "slices"

// Probes beside [Check]: each says in passing what was done about a requirement
// that refuses nothing. In a build without the tag spectrace they give back what
// they are given, and do nothing else.

// Holds is [Check] for code that has its own way to refuse: it returns ok.
func Holds(rec Recorder, id ID, ok bool) bool { return decide(rec, id, ok) }

// Branch records which way an option of the RFC (a MAY, or a choice left to
// the application) was taken, and returns taken.
func Branch(rec Recorder, id ID, taken bool) bool {
	return done(rec, Event{Kind: Branched, Req: id, OK: taken})
}

// Ignore records whether there was something that is to have no effect.
func Ignore(rec Recorder, id ID, there bool) { observe(rec, Event{Kind: Ignored, Req: id, OK: there}) }

// Derive records that an equation gave a value, and returns the value.
func Derive[T ~[]byte](rec Recorder, id ID, value T) T {
	if done(rec, Event{Kind: Derived, Req: id, OK: true}) {
		return value
	}
	return spoilt(value)
}

// Encode records that a structure is written.
func Encode(rec Recorder, id ID) { observe(rec, Event{Kind: Encoded, Req: id, OK: true}) }

// Decode records that a structure was read, or could not be.
func Decode(rec Recorder, id ID, ok bool) { observe(rec, Event{Kind: Decoded, Req: id, OK: ok}) }

// Order records whether steps that have an order were taken in it.
func Order(rec Recorder, id ID, ok bool) bool {
	return done(rec, Event{Kind: Ordered, Req: id, OK: ok})
}

// Produce records whether what was made is as it has to be, and returns ok.
func Produce(rec Recorder, id ID, ok bool) bool {
	return done(rec, Event{Kind: Produced, Req: id, OK: ok})
}

// Delete records whether what is to be gone is gone, and returns ok.
func Delete(rec Recorder, id ID, ok bool) bool {
	return done(rec, Event{Kind: Deleted, Req: id, OK: ok})
}

// composed are requirements that hold if others do: whatever violates one of them
// violates one of its parts.
var composed = []ID{"add.key_package", "update.leaf", "key_package.leaf", "commit.leaf"}

// Refusal returns the violations as an error, without repetitions, or nil. What
// violates one requirement, and those composed of it, violates it alone.
func Refusal(sets ...Violations) error {
	var all Violations
	parts := 0
	for _, id := range slices.Concat(sets...) {
		if slices.Contains(all, id) {
			continue
		}
		all = append(all, id)
		if !slices.Contains(composed, id) {
			parts++
		}
	}
	if all == nil {
		return nil
	}
	if Tracing && parts == 1 {
		for _, id := range all {
			observe(nil, Event{Kind: Alone, Req: id, OK: true, At: "model"})
		}
	}
	return all
}

// Isolated records that what a test last saw refused for a requirement, by the
// implementation, violates no other: the test knows that from the model, or because
// it is accepted with the rule switched off.
func Isolated(id ID) { observe(nil, Event{Kind: Alone, Req: id, OK: true, At: "impl"}) }

// Shows records that a test is about what was last done of a requirement by the
// implementation: it is made to fail without it. Which test does is tried, not taken
// from here.
func Shows(id ID) { observe(nil, Event{Kind: Named, Req: id, OK: true, At: "impl"}) }

// Output is for tests that look at an output themselves, where no probe decides anything:
// at what one of the two programs, side, has made, kept or forgotten at an entry point. It
// fails the test unless that is as a requirement asks, and a twin with a mistake is not.
func Output(t interface{ Errorf(string, ...any) }, side, at string, id ID, own, twin bool) {
	for _, ok := range []bool{own, twin} {
		observe(nil, Event{Kind: Inspected, Req: id, OK: ok, At: side + " " + at})
	}
	if !own {
		t.Errorf("%s %s: it is not as %s asks", side, at, id)
	}
	if twin {
		t.Errorf("%s %s: %s holds of a mistake, too", side, at, id)
	}
}

// Step records that a step is taken that has no value of its own, and returns whether
// to take it: always, in a program that was not told to do without.
func Step(rec Recorder, id ID) bool { return done(rec, Event{Kind: Derived, Req: id, OK: true}) }
