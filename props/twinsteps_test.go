package props

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/model"
	"mlssim/spec"
)

// What twins do in one group: proposals, Commits, data, what comes late or twice.
// Much of it is drawn without asking whether it is allowed.

func (w *twins) someone(t *rapid.T) string { return rapid.SampledFrom(w.order).Draw(t, "who") }

// often tells whether the frequent side of a choice is taken. Small numbers are
// drawn more often than large ones.
func often(t *rapid.T, what string) bool { return rapid.IntRange(0, 9).Draw(t, what) < 7 }

// someLeaf draws a leaf: mostly one of a member.
func (w *twins) someLeaf(t *rapid.T) uint32 {
	if often(t, "a member") {
		return uint32(w.members[w.someone(t)].model.Leaf)
	}
	return uint32(rapid.IntRange(0, 8).Draw(t, "leaf"))
}

// framing draws how a handshake message goes out. Authenticated data of proposals
// the implementation has not.
func framing(t *rapid.T) (model.Framing, spec.WireFormat) {
	if rapid.Bool().Draw(t, "private") {
		return model.Framing{Private: true}, spec.WirePrivateMessage
	}
	return model.Framing{}, spec.WirePublicMessage
}

// A change is a proposal on both sides, and what else belongs to it.
type change struct {
	model model.Proposal
	impl  message.Proposal
	stock *stock // of an Add
}

func leafChange(leaf uint32) change {
	return change{model: model.Remove(model.LeafIndex(leaf)),
		impl: message.Proposal{Type: spec.ProposalRemove, Remove: &message.Remove{Removed: tree.LeafIndex(leaf)}}}
}

func (w *twins) addChange(t *rapid.T) change {
	c := w.newcomer()
	if !often(t, "somebody new") {
		c = w.members[w.someone(t)]
	}
	s := w.keyPackage(c, rapid.Bool().Draw(t, "last resort"))
	return change{model.Add(s.model.Package), message.Proposal{Type: spec.ProposalAdd, Add: &message.Add{KeyPackage: *s.impl.Package}}, &s}
}

func (w *twins) pskChange(t *rapid.T) change {
	m, i := w.somePSK(t)
	return change{model: model.PSK(m), impl: message.Proposal{Type: spec.ProposalPSK, PreSharedKey: &message.PreSharedKey{PSK: i}}}
}

// somePSK names a PSK: one of the application's, which nobody may have, or that
// of an epoch, for a use that may be forbidden.
func (w *twins) somePSK(t *rapid.T) (model.PreSharedKeyID, schedule.PreSharedKeyID) {
	if rapid.Bool().Draw(t, "external") {
		name := rapid.SampledFrom([]string{"one", "two", "nobody's"}).Draw(t, "psk")
		if name != "nobody's" && w.psks[name].impl == nil {
			me, _ := w.env()
			secret, _ := model.NewPSK(me)
			w.psks[name] = psk{secret, []byte("secret of " + name)}
		}
		return model.ExternalPSKID(w.name(name)), schedule.ExternalPSK([]byte(name))
	}
	p := w.members[w.someone(t)]
	group, epoch := w.names[p.model.Context.GroupID], p.model.Context.Epoch
	if back := uint64(rapid.IntRange(0, 2).Draw(t, "epochs back")); back <= epoch {
		epoch -= back
	}
	if epoch == p.model.Context.Epoch && rapid.Bool().Draw(t, "told") { // also to those who join
		w.psks[epochName(group, epoch)] = p.resumption()
	}
	usage := spec.UsageApplication
	if !often(t, "usage application") {
		usage = rapid.SampledFrom([]spec.ResumptionUsage{spec.UsageReInit, spec.UsageBranch}).Draw(t, "usage")
	}
	return model.ResumptionPSKID(usage, w.name(group), epoch), schedule.ResumptionPSK(usage, []byte(group), epoch)
}

