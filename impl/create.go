package impl

import (
	"bytes"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// Create begins a group of one (RFC 9420, Section 11). The secrets that are
// used up on the way are in the Output.
func Create(env *Env, id *Identity, groupID []byte) (_ *Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "group.create", &err)()
	s := id.Suite
	leaf, key, err := keyPackageLeaf(env, id)
	if err != nil {
		return nil, Output{}, err
	}
	caps := leaf.Capabilities
	if err := spec.Checkf(env.Rec, req.CreateCapabilities, caps.SupportsGroup(spec.MLS10, s.ID), "cipher suite %v", s.ID); err != nil {
		return nil, Output{}, err
	}
	t, own := tree.New(s).Add(leaf)
	context := schedule.GroupContext{
		Version:     spec.MLS10,
		CipherSuite: s.ID,
		GroupID:     bytes.Clone(groupID),
		TreeHash:    t.Hash(),
	}
	fresh, err := s.Random(env.Rand)
	if err != nil {
		return nil, Output{}, err
	}
	epochSecret := schedule.NewEpochSecret(s, fresh)
	secrets, encryption := epochSecret.Derive()
	tag := message.ConfirmationTag(s, secrets.Confirmation, context.ConfirmedTranscriptHash)
	m := &Member{
		Epoch:    &Epoch{newPublicGroup(s, context, t, tag), secrets},
		identity: id,
		leaf:     own,
		keys:     tree.NewKeyring(own, key),
		ratchets: schedule.NewSecretTree(s, encryption, t.Size()),
	}
	return m, Output{Consumed: []Consumed{{Kind: KindEpochSecret, Secret: epochSecret.Bytes()}}}, nil
}
