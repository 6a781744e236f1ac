package model

import (
	"fmt"
	"math"
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
	env     *Env
	sender  Sender
	commit  Commit
	list    []SentProposal
	unknown int  // references to nothing
	linking bool // it sets up a group that comes from another
	psks    bool // whether all PSKs of the list are at hand
}

// external tells whether a client joins by the Commit.
func (c commitCtx) external() bool { return c.sender.Type == spec.SenderNewMemberCommit }

// contains tells whether the list has a proposal of which something holds.
func (c commitCtx) contains(holds func(SentProposal) bool) bool {
	return slices.ContainsFunc(c.list, holds)
}

// resolve looks up what a Commit covers.
func (g *Group) resolve(env *Env, commit Commit, by Sender) commitCtx {
	c := commitCtx{env: env, sender: by, commit: commit, psks: true}
	for _, p := range commit.Proposals {
		if p.Type != spec.ByReference {
			c.list = append(c.list, SentProposal{Proposal: p.Proposal, Sender: by})
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

// commitRules is what Section 12.4 says of a Commit beside its list; then what
// Sections 12.4.2 and 8.4 ask of its PSKs, and how many proposals a client follows.
var commitRules = []Rule[commitCtx]{
	{req.CommitRefsKnown, func(c commitCtx) bool { return c.unknown == 0 }},
	{req.CommitUpdateByReference, func(c commitCtx) bool {
		return !c.contains(func(p SentProposal) bool { return p.Type == spec.ProposalUpdate && p.Ref == 0 })
	}},
	// An external Commit has a rule of its own.
	{req.CommitPathRequired, func(c commitCtx) bool {
		return c.commit.Path != nil || c.external() || len(c.commit.Proposals) > 0 &&
			!c.contains(func(p SentProposal) bool { return c.env.Types.pathRequired(p.Type) })
	}},
	{req.PSKAvailable, func(c commitCtx) bool { return c.psks }},
	{req.PSKCount, func(c commitCtx) bool { return c.count(spec.ProposalPSK) <= math.MaxUint16 }},
	{req.PSKLimit, func(c commitCtx) bool { return c.count(spec.ProposalPSK) <= c.env.maxPSKs() }},
	{req.CommitProposalsCount, func(c commitCtx) bool { return len(c.commit.Proposals) <= c.env.maxCovered() }},
}

// count returns how many proposals of a type the list has.
func (c commitCtx) count(t spec.ProposalType) int {
	n := 0
	for _, p := range c.list {
		if p.Type == t {
			n++
		}
	}
	return n
}

// validateCommit carries out Section 12.2 and the rules of Section 12.4, with what
// Sections 12.1.7 and 13.4 ask of the members of the next epoch.
func (g *Group) validateCommit(env *Env, c commitCtx, a applied, sending bool) spec.Violations {
	return slices.Concat(g.validateList(env, c, a, sending), judge(env.Rec, replacementRules, a.replacement(env)),
		judge(env.Rec, commitRules, c), c.validateExternal(a))
}

// WelcomeOptions say what a Welcome looks like.
type WelcomeOptions struct {
	Batch     int // new members in each Welcome; 0 puts all into one
	GroupInfo GroupInfoOptions
}

// A draft is a Commit on the way: each method is a step of Section 12.4.1, and
// sets what the next one needs.
type draft struct {
	env *Env
	m   Member // in the old epoch; of one who joins, what it will go on from
	by  Sender
	as  Client // in the new epoch

	framing Framing
	commit  Commit
	covers  commitCtx
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
func (m Member) begin(env *Env, by Sender, proposals []ProposalOrRef) *draft {
	d := &draft{env: env, m: m, by: by, as: m.Client, commit: Commit{Proposals: proposals}}
	d.covers = m.resolve(env, d.commit, by)
	d.applied = m.apply(by, d.covers.list)
	d.tree = d.applied.tree
	return d
}

// populatePath makes a path. Nothing is sealed yet.
func (d *draft) populatePath() { d.path, d.tree = d.m.newPath(d.env, d.as, d.applied.tree) }

// sealPath seals the path.
func (d *draft) sealPath() {
	s := d.env.Store
	d.seals = d.path.seal(s, d.applied.tree, d.m.Leaf, d.applied.added, d.provisional())
	d.commit.Path = &d.path.update
	d.made = append(d.made, makes(T6, LeafKey, d.path.leafKey))
	d.made = append(d.made, d.path.made(s, d.path.filtered, T6)...)
	d.consumed = append(d.consumed, d.path.consumed()...)
}

// ownLeaf judges the leaf that the path will bring as every receiver will.
func (d *draft) ownLeaf() spec.Violations {
	context := d.provisional()
	leaf := leafCtx{env: d.env, group: &context, leaf: d.path.update.LeafNode, as: spec.SourceCommit,
		old: d.applied.tree.Leaf(d.m.Leaf), tree: d.applied.tree, at: d.m.Leaf, placed: true}.validate()
	return append(judge(d.env.Rec, pathRules[:1], &pathCtx{leaf: leaf}), leaf...) // the first rule is about the leaf
}

// provisional returns the GroupContext with the new tree and the old transcript.
func (d *draft) provisional() GroupContext {
	return d.m.provisional(d.env.Store, d.tree, d.applied.extensions)
}

// provisional returns what the context of the next epoch will be but for its
// confirmed transcript hash.
func (g *Group) provisional(s *Store, t Tree, items []Extension) GroupContext {
	c := g.Context
	if spec.Step(nil, req.ContextNext) {
		c.Epoch++
	}
	c.TreeHash = t.Hash(s)
	c.Extensions = items
	return c
}

// frame signs the Commit, runs the key schedule, and sets the confirmation tag.
// psks are those that the list names.
func (d *draft) frame(psks []Term) {
	s := d.env.Store
	commit := d.commit
	ends := d.m.Group
	if !spec.Step(d.env.Rec, req.CommitSign) {
		ends.Context.Epoch++
	}
	d.content = ends.sign(s, d.m.Client.SignatureKey, d.by, d.framing, FramedContent{Type: spec.ContentCommit, Commit: &commit})
	d.context = d.provisional()
	d.context.ConfirmedTranscriptHash = confirmedTranscriptHash(s, d.m.Interim, d.content)
	secret := s.derived(req.CommitPathSecretZero, s.Zero())
	if d.commit.Path != nil {
		secret = d.path.commit
	}
	psk, made := pskSecret(s, d.applied.psks, psks)
	rule := K1
	if d.by.Type == spec.SenderNewMemberCommit {
		rule = K1x
	}
	d.schedule = advance(s, rule, d.m.Secrets.Init, secret, psk, d.context)
	d.content.ConfirmationTag = d.schedule.confirmationTag(s, d.context)
	d.made = slices.Concat(d.made, made, d.schedule.made)
	d.consumed = append(d.consumed, d.schedule.consumed(s)...)
	if len(d.applied.added) > 0 {
		d.consumed = append(d.consumed, d.schedule.welcome)
	}
}

// next returns the committer's state should the Commit be accepted.
func (d *draft) next() Member {
	s := d.env.Store
	keys := slices.Clone(d.m.Keys)
	m := d.m
	if d.commit.Path != nil {
		keys = append(keys, Key{d.m.Leaf.Node(), d.path.leafKey})
		keys = append(keys, d.path.keys(s, d.path.filtered)...)
		m.Client = d.as
	}
	next := m.enter(s, d.tree, d.context, d.schedule, d.content.ConfirmationTag, keys)
	next.Ended = d.applied.reinit
	return next
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

// orRefs returns proposals as a Commit carries them: references, then values.
func orRefs(references []Term, values []Proposal) []ProposalOrRef {
	var proposals []ProposalOrRef
	for _, ref := range references {
		proposals = append(proposals, ProposalOrRef{Type: spec.ByReference, Reference: ref})
	}
	for _, p := range values {
		proposals = append(proposals, ProposalOrRef{Type: spec.ByValue, Proposal: p})
	}
	return proposals
}

// makeCommit makes a Commit that covers proposals by reference, then others by
// value, with a path or without. Output.Next is the state should it be accepted;
// the state returned is that to go on with if it is not.
func (m Member) makeCommit(env *Env, e MakeCommit) (_ Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "commit.send", &err)()
	d := m.begin(env, member(m.Leaf), orRefs(e.References, withNonces(env, e.Values)))
	spec.Branch(env.Rec, req.CommitEmpty, len(d.commit.Proposals) == 0)
	spec.Branch(env.Rec, req.CommitPathOmitted, !e.Path)
	spec.Branch(env.Rec, req.PathLeafChanges, e.Client != nil)
	d.framing = e.Framing
	if e.Client != nil {
		d.as = *e.Client
	}
	var psks []Term
	c := d.covers
	c.linking = e.linking
	psks, c.psks = lookup(d.applied.psks, m.source(env))
	if e.Path {
		c.commit.Path = &d.path.update
	}
	violations := append(judge(env.Rec, endedRules, &m.Group),
		m.validateForm(env, d.by, d.framing, FramedContent{Type: spec.ContentCommit, Commit: &c.commit})...)
	if e.Path && d.applied.tree.Leaf(m.Leaf) != nil { // else the list removes its committer
		d.populatePath()
		violations = append(violations, d.ownLeaf()...)
	}
	if err := refusal(m.validateCommit(env, c, d.applied, true), violations); err != nil {
		return Member{}, Output{}, c.missing(err)
	}
	if e.Path {
		d.sealPath()
	}
	d.frame(psks)
	staged := d.next().remember(env, &m)
	under := m
	if !spec.Step(env.Rec, req.CommitProtect) {
		under.Secrets, under.Ratchets = staged.Secrets, staged.Ratchets
	}
	next, msg, u := under.protect(env, d.content)
	welcomes, made := d.welcomes(e.Welcome)
	return next, Output{
		Send: msg, Welcomes: welcomes, Next: &staged, Custom: c.custom(),
		Secrets: slices.Concat(u.made, d.made, made), Consumed: slices.Concat(u.consumed, d.consumed), MessageKey: u.key,
		Cost: Cost{Seals: d.seals + len(d.applied.added), Verifies: c.verifies()},
	}, nil
}

// missing returns a refusal as one that wraps spec.ErrMissing, if a PSK is not at
// hand.
func (c commitCtx) missing(refused error) error {
	if c.psks {
		return refused
	}
	return fmt.Errorf("%w: %w", spec.ErrMissing, refused)
}

// custom returns the application's own proposals in a list.
func (c commitCtx) custom() []SentProposal {
	var custom []SentProposal
	for _, p := range c.list {
		if !defaultProposal(p.Type) {
			custom = append(custom, p)
		}
	}
	return custom
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
