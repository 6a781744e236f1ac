package impl

import (
	"fmt"

	"pgregory.net/rapid"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/spec"
)

// What members and others do in a random history.

// live carries out random steps, and looks at everybody after each.
func (h *history) live() {
	actions := map[string]func(*rapid.T){"": func(*rapid.T) { h.invariants() }}
	for _, a := range []struct { // rapid prefers what comes first
		name   string
		weight int
		do     func()
	}{
		{"deliver", 8, h.deliver},
		{"propose", 4, h.propose},
		{"send", 4, h.send},
		{"outside", 3, h.outside},
		{"commit", 5, h.commits},
		{"race", 1, h.race},
		{"external", 1, h.external},
		{"replace", 1, h.replace},
		{"drop", 1, h.drop},
		{"restart", 1, h.restarts},
		{"lineage", 1, h.lineage},
	} {
		for range a.weight {
			actions[fmt.Sprintf("%02d %s", len(actions), a.name)] = func(*rapid.T) {
				a.do()
				h.did(stepCount)
				h.lane.steps++
			}
		}
	}
	h.t.Repeat(actions)
	h.everyoneReadsEveryone()
}

// proposalKinds is what members propose.
var proposalKinds = []string{
	"Update", "Update with a new identity", "Add", "Remove", "external PSK", "resumption PSK",
	"GroupContextExtensions", "ReInit", "custom",
}

// propose lets a member propose something that everybody receives.
func (h *history) propose() {
	p, format := h.anyone("by"), h.format()
	var after *Member
	var out Output
	var err error
	what := rapid.SampledFrom(proposalKinds).Draw(h.t, "what")
	if h.vacancies() == 0 && what == "Add" {
		h.t.Skip("the group is full")
	}
	switch what {
	case "Update":
		after, out, err = p.member.ProposeUpdate(h.env, format)
	case "Update with a new identity":
		after, out, err = p.member.ProposeIdentity(h.env, h.renewed(p), format)
	case "Add":
		n := h.publish(h.joiner())
		h.waiting = append(h.waiting, n)
		after, out, err = p.member.ProposeAdd(h.env, n.keys.Package, format)
	case "Remove":
		after, out, err = p.member.ProposeRemove(h.env, h.anyone("who").member.leaf, format)
	case "external PSK":
		after, out, err = p.member.ProposePSK(h.env, h.externalPSK(), format)
	case "resumption PSK":
		after, out, err = p.member.ProposePSK(h.env, h.resumptionPSK(), format)
	case "GroupContextExtensions":
		after, out, err = p.member.ProposeExtensions(h.env, h.extensions(), format)
	case "ReInit":
		after, out, err = p.member.ProposeReInit(h.env, h.successor(), format)
	case "custom":
		c := h.custom()
		after, out, err = p.member.ProposeCustom(h.env, c.Type, c.Data, format)
	}
	h.ok(err)
	h.did("proposal: %s", what)
	h.did("proposal: %s", framed(format))
	p.member = after
	h.hand(p, out.Message)
}

// renewed returns another signature key of a client, sometimes with another
// credential.
func (h *history) renewed(p *party) *Identity {
	id := h.party(p.name).id
	id.Credential = p.member.identity.Credential
	if h.flip("credential") {
		id.Credential.Identity = fmt.Appendf(nil, "%s, born %s", id.Credential.Identity, p.name)
	}
	return id
}

func (h *history) externalPSK() schedule.PreSharedKeyID {
	return schedule.ExternalPSK([]byte(rapid.SampledFrom([]string{"one", "two"}).Draw(h.t, "psk")))
}

// resumptionPSK names the PSK of this epoch or of one before.
func (h *history) resumptionPSK() schedule.PreSharedKeyID {
	m := h.parties[0].member
	back := uint64(rapid.IntRange(0, 3).Draw(h.t, "epochs ago"))
	epoch := m.Number() - min(back, m.Number()-1)
	return schedule.ResumptionPSK(spec.UsageApplication, m.ID(), epoch)
}

