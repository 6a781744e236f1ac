package remote

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"google.golang.org/grpc/status"

	"mlssim/model"
	"mlssim/spec"
	"mlssim/spec/req"
)

// A Difference is something that a client does, and should not.
type Difference struct {
	Kind        string  `json:"kind"`                  // what it is, in a few words: the same for the same fault
	Party       string  `json:"client"`                // letter of the client
	Name        string  `json:"name"`                  // what it says it is
	Step        int     `json:"step"`                  // of the script, from 0
	Line        string  `json:"line"`                  // that step
	What        string  `json:"what"`                  // in words
	Requirement spec.ID `json:"requirement,omitempty"` // that it is about; "" if it is about none in particular
	Section     string  `json:"section,omitempty"`     // of RFC 9420
	Rule        string  `json:"rule,omitempty"`        // what the requirement says
	Ours        string  `json:"ours,omitempty"`        // what was to be expected; bytes in hex
	Theirs      string  `json:"theirs,omitempty"`      // what came
}

func (d *Difference) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "step %d (%s): %s", d.Step, d.Line, d.What)
	if d.Requirement != "" {
		fmt.Fprintf(&b, "; %s (RFC 9420, Section %s: %s)", d.Requirement, d.Section, d.Rule)
	}
	return b.String()
}

// same tells whether two differences may come from one fault.
func (d *Difference) same(other *Difference) bool {
	return other != nil && d.Kind == other.Kind && d.Party == other.Party
}

// differs returns a difference of the present step.
func (w *world) differs(p *Party, kind, format string, args ...any) *Difference {
	return &Difference{Kind: kind, Party: p.Letter, Name: p.Name, Step: w.at, Line: w.line, What: fmt.Sprintf(format, args...)}
}

// about adds the requirement.
func (d *Difference) about(id spec.ID) *Difference {
	if about, ok := req.Of(id); ok {
		d.Requirement, d.Section, d.Rule = id, about.Section, about.Text
	}
	return d
}

// bytes adds what was expected and what came.
func (d *Difference) bytes(ours, theirs []byte) *Difference {
	d.Ours, d.Theirs = fmt.Sprintf("%x", ours), fmt.Sprintf("%x", theirs)
	return d
}

// verdict holds what a client did against what the model says. It tells whether
// both went on; the error is a Difference if one did and the other did not. An own
// client has to refuse for one of the model's reasons.
func (w *world) verdict(p *Party, who, does string, errM, err error) (bool, error) {
	if err != nil && !isRefusal(err) {
		return false, err
	}
	switch {
	case errM == nil && err == nil:
		return true, nil
	case errM == nil:
		d := w.differs(p, "refuses to "+does+": "+words(err), "%s at %s refuses to %s, which it has to do: %v", who, p.Letter, does, err)
		return false, d.about(named(err))
	case err == nil:
		return false, w.accepts(p, who, does, errM)
	case p.own() && !forReason(errM, err):
		return false, w.differs(p, "another reason", "%s at %s refuses to %s for a reason that the model does not give: %v; the model: %v", who, p.Letter, does, err, errM)
	}
	w.tally("refused: " + does)
	return false, nil
}

// familiar tells whether it is known that a client does what the model refuses.
func (w *world) familiar(p *Party, does string, errM error) bool {
	return errM != nil && w.known[[2]string{p.Letter, w.accepts(p, "", does, errM).Kind}]
}

// fragile tells whether a client is known to be harmed by messages of a sort that it
// refuses.
func (w *world) fragile(p *Party, data bool) bool {
	return w.known[[2]string{p.Letter, weakness(data, w.private)}]
}

// weakness names a sort of messages.
func weakness(data, private bool) string {
	switch {
	case data:
		return "harmed by data"
	case private:
		return "harmed by private messages"
	}
	return "harmed by public messages"
}

// words returns what a client says when it refuses, without numbers: of two faults it
// will say two things.
func words(err error) string {
	said := status.Convert(errors.Unwrap(err)).Message()
	kept := strings.FieldsFunc(said, func(r rune) bool { return !unicode.IsLetter(r) && r != '.' && r != '_' && r != '-' })
	kept = slices.DeleteFunc(kept, func(s string) bool { return len(s) == 1 })
	return strings.Join(kept[:min(len(kept), 12)], " ")
}

// accepts is the difference that somebody does what the model refuses.
func (w *world) accepts(p *Party, who, does string, errM error) *Difference {
	id := first(errM)
	if id == "" {
		return w.differs(p, "accepts "+does+": "+errM.Error(), "%s at %s does %s, which it has to refuse: %v", who, p.Letter, does, errM)
	}
	return w.differs(p, "accepts "+does+": "+string(id), "%s at %s does %s, which it has to refuse", who, p.Letter, does).about(id)
}

// first returns the first requirement of a refusal by the model, or "".
func first(errM error) spec.ID {
	if v, ok := errors.AsType[spec.Violations](errM); ok && len(v) > 0 {
		return v[0]
	}
	return ""
}

// named returns the requirement that a refusal of our own server names, or "".
func named(err error) spec.ID {
	if err == nil {
		return ""
	}
	for _, word := range strings.Fields(err.Error()) {
		id := spec.ID(strings.TrimSuffix(word, ":"))
		if _, ok := req.Of(id); ok && strings.Contains(string(id), ".") {
			return id
		}
	}
	return ""
}

// forReason tells whether our own server refuses for one of the model's reasons.
func forReason(errM, err error) bool {
	v, ok := errors.AsType[spec.Violations](errM)
	if !ok {
		return true
	}
	id := named(err)
	for _, reason := range v {
		if reason == id {
			return true
		}
	}
	return id == "" // the interface has no way to ask for it
}

// corresponds holds bytes of a client against a term: equal terms stand for equal
// bytes, different terms for different ones.
func (w *world) corresponds(p *Party, who, what string, t model.Term, b []byte) error {
	if old, ok := w.bytes[t]; ok && old != string(b) {
		return w.differs(p, what+" differs", "%s at %s has another %s than the members that it agrees with", who, p.Letter, what).bytes([]byte(old), b)
	}
	if old, ok := w.terms[string(b)]; ok && old != t {
		return w.differs(p, what+" repeated", "%s at %s has the %s of another epoch", who, p.Letter, what).bytes(nil, b)
	}
	w.bytes[t], w.terms[string(b)] = string(b), t
	return nil
}
