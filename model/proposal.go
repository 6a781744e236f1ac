package model

import (
	"slices"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.1: proposals.

// A Proposal asks for a change. The field that its type names is set.
type Proposal struct {
	Type       spec.ProposalType
	KeyPackage *KeyPackage     // add (Section 12.1.1)
	LeafNode   *LeafNode       // update (Section 12.1.2)
	Removed    LeafIndex       // remove (Section 12.1.3)
	PSK        *PreSharedKeyID // psk (Section 12.1.4)
	ReInit     *ReInit         // reinit (Section 12.1.5)
	KEMOutput  Term            // external_init (Section 12.1.6)
	Extensions []Extension     // group_context_extensions (Section 12.1.7)
	Body       Term            // of a type that RFC 9420 does not define
}

// Add returns an Add proposal.
func Add(kp KeyPackage) Proposal { return Proposal{Type: spec.ProposalAdd, KeyPackage: &kp} }

// Remove returns a Remove proposal.
func Remove(i LeafIndex) Proposal { return Proposal{Type: spec.ProposalRemove, Removed: i} }

// GroupContextExtensions returns the proposal to replace the extensions of the
// GroupContext, all of them (Section 12.1.7).
func GroupContextExtensions(items ...Extension) Proposal {
	return Proposal{Type: spec.ProposalGroupContextExtensions, Extensions: items}
}

// Custom returns a proposal of the application's own (Section 13.2).
func Custom(t spec.ProposalType, body Term) Proposal { return Proposal{Type: t, Body: body} }

func (p Proposal) term(s *Store) Term {
	body := p.Body
	switch {
	case p.KeyPackage != nil:
		body = p.KeyPackage.term(s)
	case p.LeafNode != nil:
		body = p.LeafNode.term(s)
	case p.Type == spec.ProposalRemove:
		body = s.Number(uint64(p.Removed))
	case p.PSK != nil:
		body = p.PSK.term(s)
	case p.ReInit != nil:
		body = p.ReInit.term(s)
	case p.Type == spec.ProposalExternalInit:
		body = p.KEMOutput
	case p.Type == spec.ProposalGroupContextExtensions:
		body = extensions(s, p.Extensions)
	}
	return s.Tuple("Proposal", s.Number(uint64(p.Type)), body)
}

// extensionLists returns the lists of extensions in a proposal.
func (p Proposal) extensionLists() [][]Extension {
	switch {
	case p.KeyPackage != nil:
		return [][]Extension{p.KeyPackage.Extensions, p.KeyPackage.LeafNode.Extensions}
	case p.LeafNode != nil:
		return [][]Extension{p.LeafNode.Extensions}
	case p.ReInit != nil:
		return [][]Extension{p.ReInit.Extensions}
	}
	return [][]Extension{p.Extensions}
}

// A SentProposal is a proposal and who made it: of this epoch if it has a Ref,
// else from the Commit that carries it.
type SentProposal struct {
	Proposal
	Sender Sender
	Ref    Term
}

// wellFormed tells whether a proposal holds what its type says.
func (p Proposal) wellFormed() bool {
	return (p.Type == spec.ProposalAdd) == (p.KeyPackage != nil) &&
		(p.Type == spec.ProposalUpdate) == (p.LeafNode != nil) &&
		(p.Type == spec.ProposalPSK) == (p.PSK != nil) &&
		(p.Type == spec.ProposalReInit) == (p.ReInit != nil)
}

// proposalCtx is one proposal, before or within a list.
type proposalCtx struct {
	env     *Env
	before  *Group
	context *GroupContext // with the extensions that it is held to (Section 12.3)
	sent    SentProposal
	covered bool            // by a Commit: it is in a list
	linking bool            // in the Commit that sets up a group which comes from another
	leaf    spec.Violations // Section 7.3 or 10.1 on what it carries
	items   spec.Violations // Section 13.4 on the extensions that it brings
}

// resumption tells whether the proposal names a PSK of a usage, outside of what
// that usage is for.
func (c proposalCtx) resumption(usage spec.ResumptionUsage) bool {
	p := c.sent.PSK
	return p != nil && p.Type == spec.PSKResumption && p.Usage == usage && !c.linking
}

// proposalRules is Sections 12.1.1 to 12.1.7: when a proposal is invalid by
// itself; then what the application says, and the types that this client can
// apply (Sections 12.1.8, 12.2 and 13.2).
var proposalRules = []Rule[proposalCtx]{
	{req.AddKeyPackage, func(c proposalCtx) bool { return c.sent.Type != spec.ProposalAdd || len(c.leaf) == 0 }},
	{req.AddExtensions, func(c proposalCtx) bool {
		return c.sent.KeyPackage == nil || c.sent.KeyPackage.LeafNode.Capabilities.supports(c.context.Extensions)
	}},
	{req.UpdateLeaf, func(c proposalCtx) bool { return c.sent.Type != spec.ProposalUpdate || len(c.leaf) == 0 }},
	{req.RemoveLeaf, func(c proposalCtx) bool {
		return c.sent.Type != spec.ProposalRemove || c.before.Tree.Leaf(c.sent.Removed) != nil
	}},
	{req.PSKUsageReinit, func(c proposalCtx) bool { return !c.resumption(spec.UsageReInit) }},
	{req.PSKUsageBranch, func(c proposalCtx) bool { return !c.resumption(spec.UsageBranch) }},
	{req.PSKNonceLength, func(c proposalCtx) bool { return c.sent.PSK == nil || c.env.Store.drawn(c.sent.PSK.Nonce) }},
	{req.ReinitVersion, func(c proposalCtx) bool {
		return c.sent.ReInit == nil || c.sent.ReInit.Version >= c.before.Context.Version
	}},
	// Within a list this is for Section 12.2.
	{req.ExternalInitContext, func(c proposalCtx) bool { return c.sent.Type != spec.ProposalExternalInit || c.covered }},
	{req.ProposalAuthorized, func(c proposalCtx) bool {
		return c.env.Permit == nil || c.env.Permit(c.before, c.sent.Sender, c.sent.Proposal)
	}},
	{req.ListTypeProcessed, func(c proposalCtx) bool { return c.sent.wellFormed() && c.env.Types.processed(c.sent.Type) }},
	{req.ProposalCustom, func(c proposalCtx) bool {
		k := c.env.Types.proposal(c.sent.Type)
		return k == nil || k.Valid == nil || k.Valid(c.before, c.sent.Sender, c.sent.Body)
	}},
}

// A setting is in which group, and as what, a proposal has to be valid.
type setting struct {
	context *GroupContext // nil: as it is
	tree    Tree          // the members that what it carries is to get along with; nil: not known yet
	at      LeafIndex     // its place among them
	sending bool          // the client itself proposes it or covers it by value
	covered bool          // it is in a list …
	linking bool          // … which sets up a group that comes from another
}

// validateProposal judges one proposal.
func (g *Group) validateProposal(env *Env, p SentProposal, in setting) spec.Violations {
	if in.context == nil {
		in.context = &g.Context
	}
	leaf := leafCtx{env: env, group: in.context, tree: in.tree, at: in.at, placed: in.covered}
	c := proposalCtx{env: env, before: g, context: in.context, sent: p, covered: in.covered, linking: in.linking}
	switch {
	case !p.wellFormed():
	case p.Type == spec.ProposalAdd:
		leaf.now = in.sending
		c.leaf = c.takeKeyPackage(leaf, in.sending)
	case p.Type == spec.ProposalUpdate:
		leaf.leaf, leaf.as, leaf.old, leaf.at = *p.LeafNode, spec.SourceUpdate, g.Tree.Leaf(p.Sender.Leaf), p.Sender.Leaf
		c.leaf = leaf.validate()
	case p.Type == spec.ProposalGroupContextExtensions:
		c.items = judge(env.Rec, contextRules, contextCtx{env, p.Extensions})
		if in.sending {
			c.items = append(c.items, judge(env.Rec, sentRules, contextCtx{env, p.Extensions})...)
		}
	}
	return slices.Concat(judge(env.Rec, proposalRules, c), c.leaf, c.items)
}

// takeKeyPackage judges the KeyPackage of an Add: one that the client takes in to
// propose it itself, or one that it is told of.
func (c proposalCtx) takeKeyPackage(leaf leafCtx, own bool) spec.Violations {
	if own {
		return receiveKeyPackage(*c.sent.KeyPackage, leaf)
	}
	return validateKeyPackage(*c.sent.KeyPackage, leaf)
}

// validateNow judges a proposal when it is made or received: by itself. How what
// it carries gets along with the members cannot be said before it is known who
// else comes and goes.
func (g *Group) validateNow(env *Env, p SentProposal, sending bool) spec.Violations {
	return g.validateProposal(env, p, setting{sending: sending})
}

// pendingCtx is one more proposal that is to wait for a Commit.
type pendingCtx struct {
	env *Env
	g   *Group
	ref Term
}

// pendingRules is how many proposals may wait (Section 12.4).
var pendingRules = []Rule[pendingCtx]{
	{req.ProposalCount, func(c pendingCtx) bool { return c.g.knows(c.ref) || len(c.g.Proposals) < c.env.proposals() }},
}

// withProposal returns the group with one more proposal of this epoch. They are
// kept by reference: the same one sent twice, and it is the same if sender and
// content are, counts once.
func (g Group) withProposal(p SentProposal) Group {
	if g.knows(p.Ref) {
		return g
	}
	g.Proposals = append(slices.Clip(g.Proposals), p)
	return g
}

// proposal looks up a reference.
func (g *Group) proposal(ref Term) (SentProposal, bool) {
	at := slices.IndexFunc(g.Proposals, func(p SentProposal) bool { return p.Ref == ref })
	if at < 0 {
		return SentProposal{}, false
	}
	return g.Proposals[at], true
}

// knows tells whether a reference is to a proposal of this epoch.
func (g *Group) knows(ref Term) bool {
	_, ok := g.proposal(ref)
	return ok
}

// propose frames a proposal of one's own, and stores it as others will.
func (m Member) propose(env *Env, p Proposal, f Framing) (_ Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "proposal.send", &err)()
	p = withNonces(env, []Proposal{p})[0]
	sent := SentProposal{Proposal: p, Sender: member(m.Leaf)}
	framed := FramedContent{Type: spec.ContentProposal, Proposal: &p}
	content := m.sign(env, f, framed)
	sent.Ref = content.ref(env.Store)
	if err := refusal(m.validateForm(env, sent.Sender, f, framed), m.validateNow(env, sent, true), judge(env.Rec, pendingRules, pendingCtx{env, &m.Group, sent.Ref}),
		judge(env.Rec, endedRules, &m.Group)); err != nil {
		return Member{}, Output{}, err
	}
	m, msg, u := m.protect(env, content)
	m.Group = m.withProposal(sent)
	return m, Output{Send: msg, Secrets: u.made, Consumed: u.consumed, MessageKey: u.key, Cost: Cost{Verifies: p.verifies()}}, nil
}