func (h *history) custom() Custom {
	return Custom{Type: rapid.SampledFrom([]spec.ProposalType{voteType, sealType}).Draw(h.t, "custom"), Data: []byte("for the application")}
}

// outside lets an external sender propose something, or a client ask to be added.
func (h *history) outside() {
	if !h.listens() {
		h.t.Skip("nobody may propose from outside")
	}
	by := h.follower
	if by == nil {
		by = h.anyone("seen by").member.PublicGroup
	}
	var msg *message.MLSMessage
	var err error
	what := rapid.SampledFrom([]string{"Add", "Add by the new member", "Remove", "PSK", "GroupContextExtensions", "ReInit", "custom"}).Draw(h.t, "from outside")
	var p message.Proposal
	switch what {
	case "Add", "Add by the new member":
		if h.vacancies() == 0 {
			h.t.Skip("the group is full")
		}
		n := h.publish(h.joiner())
		h.waiting = append(h.waiting, n)
		p = add(*n.keys.Package)
		if what == "Add by the new member" {
			msg, err = by.ProposeJoin(h.env, n.id, n.keys.Package)
		}
	case "Remove":
		p = remove(h.anyone("who").member.leaf)
	case "PSK":
		p = pskProposal(h.externalPSK())
	case "GroupContextExtensions":
		p = extensionsProposal(h.extensions())
	case "ReInit":
		p = message.Proposal{Type: spec.ProposalReInit, ReInit: h.successor()}
	case "custom":
		c := vote("robot's")
		p = c.proposal()
	}
	if msg == nil && err == nil {
		msg, err = by.ProposeExternal(h.env, h.robot, 0, p)
	}
	h.ok(err)
	h.did("outside: %s", what)
	h.hand(nil, msg)
}

// commits lets a member commit anything.
func (h *history) commits() {
	p := h.anyone("by")
	o, joining := h.options(p)
	h.commit(p, o, joining)
}

// options draws what a Commit covers and how it looks, and who joins by it.
func (h *history) options(p *party) (CommitOptions, []*newcomer) {
	o := CommitOptions{Format: h.format(), Omit: h.rarely(4, "omit"), NoPath: h.rarely(4, "no path")}
	o.Welcome = WelcomeOptions{Batch: rapid.SampledFrom([]int{1, 0, 2}).Draw(h.t, "batch"), GroupInfo: GroupInfoOptions{NoTree: h.flip("no tree")}}
	if h.flip("nothing else") {
		if able := p.member.cover(h.env, nil); !o.Omit && len(able) > 0 && h.rarely(3, "exactly one") {
			one := rapid.SampledFrom(able).Draw(h.t, "which")
			o.Cover = &[]message.ProposalRef{one.ref}
			h.did("commit: exactly one proposal")
		}
		return o, nil
	}
	for _, q := range h.parties {
		if q != p && h.rarely(10, "remove") && (len(h.parties) > 2 || h.rarely(3, "remove the last")) {
			o.Remove = append(o.Remove, q.member.leaf)
			h.did("by value: Remove")
		}
	}
	var joining []*newcomer
	for range rapid.IntRange(0, min(3, h.vacancies())).Draw(h.t, "add") {
		joining = append(joining, h.publish(h.joiner()))
		h.did("by value: Add")
	}
	if h.rarely(6, "external PSK") {
		o.PSKs = append(o.PSKs, h.externalPSK())
		h.did("by value: external PSK")
	}
	if h.rarely(6, "resumption PSK") {
		o.PSKs = append(o.PSKs, h.resumptionPSK())
		h.did("by value: resumption PSK")
	}
	if h.rarely(6, "extensions") {
		list := h.extensions()
		o.Extensions = &list
		h.did("by value: GroupContextExtensions")
	}
	if h.rarely(6, "custom") {
		o.Custom = []Custom{h.custom()}
		h.did("by value: custom")
	}
	if h.rarely(5, "identity") {
		o.Identity = h.renewed(p)
		h.did("commit: new identity")
	}
	return o, joining
}
