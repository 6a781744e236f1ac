package remote

import (
	"slices"

	"mlssim/impl/interop/pb"
	"mlssim/impl/suite"
	"mlssim/model"
)

// Groups that come from the group: subgroups, and the one that follows it.

// A founding is a new group on both sides.
type founding struct {
	out  model.Output
	made *pb.CreateSubgroupResponse
	tree bool
}

// joining is how a client enters a new group from an old one, in the model.
func (f *founding) joining(w *world, i *invited, from model.Member) (model.Member, error) {
	j := model.Joining{Client: i.client, Keys: []model.KeyPackageKeys{i.keys}, Welcome: f.out.Welcomes[0], From: []model.Member{from}}
	if f.tree {
		j.Tree = f.out.Next.Tree.Extension()
	}
	m, _, errM := model.Join(w.env(), j)
	return m, errM
}

// contextExtensions returns the extensions of the group's context, as one of ours has them.
func (w *world) contextExtensions() []*pb.Extension {
	var all []*pb.Extension
	if m := w.observer(); m != nil {
		for _, e := range m.Extensions() {
			all = append(all, &pb.Extension{ExtensionType: uint32(e.Type), ExtensionData: e.Data})
		}
	}
	return all
}

// branch lets a member set up a subgroup with some others, who go on in the group.
func (w *world) branch(s *Step) error {
	founder := w.members[s.Names[1]]
	if founder == nil || w.ended {
		return errSkip
	}
	f := &founding{tree: s.has("tree")}
	group := s.Names[0] + " of " + w.group
	var others []*invited
	e := model.Branch{GroupID: w.name(group), NoPath: !s.has("path")}
	e.Welcome.GroupInfo.NoTree = f.tree
	q := &pb.CreateBranchRequest{StateId: founder.id, GroupId: []byte(group), Extensions: w.contextExtensions(), ForcePath: s.has("path"), ExternalTree: f.tree}
	for _, name := range s.listed("with") {
		m := w.members[name]
		if m == nil || m == founder {
			continue
		}
		i, err := w.invite(name + "@" + m.party.Letter)
		if err != nil {
			return err
		}
		delete(w.waiting, name)
		others = append(others, i)
		e.Packages = append(e.Packages, i.keys.Package)
		q.KeyPackages = append(q.KeyPackages, i.encoded)
	}
	if len(others) == 0 {
		return errSkip
	}
	_, out, errM := founder.model.Step(w.env(), e)
	var err error
	f.out = out
	f.made, err = ask(w, founder.party, treeOf(f.tree), pb.MLSClientClient.CreateBranch, q)
	if ok, err := w.verdict(founder.party, founder.name, "set up a subgroup", errM, err); !ok {
		return err
	}
	first := &member{name: founder.name, party: founder.party, model: *out.Next}
	if err := w.enters(first, f.made.StateId, f.made.EpochAuthenticator); err != nil {
		return err
	}
	met := []*member{first}
	defer func() { w.part(met) }()
	for _, i := range others {
		m, err := w.joinBranch(founder, i, f)
		if err != nil {
			return err
		}
		met = append(met, m)
		if err := w.checkOne(m); err != nil {
			return err
		}
	}
	w.tally("branch")
	return w.checkOne(first)
}

// part lets clients forget a subgroup. Some have given their state of it the id of
// that in the group: they cannot go on there.
func (w *world) part(met []*member) {
	for _, m := range met {
		if old := w.members[m.name]; old != nil && old.id == m.id {
			w.leave(m.name)
			w.tally("left for a subgroup")
		} else {
			w.free(m.party, m.id)
		}
	}
}

// treeOf is what is special about a call with a ratchet tree beside the message.
func treeOf(beside bool) string {
	if beside {
		return "with ratchet_tree"
	}
	return ""
}

// joinBranch lets a member enter a subgroup.
func (w *world) joinBranch(founder *member, i *invited, f *founding) (*member, error) {
	old := w.members[i.name]
	m, errM := f.joining(w, i, old.model)
	r, err := ask(w, i.party, treeOf(f.tree), pb.MLSClientClient.HandleBranch, &pb.HandleBranchRequest{
		StateId: old.id, TransactionId: i.transaction, Welcome: f.made.Welcome, RatchetTree: f.made.RatchetTree,
	})
	if isRefusal(err) && errM == nil {
		return nil, w.blame(old, founder.party, "join a subgroup", err, &making{author: founder, answer: &pb.CommitResponse{Commit: f.made.Welcome}})
	}
	if ok, err := w.verdict(i.party, i.name, "join a subgroup", errM, err); !ok {
		return nil, orSkip(err)
	}
	joined := &member{name: i.name, party: i.party, model: m}
	return joined, w.enters(joined, r.StateId, r.EpochAuthenticator)
}

// A successor is a member on its way from a group that has ended to the next one.
type successor struct {
	*member
	invited
	ended model.Member
	id    uint32
}

// reinit lets a member end the group, and all go on in the next one.
func (w *world) reinit(s *Step) error {
	author := w.members[s.Names[1]]
	if author == nil || w.messages[s.Names[0]] != nil || w.ended || len(w.order) < 2 {
		return errSkip
	}
	label := "reinit " + s.Names[0]
	defer delete(w.proposals, label)
	if err := w.propose(&Step{Verb: "propose", Names: []string{label, author.name}, Options: []Option{{"reinit", s.value("suite")}}}); err != nil {
		return err
	}
	c := &making{label: s.Names[0], author: author, refs: w.present([]string{label})}
	if len(c.refs) == 0 {
		return errSkip
	}
	if made, err := w.makeCommit(c, false, true); !made || err != nil {
		return err
	}
	w.ended = true // until all are in the next group
	list, err := w.endAll(c)
	if err != nil {
		return err
	}
	if err := w.follow(s, list); err != nil {
		return err
	}
	w.ended = false
	w.tally("reinit")
	return w.check()
}

