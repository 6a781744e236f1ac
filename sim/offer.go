package sim

import (
	"errors"
	"fmt"
	"slices"

	"mlssim/spec"
	"mlssim/spec/req"
)

// What becomes of the messages of a step: by default everybody is given them at
// once. The steps that follow it may drop them, deliver them to some, keep a copy,
// and say what receivers have to make of them.

// An offer is what a script says of the messages of one step, and what came of it.
type offer struct {
	steps []ScriptStep // that say it
	drop  bool
	to    []*client // nil: everybody
	keep  string

	sent     int
	verdicts []verdict
}

// A verdict is what a client made of a message that it was given.
type verdict struct {
	by     *client
	author *client // who is said to have sent it
	err    error   // nil: accepted
}

// modifies tells whether a step says what becomes of the messages of another.
func (v Verb) modifies() bool {
	switch v {
	case VerbDrop, VerbDeliver, VerbKeep, VerbExpectAccept, VerbExpectRefuse:
		return true
	}
	return false
}

// following returns the steps at the beginning of a list that are about the
// messages of the step before.
func following(steps []ScriptStep) []ScriptStep {
	n := slices.IndexFunc(steps, func(s ScriptStep) bool { return !s.Verb.modifies() })
	if n < 0 {
		n = len(steps)
	}
	return steps[:n]
}

// newOffer reads what is to become of the messages of a step.
func (s *script) newOffer(steps []ScriptStep) (*offer, error) {
	o := &offer{steps: steps}
	for _, step := range steps {
		switch step.Verb {
		case VerbDrop:
			o.drop = true
		case VerbDeliver:
			to, err := s.named(step.Others)
			if err != nil {
				return nil, stepError(step, err)
			}
			o.to = to
		case VerbKeep:
			if _, used := s.kept[step.Name]; used {
				return nil, stepError(step, illegalf("a message is kept as %s already", step.Name))
			}
			o.keep = step.Name
		}
		s.tampered = s.tampered || step.Verb == VerbDrop || step.Verb == VerbDeliver
	}
	return o, nil
}

// named returns clients by name.
func (s *script) named(names []string) ([]*client, error) {
	var all []*client
	for _, name := range names {
		c := s.byName[name]
		if c == nil {
			return nil, s.unknown(name)
		}
		all = append(all, c)
	}
	return all, nil
}

// settled tells whether what came of an offer is what was expected.
func (o *offer) settled() error {
	for _, step := range o.steps {
		if o.sent == 0 {
			return stepError(step, illegal("the step before has sent nothing"))
		}
		if step.Verb == VerbExpectAccept || step.Verb == VerbExpectRefuse {
			if err := o.met(step); err != nil {
				return stepError(step, err)
			}
		}
	}
	return nil
}

// refusedItself tells whether it was expected that the actor refuses to make the
// message. Nothing was sent then.
func (o *offer) refusedItself(own ownRefusal) error {
	for _, step := range o.steps {
		if step.Verb != VerbExpectRefuse || !step.expects(own.err) {
			return stepError(step, illegalf("who was to send it %s", says(own.err)))
		}
	}
	return nil
}

// met compares what receivers made of the messages with an expectation: that of
// those named, or of all but who is said to have sent them.
func (o *offer) met(step ScriptStep) error {
	asked := 0
	for _, v := range o.verdicts {
		if len(step.Others) == 0 && v.by == v.author || len(step.Others) > 0 && !slices.Contains(step.Others, v.by.name) {
			continue
		}
		asked++
		if !step.expects(v.err) {
			return illegalf("%s %s", v.by.name, says(v.err))
		}
	}
	if asked == 0 {
		return illegal("nobody of those was given the message")
	}
	return nil
}

// expects tells whether a verdict is what a step expects.
func (s ScriptStep) expects(err error) bool {
	if s.Verb == VerbExpectAccept {
		return err == nil
	}
	return refusedFor(err, spec.ID(s.ID))
}

