package remote

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"mlssim/impl/interop/pb"
	"mlssim/model"
	"mlssim/spec"
	"mlssim/spec/req"
)

// A making is a Commit on its way, on both sides.
type making struct {
	label    string
	author   *member
	before   model.Member // the author, with the proposals
	heard    []string
	refs     []string
	contents []*content
	event    model.MakeCommit
	next     model.Member // the author, should the Commit not be accepted
	out      model.Output
	answer   *pb.CommitResponse
	tree     bool
}

// commit lets a member commit, all others follow, and those who are added join.
func (w *world) commit(s *Step) error {
	author := w.members[s.Names[1]]
	if author == nil || w.messages[s.Names[0]] != nil || w.ended {
		return errSkip
	}
	c := &making{label: s.Names[0], author: author, refs: w.present(s.listed("refs")), tree: s.has("tree")}
	var err error
	if c.contents, err = w.contents(s); err != nil {
		return err
	}
	made, err := w.makeCommit(c, s.has("path"), false)
	if !made || err != nil {
		return err
	}
	w.messages[c.label] = w.sending(c, s.has("lost"))
	if author.lost = s.has("lost"); author.lost {
		w.tally("commit that is lost")
		return w.checkOne(author)
	}
	if err := w.flipCommit(c, s); err != nil {
		return err
	}
	return w.deliver(c)
}

// sending returns the Commit as a message that somebody may receive again.
func (w *world) sending(c *making, lost bool) *sent {
	return &sent{
		by: c.author.name, party: c.author.party, encoded: c.answer.Commit, model: c.out.Send, epoch: c.author.model.Context.Epoch,
		commit: true, lost: lost, refs: c.refs, present: slices.Clone(w.order),
	}
}

// makeCommit lets the author make a Commit. It tells whether there is one.
func (w *world) makeCommit(c *making, path, ending bool) (bool, error) {
	errM := w.predict(c, path)
	if w.familiar(c.author.party, "commit", errM) || w.repeats(c.author, c.refs) || c.author.burdened(c.refs) ||
		c.author.lost && !c.author.party.own() { // the interface has no call that drops a Commit
		return false, errSkip
	}
	c.author.given = append(c.author.given, c.refs...)
	request := &pb.CommitRequest{StateId: c.author.id, ByReference: w.encoded(c.refs), ForcePath: path, ExternalTree: c.tree}
	for _, v := range c.contents {
		request.ByValue = append(request.ByValue, v.description)
	}
	var err error
	if !ending {
		c.answer, err = ask(w, c.author.party, forced(path), pb.MLSClientClient.Commit, request)
	} else {
		c.answer, err = ask(w, c.author.party, "that ends the group", pb.MLSClientClient.ReInitCommit, request)
	}
	if errM != nil && err == nil {
		return false, w.overruled(c, errM)
	}
	if isRefusal(err) && !c.author.party.own() && w.resumes(c) {
		w.tally("a past PSK that is not at hand")
		return false, nil
	}
	if ok, err := w.verdict(c.author.party, c.author.name, "commit", errM, err); !ok {
		return false, err
	}
	if err := w.mirror(c); err != nil {
		return false, err
	}
	c.author.model, c.author.heard = c.next, c.heard
	return true, nil
}

// resumes tells whether a Commit names the PSK of an epoch that is over: how long
// those are kept is a client's own affair.
func (w *world) resumes(c *making) bool {
	for _, l := range c.refs {
		if kind(w.proposals[l]) == "epoch" {
			return true
		}
	}
	return slices.ContainsFunc(c.contents, func(v *content) bool {
		return v.model.PSK != nil && v.model.PSK.Type == spec.PSKResumption
	})
}

// forced is what is special about a Commit with force_path.
func forced(path bool) string {
	if path {
		return "with force_path"
	}
	return ""
}

// predict lets the model make the Commit.
func (w *world) predict(c *making, path bool) (errM error) {
	if c.before, c.heard, errM = w.hear(c.author, c.refs); errM != nil {
		return errM
	}
	c.event = model.MakeCommit{Path: path, Framing: w.framing()}
	c.event.Welcome.GroupInfo.NoTree = c.tree
	for _, l := range c.refs {
		c.event.References = append(c.event.References, w.proposals[l].ref)
	}
	for _, v := range c.contents {
		c.event.Values = append(c.event.Values, v.model)
	}
	if errM = w.step(c); reasons(errM, req.CommitPathRequired) {
		c.event.Path = true // it does not have to be asked for
		errM = w.step(c)
	}
	return errM
}

