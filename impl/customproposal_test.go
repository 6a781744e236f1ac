package impl

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/impl/message"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 13.2.

// A vote needs no path and may come from outside, a seal needs one and may not.
const (
	voteType spec.ProposalType = 0xf001
	sealType spec.ProposalType = 0xf002
)

var votesAndSeals = mustTypes(nil, []CustomProposal{
	{Type: voteType, External: true, Validate: func(_ *PublicGroup, _ message.Sender, data []byte) error { return notEmpty(data) }},
	{Type: sealType, PathRequired: true},
}, nil)

func vote(data string) Custom { return Custom{Type: voteType, Data: []byte(data)} }
func seal(data string) Custom { return Custom{Type: sealType, Data: []byte(data)} }

// voters returns a group whose members know votes and seals, and in which robot may
// propose from outside.
func voters(t *testing.T) (r *room, robot *party) {
	t.Helper()
	r = newRoom(t, spec.WirePublicMessage, "X") // for its suite
	r.env.Types = votesAndSeals
	robot = r.party("robot")
	senders := message.ExternalSendersExtension([]message.ExternalSender{{SignatureKey: robot.id.Signer.Public(), Credential: robot.id.Credential}})
	a := r.party("A")
	m, _, err := Create(r.env, a.id, []byte("voters"), senders)
	r.ok(err)
	a.member = m
	r.parties = []*party{a}
	r.commit("A", CommitOptions{}, "B", "C")
	return r, robot
}

// TestCustomProposalsAreHandedOver: whoever processes a Commit learns what it covers
// of the application's own, by whom, in the order of the Commit.
func TestCustomProposalsAreHandedOver(t *testing.T) {
	r, robot := voters(t)
	b := r.at("B")
	after, out, err := b.member.ProposeCustom(r.env, voteType, []byte("B's"), r.format)
	r.ok(err)
	b.member = after
	r.deliver(b, out.Message)
	msg, err := b.member.ProposeExternal(r.env, robot.id, 0, message.Proposal{Type: voteType, Custom: &message.CustomProposal{Data: []byte("robot's")}})
	r.ok(err)
	r.deliver(nil, msg)
	a := r.at("A")
	_, staged, out, err := a.member.Commit(r.env, CommitOptions{Custom: []Custom{vote("A's")}, NoPath: true, Format: r.format})
	r.ok(err)
	want := []Custom{
		{voteType, []byte("B's"), message.Member(1)},
		{voteType, []byte("robot's"), message.Sender{Type: spec.SenderExternal}},
		{voteType, []byte("A's"), message.Member(0)},
	}
	if diff := cmp.Diff(want, out.Custom); diff != "" {
		t.Errorf("committer (-want +got):\n%s", diff)
	}
	for _, name := range []string{"B", "C"} {
		p := r.at(name)
		after, got, err := p.member.Receive(r.env, r.over(out.Message))
		r.ok(err)
		if diff := cmp.Diff(want, got.Custom); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		p.member = after
	}
	a.member = staged.Next
	r.agree()
	if out := r.commit("C", CommitOptions{}); len(out.Custom) != 0 {
		t.Errorf("covered again: %v", out.Custom)
	}
	if out := r.commit("C", CommitOptions{Custom: []Custom{seal("wax")}}); len(out.Custom) != 1 || out.Custom[0].Type != sealType {
		t.Errorf("covered %v", out.Custom)
	}
}

// TestCustomProposalsAreHeldToTheirType, wherever they come in.
func TestCustomProposalsAreHeldToTheirType(t *testing.T) {
	r, robot := voters(t)
	committing := func(o CommitOptions) error {
		o.Format = r.format
		_, _, _, err := r.at("A").member.Commit(r.env, o)
		return err
	}
	given := func(c Custom) error { return r.give("A", r.proposing("B", c.proposal())) }
	forged := func(noPath bool, c Custom) error {
		msg, _ := r.forge("B", forgery{noPath: noPath, list: values(c.proposal())})
		return r.give("A", msg)
	}
	outside := func(id *Identity, c Custom) error {
		g := r.at("A").member.PublicGroup
		p := c.proposal()
		content, err := g.frame(id, message.Sender{Type: spec.SenderExternal}, message.Content{ContentType: spec.ContentProposal, Proposal: &p}, spec.WirePublicMessage, nil)
		r.ok(err)
		pm, err := message.ProtectPublic(nil, g.suite, content, g.encoded, nil)
		r.ok(err)
		return r.give("A", message.Public(pm))
	}
	if _, _, err := r.at("A").member.ProposeCustom(r.env, voteType, nil, r.format); spec.Violated(err) != req.ProposalCustom {
		t.Errorf("empty vote, proposed: %v", err)
	}
	for name, c := range map[string]struct {
		err  error
		want spec.ID
	}{
		"vote":                         {given(vote("x")), ""},
		"vote by value":                {forged(true, vote("x")), ""},
		"vote from outside":            {outside(robot.id, vote("x")), ""},
		"seal":                         {forged(false, seal("")), ""},
		"empty vote":                   {given(vote("")), req.ProposalCustom},
		"empty vote by value":          {forged(true, vote("")), req.ProposalCustom},
		"empty vote, committed":        {committing(CommitOptions{Custom: []Custom{vote("")}}), req.ProposalCustom},
		"empty vote from outside":      {outside(robot.id, vote("")), req.ProposalCustom},
		"seal from outside":            {outside(robot.id, seal("x")), req.FramingSenderType},
		"seal without path":            {forged(true, seal("x")), req.CommitPathRequired},
		"seal without path, committed": {committing(CommitOptions{Custom: []Custom{seal("x")}, NoPath: true}), req.CommitPathRequired},
		"not registered":               {given(Custom{Type: 0xf00f}), req.ListTypeProcessed},
		"not registered, from outside": {outside(robot.id, Custom{Type: 0xf00f}), req.ListTypeProcessed},
		"not registered, by value":     {forged(false, Custom{Type: 0xf00f}), req.ListTypeSupported},
		"not registered, committed":    {committing(CommitOptions{Custom: []Custom{{Type: 0xf00f}}}), req.ListTypeSupported},
		"GREASE":                       {given(Custom{Type: 0x0a0a}), req.ListTypeProcessed},
	} {
		if spec.Violated(c.err) != c.want || c.want == "" && c.err != nil {
			t.Errorf("%s: %v, want %q", name, c.err, c.want)
		}
	}
}

// TestCustomProposalsNeedAllMembers: one that has not listed the type prevents its
// use, until it is removed by the same Commit (RFC 9420, Section 12.2).
func TestCustomProposalsNeedAllMembers(t *testing.T) {
	r, _ := voters(t)
	r.env.Types = nil
	r.commit("A", CommitOptions{}, "D")
	r.env.Types = votesAndSeals
	o := CommitOptions{Custom: []Custom{vote("x")}, Format: r.format}
	if _, _, _, err := r.at("A").member.Commit(r.env, o); spec.Violated(err) != req.ListTypeSupported {
		t.Errorf("with D: %v", err)
	}
	o.Remove = leaves(r.leaf("D"))
	if _, _, _, err := r.at("A").member.Commit(r.env, o); err != nil {
		t.Errorf("without D: %v", err)
	}
}