// endAll lets everybody end the group, and make a KeyPackage for the next one.
func (w *world) endAll(c *making) ([]*successor, error) {
	cs, err := suite.Get(c.out.Next.Ended.CipherSuite)
	if err != nil {
		return nil, err
	}
	before := w.suite
	w.suite = cs
	defer func() { w.suite = before }()
	var list []*successor
	for _, name := range w.order {
		m := w.members[name]
		n := &successor{member: m, invited: invited{name: name, party: m.party, client: w.client(name)}}
		n.invited.keys, _, err = model.NewKeyPackageWith(w.env(), n.invited.client, model.KeyPackageOptions{})
		if err != nil {
			return nil, err
		}
		r, err := w.end(n, c)
		if err != nil || r == nil {
			return nil, orSkip(err)
		}
		n.id, n.encoded = r.ReinitId, r.KeyPackage
		if len(r.EpochAuthenticator) > 0 {
			if err := w.corresponds(m.party, name, "epoch_authenticator", n.ended.Secrets.Authenticator, r.EpochAuthenticator); err != nil {
				return nil, err
			}
		}
		list = append(list, n)
	}
	return list, nil
}

// end lets one member end the group.
func (w *world) end(n *successor, c *making) (*pb.HandleReInitCommitResponse, error) {
	m := n.member
	if m == c.author {
		n.ended = *c.out.Next
		r, err := ask(w, m.party, "that ends the group", pb.MLSClientClient.HandlePendingReInitCommit, &pb.HandlePendingCommitRequest{StateId: m.id})
		_, err = w.verdict(m.party, m.name, "go on with its Commit", nil, err)
		return r, err
	}
	after, _, errM := w.hear(m, c.refs)
	if errM == nil {
		after, _, errM = after.Step(w.env(), arrival(c.out.Send))
	}
	n.ended = after
	r, err := ask(w, m.party, "that ends the group", pb.MLSClientClient.HandleReInitCommit, &pb.HandleCommitRequest{StateId: m.id, Proposal: w.encoded(c.refs), Commit: c.answer.Commit})
	if isRefusal(err) && errM == nil {
		return nil, w.blame(m, c.author.party, "handle a Commit with a ReInit", err, c)
	}
	_, err = w.verdict(m.party, m.name, "handle a Commit with a ReInit", errM, err)
	return r, err
}

// follow lets one member set the next group up, and the others enter it.
func (w *world) follow(s *Step, list []*successor) error {
	at := max(0, slices.IndexFunc(list, func(n *successor) bool { return n.member.name == s.value("founder") }))
	founder := list[at]
	f := &founding{tree: s.has("tree")}
	e := model.Reinitialize{Client: &founder.client, NoPath: !s.has("path")}
	e.Welcome.GroupInfo.NoTree = f.tree
	q := &pb.ReInitWelcomeRequest{ReinitId: founder.id, ForcePath: s.has("path"), ExternalTree: f.tree}
	for _, n := range list {
		if n != founder {
			e.Packages = append(e.Packages, n.keys.Package)
			q.KeyPackage = append(q.KeyPackage, n.encoded)
		}
	}
	_, out, errM := founder.ended.Step(w.env(), e)
	f.out = out
	var err error
	f.made, err = ask(w, founder.invited.party, treeOf(f.tree), pb.MLSClientClient.ReInitWelcome, q)
	if ok, err := w.verdict(founder.invited.party, founder.invited.name, "set the next group up", errM, err); !ok {
		return orSkip(err)
	}
	if err := w.settled(founder, *out.Next, f.made.StateId, f.made.EpochAuthenticator); err != nil {
		return err
	}
	for _, n := range list {
		if n == founder {
			continue
		}
		m, errM := f.joining(w, &n.invited, n.ended)
		r, err := ask(w, n.invited.party, treeOf(f.tree), pb.MLSClientClient.HandleReInitWelcome, &pb.HandleReInitWelcomeRequest{ReinitId: n.id, Welcome: f.made.Welcome, RatchetTree: f.made.RatchetTree})
		if isRefusal(err) && errM == nil {
			return w.blame(n.member, founder.invited.party, "join the next group", err, &making{author: founder.member, answer: &pb.CommitResponse{Commit: f.made.Welcome}})
		}
		if ok, err := w.verdict(n.invited.party, n.invited.name, "join the next group", errM, err); !ok {
			return orSkip(err)
		}
		if err := w.settled(n, m, r.StateId, r.EpochAuthenticator); err != nil {
			return err
		}
	}
	return w.moved(founder.ended.Ended)
}

// settled puts a member into the next group.
func (w *world) settled(n *successor, m model.Member, id uint32, auth []byte) error {
	n.member.model = m
	return w.enters(n.member, id, auth)
}

// moved lets the world be about the next group.
func (w *world) moved(r *model.ReInit) error {
	cs, err := suite.Get(r.CipherSuite)
	if err != nil {
		return err
	}
	w.suite, w.group = cs, w.group+"'"
	w.proposals, w.waiting, w.senders = map[string]*proposal{}, map[string]*invited{}, nil
	w.messages = map[string]*sent{} // those of the old group are nobody's affair
	for _, name := range w.order {
		for _, id := range w.pskNames() {
			if err := w.tell(w.members[name].party, w.members[name].id, id); err != nil {
				return ignore(err)
			}
		}
	}
	return nil
}