func (w *world) step(c *making) (errM error) {
	c.next, c.out, errM = c.before.Step(w.env(), c.event)
	return errM
}

// reasons tells whether a requirement is among the reasons of the model's.
func reasons(errM error, id spec.ID) bool {
	v, _ := errors.AsType[spec.Violations](errM)
	return slices.Contains(v, id)
}

// mirror lets the model make the Commit once more as the client really made it: a
// path may be there that nobody asked for, and values may stand in another order.
func (w *world) mirror(c *making) error {
	if c.author.party.own() {
		return nil
	}
	seen := w.observe(c.answer.Commit)
	if seen == nil {
		return nil
	}
	again := false
	if path := seen.Path != nil; path != c.event.Path {
		c.event.Path, again = path, true
	}
	if len(seen.Proposals) != len(c.refs)+len(c.contents) {
		w.ended = true // what it left out is its own affair, and cannot be followed
		w.tally("left something out")
		return errSkip
	}
	order, ok := w.ordered(c, seen)
	if !ok {
		w.ended = true
		w.tally("another order")
		return errSkip
	}
	if !slices.Equal(order, c.contents) {
		c.contents, c.event.Values, again = order, nil, true
		for _, v := range order {
			c.event.Values = append(c.event.Values, v.model)
		}
	}
	if !again {
		return nil
	}
	errM := w.step(c)
	if errM == nil {
		return nil
	}
	id := first(errM)
	return w.differs(c.author.party, "makes a Commit against "+string(id), "%s at %s makes a Commit that everybody has to refuse", c.author.name, c.author.party.Letter).
		about(id).bytes(nil, c.answer.Commit)
}

// overruled is what follows when a client makes a Commit that the model refuses to
// make: a fault if those who receive it refuse it too; else the client has left out
// what is wrong, and nobody can tell what is in the Commit.
func (w *world) overruled(c *making, errM error) error {
	for _, name := range w.order {
		m := w.members[name]
		if m == c.author || !m.party.own() {
			continue
		}
		_, err := ask(w, m.party, "", pb.MLSClientClient.HandleCommit, &pb.HandleCommitRequest{StateId: m.id, Proposal: w.encoded(c.refs), Commit: c.answer.Commit})
		if err == nil {
			break
		}
		if isRefusal(err) && strings.Contains(err.Error(), spec.ErrRemoved.Error()) {
			continue // who is removed need not look at the rest
		}
		if isRefusal(err) {
			d := w.accepts(c.author.party, c.author.name, "commit", errM)
			d.What += fmt.Sprintf("; %s says: %v", name, err)
			return d.bytes(nil, c.answer.Commit)
		}
		return err
	}
	w.ended = true
	w.tally("left something out")
	return errSkip
}

// deliver lets everybody follow a Commit: our own members first, so that it is
// known whether it is right.
func (w *world) deliver(c *making) error {
	for _, own := range []bool{true, false} {
		for _, name := range slices.Clone(w.order) {
			m := w.members[name]
			if m == nil || m == c.author || m.party.own() != own {
				continue
			}
			if err := w.handle(m, c); err != nil {
				return err
			}
		}
	}
	r, err := ask(w, c.author.party, "", pb.MLSClientClient.HandlePendingCommit, &pb.HandlePendingCommitRequest{StateId: c.author.id})
	if ok, err := w.verdict(c.author.party, c.author.name, "go on with its Commit", nil, err); !ok {
		return err
	}
	c.author.model = *c.out.Next
	if err := w.enters(c.author, r.StateId, r.EpochAuthenticator); err != nil {
		return err
	}
	if err := w.welcome(c); err != nil {
		return err
	}
	w.over(c)
	return w.check()
}

// over ends the epoch.
func (w *world) over(c *making) {
	for _, l := range c.refs {
		w.tally("cover " + kind(w.proposals[l]))
	}
	for _, v := range c.contents {
		w.tally("carry " + string(v.description.ProposalType))
	}
	w.tally("commit")
	if c.event.Path {
		w.tally("commit with path")
	}
	w.proposals = map[string]*proposal{}
	w.waiting = map[string]*invited{}
}

