package props

import (
	"fmt"

	"pgregory.net/rapid"

	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/model"
)

// What ties twins to those outside and to other groups: external Commits and
// proposals, ReInit, branches.

// info lets a member describe the group on both sides.
func (w *twins) info(t *rapid.T, who string) (*model.GroupInfo, *message.GroupInfo, bool) {
	o := model.GroupInfoOptions{ExternalPub: often(t, "external_pub"), NoTree: !often(t, "tree")}
	var i *message.GroupInfo
	out, _, ok := w.both("publishes", who, model.Publish{GroupInfoOptions: o}, func(m *impl.Member, env *impl.Env) (*impl.Member, impl.Output, error) {
		var err error
		i, err = m.GroupInfo(env, impl.GroupInfoOptions{ExternalPub: o.ExternalPub, NoTree: o.NoTree})
		return m, impl.Output{}, err
	})
	return out.GroupInfo, i, ok
}

// external lets a client join by a Commit of its own: a new one, or a member that
// comes back.
func (w *twins) external(t *rapid.T) {
	before := w.save()
	host := w.someone(t)
	infoM, infoI, ok := w.info(t, host)
	if !ok {
		return
	}
	c := w.newcomer()
	jm, ji := model.ExternalJoining{Info: infoM, Data: "open"}, impl.ExternalOptions{Data: []byte("open")}
	if len(w.order) > 5 || rapid.Bool().Draw(t, "back") {
		c = w.members[w.someone(t)]
	}
	if rapid.Bool().Draw(t, "remove") {
		leaf := w.someLeaf(t)
		m, i := model.LeafIndex(leaf), tree.LeafIndex(leaf)
		jm.Remove, ji.Remove = &m, &i
	}
	if often(t, "tree beside") {
		jm.Tree, ji.RatchetTree = w.members[host].model.Tree.Extension(), w.members[host].impl.Tree().Extension()
	}
	if !often(t, "no psk") {
		m, i := w.somePSK(t)
		jm.PSKs, ji.PSKs = []model.PreSharedKeyID{m}, []schedule.PreSharedKeyID{i}
	}
	if !often(t, "in no group") {
		jm.Groups = []model.Term{infoM.Context.GroupID}
		ji.Groups = func(yield func([]byte) bool) { yield(infoI.GroupContext.GroupID) }
	}
	jm.Client = c.client
	me, ie := w.env()
	outM, errM := model.JoinExternal(me, jm)
	staged, outI, errI := impl.JoinExternal(ie, c.identity, over(w.t, infoI), ji)
	if !w.agree("external join", errM, errI) {
		return
	}
	msg := sent{outM.Send, outI.Message}
	if !w.delivered(before, msg, "") {
		return
	}
	c.model, c.impl = *outM.Next, staged.Next
	name := fmt.Sprint("external ", w.step)
	w.members[name], w.order, w.refs = c, append(w.order, name), nil
	w.log = append(w.log, msg)
	w.tally.happened[fmt.Sprintf("external, remove %v", jm.Remove != nil)]++
}

// outside lets an external sender propose, or a client ask to be added.
func (w *twins) outside(t *rapid.T) {
	before := w.save()
	infoM, infoI, ok := w.info(t, w.someone(t))
	if !ok {
		return
	}
	me, ie := w.env()
	gm, errM := model.Follow(me, model.Following{Info: infoM})
	gi, errI := impl.Follow(ie, over(w.t, infoI), nil)
	if !w.agree("follow", errM, errI) {
		return
	}
	var c change
	switch rapid.IntRange(0, 5).Draw(t, "what") {
	case 0:
		c = w.addChange(t)
		w.asked = append(w.asked, *c.stock)
	case 1:
		c = leafChange(w.someLeaf(t))
	case 2:
		c = w.pskChange(t)
	case 3:
		c = w.extensionsChange(t)
	case 4:
		c = w.customChange(t)
	case 5:
		c = w.reinitChange(t, fmt.Sprint("outside", w.step))
	}
	me, ie = w.env()
	var msg sent
	if c.stock != nil && rapid.Bool().Draw(t, "in its own name") {
		msg.model, errM = gm.ProposeJoin(me, c.stock.client.client, c.stock.model.Package)
		msg.impl, errI = gi.ProposeJoin(ie, c.stock.client.identity, c.stock.impl.Package)
	} else {
		service := w.service(w.suite.ID)
		place := uint32(rapid.IntRange(0, 5).Draw(t, "place") / 5)
		msg.model, errM = gm.ProposeExternal(me, service.client, place, c.model)
		msg.impl, errI = gi.ProposeExternal(ie, service.identity, place, c.impl)
	}
	if !w.agree("from outside", errM, errI) {
		return
	}
	v, err := gi.VerifyPublic(ie, msg.impl.PublicMessage)
	if err != nil {
		t.Fatal(err)
	}
	w.tally.happened["outside "+c.model.Type.String()]++
	w.spread(before, "", msg, v.Content().ProposalRef(w.members[w.order[0]].impl.Suite()))
}

