package remote

import (
	"mlssim/impl/interop/pb"
	"mlssim/model"
)

// Proposals from outside of the group.

// sender makes somebody who can be let propose from outside: a Commit with
// extensions=senders lets all that there are.
func (w *world) sender(s *Step) error {
	name, letter := newcomer(s.Names[0])
	p, err := w.partyOf(letter)
	if err != nil {
		return err
	}
	if w.senderOf(name) >= 0 {
		return errSkip
	}
	r, err := ask(w, p, "", pb.MLSClientClient.CreateExternalSigner, &pb.CreateExternalSignerRequest{CipherSuite: uint32(w.suite.ID), Identity: []byte(name)})
	if ok, err := w.verdict(p, name, "become an external sender", nil, err); !ok {
		return err
	}
	w.senders = append(w.senders, &outsider{name: name, party: p, id: r.SignerId, encoded: r.ExternalSender, client: w.client(name)})
	return nil
}

// senderOf returns the place of a sender, or -1.
func (w *world) senderOf(name string) int {
	for i, o := range w.senders {
		if o.name == name {
			return i
		}
	}
	return -1
}

// outside lets an external sender propose something.
func (w *world) outside(s *Step) error {
	label, place := s.Names[0], w.senderOf(s.Names[1])
	if place < 0 || w.proposals[label] != nil || len(w.order) == 0 || w.ended {
		return errSkip
	}
	if w.twice(s.Names[1], s.Options) {
		return errSkip
	}
	contents, err := w.contents(s)
	if err != nil || len(contents) != 1 {
		return orSkip(err)
	}
	info, g, err := w.seen(w.members[w.order[0]], true)
	if err != nil || info == nil {
		return err
	}
	by, c := w.senders[place], contents[0]
	msg, errM := g.ProposeExternal(w.env(), by.client, uint32(place), c.model)
	if w.familiar(by.party, "propose from outside", errM) {
		return errSkip
	}
	r, err := ask(w, by.party, c.about(), pb.MLSClientClient.ExternalSignerProposal, &pb.ExternalSignerProposalRequest{
		SignerId: by.id, SignerIndex: uint32(place), GroupInfo: info.GroupInfo, RatchetTree: info.RatchetTree, Description: c.description,
	})
	if errM != nil && err == nil { // as it was asked to
		w.tally("proposes what is refused")
		return nil
	}
	if ok, err := w.verdict(by.party, by.name, "propose from outside", errM, err); !ok {
		return err
	}
	w.proposals[label] = &proposal{by: by.name, encoded: r.Proposal, model: msg, from: by.party, invites: c.invites, options: s.Options}
	w.tally("outside " + s.Options[0].Key)
	return nil
}

// about is what is special about a call with a content.
func (v *content) about() string { return "of " + string(v.description.ProposalType) }

func orSkip(err error) error {
	if err == nil {
		return errSkip
	}
	return err
}

// seen returns what somebody outside sees of the group, on both sides, with the tree
// in the GroupInfo or beside it.
func (w *world) seen(m *member, beside bool) (*pb.GroupInfoResponse, model.Group, error) {
	info, infoM, err := w.describe(m, beside)
	if err != nil || info == nil {
		return nil, model.Group{}, err
	}
	f := model.Following{Info: infoM}
	if beside {
		f.Tree = m.model.Tree.Extension()
	}
	g, errM := model.Follow(w.env(), f)
	if errM != nil {
		return nil, g, errSkip
	}
	return info, g, nil
}

// knock lets a client outside propose, in its own name, that it be added.
func (w *world) knock(s *Step) error {
	label := s.Names[0]
	name, letter := newcomer(s.Names[1])
	p, err := w.partyOf(letter)
	if err != nil {
		return err
	}
	if w.proposals[label] != nil || len(w.order) == 0 || w.members[name] != nil || w.ended {
		return errSkip
	}
	info, g, err := w.seen(w.members[w.order[0]], false)
	if err != nil || info == nil {
		return err
	}
	c := w.client(name)
	keys, _, errM := model.NewKeyPackageWith(w.env(), c, model.KeyPackageOptions{})
	if errM != nil {
		return errM
	}
	msg, errM := g.ProposeJoin(w.env(), c, keys.Package)
	if w.familiar(p, "ask to be added", errM) {
		return errSkip
	}
	r, err := ask(w, p, "", pb.MLSClientClient.NewMemberAddProposal, &pb.NewMemberAddProposalRequest{GroupInfo: info.GroupInfo, Identity: []byte(name)})
	if ok, err := w.verdict(p, name, "ask to be added", errM, err); !ok {
		return err
	}
	i := &invited{name: name, party: p, transaction: r.TransactionId, client: c, keys: keys}
	for _, id := range w.pskNames() {
		if err := w.tell(p, r.TransactionId, id); err != nil {
			return err
		}
	}
	w.waiting[name] = i
	w.proposals[label] = &proposal{encoded: r.Proposal, model: msg, from: p, invites: i, options: []Option{{"add", s.Names[1]}}}
	w.tally("knock")
	return nil
}
