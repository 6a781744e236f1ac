package remote

import (
	"bytes"
	"fmt"
	"slices"

	"mlssim/impl/interop/pb"
	"mlssim/model"
)

// Application data, and what comes late or twice.

// send lets a member send data that nobody has read yet.
func (w *world) send(s *Step) error {
	label, m := s.Names[0], w.members[s.Names[1]]
	if m == nil || w.messages[label] != nil || w.ended {
		return errSkip
	}
	data, aad := []byte(fmt.Sprintf("data of %s in %s", label, w.group)), []byte(nil)
	if s.has("aad") {
		aad = []byte("open, of " + label)
	}
	next, out, errM := m.model.Step(w.env(), model.Send{Data: string(data), Authenticated: string(aad)})
	if w.familiar(m.party, "send data", errM) || len(m.given) > 0 && m.burdened(m.heard) {
		return errSkip
	}
	r, err := ask(w, m.party, "", pb.MLSClientClient.Protect, &pb.ProtectRequest{StateId: m.id, AuthenticatedData: aad, Plaintext: data})
	if ok, err := w.verdict(m.party, m.name, "send data", errM, err); !ok {
		return err
	}
	m.model = next
	w.messages[label] = &sent{
		by: m.name, party: m.party, encoded: r.Ciphertext, model: out.Send, epoch: m.model.Context.Epoch, data: data, aad: aad, present: slices.Clone(w.order),
	}
	w.tally("send")
	return w.flipData(w.messages[label], s)
}

// read lets a member read data: at once, late, or once more.
func (w *world) read(s *Step) error {
	msg, m := w.messages[s.Names[0]], w.members[s.Names[1]]
	if msg == nil || m == nil || msg.commit || msg.by == m.name || !slices.Contains(msg.present, m.name) || w.ended {
		return errSkip
	}
	next, _, errM := m.model.Step(w.env(), arrival(msg.model))
	if w.familiar(m.party, "read data", errM) {
		return errSkip
	}
	r, err := ask(w, m.party, "", pb.MLSClientClient.Unprotect, &pb.UnprotectRequest{StateId: m.id, Ciphertext: msg.encoded})
	late := msg.epoch != m.model.Context.Epoch
	if late && errM == nil && isRefusal(err) && !m.party.own() {
		w.tally("late data that is refused") // how long keys are kept is a client's own affair
		return nil
	}
	if late && err == nil && !m.party.own() && errM != nil && bytes.Equal(r.Plaintext, msg.data) {
		w.tally("late data that is read without the keys") // its client may be several in one, each with keys of its own
		return nil
	}
	if isRefusal(err) && errM == nil {
		author := &member{name: msg.by, party: msg.party}
		return w.blame(m, msg.party, "read data", err, &making{author: author, answer: &pb.CommitResponse{Commit: msg.encoded}})
	}
	if ok, err := w.verdict(m.party, m.name, "read data", errM, err); !ok {
		return err
	}
	m.model = next
	if !bytes.Equal(r.Plaintext, msg.data) {
		return w.differs(m.party, "data differs", "%s at %s reads other data than was sent", m.name, m.party.Letter).bytes(msg.data, r.Plaintext)
	}
	if !bytes.Equal(r.AuthenticatedData, msg.aad) {
		return w.differs(m.party, "authenticated data differs", "%s at %s reads other authenticated data than was sent", m.name, m.party.Letter).bytes(msg.aad, r.AuthenticatedData)
	}
	w.tally("read")
	if late {
		w.tally("read late")
	}
	return nil
}

// old gives a member a Commit of an epoch that is over, which it has to refuse.
func (w *world) old(s *Step) error {
	msg, m := w.messages[s.Names[0]], w.members[s.Names[1]]
	if msg == nil || m == nil || !msg.commit || msg.epoch == m.model.Context.Epoch || w.ended {
		return errSkip
	}
	_, err := ask(w, m.party, "", pb.MLSClientClient.HandleCommit, &pb.HandleCommitRequest{StateId: m.id, Commit: msg.encoded})
	if err := w.refused(m, err, "handle a Commit of another epoch", "framing.epoch", msg.encoded); err != nil {
		return err
	}
	w.tally("an old commit")
	return nil
}
