package remote

import (
	"fmt"
	"slices"
	"strconv"

	"mlssim/impl/interop/pb"
	"mlssim/impl/suite"
	"mlssim/model"
	"mlssim/spec"
)

// propose lets a member propose something, which others receive with the Commit
// that covers it. That a client proposes what it should not is no fault yet, as the
// interface asked it to; but what it has to do after that is not known, and the
// history ends.
func (w *world) propose(s *Step) error {
	label, m := s.Names[0], w.members[s.Names[1]]
	if m == nil || len(s.Options) != 1 || w.proposals[label] != nil || w.ended {
		return errSkip
	}
	if w.twice(m.name, s.Options) {
		return errSkip
	}
	o := s.Options[0]
	e, c, err := w.proposing(o)
	if err != nil {
		return err
	}
	next, out, errM := m.model.Step(w.env(), e)
	r, err := w.proposed(m, o, c)
	if err != nil && !isRefusal(err) {
		return err
	}
	if errM != nil && err == nil {
		w.tally("proposes what is refused")
		w.ended = true
		return nil
	}
	if o.Key == "epoch" && isRefusal(err) {
		w.tally("a past PSK that is not at hand") // how long they are kept is a client's own affair
		return nil
	}
	if ok, err := w.verdict(m.party, m.name, "propose "+o.Key, errM, err); !ok {
		return err
	}
	m.model = next
	m.heard = append(m.heard, label)
	p := &proposal{by: m.name, from: m.party, options: s.Options, encoded: r.Proposal, model: out.Send, ref: next.Proposals[len(next.Proposals)-1].Ref}
	if c != nil {
		p.invites = c.invites
	}
	w.proposals[label] = p
	w.tally("propose " + o.Key)
	return nil
}

// twice tells whether somebody has proposed the same in this epoch already. To the
// model it would be the same proposal; on bytes it depends on the suite whether it is.
func (w *world) twice(by string, options []Option) bool {
	for _, p := range w.proposals {
		if p.by == by && slices.Equal(p.options, options) {
			return true
		}
	}
	return false
}

// proposing returns the model's event for an option, and what it is about, if that
// is a content.
func (w *world) proposing(o Option) (model.Event, *content, error) {
	switch o.Key {
	case "update":
		return model.ProposeUpdate{Framing: w.framing()}, nil, nil
	case "reinit":
		n, err := strconv.ParseUint(o.Value, 10, 16)
		if err == nil {
			_, err = suite.Get(spec.CipherSuite(n))
		}
		if err != nil {
			return nil, nil, fmt.Errorf("reinit=%s: %w", o.Value, err)
		}
		r := model.ReInit{GroupID: w.name(w.group + "'"), Version: spec.MLS10, CipherSuite: spec.CipherSuite(n)}
		return model.Propose{Proposal: r.Proposal(), Framing: w.framing()}, nil, nil
	}
	c, err := w.content(o)
	if err != nil {
		return nil, nil, err
	}
	return model.Propose{Proposal: c.model, Framing: w.framing()}, c, nil
}

// proposed asks a client to propose.
func (w *world) proposed(m *member, o Option, c *content) (*pb.ProposalResponse, error) {
	switch o.Key {
	case "update":
		return ask(w, m.party, "", pb.MLSClientClient.UpdateProposal, &pb.UpdateProposalRequest{StateId: m.id})
	case "reinit":
		n, _ := strconv.ParseUint(o.Value, 10, 16)
		return ask(w, m.party, "", pb.MLSClientClient.ReInitProposal, &pb.ReInitProposalRequest{StateId: m.id, CipherSuite: uint32(n), GroupId: []byte(w.group + "'")})
	case "add":
		return ask(w, m.party, "", pb.MLSClientClient.AddProposal, &pb.AddProposalRequest{StateId: m.id, KeyPackage: c.invites.encoded})
	case "remove":
		return ask(w, m.party, "", pb.MLSClientClient.RemoveProposal, &pb.RemoveProposalRequest{StateId: m.id, RemovedId: []byte(o.Value)})
	case "psk":
		return ask(w, m.party, "", pb.MLSClientClient.ExternalPSKProposal, &pb.ExternalPSKProposalRequest{StateId: m.id, PskId: []byte(o.Value)})
	case "epoch":
		return ask(w, m.party, "", pb.MLSClientClient.ResumptionPSKProposal, &pb.ResumptionPSKProposalRequest{StateId: m.id, EpochId: c.description.EpochId})
	}
	return ask(w, m.party, "", pb.MLSClientClient.GroupContextExtensionsProposal, &pb.GroupContextExtensionsProposalRequest{StateId: m.id, Extensions: c.description.Extensions})
}
