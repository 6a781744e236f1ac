package model

import (
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 11: group creation.

// Creation is what a creator chooses.
type Creation struct {
	Client     Client
	GroupID    Term        // empty: a fresh one
	Extensions []Extension // of the GroupContext
}

// createCtx is a group that is to be created.
type createCtx struct {
	env *Env
	Creation
}

// createRules is what Section 11 asks of the creator, and then Section 13.4.
var createRules = []Rule[createCtx]{
	{req.CreateCapabilities, func(c createCtx) bool {
		k := c.Client.Capabilities
		return k.supportsGroup(spec.MLS10, c.Client.CipherSuite) && required(c.env.Store, c.Extensions).metBy(k)
	}},
	{req.CreateExtensions, func(c createCtx) bool { return c.Client.Capabilities.supports(c.Extensions) }},
}

// Create makes a group of one. Its first epoch_secret is drawn at random.
func Create(env *Env, c Creation) (_ Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "group.create", &err)()
	s := env.Store
	items := contextCtx{env, c.Extensions}
	if err := refusal(judge(env.Rec, createRules, createCtx{env, c}), judge(env.Rec, contextRules, items), judge(env.Rec, sentRules, items)); err != nil {
		return Member{}, Output{}, err
	}
	if c.GroupID == 0 {
		c.GroupID = s.Fresh(groupID, env.Step)
	}
	private := s.Fresh(LeafKey, env.Step)
	t, leaf := Tree(nil).Add(c.Client.keyPackageLeaf(env, private, 0))
	context := GroupContext{
		Version:     spec.MLS10,
		CipherSuite: c.Client.CipherSuite,
		GroupID:     c.GroupID,
		TreeHash:    t.Hash(s),
		Extensions:  c.Extensions,
	}
	if !spec.Step(env.Rec, req.TranscriptInitial) {
		context.ConfirmedTranscriptHash = s.Zero()
	}
	if !spec.Step(env.Rec, req.CreateInitial) {
		context.Epoch++
	}
	first := s.Fresh(EpochSecret, env.Step)
	if !spec.Step(env.Rec, req.CreateEpochSecretFresh) {
		first = s.Zero()
	}
	k := fromEpoch(s, first)
	made := append([]Secret{makes(W0, LeafKey, private), makes(K7, EpochSecret, k.epoch)}, k.made...)
	m := Member{Client: c.Client, Leaf: leaf}.enter(s, t, context, k, k.confirmationTag(s, context), []Key{{leaf.Node(), private}})
	return m, Output{Secrets: made}, nil
}
