package model

import (
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 11: group creation.

// Creation is what a creator chooses.
type Creation struct {
	Client     Client
	GroupID    Term // empty: a fresh one
	Required   RequiredCapabilities
	Extensions []spec.ExtensionType
}

// createRules is what Section 11 asks of the creator.
var createRules = []Rule[Creation]{
	{req.CreateCapabilities, func(c Creation) bool { return c.Required.metBy(c.Client.Capabilities) }},
}

// Create makes a group of one. Its first epoch_secret is drawn at random.
func Create(env *Env, c Creation) (_ Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "group.create", &err)()
	s := env.Store
	if err := refusal(judge(env.Rec, createRules, c)); err != nil {
		return Member{}, Output{}, err
	}
	if c.GroupID == 0 {
		c.GroupID = s.Fresh(groupID, env.Step)
	}
	private := s.Fresh(LeafKey, env.Step)
	t, leaf := Tree(nil).Add(c.Client.keyPackageLeaf(env, private))
	context := GroupContext{
		Version:     spec.MLS10,
		CipherSuite: spec.X25519_AES128GCM_SHA256_Ed25519,
		GroupID:     c.GroupID,
		TreeHash:    t.Hash(s),
		Required:    c.Required,
		Extensions:  c.Extensions,
	}
	k := fromEpoch(s, s.Fresh(EpochSecret, env.Step))
	made := append([]Secret{makes(W0, LeafKey, private), makes(K7, EpochSecret, k.epoch)}, k.made...)
	m := Member{Client: c.Client, Leaf: leaf}.enter(s, t, context, k, k.confirmationTag(s, context), []Key{{leaf.Node(), private}})
	return m, Output{Secrets: made}, nil
}
