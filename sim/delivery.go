package sim

import (
	"bytes"
	"errors"
	"fmt"

	"mlssim/spec"
)

// delivery is the delivery service (RFC 9420, Section 14): one log for the
// group, in which a Commit is one entry however many members there are. Every
// member reads it at its own pace.
type delivery struct {
	log   []entry
	epoch uint64
	blind bool // it does not look whether a Commit can be processed
}

// An entry is a message that the delivery service took.
type entry struct {
	kind    entryKind
	author  *client
	epoch   uint64 // in which it was made
	step    StepID
	message Message
	commit  *staged   // of a commit
	data    []byte    // of an application message
	to      []*client // whom the delivery service gives it to; nil: everybody
	forged  bool      // the adversary made it in the name of its author
	again   bool      // of an application message: it is the second one of two
	jostled bool      // of an application message: there are two, or it was held up
	in      *version  // where there is no log: the epoch in which it was made
	begun   *version  // and, of a commit, that which it begins
}

type entryKind uint8

const (
	isProposal entryKind = iota + 1
	isCommit
	isApplication
	isInfo // a GroupInfo, which is nobody's to process
)

// offer puts a message into the log, or refuses it: the first Commit ends its
// epoch, and with it the time of all other handshake messages of that epoch.
// Application messages are always taken; who has left their epoch cannot read them.
func (d *delivery) offer(e entry) bool {
	if e.kind != isApplication && e.epoch != d.epoch {
		return false
	}
	if e.kind == isCommit && e.commit.next == nil && !d.blind {
		return false // nobody can process it
	}
	d.log = append(d.log, e)
	if e.kind == isCommit {
		d.epoch++
	}
	return true
}

// submit offers a message. An accepted Commit begins an epoch, and its Welcome
// is released: never before, or the newcomers could join a group that nobody
// else is in (Section 12.4.3.1).
func (w *world) submit(e entry) bool {
	if !w.service.offer(e) {
		w.note(DidRefuse, e.author, e.step)
		if e.kind == isCommit {
			w.rejected++
		} else {
			w.late++
		}
		return false
	}
	if e.kind != isCommit {
		return true
	}
	for _, c := range e.commit.joiners {
		if !e.isFor(c) {
			continue
		}
		c.welcome, c.cursor, c.epoch = e.commit.welcome, len(w.service.log), w.service.epoch
	}
	w.add(Record{At: w.now, What: DidAccept, Who: e.author.name, Step: e.step, Epoch: w.service.epoch})
	if e.commit.next == nil {
		w.wedged = w.now // nobody can be in the epoch that the log waits for
		return true
	}
	if e.commit.welcome != nil {
		w.adversary.Welcome(e.commit.welcome)
		w.learn()
	}
	w.begin(e)
	if e.commit.external {
		w.enterByCommit(e)
	}
	return true
}

// catchUp lets a client that is awake process the log up to an entry.
func (w *world) catchUp(c *client, until int) error {
	if c.welcome != nil {
		if err := w.join(c); err != nil {
			return err
		}
	}
	for c.machine != nil && c.cursor < until {
		e := w.service.log[c.cursor]
		if w.tampered && e.epoch > c.epoch {
			return nil // it waits for a Commit that it was not given
		}
		c.cursor++
		if !e.isFor(c) {
			continue
		}
		if err := w.process(c, e); err != nil {
			return err
		}
	}
	return nil
}

// process carries out one entry of the log.
func (w *world) process(c *client, e entry) error {
	switch {
	case e.kind == isApplication:
		return w.open(c, e)
	case e.epoch != c.epoch && !w.tampered:
		return fmt.Errorf("%s is in epoch %d and meets step %d of epoch %d", c.name, c.epoch, e.step, e.epoch)
	case e.kind == isProposal:
		return w.handleProposal(c, e)
	case e.author == c && !e.forged:
		return w.confirm(c, e)
	default:
		return w.handleCommit(c, e)
	}
}

// open reads an application message, unless it is of an epoch whose keys the
// client has deleted.
func (w *world) open(c *client, e entry) error {
	if e.author == c {
		return nil
	}
	out, err := w.step(c, Open{e.message})
	if errors.Is(err, spec.ErrEpoch) {
		w.note(DidMiss, c, e.step)
		w.record(c, e, err)
		return nil
	}
	if err != nil && e.jostled && refused(err) { // read before, or its key is no longer kept
		w.note(DidReject, c, e.step)
		return nil
	}
	if ok, err := w.judged(c, "open", e, err); !ok {
		return err
	}
	if !bytes.Equal(out.Data, e.data) {
		return fmt.Errorf("%s reads %x in step %d where %s sent %x", c.name, out.Data, e.step, e.author.name, e.data)
	}
	c.reads++
	w.note(DidRead, c, e.step)
	w.expose(c, out.Consumed)
	return nil
}

func (w *world) handleProposal(c *client, e entry) error {
	if e.author == c && !e.forged {
		return nil // in its state since it was made
	}
	out, err := w.step(c, Handle{e.message})
	if ok, err := w.judged(c, "proposal", e, err); !ok {
		return err
	}
	c.pending++
	w.note(DidProcess, c, e.step)
	w.expose(c, out.Consumed)
	return nil
}

// confirm lets the committer go on with the epoch that its Commit has begun.
func (w *world) confirm(c *client, e entry) error {
	if c.staged == nil || c.staged.step != e.step {
		if w.tampered {
			return w.handleCommit(c, e) // which it cannot any more
		}
		return fmt.Errorf("%s finds its commit of step %d in the log and has dropped it", c.name, e.step)
	}
	c.machine = c.staged.next
	return w.entered(c, e, nil)
}

// handleCommit processes another member's Commit. A Commit of the client's own
// that is on its way has lost the race.
func (w *world) handleCommit(c *client, e entry) error {
	out, err := w.step(c, Handle{e.message})
	if ok, err := w.judged(c, "commit", e, err); !ok {
		return err
	}
	if out.Removed {
		return w.left(c, e, out)
	}
	return w.entered(c, e, out.Consumed)
}

// left notes that a member has processed its removal.
func (w *world) left(c *client, e entry, out Output) error {
	c.machine, c.staged, c.pending = nil, nil, 0
	w.note(DidLeave, c, e.step)
	w.expose(c, out.Consumed)
	return nil
}

// entered notes that a member is in the epoch which the commit has begun.
func (w *world) entered(c *client, e entry, consumed []Name) error {
	c.staged, c.pending = nil, 0
	c.epoch++
	w.leaveBehind(c)
	w.note(DidProcess, c, e.step)
	w.expose(c, consumed)
	return w.agrees(c)
}

// agrees fails unless a member is in its epoch together with the committer who
// began it (Section 8.7).
func (w *world) agrees(c *client) error {
	v, want := c.machine.View(), w.epochs[c.epoch]
	if v.Epoch != c.epoch || v.Agreement != want.agreement {
		return fmt.Errorf("%s is in epoch %d with %v where the committer of epoch %d has %v",
			c.name, v.Epoch, v.Agreement, c.epoch, want.agreement)
	}
	return nil
}
