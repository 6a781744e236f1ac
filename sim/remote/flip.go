package remote

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"mlssim/impl/interop/pb"
	"mlssim/spec"
)

// Messages that were changed on their way. A client has to refuse them, and to be
// afterwards as if they had not come.

// harmed begins the kind of what comes of messages that were refused.
const harmed = "harmed by what it refused: "

// flips reads the options flip=NAME:BIT of a step.
func (w *world) flips(s *Step) (map[string]int, error) {
	all := map[string]int{}
	for _, v := range s.all("flip") {
		name, n, ok := strings.Cut(v, ":")
		bit, err := strconv.Atoi(n)
		if !ok || err != nil || bit < 0 {
			return nil, fmt.Errorf("flip=%s is not NAME:BIT", v)
		}
		all[name] = bit
	}
	return all, nil
}

// flipped returns a message with one bit changed.
func flipped(b []byte, bit int) []byte {
	changed := bytes.Clone(b)
	if len(b) == 0 {
		return changed
	}
	bit %= 8 * len(b)
	changed[bit/8] ^= 1 << (bit % 8)
	return changed
}

// flipCommit gives members a Commit, and new ones a Welcome, with a bit changed.
func (w *world) flipCommit(c *making, s *Step) error {
	flips, err := w.flips(s)
	if err != nil {
		return err
	}
	for _, name := range w.order {
		bit, ok := flips[name]
		m := w.members[name]
		if !ok || m == c.author || w.private && len(c.refs) > 0 { // else it would get the proposals twice
			continue
		}
		changed := flipped(c.answer.Commit, bit)
		_, err := ask(w, m.party, "", pb.MLSClientClient.HandleCommit, &pb.HandleCommitRequest{StateId: m.id, Proposal: w.encoded(c.refs), Commit: changed})
		if err := w.refused(m, err, "handle a Commit with a bit changed", w.reason(m, err, c.refs, changed), changed); err != nil {
			return err
		}
		w.tally("a commit with a bit changed")
	}
	return nil
}

// reason returns the requirement for which a member of ours refuses what another
// member has accepted, or "".
func (w *world) reason(m *member, err error, refs []string, commit []byte) spec.ID {
	if err != nil {
		return ""
	}
	for _, name := range w.order {
		if ours := w.members[name]; ours != m && ours.party.own() {
			_, err := ask(w, ours.party, "", pb.MLSClientClient.HandleCommit, &pb.HandleCommitRequest{StateId: ours.id, Proposal: w.encoded(refs), Commit: commit})
			if id := named(err); id != "" {
				return id
			}
		}
	}
	return ""
}

// flipData gives members data with a bit changed.
func (w *world) flipData(msg *sent, s *Step) error {
	flips, err := w.flips(s)
	if err != nil {
		return err
	}
	for _, name := range w.order {
		bit, ok := flips[name]
		m := w.members[name]
		if !ok || name == msg.by {
			continue
		}
		changed := flipped(msg.encoded, bit)
		_, err := ask(w, m.party, "", pb.MLSClientClient.Unprotect, &pb.UnprotectRequest{StateId: m.id, Ciphertext: changed})
		if err := w.refused(m, err, "read data with a bit changed", "", changed); err != nil {
			return err
		}
		w.tally("data with a bit changed")
	}
	return nil
}

// refused holds what a client did with a message that it had to refuse: it did, and
// is in the epoch in which it was.
func (w *world) refused(m *member, err error, does string, id spec.ID, encoded []byte) error {
	if err == nil {
		return w.differs(m.party, strings.TrimSuffix("accepts to "+does+": "+string(id), ": "), "%s at %s accepts to %s, which it has to refuse", m.name, m.party.Letter, does).about(id).bytes(nil, encoded)
	}
	if !isRefusal(err) {
		return err
	}
	m.after = does
	err = w.checkOne(m)
	if d, ok := errors.AsType[*Difference](err); ok {
		d.Kind = harmed + d.Kind
		d.What = fmt.Sprintf("%s at %s has refused to %s, and is no longer what it was: %s", m.name, m.party.Letter, does, d.What)
	}
	return err
}
