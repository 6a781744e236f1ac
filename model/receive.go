package model

import (
	"slices"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.4.2: processing a Commit.

// receiveCtx is a Commit as it arrives at a member, followed as far as it goes.
type receiveCtx struct {
	env     *Env
	m       *Member
	content AuthenticatedContent
	covers  commitCtx
	applied applied
	psks    []Term
	path    *pathCtx // nil without one, or where the committer has no leaf

	init     Term // init_secret that leads to the next epoch
	opened   bool // whether it is known
	followed bool // whether commit_secret is known, and so the rest
	context  GroupContext
	schedule schedule
}

// receiveRules is what Section 12.4.2 adds to Sections 6, 12.2 and 12.4, with
// Section 8.3 for external Commits.
var receiveRules = []Rule[*receiveCtx]{
	{req.CommitSenderSelf, func(c *receiveCtx) bool { return c.covers.sender != member(c.m.Leaf) }},
	{req.ExternalInitKemOutput, func(c *receiveCtx) bool { return c.opened }},
	{req.CommitConfirmationTag, func(c *receiveCtx) bool {
		return !c.followed || c.content.ConfirmationTag == c.schedule.confirmationTag(c.env.Store, c.context)
	}},
}

// receiveCommit carries out Section 12.4.2. framing is what Section 6 found.
// The error is spec.ErrRemoved if the Commit is good as far as one who is
// removed can tell.
func (m Member) receiveCommit(env *Env, content AuthenticatedContent, framing spec.Violations) (_ Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "commit.receive", &err)()
	c := &receiveCtx{env: env, m: &m, content: content, covers: m.resolve(env, *content.Content.Commit, content.Content.Sender)}
	c.applied = m.apply(c.covers.sender, c.covers.list)
	spec.Ignore(env.Rec, req.CommitOmission, len(c.covers.commit.Proposals) < len(m.Proposals))
	if c.covers.external() {
		spec.Branch(env.Rec, req.ExternalPSKs, len(c.applied.psks) > 0)
	}
	if !c.removed() {
		c.psks, c.covers.psks = lookup(c.applied.psks, m.source(env))
	}
	violations := m.validateCommit(env, c.covers, c.applied, false)
	c.findInit()
	if c.covers.unknown == 0 {
		violations = append(violations, c.follow(c.covers.commit)...)
	}
	violations = append(violations, judge(env.Rec, receiveRules, c)...)
	if err := refusal(framing, violations); err != nil {
		return Member{}, Output{}, c.covers.missing(err)
	}
	if c.removed() {
		return Member{}, Output{}, spec.ErrRemoved
	}
	next, out := c.enter()
	out.Cost.Verifies = 1 + c.covers.verifies() + out.Cost.Opens // the content, what it carries, the path's leaf
	if c.covers.external() {
		out.Cost.Opens++ // of init_secret
	}
	return next, out, nil
}

// removed tells whether the Commit removes this member.
func (c *receiveCtx) removed() bool {
	return c.covers.contains(func(p SentProposal) bool { return p.Type == spec.ProposalRemove && p.Removed == c.m.Leaf })
}

// findInit finds init_secret: that of the present epoch, or in an external Commit
// what the joiner brings (Sections 8.3 and 12.3).
func (c *receiveCtx) findInit() {
	c.init, c.opened = c.m.Secrets.Init, true
	brought := c.covers.contains(func(p SentProposal) bool { return p.Type == spec.ProposalExternalInit })
	if brought && c.covers.external() && !c.removed() {
		c.init, c.opened = decapsulate(c.env.Store, externalPriv(c.env.Store, c.m.Secrets.External), c.applied.init)
	}
}

// follow merges and opens the path, if there is one, and runs the key schedule.
// It returns what is wrong with the path.
func (c *receiveCtx) follow(commit Commit) spec.Violations {
	var violations spec.Violations
	s, t := c.env.Store, c.applied.tree
	if !c.covers.external() && t.Leaf(c.applied.committer) == nil {
		return nil
	}
	secret := s.derived(req.CommitPathSecretZero, s.Zero())
	if commit.Path != nil {
		c.path = c.m.arrives(c.env, c.applied, *commit.Path)
		t = c.path.merged
		if !c.removed() && c.applied.committer != c.m.Leaf {
			c.path.open(c.m.Leaf, knows(s, c.path.after, c.m.Leaf, c.m.candidates()...), c.m.provisional(s, t, c.applied.extensions))
		}
		violations = append(judge(c.env.Rec, pathRules, c.path), c.path.leaf...)
		secret = c.path.commit
	}
	if c.removed() || !c.opened || !c.covers.psks || c.path != nil && !c.path.opened {
		return violations
	}
	c.followed = true
	c.context = c.m.provisional(s, t, c.applied.extensions)
	c.context.ConfirmedTranscriptHash = confirmedTranscriptHash(s, c.m.Interim, c.content)
	psk, _ := pskSecret(s, c.applied.psks, c.psks)
	c.schedule = advance(s, K1, c.init, secret, psk, c.context)
	return violations
}

// candidates returns the private keys that the member holds, with those of its
// own Updates in flight.
func (m Member) candidates() []Key {
	keys := slices.Clone([]Key(m.Keys))
	for _, u := range m.Updates {
		keys = append(keys, Key{m.Leaf.Node(), u.Key})
	}
	return keys
}

// updated returns the client with what an own Update that the Commit covers makes
// of it.
func (c *receiveCtx) updated() Client {
	for _, u := range c.m.Updates {
		if c.covers.contains(func(p SentProposal) bool { return p.Ref == u.Ref }) {
			return u.Client
		}
	}
	return c.m.Client
}

// enter returns the state in the new epoch. All derivations were the committer's
// before, so no secret is new.
func (c *receiveCtx) enter() (Member, Output) {
	s := c.env.Store
	out := Output{Sender: c.applied.committer, Custom: c.covers.custom()}
	t, keys := c.applied.tree, c.m.candidates()
	if c.path != nil {
		if t = c.path.merged; spec.Step(c.env.Rec, req.PathKeysKept) {
			keys = append(keys, c.path.keys(s, c.path.filtered)...)
		}
		out.Consumed = c.path.consumed()
		out.Cost.Opens = 1
	}
	out.Consumed = append(out.Consumed, c.schedule.consumed(s)...)
	if c.covers.external() {
		out.Consumed = append(out.Consumed, c.init)
	}
	m := *c.m
	m.Client = c.updated()
	next := m.enter(s, t, c.context, c.schedule, c.content.ConfirmationTag, keys)
	next.Ended = c.applied.reinit
	return next.remember(c.env, c.m), out
}
