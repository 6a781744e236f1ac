package impl

import (
	"bytes"
	"slices"

	"pgregory.net/rapid"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// Who joins by itself in a random history, and what groups come from the group.

// external lets one to three clients join by themselves, each with the help of the
// one before: new ones, or members that come back.
func (h *history) external() {
	host, chain := h.anyone("host"), 0
	if len(h.parties) <= 4 && h.rarely(4, "alone") {
		h.alone(host)
	}
	for range rapid.IntRange(1, 3).Draw(h.t, "chain") {
		if h.vacancies() == 0 && len(h.parties) == 1 {
			break
		}
		c := h.outsider(host)
		h.enter(c)
		host = c.by
		chain++
	}
	if chain > 1 {
		h.did("external: chained joins")
	}
}

// alone removes everybody else.
func (h *history) alone(p *party) {
	o := CommitOptions{Format: h.format(), Omit: true}
	for _, q := range h.parties {
		if q != p {
			o.Remove = append(o.Remove, q.member.leaf)
		}
	}
	h.commit(p, o, nil)
}

// outsider lets a client make a Commit by which it joins.
func (h *history) outsider(host *party) *contender {
	apart := h.flip("tree apart")
	info, err := host.member.GroupInfo(h.env, GroupInfoOptions{ExternalPub: true, NoTree: apart})
	h.ok(err)
	c := &contender{external: true}
	var o ExternalOptions
	if apart {
		o.RatchetTree = host.member.Tree().Extension()
	}
	if len(h.parties) > 1 && (h.vacancies() == 0 || h.rarely(3, "back")) {
		c.before = h.anyone("who")
		c.by = &party{name: c.before.name, id: c.before.member.identity}
		o.Remove = &c.before.member.leaf
	} else {
		c.by = h.joiner()
	}
	if h.rarely(3, "psk") {
		o.PSKs = []schedule.PreSharedKeyID{h.externalPSK(), h.resumptionPSK()}
		h.did("external: with a PSK")
	}
	if apart {
		h.did("external: tree outside")
	}
	c.staged, _, err = JoinExternal(h.env, c.by.id, h.info(info), o)
	h.ok(err)
	return c
}

// enter ends the epoch by the Commit of one who joins.
func (h *history) enter(c *contender) {
	before := slices.Clone(h.parties)
	h.last = h.parties[0].member.PublicGroup
	h.hand(nil, c.staged.Commit)
	h.waiting = nil
	h.left(before)
	h.gone = slices.DeleteFunc(h.gone, func(p *party) bool { return p == c.before })
	c.by.member = c.staged.Next
	h.parties = append(h.parties, c.by)
	switch {
	case c.before != nil:
		if c.before.member.leaf == c.by.member.leaf {
			h.did("external: resync")
		}
	case len(before) == 1:
		h.did("external: into a group of one")
		fallthrough
	default:
		h.did("external: join")
	}
	h.began(c.staged.Commit)
}

// successor draws a ReInit. Slow suites are for small groups.
func (h *history) successor() *message.ReInit {
	all := suite.All()
	choice := slices.Repeat(all[:1], 24)
	choice = append(choice, all[2], all[2])
	if len(h.parties) <= 3 {
		choice = append(choice, all...)
	}
	r := &message.ReInit{
		GroupID: h.groupID(), Version: spec.MLS10,
		CipherSuite: rapid.SampledFrom(choice).Draw(h.t, "suite").ID,
	}
	if h.flip("required") {
		r.Extensions = []tree.Extension{{Type: spec.ExtRequiredCapabilities, Data: []byte{0, 0, 2, 0, 1}}}
	}
	return r
}

// lineage lets groups come from the group.
func (h *history) lineage() {
	switch {
	case h.rarely(3, "reinit"):
		h.reinit()
	case len(h.parties) > 1 && h.rarely(3, "branch"):
		h.branch()
	default:
		h.t.Skip("it goes on")
	}
}

// reinit ends the group by a Commit that carries a ReInit or refers to one.
func (h *history) reinit() {
	p, o := h.anyone("by"), CommitOptions{Format: h.format(), Omit: true}
	if h.flip("by value") {
		o.ReInit = h.successor()
		h.did("by value: ReInit")
	} else {
		after, out, err := p.member.ProposeReInit(h.env, h.successor(), h.format())
		h.ok(err)
		p.member = after
		h.hand(p, out.Message)
		o.Cover = &[]message.ProposalRef{out.Proposal}
	}
	h.commit(h.anyone("ends it"), o, nil)
}

// succeed lets all go on in the group that follows one that a ReInit has ended.
func (h *history) succeed() {
	founder := h.anyone("founder")
	ended := founder.member.Ended()
	_, _, _, err := founder.member.Commit(h.env, CommitOptions{Format: spec.WirePublicMessage})
	_, _, sent := h.anyone("closed").member.Send(h.env, nil)
	if spec.Violated(err) != req.ReinitClosed || spec.Violated(sent) != req.ReinitClosed {
		h.t.Fatalf("the group has ended: %v, %v", err, sent)
	}
	h.did("reinit: closed")
	if h.follower != nil {
		if h.follower.Ended() == nil {
			h.t.Fatal("the follower has not seen the group end")
		}
		h.did("follower: end of the group")
	}
	s, err := suite.Get(ended.CipherSuite)
	h.ok(err)
	h.did("reinit: %s", map[bool]string{true: "same suite", false: "another suite"}[s == h.suite()])
	h.of = s
	h.robot = h.party("robot").id
	for _, p := range h.parties {
		p.id = h.party(p.name).id
		p.id.Credential = p.member.identity.Credential
	}
	h.descend(founder, h.parties, func(kps []*message.KeyPackage) (*Staged, error) {
		staged, _, err := founder.member.Reinitialize(h.env, founder.id, kps, WelcomeOptions{Batch: rapid.SampledFrom([]int{1, 0, 2}).Draw(h.t, "batch")})
		return staged, err
	})
	if m := founder.member; !bytes.Equal(m.ID(), ended.GroupID) || m.Suite().ID != ended.CipherSuite || !sameExtensions(m.Extensions(), ended.Extensions) {
		h.t.Fatalf("the group that follows is %v", m)
	}
	h.waiting, h.gone, h.late, h.last, h.follower = nil, nil, nil, nil, nil
	h.release()
	h.sized()
	if h.flip("follow the successor") {
		h.follow()
	}
}

// descend lets a member set up a group that comes from the present one, and others
// join it.
func (h *history) descend(founder *party, all []*party, found func([]*message.KeyPackage) (*Staged, error)) {
	keys := map[*party]*KeyPackageKeys{}
	var kps []*message.KeyPackage
	for _, p := range all {
		if p != founder {
			k, err := NewKeyPackage(h.env, p.id)
			h.ok(err)
			keys[p], kps = k, append(kps, k.Package)
		}
	}
	staged, err := found(kps)
	h.ok(err)
	for _, p := range all {
		if p == founder {
			continue
		}
		old := p.member
		parent := JoinOptions{Parent: func(id []byte, epoch uint64) *Epoch {
			if !bytes.Equal(id, old.ID()) || epoch != old.Number() {
				return nil
			}
			return old.Epoch
		}}
		for _, w := range staged.Welcomes {
			if w.Entry(keys[p].Package.Ref(p.id.Suite)) != nil {
				p.member, _, err = Join(h.env, p.id, []*KeyPackageKeys{keys[p]}, h.welcome(w), parent)
				h.ok(err)
			}
		}
	}
	founder.member = staged.Next
}

// branch lets some members have a group of their own for a while.
func (h *history) branch() {
	some := rapid.Permutation(h.parties).Draw(h.t, "who")[:rapid.IntRange(2, min(4, len(h.parties))).Draw(h.t, "members")]
	sub := &room{t: h.t, env: h.env, of: h.of, format: h.format()}
	for _, p := range some {
		sub.parties = append(sub.parties, &party{name: p.name, id: p.member.identity, member: p.member})
	}
	founder, id := sub.parties[0], h.groupID()
	h.descend(founder, sub.parties, func(kps []*message.KeyPackage) (*Staged, error) {
		staged, _, err := founder.member.Branch(h.env, id, kps, WelcomeOptions{})
		return staged, err
	})
	sub.agree()
	last := sub.parties[len(sub.parties)-1]
	sub.say(last.name, "just us")
	sub.commit(last.name, CommitOptions{})
	sub.say(founder.name, "still us")
	h.did("branch: subgroup")
	h.commit(h.anyone("by"), CommitOptions{Format: h.format(), Omit: true}, nil)
	h.did("branch: parent goes on")
}