// branch lets some members, or others, have a group of their own; then all go on
// in this one.
func (w *twins) branch(t *rapid.T) {
	founder := w.someone(t)
	name := fmt.Sprint("sub", w.step)
	e := model.Branch{GroupID: w.name(name), NoPath: rapid.Bool().Draw(t, "no path")}
	invited, packages := w.invite(t, founder, w.suite, func(string) bool { return rapid.Bool().Draw(t, "this one") })
	for _, s := range invited {
		e.Packages = append(e.Packages, s.model.Package)
	}
	var staged *impl.Staged
	out, _, ok := w.both("branches", founder, e, func(m *impl.Member, env *impl.Env) (*impl.Member, impl.Output, error) {
		s, out, err := m.Branch(env, []byte(name), packages, impl.WelcomeOptions{NoPath: e.NoPath})
		staged = s
		return m, out, err
	})
	if !ok {
		return
	}
	if meets, ok := w.meet(t, founder, invited, out, staged); ok {
		for who, p := range meets {
			w.compare(who, p)
		}
		w.tally.happened["branch"]++
	}
}

// honest is often, or always where all is to go well.
func (w *twins) honest(t *rapid.T, what string) bool { return w.fair || often(t, what) }

// invite returns KeyPackages of members, and sometimes of a stranger.
func (w *twins) invite(t *rapid.T, founder string, s *suite.Suite, whom func(string) bool) ([]stock, []*message.KeyPackage) {
	var invited []stock
	var packages []*message.KeyPackage
	add := func(c twin) {
		k := w.keyPackage(c, false)
		invited, packages = append(invited, k), append(packages, k.impl.Package)
	}
	for _, name := range w.order {
		if name != founder && whom(name) {
			w.clients++
			p := w.members[name]
			c := w.named(string(p.identity.Credential.Identity), uint64(w.clients), s)
			add(c)
		}
	}
	if !w.honest(t, "no stranger") {
		w.clients++
		add(w.named(fmt.Sprint("stranger", w.clients), uint64(w.clients), s))
	}
	return invited, packages
}

// meet lets those who are invited join the new group, each from its state in the
// old one. It returns who is in it, and whether all are.
func (w *twins) meet(t *rapid.T, founder string, invited []stock, out model.Output, staged *impl.Staged) (map[string]twin, bool) {
	p := w.members[founder]
	p.model, p.impl = *out.Next, staged.Next
	met := map[string]twin{founder: p}
	for _, s := range invited {
		name := w.memberOf(s.client)
		var from *twin
		if old, ok := w.members[name]; ok && w.honest(t, "has the old group") {
			from = &old
		}
		n, ok := w.join(s, out.Welcomes[0], staged.Welcomes[0], from)
		if !ok {
			return nil, false
		}
		met[name] = n
	}
	return met, true
}

// memberOf returns under which name a client is a member, or "".
func (w *twins) memberOf(c twin) string {
	for _, name := range w.order {
		if string(w.members[name].identity.Credential.Identity) == string(c.identity.Credential.Identity) {
			return name
		}
	}
	return ""
}

// next lets members go on, after a ReInit, in the group that follows; if they do
// not get there, the ReInit has not been.
func (w *twins) next(before snapshot) {
	w.check(w.t)
	w.send(w.t) // refused, as are …
	w.propose(w.t)
	w.external(w.t)
	t, founder := w.t, w.someone(w.t)
	w.fair = rapid.Bool().Draw(t, "fair")
	defer func() { w.fair = false }()
	r := w.members[founder].model.Ended
	s, err := suite.Get(r.CipherSuite)
	if err != nil {
		t.Fatal(err)
	}
	if !w.honest(t, "the suite of the ReInit") {
		s = w.suite
	}
	w.clients++
	c := w.named(string(w.members[founder].identity.Credential.Identity), uint64(w.clients), s)
	invited, packages := w.invite(t, founder, s, func(string) bool { return w.honest(t, "invited") })
	e := model.Reinitialize{Client: &c.client, NoPath: rapid.Bool().Draw(t, "no path")}
	for _, k := range invited {
		e.Packages = append(e.Packages, k.model.Package)
	}
	var staged *impl.Staged
	out, _, ok := w.both("reinitializes", founder, e, func(m *impl.Member, env *impl.Env) (*impl.Member, impl.Output, error) {
		s, out, err := m.Reinitialize(env, c.identity, packages, impl.WelcomeOptions{NoPath: e.NoPath})
		staged = s
		return m, out, err
	})
	if !ok {
		w.restore(before)
		return
	}
	met, ok := w.meet(t, founder, invited, out, staged)
	if !ok || len(met) != len(w.order) {
		w.restore(before)
		return
	}
	for name, p := range met {
		if name == founder {
			p.client, p.identity = c.client, c.identity
		}
		w.members[name] = p
	}
	w.suite = s
	w.tally.happened["reinit"]++
}

// wait lets time pass.
func (w *twins) wait(t *rapid.T) {
	w.now += uint64(rapid.IntRange(1, 20).Draw(t, "days")) * 24 * 3600
}
