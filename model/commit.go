package model

import (
	"slices"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.4: what a Commit is; 12.4.1: how one is made.

// A ProposalOrRef is a proposal, by value or by reference.
type ProposalOrRef struct {
	Type      spec.ProposalOrRefType
	Proposal  Proposal // by value
	Reference Term     // by reference
}

func (p ProposalOrRef) term(s *Store) Term {
	if p.Type == spec.ByReference {
		return s.Tuple("ProposalOrRef", s.Number(uint64(p.Type)), p.Reference)
	}
	return s.Tuple("ProposalOrRef", s.Number(uint64(p.Type)), p.Proposal.term(s))
}

// A Commit ends an epoch (Section 12.4).
type Commit struct {
	Proposals []ProposalOrRef
	Path      *UpdatePath
}

func (c Commit) term(s *Store) Term {
	var path Term
	if c.Path != nil {
		path = c.Path.term(s)
	}
	return s.Tuple("Commit", list(s, c.Proposals, func(p ProposalOrRef) Term { return p.term(s) }), path)
}

// commitCtx is a Commit and the list that it covers, as far as that is known.
type commitCtx struct {
	commit  Commit
	list    []SentProposal
	unknown int // references to nothing
}

// resolve looks up what a Commit covers.
func (g *Group) resolve(commit Commit, committer LeafIndex) commitCtx {
	c := commitCtx{commit: commit}
	for _, p := range commit.Proposals {
		if p.Type != spec.ByReference {
			c.list = append(c.list, SentProposal{Proposal: p.Proposal, Sender: committer})
			continue
		}
		if sent, ok := g.proposal(p.Reference); ok {
			c.list = append(c.list, sent)
		} else {
			c.unknown++
		}
	}
	return c
}

// commitRules is what Section 12.4 says of a Commit beside its list.
var commitRules = []Rule[commitCtx]{
	{req.CommitRefsKnown, func(c commitCtx) bool { return c.unknown == 0 }},
	{req.CommitUpdateByReference, func(c commitCtx) bool {
		return !slices.ContainsFunc(c.list, func(p SentProposal) bool { return p.Type == spec.ProposalUpdate && p.Ref == 0 })
	}},
	{req.CommitPathRequired, func(c commitCtx) bool {
		return c.commit.Path != nil || len(c.commit.Proposals) > 0 &&
			!slices.ContainsFunc(c.list, func(p SentProposal) bool { return p.Type.PathRequired() })
	}},
}

// validateCommit carries out Section 12.2 and the rules of Section 12.4.
func (g *Group) validateCommit(env *Env, committer LeafIndex, c commitCtx, a applied, sending bool) spec.Violations {
	return append(g.validateList(env, committer, c.list, a, sending), judge(env.Rec, commitRules, c)...)
}

// A draft is a Commit on the way: each method is a step of Section 12.4.1, and
// sets what the next one needs.
type draft struct {
	env *Env
	m   Member // in the old epoch

	commit  Commit
	applied applied
	path    freshPath // if the Commit has a path
	tree    Tree      // after the path

	content  AuthenticatedContent
	context  GroupContext // of the new epoch
	schedule schedule
	made     []Secret
	consumed []Term
	seals    int
}

// begin applies the proposals.
func (m Member) begin(env *Env, proposals []ProposalOrRef) *draft {
	d := &draft{env: env, m: m, commit: Commit{Proposals: proposals}}
	d.applied = apply(m.Tree, m.resolve(d.commit, m.Leaf).list)
	d.tree = d.applied.tree
	return d
}

// populatePath makes and seals a path.
func (d *draft) populatePath() {
	s := d.env.Store
	d.path, d.tree = d.m.newPath(d.env, d.applied.tree)
	d.seals = d.path.seal(s, d.applied.tree, d.m.Leaf, d.applied.added, d.provisional())
	d.commit.Path = &d.path.update
	d.made = append(d.made, makes(T6, LeafKey, d.path.leafKey))
	d.made = append(d.made, d.path.made(s, d.path.filtered, T6)...)
	d.consumed = append(d.consumed, d.path.consumed()...)
}

// provisional returns the GroupContext with the new tree and the old transcript.
func (d *draft) provisional() GroupContext { return d.m.provisional(d.env.Store, d.tree) }

// provisional returns what the context of the next epoch will be but for its
// confirmed transcript hash.
func (g *Group) provisional(s *Store, t Tree) GroupContext {
	c := g.Context
	c.Epoch++
	c.TreeHash = t.Hash(s)
	return c
}

// frame signs the Commit, runs the key schedule, and sets the confirmation tag.
func (d *draft) frame() {
	s := d.env.Store
	commit := d.commit
	d.content = d.m.sign(d.env, FramedContent{Type: spec.ContentCommit, Commit: &commit})
	d.context = d.provisional()
	d.context.ConfirmedTranscriptHash = confirmedTranscriptHash(s, d.m.Interim, d.content)
	secret := s.Zero()
	if d.commit.Path != nil {
		secret = d.path.commit
	}
	d.schedule = advance(s, d.m.Secrets.Init, secret, s.Zero(), d.context)
	d.content.ConfirmationTag = d.schedule.confirmationTag(s, d.context)
	d.made = append(d.made, d.schedule.made...)
	d.consumed = append(d.consumed, d.schedule.joiner, d.schedule.member, d.schedule.epoch)
	if len(d.applied.added) > 0 {
		d.consumed = append(d.consumed, d.schedule.welcome)
	}
}

// next returns the committer's state should the Commit be accepted.
func (d *draft) next() Member {
	s := d.env.Store
	keys := slices.Clone(d.m.Keys)
	if d.commit.Path != nil {
		keys = append(keys, Key{d.m.Leaf.Node(), d.path.leafKey})
		keys = append(keys, d.path.keys(s, d.path.filtered)...)
	}
	return d.m.enter(s, d.tree, d.context, d.schedule, d.content.ConfirmationTag, keys)
}

// enter returns the member's state in a new epoch. Proposals, and the keys of
// Updates that were not covered, stay behind.
func (m Member) enter(s *Store, t Tree, context GroupContext, k schedule, tag Term, candidates []Key) Member {
	return Member{
		Client:   m.Client,
		Leaf:     m.Leaf,
		Keys:     knows(s, t, m.Leaf, candidates...),
		Group:    newGroup(s, context, t, tag),
		Secrets:  k.secrets,
		Ratchets: newSecretTree(k.encryption, t),
	}
}

// makeCommit makes a Commit that covers proposals by reference, then others by
// value, with a path or without. Output.Next is the state should it be accepted.
func (m Member) makeCommit(env *Env, e MakeCommit) (_ Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "commit.send", &err)()
	var proposals []ProposalOrRef
	for _, ref := range e.References {
		proposals = append(proposals, ProposalOrRef{Type: spec.ByReference, Reference: ref})
	}
	for _, p := range e.Values {
		proposals = append(proposals, ProposalOrRef{Type: spec.ByValue, Proposal: p})
	}
	d := m.begin(env, proposals)
	c := m.resolve(d.commit, m.Leaf)
	if e.Path { // to be populated: what it will hold is of no matter to the list
		c.commit.Path = &UpdatePath{}
	}
	if err := refusal(m.validateCommit(env, m.Leaf, c, d.applied, true)); err != nil {
		return Member{}, Output{}, err
	}
	if e.Path {
		d.populatePath()
	}
	d.frame()
	next, welcome := d.next(), d.welcome()
	return m, Output{
		Send: m.protect(env, d.content), Welcome: welcome, Next: &next, Secrets: d.made, Consumed: d.consumed,
		Cost: Cost{Seals: d.seals + len(d.applied.added), Verifies: c.verifies()},
	}, nil
}

// verifies counts the signatures in what a Commit carries by value.
func (c commitCtx) verifies() int {
	n := 0
	for _, p := range c.list {
		if p.Ref == 0 {
			n += p.verifies()
		}
	}
	return n
}
