package model

import (
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 15: application messages.

// sendCtx is application data that a member wants to send.
type sendCtx struct {
	env  *Env
	m    *Member
	data string
}

// sendRules is when a member may send application data: not while proposals wait
// (Section 12.4), and within bounds (Sections 15.1 and 15.2).
var sendRules = []Rule[sendCtx]{
	{req.ApplicationPending, func(c sendCtx) bool { return len(c.m.Proposals) == 0 }},
	{req.ApplicationSize, func(c sendCtx) bool { return len(c.data) <= c.env.maxData() }},
	{req.ApplicationAeadLimit, func(c sendCtx) bool { return c.m.Sent+uint64(len(c.data)) <= c.env.maxSent() }},
}

// send protects application data with the next key of the own ratchet.
func (m Member) send(env *Env, e Send) (_ Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "application.send", &err)()
	f, content := Framing{Private: true, Data: e.Authenticated}, FramedContent{Type: spec.ContentApplication, Data: env.Store.Bytes(e.Data)}
	if err := refusal(m.validateForm(env, member(m.Leaf), f, content), judge(env.Rec, sendRules, sendCtx{env, &m, e.Data}),
		judge(env.Rec, endedRules, &m.Group)); err != nil {
		return Member{}, Output{}, err
	}
	a := m.sign(env, f, content)
	next, msg, u := m.protectPrivate(env, a)
	next.Sent += uint64(len(e.Data))
	return next, Output{Send: msg, Secrets: u.made, Consumed: u.consumed, MessageKey: u.key}, nil
}