// refusedFor tells whether err is a refusal that names a requirement.
func refusedFor(err error, id spec.ID) bool {
	if all, ok := errors.AsType[spec.Violations](err); ok {
		return slices.Contains(all, id)
	}
	return spec.Violated(err) == id || errors.Is(err, spec.ErrEpoch) && id == req.FramingEpoch
}

// says tells what a client made of a message.
func says(err error) string {
	if err == nil {
		return "accepts it"
	}
	if id := spec.Violated(err); id != "" {
		return fmt.Sprintf("refuses it by %s", id)
	}
	if errors.Is(err, spec.ErrEpoch) {
		return fmt.Sprintf("refuses it by %s", req.FramingEpoch)
	}
	return fmt.Sprintf("refuses it: %v", err)
}

// deliver gives a message to the log and to everyone, or does with it what the
// script says.
func (s *script) deliver(e entry) error {
	s.offer.sent++
	if s.offer.keep != "" {
		s.kept[s.offer.keep] = append(s.kept[s.offer.keep], e)
	}
	if s.offer.drop {
		s.note(DidDrop, e.author, e.step)
		return nil
	}
	e.to = s.offer.to
	if e.forged {
		return s.offerForged(e)
	}
	if !s.submit(e) {
		return fmt.Errorf("the log refuses step %d of epoch %d", e.step, e.epoch)
	}
	return s.settle()
}

// isFor tells whether the delivery service gives an entry to a client. Its author
// has it anyway.
func (e entry) isFor(c *client) bool {
	return e.to == nil || e.author == c && !e.forged || slices.Contains(e.to, c)
}

// record notes what a client made of a message, for those who expect something.
func (w *world) record(c *client, e entry, err error) {
	if w.offer != nil {
		w.offer.verdicts = append(w.offer.verdicts, verdict{c, e.author, err})
	}
}

// judged notes what a client made of a message, and tells whether it accepted it.
// A refusal is an error, unless something that the delivery service or the
// adversary has done may have caused it.
func (w *world) judged(c *client, what string, e entry, err error) (bool, error) {
	w.record(c, e, err)
	switch {
	case err == nil:
		return true, nil
	case w.tampered && refused(err):
		w.note(DidReject, c, e.step)
		return false, nil
	}
	return false, w.failed(c, what, e.step, err)
}

// runRelease delivers messages that were kept: late, or once more.
func (s *script) runRelease(step ScriptStep) error {
	kept, ok := s.kept[step.Name]
	if !ok {
		return illegalf("no message was kept as %s", step.Name)
	}
	to, err := s.named(step.Others)
	if err != nil {
		return err
	}
	s.tampered = true
	if to != nil {
		s.offer.to = to
	}
	for _, e := range kept {
		if e.kind == isInfo {
			return illegalf("%s is a GroupInfo: lure somebody by it", step.Name)
		}
		if err := s.release(e); err != nil {
			return err
		}
	}
	return nil
}

// release puts a message into the log, if there is still a place for it, and
// otherwise gives it to receivers by itself.
func (s *script) release(e entry) error {
	logged := slices.ContainsFunc(s.service.log, func(l entry) bool { return l.step == e.step })
	if !logged && (e.kind == isApplication || e.epoch == s.service.epoch) {
		return s.deliver(e)
	}
	if e.forged && !logged {
		return s.deliver(e)
	}
	s.offer.sent++
	for _, c := range s.clients {
		if c == e.author && !e.forged || c.owned || c.frozen || c.machine == nil || s.offer.to != nil && !slices.Contains(s.offer.to, c) {
			continue
		}
		if e.kind == isCommit && !logged && c.epoch == e.epoch {
			return illegalf("%s is still in epoch %d and would go where nobody else is: fork first", c.name, c.epoch)
		}
		if err := s.process(c, e); err != nil {
			return err
		}
	}
	return s.settle()
}

// behind tells whether a client waits for a Commit that it was not given, or has
// refused one that the group follows.
func (s *script) behind(c *client) bool { return c.epoch != s.service.epoch }