// extension returns an extension on both sides.
func (w *twins) extension(t *rapid.T, id spec.CipherSuite) (model.Extension, tree.Extension) {
	switch rapid.IntRange(0, 5).Draw(t, "extension") {
	case 0, 1:
		p := rapid.SampledFrom([]spec.ProposalType{ownProposal, ownProposal, ownProposal, ownProposal + 1}).Draw(t, "required")
		r := tree.RequiredCapabilities{Proposals: []spec.ProposalType{p}}
		return model.RequiredCapabilities{Proposals: r.Proposals}.Extension(w.store),
			tree.Extension{Type: spec.ExtRequiredCapabilities, Data: wire.Encode(&r)}
	case 2, 3:
		s := w.service(id)
		return model.ExternalSenders{{SignatureKey: w.store.Public(s.client.SignatureKey), Credential: s.client.Credential}}.Extension(w.store),
			message.ExternalSendersExtension([]message.ExternalSender{{SignatureKey: s.identity.Signer.Public(), Credential: s.identity.Credential}})
	case 4:
		return model.Extension{Type: ownExtension, Data: w.name("data")}, tree.Extension{Type: ownExtension, Data: []byte("data")}
	}
	t2 := rapid.SampledFrom([]spec.ExtensionType{ownExtension + 1, spec.ExtApplicationID}).Draw(t, "of another place")
	return model.Extension{Type: t2}, tree.Extension{Type: t2}
}

// service returns the one external sender there is, with its key for a suite.
func (w *twins) service(id spec.CipherSuite) twin {
	of, err := suite.Get(id)
	if err != nil {
		w.t.Fatal(err)
	}
	c := w.named("service", 1<<20, of)
	if w.senders[id] == nil {
		w.senders[id] = c.identity
	}
	c.identity = w.senders[id]
	return c
}

// someExtensions draws a list; often two of one type.
func (w *twins) someExtensions(t *rapid.T, id spec.CipherSuite) ([]model.Extension, []tree.Extension) {
	var ms []model.Extension
	var is []tree.Extension
	for range rapid.IntRange(0, 2).Draw(t, "extensions") {
		m, i := w.extension(t, id)
		if often(t, "once") && slices.ContainsFunc(ms, func(e model.Extension) bool { return e.Type == m.Type }) {
			continue
		}
		ms, is = append(ms, m), append(is, i)
	}
	return ms, is
}

func (w *twins) extensionsChange(t *rapid.T) change {
	m, i := w.someExtensions(t, w.suite.ID)
	return change{model: model.GroupContextExtensions(m...),
		impl: message.Proposal{Type: spec.ProposalGroupContextExtensions, GroupContextExtensions: &message.GroupContextExtensions{Extensions: i}}}
}

func (w *twins) reinitChange(t *rapid.T, name string) change {
	version := spec.MLS10
	if !often(t, "not lower") {
		version = 0
	}
	id := rapid.SampledFrom([]spec.CipherSuite{1, 2}).Draw(t, "suite")
	m, i := w.someExtensions(t, id)
	return change{model: model.ReInit{GroupID: w.name(name), Version: version, CipherSuite: id, Extensions: m}.Proposal(),
		impl: message.Proposal{Type: spec.ProposalReInit, ReInit: &message.ReInit{GroupID: []byte(name), Version: version, CipherSuite: id, Extensions: i}}}
}

func (w *twins) customChange(t *rapid.T) change {
	typ := spec.ProposalType(ownProposal)
	if !often(t, "known") {
		typ++
	}
	return change{model: model.Custom(typ, w.name("custom")), impl: message.Proposal{Type: typ, Custom: &message.CustomProposal{Data: []byte("custom")}}}
}

