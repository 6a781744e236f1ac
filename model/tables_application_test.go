package model

import (
	"testing"

	"mlssim/spec/req"
)

// RFC 9420, Section 15, and how many proposals may wait.

func TestSendRules(t *testing.T) {
	g := inStep(t)
	a := g.members["A"]
	env := &Env{Bounds: Bounds{MaxData: 4, MaxSent: 6}}
	in := func(data string, f func(*Member)) sendCtx {
		m := a
		if f != nil {
			f(&m)
		}
		return sendCtx{env, &m, data}
	}
	checkTable(t, sendRules, in("data", func(m *Member) { m.Sent = 2 }), []bad[sendCtx]{
		{req.ApplicationPending, in("", func(m *Member) { m.Proposals = []SentProposal{{}} })},
		{req.ApplicationSize, in("datum", nil)},
		{req.ApplicationAeadLimit, in("data", func(m *Member) { m.Sent = 3 })},
	})
	checkTable(t, pendingRules, pendingCtx{&Env{Bounds: Bounds{Proposals: 1}}, &a.Group, 1}, []bad[pendingCtx]{
		{req.ProposalCount, pendingCtx{&Env{Bounds: Bounds{Proposals: 1}}, &Group{Proposals: []SentProposal{{Ref: 2}}}, 1}},
	})
}
