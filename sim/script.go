package sim

import (
	"cmp"
	"errors"
	"fmt"
)

// scriptStep is the virtual time between two steps of a script.
const scriptStep Time = 1e9

// A script is a world in which every member that is not frozen processes each
// message at once.
type script struct {
	*world
	byName map[string]*client
	kept   map[string][]entry // messages, by the names that keep gave them

	private  bool                      // handshake messages are PrivateMessages
	framed   map[framing]string        // on which branch, of epochs that several have
	packages map[*client][]keptPackage // published and not used, the oldest first
}

// An illegal is the reason why a step cannot be carried out. It says what would
// be right where that is not plain.
type illegal string

func (i illegal) Error() string { return string(i) }

func illegalf(format string, args ...any) error {
	return illegal(fmt.Sprintf(format, args...))
}

// runScript carries out the script of the plan, one step a second.
func (w *world) runScript(o Options) error {
	s := &script{world: w, byName: make(map[string]*client), kept: make(map[string][]entry),
		packages: make(map[*client][]keptPackage), framed: make(map[framing]string)}
	w.trunk = w.group
	var waited Time
	for i := 0; i < len(w.plan.Script); i++ {
		if o.Stop != nil && o.Stop() {
			return ErrStopped
		}
		waited += w.plan.Script[i].For
		if err := w.advance(Time(i)*scriptStep + waited); err != nil {
			return err
		}
		step, about := w.plan.Script[i], following(w.plan.Script[i+1:])
		if err := s.perform(step, about); err != nil {
			return err
		}
		i += len(about)
		if o.Progress != nil {
			o.Progress(w.now)
		}
	}
	return nil
}

// scriptLength is how long a script takes.
func scriptLength(steps []ScriptStep) Time {
	length := Time(len(steps)) * scriptStep
	for _, s := range steps {
		length += s.For
	}
	return length
}

// perform carries out a step and those that are about its messages.
func (s *script) perform(step ScriptStep, about []ScriptStep) (err error) {
	if s.offer, err = s.newOffer(about); err != nil {
		return err
	}
	carry := func() error { return s.carryOut(step) }
	if step.On != "" {
		b, err := s.open(step.On)
		if err != nil {
			return stepError(step, err)
		}
		carry = func() error { return s.within(b, func() error { return s.carryOut(step) }) }
	}
	err = carry()
	if own, ok := errors.AsType[ownRefusal](err); ok && len(about) > 0 {
		return s.offer.refusedItself(own)
	}
	if err != nil {
		return stepError(step, err)
	}
	return s.offer.settled()
}

// stepError turns the reason of an illegal step into a StepError. Other errors
// are not the script's fault.
func stepError(step ScriptStep, err error) error {
	if reason, ok := errors.AsType[illegal](err); ok {
		return &StepError{step, string(reason)}
	}
	return fmt.Errorf("%s: %w", step.Text, err)
}

// own turns a refusal by the protocol of what the acting member itself does
// into the reason of an illegal step: it names the requirement.
func own(err error) error {
	if refused(err) {
		return ownRefusal{err}
	}
	return err
}

// An ownRefusal is the refusal of what the acting member itself does.
type ownRefusal struct{ err error }

func (r ownRefusal) Error() string { return r.err.Error() }

func (r ownRefusal) Unwrap() []error { return []error{illegal(r.err.Error()), r.err} }