// propose lets a member propose something that all others receive.
func (w *twins) propose(t *rapid.T) {
	who := w.someone(t)
	f, format := framing(t)
	var e model.Event
	var do func(*impl.Member, *impl.Env) (*impl.Member, impl.Output, error)
	switch what := rapid.IntRange(0, 8).Draw(t, "what"); what {
	case 0, 1:
		e, do = w.update(t, who, f, format)
	case 2, 3:
		c := leafChange(w.someLeaf(t))
		e, do = model.Propose{Proposal: c.model, Framing: f}, func(m *impl.Member, env *impl.Env) (*impl.Member, impl.Output, error) {
			return m.ProposeRemove(env, c.impl.Remove.Removed, format)
		}
	case 4:
		c := w.addChange(t)
		e, do = model.Propose{Proposal: c.model, Framing: f}, func(m *impl.Member, env *impl.Env) (*impl.Member, impl.Output, error) {
			return m.ProposeAdd(env, &c.impl.Add.KeyPackage, format)
		}
		w.asked = append(w.asked, *c.stock)
	case 5:
		c := w.pskChange(t)
		e, do = model.Propose{Proposal: c.model, Framing: f}, func(m *impl.Member, env *impl.Env) (*impl.Member, impl.Output, error) {
			return m.ProposePSK(env, c.impl.PreSharedKey.PSK, format)
		}
	case 6:
		c := w.extensionsChange(t)
		e, do = model.Propose{Proposal: c.model, Framing: f}, func(m *impl.Member, env *impl.Env) (*impl.Member, impl.Output, error) {
			return m.ProposeExtensions(env, c.impl.GroupContextExtensions.Extensions, format)
		}
	case 7:
		c := w.customChange(t)
		e, do = model.Propose{Proposal: c.model, Framing: f}, func(m *impl.Member, env *impl.Env) (*impl.Member, impl.Output, error) {
			return m.ProposeCustom(env, c.impl.Type, c.impl.Custom.Data, format)
		}
	case 8:
		c := w.reinitChange(t, fmt.Sprint("pending", w.step))
		e, do = model.Propose{Proposal: c.model, Framing: f}, func(m *impl.Member, env *impl.Env) (*impl.Member, impl.Output, error) {
			return m.ProposeReInit(env, c.impl.ReInit, format)
		}
	}
	before := w.save()
	outM, outI, ok := w.both(fmt.Sprintf("proposes %T", e), who, e, do)
	if !ok {
		return
	}
	pending := w.members[who].model.Proposals
	w.tally.happened["propose "+pending[len(pending)-1].Type.String()]++
	w.spread(before, who, sent{outM.Send, outI.Message}, outI.Proposal)
}

// update proposes a new leaf, at times with another signature key.
func (w *twins) update(t *rapid.T, who string, f model.Framing, format spec.WireFormat) (model.Event, func(*impl.Member, *impl.Env) (*impl.Member, impl.Output, error)) {
	if often(t, "the same key") {
		return model.ProposeUpdate{Framing: f}, func(m *impl.Member, env *impl.Env) (*impl.Member, impl.Output, error) {
			return m.ProposeUpdate(env, format)
		}
	}
	now, next := w.rekeyed(who)
	return model.ProposeUpdate{Client: &now, Framing: f}, func(m *impl.Member, env *impl.Env) (*impl.Member, impl.Output, error) {
		return m.ProposeIdentity(env, next, format)
	}
}

// rekeyed returns a member's client with a new signature key.
func (w *twins) rekeyed(who string) (model.Client, *impl.Identity) {
	w.clients++
	next := w.named(string(w.members[who].identity.Credential.Identity), uint64(w.clients), w.suite)
	now := w.members[who].model.Client
	now.SignatureKey = next.client.SignatureKey
	return now, next.identity
}

// spread lets all others receive a proposal. If one does not take it, nobody has it.
func (w *twins) spread(before snapshot, from string, msg sent, ref message.ProposalRef) {
	for _, other := range w.order {
		if other == from {
			continue
		}
		if _, ok := w.receive(other, msg); !ok {
			w.restore(before)
			w.tally.happened["taken back"]++
			return
		}
	}
	w.log = append(w.log, msg)
	pending := w.members[w.order[0]].model.Proposals
	if len(pending) > len(w.refs) {
		w.refs = append(w.refs, refs{pending[len(pending)-1].Ref, ref})
	}
}

// send lets a member send data, which the others read at once or perhaps later.
func (w *twins) send(t *rapid.T) {
	who := w.someone(t)
	data := fmt.Sprint("data ", w.step)
	outM, outI, ok := w.both("sends", who, model.Send{Data: data, Authenticated: "open"}, func(m *impl.Member, env *impl.Env) (*impl.Member, impl.Output, error) {
		return m.SendWith(env, []byte(data), []byte("open"))
	})
	if !ok {
		return
	}
	msg := sent{outM.Send, outI.Message}
	w.log = append(w.log, msg)
	for _, other := range w.order {
		if other != who && often(t, "at once") {
			w.receive(other, msg)
		}
	}
	w.tally.happened["send"]++
}

