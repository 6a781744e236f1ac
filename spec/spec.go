// Package spec holds what RFC 9420 fixes by name and number, and the one way in
// which the model and the implementation refer to its requirements.
//
// A requirement has an [ID]. Code decides it with [Check], inside the decision
// itself, so that a refusal always names the requirement that it rests on, and
// a [Recorder] can see both the accepting and the refusing side of it.
package spec

import (
	"errors"
	"fmt"
	"strings"
)

// ID names a requirement: a dotted slug from the registry in spec/registry,
// such as "leaf.lifetime.now". The constants are in package spec/req.
type ID string

// A Violation is a refusal that the RFC demands or allows.
type Violation struct {
	Req ID     // the requirement that does not hold
	At  string // entry point: "commit.receive", "welcome.join" …; filled in by [Enter]
	Err error  // detail, may be nil
}

// Error names the entry point, the requirement and the detail, in that order.
func (v *Violation) Error() string {
	s := string(v.Req)
	if v.At != "" {
		s = v.At + ": " + s
	}
	if v.Err != nil {
		s += ": " + v.Err.Error()
	}
	return s
}

// Unwrap returns the detail.
func (v *Violation) Unwrap() error { return v.Err }

// Violated returns the requirement that err says is violated, or "" when err
// is not, and does not wrap, a [Violation].
func Violated(err error) ID {
	if v, ok := errors.AsType[*Violation](err); ok {
		observe(nil, Event{Kind: Named, Req: v.Req, OK: true, At: "impl"})
		return v.Req
	}
	return ""
}

// Check returns nil if ok, else a [Violation] of id.
func Check(rec Recorder, id ID, ok bool) error {
	if ok = decide(rec, id, ok); ok {
		return nil
	}
	return &Violation{Req: id}
}

// Checkf is [Check] with a detail, formatted as by fmt.Errorf. Its arguments
// are evaluated whether or not the requirement holds: keep them cheap.
func Checkf(rec Recorder, id ID, ok bool, format string, args ...any) error {
	if ok = decide(rec, id, ok); ok {
		return nil
	}
	return &Violation{Req: id, Err: fmt.Errorf(format, args...)}
}

// Enter marks the extent of an entry point: while it lasts, what rec sees
// carries the label at, and a [Violation] that leaves through *err without an
// entry point is given this one. Use it as
//
//	defer spec.Enter(env.Rec, "commit.receive", &err)()
func Enter(rec Recorder, at string, err *error) func() {
	observe(rec, Event{Kind: Entered, At: at})
	return func() {
		observe(rec, Event{Kind: Left, At: at})
		if v, ok := errors.AsType[*Violation](*err); ok && v.At == "" {
			v.At = at
		}
	}
}

// At marks the function that calls it as an entry point, as [Enter] does, but
// leaves errors as they are.
func At(rec Recorder, at string) { observe(rec, Event{Kind: Entered, At: at}) }

// Violations is a refusal by the model: every requirement that an input
// violates, in the order of the model's rules. The RFC fixes no order of
// checks, so an implementation conforms if the one it names is among them.
type Violations []ID

// Error lists the requirements.
func (v Violations) Error() string {
	s := make([]string, len(v))
	for i, id := range v {
		s[i] = string(id)
	}
	return "violates " + strings.Join(s, ", ")
}

// AllViolated returns the requirements that a refusal by the model says are
// violated, or nil when err is not, and does not wrap, [Violations].
func AllViolated(err error) Violations {
	v, _ := errors.AsType[Violations](err)
	for _, id := range v {
		observe(nil, Event{Kind: Named, Req: id, OK: true, At: "model"})
	}
	return v
}

// What a caller acts on, beside refusals.
var (
	ErrEpoch   = errors.New("message of another epoch")                // keep it or drop it
	ErrRemoved = errors.New("this commit removes the member")          // wipe the state
	ErrMissing = errors.New("a PSK, key or tree is not at hand")       // fetch it and try again
	ErrOwn     = errors.New("own message, processed when it was sent") // nothing to do
)
