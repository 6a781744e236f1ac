package model

import (
	"slices"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 8.3: external initialization; 12.4.3.2: joining by an external
// Commit.

// externalPriv is external_priv, which all members of an epoch can derive
// (Section 8).
func externalPriv(s *Store, external Term) Term {
	return s.derived(req.ScheduleExternal, s.Private(external))
}

// encapsulate returns the kem_output for a public key by which its holder comes
// to init_secret (Section 8.3). What HPKE exports to both sides is here a secret
// that one draws and the other takes out of a box.
func encapsulate(s *Store, public, init Term) Term {
	return s.Seal(public, spec.LabelExternalInit, 0, init)
}

// decapsulate is the other side.
func decapsulate(s *Store, private, kemOutput Term) (Term, bool) {
	init, ok := s.Open(private, spec.LabelExternalInit, 0, kemOutput)
	return s.derived(req.ExternalInitSecret, init), ok
}

// ExternalJoining is what a client has when it joins by a Commit of its own.
type ExternalJoining struct {
	Client Client
	Info   *GroupInfo
	Tree   RatchetTree      // if the GroupInfo brings none
	Groups []Term           // ids of the groups that it is in
	Remove *LeafIndex       // the client's own former leaf, if it comes back
	PSKs   []PreSharedKeyID // their nonces are drawn here
	Data   string           // authenticated_data
}

// externalJoinCtx is a GroupInfo as it is to be joined by.
type externalJoinCtx struct {
	info  *GroupInfo
	known Capabilities // what the client has
	leaf  LeafNode     // that it brings
	env   *Env
}

// externalJoinRules is what the joiner sees to beside what every member will ask
// of its Commit.
var externalJoinRules = []Rule[externalJoinCtx]{
	{req.ExternalExternalPub, func(c externalJoinCtx) bool { return c.info.ExternalPub != 0 }},
	{req.KeyPackageCapabilities, func(c externalJoinCtx) bool { return c.leaf.Capabilities.within(c.known) }},
	{req.ExtensionPlace, func(c externalJoinCtx) bool { return c.env.Types.placed(c.leaf.Extensions, InLeafNode) }},
}

// externalRules is what Section 12.4.3.2 asks of an external Commit beside its
// list: with an Add, the joiner would have to support the extensions of the group.
var externalRules = []Rule[externalCtx]{
	{req.ExternalByReference, func(c externalCtx) bool {
		return !slices.ContainsFunc(c.commit.Proposals, func(p ProposalOrRef) bool { return p.Type == spec.ByReference })
	}},
	{req.AddExtensions, func(c externalCtx) bool {
		return c.commit.Path == nil || c.commit.Path.LeafNode.Capabilities.supports(c.extensions)
	}},
}

// externalCtx is an external Commit, and the extensions of the next epoch.
type externalCtx struct {
	commit     Commit
	extensions []Extension
}

// validateExternal judges an external Commit by itself; of others it says nothing.
func (c commitCtx) validateExternal(a applied) spec.Violations {
	if !c.external() {
		return nil
	}
	return judge(c.env.Rec, externalRules, externalCtx{c.commit, a.extensions})
}

// JoinExternal makes a Commit by which a client adds itself to a group. Output.Send
// is for the group, Output.Next the client's state if the Commit is accepted.
func JoinExternal(env *Env, j ExternalJoining) (_ Output, err error) {
	defer spec.Enter(env.Rec, "external.join", &err)()
	s := env.Store
	c := &infoCtx{env: env, version: spec.MLS10, suite: j.Client.CipherSuite, client: &j.Client, groups: j.Groups,
		outside: j.Tree, info: j.Info}
	c.read()
	if err := c.refusal(); err != nil {
		return Output{}, err
	}
	g := newGroup(s, j.Info.Context, c.tree, j.Info.ConfirmationTag)
	init := s.Fresh(ExternalInitSecret, env.Step)
	by := Sender{Type: spec.SenderNewMemberCommit}
	d := Member{Client: j.Client, Group: g, Secrets: Secrets{Init: s.derived(req.ExternalInitSecret, init)}}.begin(env, by, orRefs(nil, j.proposals(env, init)))
	spec.Branch(env.Rec, req.ExternalPSKs, len(d.applied.psks) > 0)
	d.m.Leaf, d.framing = d.applied.committer, Framing{Data: j.Data}
	covers := d.covers
	var psks []Term
	psks, covers.psks = lookup(d.applied.psks, env.held)
	d.populatePath()
	covers.commit.Path = &d.path.update
	if err := refusal(g.validateForm(env, by, d.framing, FramedContent{Type: spec.ContentCommit, Commit: &covers.commit}),
		g.validateCommit(env, covers, d.applied, true), d.ownLeaf(),
		judge(env.Rec, externalJoinRules, externalJoinCtx{j.Info, env.Types.known(j.Client.Capabilities), d.path.update.LeafNode, env})); err != nil {
		return Output{}, covers.missing(err)
	}
	d.sealPath()
	d.frame(psks)
	next := d.next()
	return Output{
		Send: d.m.protectPublic(env, d.content), Next: &next,
		Secrets: append([]Secret{makes(K11, ExternalInitSecret, init)}, d.made...), Consumed: append(d.consumed, init),
		Cost: Cost{Seals: d.seals + 1, Verifies: 1 + c.tree.members()},
	}, nil
}

// proposals returns the list that brings init_secret to the group.
func (j ExternalJoining) proposals(env *Env, init Term) []Proposal {
	list := []Proposal{{Type: spec.ProposalExternalInit, KEMOutput: encapsulate(env.Store, j.Info.ExternalPub, init)}}
	if j.Remove != nil {
		list = append(list, Remove(*j.Remove))
	}
	for _, id := range j.PSKs {
		list = append(list, PSK(id))
	}
	return withNonces(env, list)
}
