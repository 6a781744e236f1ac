package remote

import (
	"mlssim/impl/interop/pb"
	"mlssim/model"
)

// external lets a client join by a Commit of its own: a new one, or a member that
// has lost its state and comes back.
func (w *world) external(s *Step) error {
	label := s.Names[0]
	name, letter := newcomer(s.Names[1])
	p, err := w.partyOf(letter)
	if err != nil {
		return err
	}
	former := w.members[name]
	if len(w.order) == 0 || w.messages[label] != nil || w.ended || (former != nil) != s.has("back") || former != nil && len(w.order) == 1 {
		return errSkip
	}
	via := w.host(s, name)
	if via == nil {
		return errSkip
	}
	info, infoM, err := w.describe(via, s.has("tree"))
	if err != nil || info == nil {
		return err
	}
	j := model.ExternalJoining{Client: w.client(name), Info: infoM}
	q := &pb.ExternalJoinRequest{GroupInfo: info.GroupInfo, RatchetTree: info.RatchetTree, EncryptHandshake: w.private, Identity: []byte(name), RemovePrior: former != nil}
	if s.has("tree") {
		j.Tree = via.model.Tree.Extension()
	}
	if former != nil {
		leaf := former.model.Leaf
		j.Remove = &leaf
	}
	for _, id := range s.all("psk") {
		if known, ok := w.psks[id]; ok {
			j.PSKs = append(j.PSKs, model.ExternalPSKID(w.name(id)))
			q.Psks = append(q.Psks, &pb.PreSharedKey{PskId: []byte(id), PskSecret: known.secret})
		}
	}
	return w.enter(s, p, name, former, j, q)
}

// host returns who is to describe the group: the member that via names, or the
// first who does not come back.
func (w *world) host(s *Step, back string) *member {
	if m := w.members[s.value("via")]; m != nil && m.name != back {
		return m
	}
	for _, name := range w.order {
		if name != back {
			return w.members[name]
		}
	}
	return nil
}

// describe lets a member describe the group, on both sides.
func (w *world) describe(m *member, beside bool) (*pb.GroupInfoResponse, *model.GroupInfo, error) {
	_, out, errM := m.model.Step(w.env(), model.Publish{GroupInfoOptions: model.GroupInfoOptions{ExternalPub: true, NoTree: beside}})
	use := ""
	if beside {
		use = "with ratchet_tree"
	}
	r, err := ask(w, m.party, use, pb.MLSClientClient.GroupInfo, &pb.GroupInfoRequest{StateId: m.id, ExternalTree: beside})
	if ok, err := w.verdict(m.party, m.name, "describe the group", errM, err); !ok {
		return nil, nil, err
	}
	return r, out.GroupInfo, nil
}

// enter makes the external Commit, and lets the others follow.
func (w *world) enter(s *Step, p *Party, name string, former *member, j model.ExternalJoining, q *pb.ExternalJoinRequest) error {
	out, errM := model.JoinExternal(w.env(), j)
	use := ""
	switch {
	case len(q.Psks) > 0:
		use = "with psks"
	case former != nil:
		use = "with remove_prior"
	}
	r, err := ask(w, p, use, pb.MLSClientClient.ExternalJoin, q)
	if ok, err := w.verdict(p, name, "join by an external Commit", errM, err); !ok {
		return err
	}
	joined := &member{name: name, party: p, model: *out.Next}
	c := &making{label: s.Names[0], author: &member{name: name, party: p}, out: out, answer: &pb.CommitResponse{Commit: r.Commit}}
	if former != nil {
		w.leave(name)
	}
	w.messages[c.label] = &sent{by: name, party: p, encoded: r.Commit, model: out.Send, epoch: j.Info.Context.Epoch, commit: true, present: append([]string(nil), w.order...)}
	if err := w.flipCommit(c, s); err != nil {
		return err
	}
	for _, own := range []bool{true, false} {
		for _, n := range append([]string(nil), w.order...) {
			if m := w.members[n]; m.party.own() == own {
				if err := w.handle(m, c); err != nil {
					return err
				}
			}
		}
	}
	w.admit(joined)
	if err := w.enters(joined, r.StateId, r.EpochAuthenticator); err != nil {
		return err
	}
	for _, id := range w.pskNames() {
		if err := w.tell(p, joined.id, id); err != nil {
			return ignore(err)
		}
	}
	w.tally("external")
	if former != nil {
		w.tally("external, back")
	}
	w.proposals, w.waiting = map[string]*proposal{}, map[string]*invited{}
	return w.check()
}