func (s *script) carryOut(step ScriptStep) error {
	if s.at != "" && len(s.epochs) == 0 && step.Verb != VerbCreate {
		return illegalf("nobody is in the group yet: in %s create %s", s.at, cmp.Or(step.Who, "A"))
	}
	switch step.Verb {
	case VerbCreate:
		return s.runCreate(step)
	case VerbSecret:
		return s.runSecret(step)
	case VerbKnown:
		return s.runKnown(step)
	case VerbKeyPackage:
		return s.runKeyPackage(step)
	case VerbExternal:
		return s.runExternal(step)
	case VerbFraming:
		s.private = step.Name == "private"
		return nil
	case VerbWait:
		return nil // the time has passed
	}
	switch {
	case step.Verb == VerbRelease:
		return s.runRelease(step)
	case step.Verb == VerbLure:
		return s.runLure(step)
	case step.Verb == VerbGroup:
		return s.runGroup(step)
	case step.Verb == VerbFork:
		return s.runFork(step)
	case step.Verb == VerbClose:
		return s.runClose(step)
	case step.Verb.modifies():
		return illegal("there is no step before it that sends anything")
	}
	c := s.byName[step.Who]
	if c == nil {
		return s.unknown(step.Who)
	}
	switch step.Verb {
	case VerbSnapshot:
		return s.runSnapshot(c, step)
	case VerbHoard:
		return s.runHoard(c)
	case VerbWatch:
		return s.runWatch(c, step)
	case VerbUnwatch:
		return s.runUnwatch(c)
	case VerbThaw:
		return s.runThaw(c)
	case VerbSteal:
		return s.runSteal(c)
	case VerbBadRandom:
		return s.runBadRandom(c)
	case VerbHSM:
		return s.runHSM(c, step)
	case VerbKeepRes, VerbRetain:
		return s.retain(c, step)
	case VerbForge:
		return s.runForge(c, step)
	case VerbRevoke:
		return s.runRevoke(c)
	}
	if err := s.canAct(c); err != nil {
		return err
	}
	switch step.Verb {
	case VerbAdd, VerbCommit, VerbProposeUpdate, VerbProposeRemove, VerbProposeReInit:
		if err := s.framesOnce(c); err != nil {
			return err
		}
	}
	switch step.Verb {
	case VerbAdd:
		return s.runAdd(c, step)
	case VerbCommit:
		return s.runCommit(c, step)
	case VerbProposeUpdate:
		return s.runProposeUpdate(c)
	case VerbProposeRemove:
		return s.runProposeRemove(c, step)
	case VerbProposeReInit:
		return s.runProposeReInit(c, step)
	case VerbReInit:
		return s.runReInit(c, step)
	case VerbSubgroup:
		return s.runSubgroup(c, step)
	case VerbFreeze:
		return s.runFreeze(c)
	case VerbGroupInfo:
		return s.runGroupInfo(c)
	case VerbExport:
		return s.runExport(c, step)
	case VerbSend:
		return s.runSend(c, step)
	}
	return illegalf("no step begins with %q", step.Verb)
}

func (s *script) unknown(name string) error {
	if len(s.clients) == 0 {
		return illegal("there is no group yet: a script begins with create")
	}
	return illegalf("nobody is called %q: create or add introduces a name", name)
}

// canAct refuses steps of those who are not in the group or process nothing.
func (s *script) canAct(c *client) error {
	switch {
	case c.frozen:
		return illegalf("%s is frozen: thaw %s first", c.name, c.name)
	case c.machine == nil && s.followedBy() != "":
		return illegalf("the group has ended, and %s has wiped it: in %s", c.name, s.followedBy())
	case c.machine == nil:
		return illegalf("%s is not a member: add %s first", c.name, c.name)
	case s.behind(c):
		return illegalf("%s is in epoch %d and the group in %d: it lacks a Commit, or has refused it", c.name, c.epoch, s.service.epoch)
	}
	return nil
}

// settle lets every member that is not frozen process the log.
func (s *script) settle() error {
	for _, c := range s.clients {
		if c.frozen {
			continue
		}
		if err := s.catchUp(c, len(s.service.log)); err != nil {
			return err
		}
	}
	return nil
}

func (s *script) runSend(c *client, step ScriptStep) error {
	if c.pending > 0 {
		return illegal("a proposal is pending: a member that has seen one must commit before it sends " +
			"application data (RFC 9420, Section 12.4)")
	}
	if err := s.sharesKeys(c); err != nil {
		return err
	}
	for range max(step.Count, 1) {
		e, err := s.send(c, s.messageSize())
		if err != nil {
			return own(err)
		}
		if err := s.deliver(e); err != nil {
			return err
		}
	}
	return nil
}

// messageSize returns the length of an application message, enough to tell
// them apart if the plan does not say.
func (s *script) messageSize() int {
	if s.plan.Habits.Size > 0 {
		return s.plan.Habits.Size
	}
	return 16
}
