package model

import (
	"slices"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.4.2: processing a Commit.

// receiveCtx is a Commit as it arrives at a member, followed as far as it goes.
type receiveCtx struct {
	env       *Env
	m         *Member
	content   AuthenticatedContent
	committer LeafIndex
	list      []SentProposal
	applied   applied
	path      *pathCtx // nil without one, or where the committer has no leaf

	followed bool // whether commit_secret is known, and so the rest
	context  GroupContext
	schedule schedule
}

// receiveRules is what Section 12.4.2 adds to Sections 6, 12.2 and 12.4.
var receiveRules = []Rule[*receiveCtx]{
	{req.CommitSenderSelf, func(c *receiveCtx) bool { return c.committer != c.m.Leaf }},
	{req.CommitConfirmationTag, func(c *receiveCtx) bool {
		return !c.followed || c.content.ConfirmationTag == c.schedule.confirmationTag(c.env.Store, c.context)
	}},
}

// receiveCommit carries out Section 12.4.2. framing is what Section 6 found.
// The error is spec.ErrRemoved if the Commit is good as far as one who is
// removed can tell.
func (m Member) receiveCommit(env *Env, content AuthenticatedContent, framing spec.Violations) (_ Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "commit.receive", &err)()
	c := &receiveCtx{env: env, m: &m, content: content, committer: content.Content.Sender.Leaf}
	covers := m.resolve(*content.Content.Commit, c.committer)
	c.list, c.applied = covers.list, apply(m.Tree, covers.list)
	violations := m.validateCommit(env, c.committer, covers, c.applied, false)
	if covers.unknown == 0 {
		violations = append(violations, c.follow(covers.commit)...)
	}
	violations = append(violations, judge(env.Rec, receiveRules, c)...)
	if err := refusal(framing, violations); err != nil {
		return Member{}, Output{}, err
	}
	if c.removed() {
		return Member{}, Output{}, spec.ErrRemoved
	}
	next, out := c.enter()
	out.Cost.Verifies = 1 + covers.verifies() + out.Cost.Opens // the content, what it carries, the path's leaf
	return next, out, nil
}

// removed tells whether the Commit removes this member.
func (c *receiveCtx) removed() bool {
	return slices.ContainsFunc(c.list, func(p SentProposal) bool {
		return p.Type == spec.ProposalRemove && p.Removed == c.m.Leaf
	})
}

// follow merges and opens the path, if there is one, and runs the key schedule.
// It returns what is wrong with the path.
func (c *receiveCtx) follow(commit Commit) spec.Violations {
	var violations spec.Violations
	t := c.applied.tree
	if t.Leaf(c.committer) == nil {
		return nil
	}
	secret := c.env.Store.Zero()
	if commit.Path != nil {
		c.path = c.m.arrives(c.env, t, c.committer, c.applied.added, *commit.Path)
		t = c.path.merged
		if !c.removed() && c.committer != c.m.Leaf {
			c.path.open(c.m.Leaf, knows(c.env.Store, c.path.after, c.m.Leaf, c.m.candidates()...), c.m.provisional(c.env.Store, t))
		}
		violations = append(judge(c.env.Rec, pathRules, c.path), c.path.leaf...)
		secret = c.path.commit
	}
	if c.removed() || c.path != nil && !c.path.opened {
		return violations
	}
	c.followed = true
	c.context = c.m.provisional(c.env.Store, t)
	c.context.ConfirmedTranscriptHash = confirmedTranscriptHash(c.env.Store, c.m.Interim, c.content)
	c.schedule = advance(c.env.Store, c.m.Secrets.Init, secret, c.env.Store.Zero(), c.context)
	return violations
}

// candidates returns the private keys that the member holds, with those of its
// own Updates in flight.
func (m Member) candidates() []Key {
	keys := slices.Clone([]Key(m.Keys))
	for _, private := range m.Updates {
		keys = append(keys, Key{m.Leaf.Node(), private})
	}
	return keys
}

// enter returns the state in the new epoch. All derivations were the committer's
// before, so no secret is new.
func (c *receiveCtx) enter() (Member, Output) {
	s := c.env.Store
	var out Output
	t, keys := c.applied.tree, c.m.candidates()
	if c.path != nil {
		t, keys = c.path.merged, append(keys, c.path.keys(s, c.path.filtered)...)
		out.Consumed = c.path.consumed()
		out.Cost.Opens = 1
	}
	out.Consumed = append(out.Consumed, c.schedule.joiner, c.schedule.member, c.schedule.epoch)
	return c.m.enter(s, t, c.context, c.schedule, c.content.ConfirmationTag, keys), out
}