// kind returns what a proposal is about.
func kind(p *proposal) string {
	if len(p.options) == 0 {
		return "proposal"
	}
	return p.options[0].Key
}

// handle lets a member follow a Commit.
func (w *world) handle(m *member, c *making) error {
	after, _, errM := w.hear(m, c.refs)
	if errM == nil {
		after, _, errM = after.Step(w.env(), arrival(c.out.Send))
	}
	if errors.Is(errM, spec.ErrRemoved) {
		w.leave(m.name)
		w.tally("leave")
		return nil
	}
	if w.familiar(m.party, "handle a Commit", errM) || w.repeats(m, c.refs) {
		w.leave(m.name)
		w.tally("left behind")
		return nil
	}
	m.given = append(m.given, c.refs...)
	r, err := ask(w, m.party, "", pb.MLSClientClient.HandleCommit, &pb.HandleCommitRequest{StateId: m.id, Proposal: w.encoded(c.refs), Commit: c.answer.Commit})
	if isRefusal(err) && errM == nil {
		if !m.party.own() && w.resumes(c) {
			w.leave(m.name)
			w.tally("a past PSK that is not at hand")
			return nil
		}
		return w.blame(m, c.author.party, "handle a Commit", err, c)
	}
	if ok, err := w.verdict(m.party, m.name, "handle a Commit", errM, err); !ok {
		if err == nil { // rightly: it stays behind
			w.leave(m.name)
			w.tally("left behind")
		}
		return err
	}
	m.model = after
	return w.enters(m, r.StateId, r.EpochAuthenticator)
}

// blame returns the difference that a member refuses what somebody else's client
// made. If the member is ours, the client made it wrong.
func (w *world) blame(m *member, maker *Party, does string, err error, c *making) error {
	blamed, kind := m.party, "refuses to "+does+": "+words(err)
	id := spec.ID("")
	if m.party.own() && !maker.own() {
		blamed = maker
		id = named(err)
		kind = "makes what is refused: " + strings.Join([]string{does, string(id)}, ": ")
	}
	d := w.differs(blamed, kind, "%s at %s refuses to %s of %s at %s: %v", m.name, m.party.Letter, does, c.author.name, maker.Letter, err)
	if blamed == m.party && m.after != "" {
		d.Kind = harmed + d.Kind
		d.What += "; before it had refused to " + m.after
	}
	return d.about(id).bytes(nil, c.answer.Commit)
}

// welcome lets those join whom a Commit adds.
func (w *world) welcome(c *making) error {
	var joiners []*invited
	for _, l := range c.refs {
		if i := w.proposals[l].invites; i != nil {
			joiners = append(joiners, i)
		}
	}
	for _, v := range c.contents {
		if v.invites != nil {
			joiners = append(joiners, v.invites)
		}
	}
	for _, i := range joiners {
		if err := w.join(c, i); err != nil {
			return err
		}
	}
	return nil
}

// join lets a client join by a Welcome.
func (w *world) join(c *making, i *invited) error {
	j := model.Joining{Client: i.client, Keys: []model.KeyPackageKeys{i.keys}, Welcome: c.out.Welcomes[0]}
	if c.tree {
		j.Tree = c.out.Next.Tree.Extension()
	}
	m, _, errM := model.Join(w.env(), j)
	use := ""
	if c.tree {
		use = "with ratchet_tree"
	}
	r, err := ask(w, i.party, use, pb.MLSClientClient.JoinGroup, &pb.JoinGroupRequest{
		TransactionId: i.transaction, Welcome: c.answer.Welcome, EncryptHandshake: w.private, Identity: []byte(i.name), RatchetTree: c.answer.RatchetTree,
	})
	if isRefusal(err) && errM == nil {
		return w.blame(&member{name: i.name, party: i.party}, c.author.party, "join by a Welcome", err, c)
	}
	if ok, err := w.verdict(i.party, i.name, "join by a Welcome", errM, err); !ok {
		return err
	}
	joined := &member{name: i.name, party: i.party, model: m}
	w.admit(joined)
	w.tally("join")
	return w.enters(joined, r.StateId, r.EpochAuthenticator)
}
