package model

import (
	"slices"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.1: proposals.

// A Proposal asks for a change. The field that its type names is set; types that
// the model does not apply carry what tells one from another in Body.
type Proposal struct {
	Type       spec.ProposalType
	KeyPackage *KeyPackage // add (Section 12.1.1)
	LeafNode   *LeafNode   // update (Section 12.1.2)
	Removed    LeafIndex   // remove (Section 12.1.3)
	Body       Term        // psk: the PreSharedKeyID (Section 12.1.4); others: anything
}

// Add returns an Add proposal.
func Add(kp KeyPackage) Proposal { return Proposal{Type: spec.ProposalAdd, KeyPackage: &kp} }

// Remove returns a Remove proposal.
func Remove(i LeafIndex) Proposal { return Proposal{Type: spec.ProposalRemove, Removed: i} }

func (p Proposal) term(s *Store) Term {
	body := p.Body
	switch {
	case p.KeyPackage != nil:
		body = p.KeyPackage.term(s)
	case p.LeafNode != nil:
		body = p.LeafNode.term(s)
	case p.Type == spec.ProposalRemove:
		body = s.Number(uint64(p.Removed))
	}
	return s.Tuple("Proposal", s.Number(uint64(p.Type)), body)
}

// A SentProposal is a proposal and who made it: of this epoch if it has a Ref,
// else from the Commit that carries it.
type SentProposal struct {
	Proposal
	Sender LeafIndex
	Ref    Term
}

// wellFormed tells whether a proposal holds what its type says.
func (p Proposal) wellFormed() bool {
	return (p.Type == spec.ProposalAdd) == (p.KeyPackage != nil) &&
		(p.Type == spec.ProposalUpdate) == (p.LeafNode != nil)
}

// applicable tells whether the model knows how to apply a proposal.
func (p Proposal) applicable() bool {
	return p.wellFormed() && slices.Contains(
		[]spec.ProposalType{spec.ProposalAdd, spec.ProposalUpdate, spec.ProposalRemove}, p.Type)
}

// proposalCtx is one proposal, before or within a list.
type proposalCtx struct {
	before *Group
	sent   SentProposal
	leaf   spec.Violations // Section 7.3 or 10.1 on what it carries
}

// proposalRules is Sections 12.1.1 to 12.1.3: when a proposal is invalid by
// itself; and the types that this client can apply (Section 12.2).
var proposalRules = []Rule[proposalCtx]{
	{req.AddKeyPackage, func(c proposalCtx) bool { return c.sent.Type != spec.ProposalAdd || len(c.leaf) == 0 }},
	{req.UpdateLeaf, func(c proposalCtx) bool { return c.sent.Type != spec.ProposalUpdate || len(c.leaf) == 0 }},
	{req.RemoveLeaf, func(c proposalCtx) bool {
		return c.sent.Type != spec.ProposalRemove || c.before.Tree.Leaf(c.sent.Removed) != nil
	}},
	{req.ListTypeProcessed, func(c proposalCtx) bool { return c.sent.applicable() }},
}

// validateProposal judges one proposal. tree is the tree in which what it
// carries has to be valid; placed tells whether that stands at its place there.
// sending tells that the client itself proposes it or covers it by value.
func (g *Group) validateProposal(env *Env, p SentProposal, tree Tree, at LeafIndex, placed, sending bool) spec.Violations {
	leaf := leafCtx{env: env, group: &g.Context, tree: tree, at: at, placed: placed}
	var of spec.Violations
	switch {
	case !p.wellFormed():
	case p.Type == spec.ProposalAdd:
		leaf.now = sending
		of = validateKeyPackage(*p.KeyPackage, leaf)
	case p.Type == spec.ProposalUpdate:
		leaf.leaf, leaf.as, leaf.old = *p.LeafNode, spec.SourceUpdate, g.Tree.Leaf(p.Sender)
		of = leaf.validate()
	}
	return append(judge(env.Rec, proposalRules, proposalCtx{g, p, of}), of...)
}

// validateNow judges a proposal when it is made or received: by itself, in the
// present tree. Whether a newcomer's keys are unique cannot be said before it
// is known who leaves.
func (g *Group) validateNow(env *Env, p SentProposal, sending bool) spec.Violations {
	return g.validateProposal(env, p, g.Tree, p.Sender, p.Type == spec.ProposalUpdate, sending)
}

// withProposal returns the group with one more proposal of this epoch. They are
// kept by reference: the same one sent twice, and it is the same if sender and
// content are, counts once.
func (g Group) withProposal(p SentProposal) Group {
	if _, known := g.proposal(p.Ref); known {
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

// propose frames a proposal of one's own, and stores it as others will.
func (m Member) propose(env *Env, p Proposal) (_ Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "proposal.send", &err)()
	if err := refusal(m.validateNow(env, SentProposal{Proposal: p, Sender: m.Leaf}, true)); err != nil {
		return Member{}, Output{}, err
	}
	content := m.sign(env, FramedContent{Type: spec.ContentProposal, Proposal: &p})
	m.Group = m.withProposal(SentProposal{p, m.Leaf, content.ref(env.Store)})
	return m, Output{Send: m.protect(env, content), Cost: Cost{Verifies: p.verifies()}}, nil
}

// proposeUpdate proposes a fresh leaf, whose private key is held from now on.
func (m Member) proposeUpdate(env *Env) (Member, Output, error) {
	private := env.Store.Fresh(LeafKey, env.Step)
	leaf := m.Client.leaf(env.Store, spec.SourceUpdate, private).sign(env.Store, m.Client.SignatureKey, m.Context.GroupID, m.Leaf)
	m, out, err := m.propose(env, Proposal{Type: spec.ProposalUpdate, LeafNode: &leaf})
	if err != nil {
		return Member{}, Output{}, err
	}
	m.Updates = append(slices.Clip(m.Updates), private)
	out.Secrets = []Secret{makes(T7, LeafKey, private)}
	return m, out, nil
}

// receiveProposal stores a proposal that is valid by itself.
func (m Member) receiveProposal(env *Env, content AuthenticatedContent, framing spec.Violations) (_ Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "proposal.receive", &err)()
	p := SentProposal{*content.Content.Proposal, content.Content.Sender.Leaf, content.ref(env.Store)}
	if err := refusal(framing, m.validateNow(env, p, false)); err != nil {
		return Member{}, Output{}, err
	}
	m.Group = m.withProposal(p)
	return m, Output{Cost: Cost{Verifies: 1 + p.verifies()}}, nil
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