// again lets someone receive an old message once more, or for the first time.
func (w *twins) again(t *rapid.T) {
	if len(w.log) == 0 {
		t.Skip("nothing was sent")
	}
	msg := rapid.SampledFrom(w.log[max(0, len(w.log)-8):]).Draw(t, "message")
	who := w.someone(t)
	before := w.members[who]
	if _, ok := w.receive(who, msg); ok {
		w.tally.happened["late"]++
	}
	if p := w.members[who]; len(p.model.Proposals) != len(before.model.Proposals) {
		w.members[who] = before // others have it no more
	}
}

// commit lets a member commit, and the others follow. If one does not, nobody does.
func (w *twins) commit(t *rapid.T) {
	who := w.someone(t)
	before := w.save()
	f, format := framing(t)
	e := model.MakeCommit{Path: often(t, "path"), Framing: f}
	o := impl.CommitOptions{NoPath: !e.Path, Format: format}
	joiners := w.values(t, who, &e, &o)
	switch rapid.IntRange(0, 3).Draw(t, "cover") {
	case 3:
		o.Omit = true
	case 2: // whatever
		o.Cover = &[]message.ProposalRef{}
		for _, r := range w.refs {
			if often(t, "this one") {
				e.References, *o.Cover = append(e.References, r.model), append(*o.Cover, r.impl)
			}
		}
	default:
		p := w.members[who].model
		me, _ := w.env()
		e.References = p.Cover(me, e.Values)
	}
	e.Welcome.Batch = rapid.IntRange(0, 2).Draw(t, "batch")
	o.Welcome.Batch = e.Welcome.Batch
	w.end(before, who, e, o, joiners)
}

// reinit lets a member end the group in favour of another.
func (w *twins) reinit(t *rapid.T) {
	f, format := framing(t)
	c := w.reinitChange(t, fmt.Sprint("after", w.step))
	e := model.MakeCommit{Values: []model.Proposal{c.model}, Path: rapid.Bool().Draw(t, "path"), Framing: f}
	w.end(w.save(), w.someone(t), e, impl.CommitOptions{Omit: true, ReInit: c.impl.ReInit, NoPath: !e.Path, Format: format}, nil)
}

// end ends the epoch, if the Commit is one that all accept.
func (w *twins) end(before snapshot, who string, e model.MakeCommit, o impl.CommitOptions, joiners []stock) {
	var staged *impl.Staged
	outM, outI, ok := w.both("commits", who, e, func(m *impl.Member, env *impl.Env) (*impl.Member, impl.Output, error) {
		after, s, out, err := m.Commit(env, o)
		staged = s
		return after, out, err
	})
	if ok {
		w.follow(before, who, outM, outI, staged, joiners, covered(before.members[who].model, e))
	}
}

// values draws what a Commit carries by value.
func (w *twins) values(t *rapid.T, who string, e *model.MakeCommit, o *impl.CommitOptions) []stock {
	var joiners []stock
	draw := func(what string) bool { return !often(t, "no "+what) }
	add := func(c change) { e.Values = append(e.Values, c.model) }
	if len(w.order) > 2 && draw("remove") {
		c := leafChange(w.someLeaf(t))
		add(c)
		o.Remove = append(o.Remove, c.impl.Remove.Removed)
	}
	for range rapid.IntRange(0, max(0, min(2, 6-len(w.order)))).Draw(t, "adds") {
		c := w.addChange(t)
		add(c)
		o.Add = append(o.Add, &c.impl.Add.KeyPackage)
		joiners = append(joiners, *c.stock)
	}
	for draw("psk") {
		c := w.pskChange(t)
		add(c)
		o.PSKs = append(o.PSKs, c.impl.PreSharedKey.PSK)
	}
	if draw("extensions") {
		c := w.extensionsChange(t)
		add(c)
		list := c.impl.GroupContextExtensions.Extensions
		o.Extensions = &list
	}
	if rapid.IntRange(0, 15).Draw(t, "reinit") == 15 {
		c := w.reinitChange(t, fmt.Sprint("after", w.step))
		add(c)
		o.ReInit = c.impl.ReInit
	}
	if draw("custom") {
		c := w.customChange(t)
		add(c)
		o.Custom = append(o.Custom, impl.Custom{Type: c.impl.Type, Data: c.impl.Custom.Data})
	}
	if e.Path && !often(t, "the same leaf") {
		now, next := w.rekeyed(who)
		e.Client, o.Identity = &now, next
	}
	return joiners
}