// An Update is one of a member's own in this epoch: it takes effect if a Commit
// covers it.
type Update struct {
	Ref    Term
	Key    Term // private, of the leaf
	Client Client
}

// proposeUpdate proposes a fresh leaf, whose private key is held from now on. With
// another client it says something else, or is signed with another key.
func (m Member) proposeUpdate(env *Env, next *Client, f Framing) (Member, Output, error) {
	spec.At(env.Rec, "proposal.send")
	client := m.Client
	if next != nil {
		client = *next
	}
	private := env.Store.Fresh(LeafKey, env.Step)
	leaf := client.leaf(env.Store, spec.SourceUpdate, private).sign(env.Store, client.SignatureKey, m.Context.GroupID, m.Leaf)
	leaf.Signature = env.Store.derived(req.LeafResigned, leaf.Signature)
	m, out, err := m.propose(env, Proposal{Type: spec.ProposalUpdate, LeafNode: &leaf}, f)
	if err != nil {
		return Member{}, Output{}, err
	}
	m.Updates = append(slices.Clip(m.Updates), Update{m.Proposals[len(m.Proposals)-1].Ref, private, client})
	out.Secrets = append([]Secret{makes(T7, LeafKey, private)}, out.Secrets...)
	return m, out, nil
}

// receiveProposal stores a proposal that is valid by itself.
func (m Member) receiveProposal(env *Env, content AuthenticatedContent, framing spec.Violations) (_ Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "proposal.receive", &err)()
	p := SentProposal{*content.Content.Proposal, content.Content.Sender, content.ref(env.Store)}
	if err := refusal(framing, m.validateNow(env, p, false), judge(env.Rec, pendingRules, pendingCtx{env, &m.Group, p.Ref})); err != nil {
		return Member{}, Output{}, err
	}
	m.Group = m.withProposal(p)
	return m, Output{Sender: p.Sender.Leaf, Cost: Cost{Verifies: 1 + p.verifies()}}, nil
}

// verifies counts the signatures in what a proposal carries.
func (p Proposal) verifies() int {
	switch p.Type {
	case spec.ProposalAdd:
		return 2
	case spec.ProposalUpdate:
		return 1
	}
	return 0
}
