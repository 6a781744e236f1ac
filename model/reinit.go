package model

import (
	"slices"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.1.5: ReInit; 11.2: reinitialization.

// A ReInit ends the group in favour of another (Section 12.1.5).
type ReInit struct {
	GroupID     Term
	Version     spec.ProtocolVersion
	CipherSuite spec.CipherSuite
	Extensions  []Extension
}

func (r ReInit) term(s *Store) Term {
	return s.Tuple("ReInit", r.GroupID, s.Number(uint64(r.Version)), s.Number(uint64(r.CipherSuite)), extensions(s, r.Extensions))
}

// Proposal returns the proposal to end the group.
func (r ReInit) Proposal() Proposal { return Proposal{Type: spec.ProposalReInit, ReInit: &r} }

// endedRules is what Section 12.4.2 says of a group that a ReInit has ended: it
// is used no more, whatever its members or others send.
var endedRules = []Rule[*Group]{
	{req.ReinitClosed, func(g *Group) bool { return g.Ended == nil }},
}

// reinitializeCtx is a member that sets up the group which follows its own.
type reinitializeCtx struct {
	m      *Member
	client Client // in the new group
}

// reinitializeRules is when and as whom it may.
var reinitializeRules = []Rule[reinitializeCtx]{
	{req.ReinitCommit, func(c reinitializeCtx) bool { return c.m.Ended != nil }},
	{req.SuiteSupported, func(c reinitializeCtx) bool {
		return c.m.Ended == nil || c.m.Ended.Version == spec.MLS10 && c.m.Ended.CipherSuite == c.client.CipherSuite
	}},
}

// reinitialize sets up the group that follows this one, with the parameters of
// the ReInit and all members of this group. Any of them may (Section 11.2).
func (m Member) reinitialize(env *Env, e Reinitialize) (_ Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "group.reinit", &err)()
	if e.Client == nil {
		e.Client = &m.Client
	}
	if err := refusal(judge(env.Rec, reinitializeRules, reinitializeCtx{&m, *e.Client})); err != nil {
		return Member{}, Output{}, err
	}
	return m.found(env, founding{Creation{Client: *e.Client, GroupID: m.Ended.GroupID, Extensions: m.Ended.Extensions}, spec.UsageReInit, e.Packages, e.NoPath, e.Welcome})
}

// A founding is how a group comes from another one.
type founding struct {
	creation Creation
	usage    spec.ResumptionUsage
	packages []KeyPackage
	noPath   bool
	welcome  WelcomeOptions
}

// founded tells the draws of the first of two steps in one from those of the second.
const founded = 1 << 47

// found creates a group and adds the others to it in its first Commit, with the
// PSK that ties it to the present epoch of this one.
func (m Member) found(env *Env, f founding) (Member, Output, error) {
	alone := *env
	alone.Step |= founded
	creator, created, err := Create(&alone, f.creation)
	if err != nil {
		return Member{}, Output{}, err
	}
	// Only here, where nobody else is in the group yet, may the usage occur.
	linked := *env
	linked.PSK = func(PreSharedKeyID) Term { return m.Secrets.Resumption }
	e := MakeCommit{Path: !f.noPath, Welcome: f.welcome, linking: true}
	for _, kp := range f.packages {
		e.Values = append(e.Values, Add(kp))
	}
	by := req.ReinitPSK
	if f.usage == spec.UsageBranch {
		by = req.BranchPSK
	}
	usage := f.usage
	if !spec.Step(env.Rec, by) {
		usage = spec.UsageApplication
	}
	e.Values = append(e.Values, PSK(ResumptionPSKID(usage, m.Context.GroupID, m.Context.Epoch)))
	_, out, err := creator.makeCommit(&linked, e)
	if err != nil {
		return Member{}, Output{}, err
	}
	out.Send, out.First, out.Alone = nil, created.Secrets, &creator // nobody is there to receive it
	id := e.Values[len(e.Values)-1].PSK
	if err := refusal(judge(env.Rec, linkRules, linkCtx{env, id, &m.Group, &out.Next.Group})); err != nil {
		return Member{}, Output{}, err
	}
	return m, out, nil
}

// linkCtx is a group that comes from another one, by a PSK.
type linkCtx struct {
	env  *Env
	id   *PreSharedKeyID // of usage reinit or branch; nil: the group stands by itself
	from *Group          // in the epoch that the PSK names; nil if it is not at hand
	next *Group
}

// by tells whether there is anything to decide about a usage.
func (c linkCtx) by(usage spec.ResumptionUsage) bool {
	return c.id != nil && c.from != nil && c.next != nil && c.id.Usage == usage
}

// linkRules is the last step of Section 12.4.3.1: of both usages, then of a
// reinitialization (Section 11.2), then of a subgroup (Section 11.3).
var linkRules = []Rule[linkCtx]{
	{req.WelcomePSKEpoch, func(c linkCtx) bool { return c.id == nil || c.next == nil || c.next.Context.Epoch == 1 }},
	{req.ReinitCommit, func(c linkCtx) bool { return !c.by(spec.UsageReInit) || c.from.Ended != nil }},
	{req.ReinitParameters, func(c linkCtx) bool {
		if !c.by(spec.UsageReInit) || c.from.Ended == nil {
			return true
		}
		got, want := c.next.Context, c.from.Ended
		return got.GroupID == want.GroupID && got.Version == want.Version && got.CipherSuite == want.CipherSuite &&
			slices.Equal(got.Extensions, want.Extensions)
	}},
	{req.ReinitMembers, func(c linkCtx) bool {
		if !c.by(spec.UsageReInit) {
			return true
		}
		n := matched(c.env, c.from.Tree, c.next.Tree)
		return n == c.from.Tree.members() && n == c.next.Tree.members()
	}},
	{req.BranchParameters, func(c linkCtx) bool {
		return !c.by(spec.UsageBranch) ||
			c.next.Context.Version == c.from.Context.Version && c.next.Context.CipherSuite == c.from.Context.CipherSuite
	}},
	{req.BranchMembers, func(c linkCtx) bool {
		return !c.by(spec.UsageBranch) || matched(c.env, c.from.Tree, c.next.Tree) == c.next.Tree.members()
	}},
}

// matched returns how many members of a new group match each another member of
// the old one.
func matched(env *Env, old, next Tree) int {
	taken := map[LeafIndex]bool{}
	for _, l := range next.Leaves() {
		for i, k := range old.Leaves() {
			if !taken[i] && env.matches(k.Credential, l.Credential) {
				taken[i] = true
				break
			}
		}
	}
	return len(taken)
}
