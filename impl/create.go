package impl

import (
	"bytes"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// Create begins a group of one, with these extensions of the GroupContext (RFC
// 9420, Section 11). The secrets that are used up on the way are in the Output.
func Create(env *Env, id *Identity, groupID []byte, extensions ...tree.Extension) (_ *Member, _ Output, err error) {
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
	if err := checkFirstExtensions(env, s, &caps, extensions); err != nil {
		return nil, Output{}, err
	}
	t, own := tree.New(s).Add(leaf)
	context := schedule.GroupContext{
		Version:     spec.MLS10,
		CipherSuite: s.ID,
		GroupID:     bytes.Clone(groupID),
		TreeHash:    t.Hash(),
		Extensions:  extensions,
	}
	if !spec.Step(env.Rec, req.TranscriptInitial) {
		context.ConfirmedTranscriptHash = s.Zero()
	}
	fresh, err := s.Random(env.Rand)
	if err != nil {
		return nil, Output{}, err
	}
	if !spec.Step(env.Rec, req.CreateEpochSecretFresh) {
		fresh = s.Zero()
	}
	if !spec.Step(env.Rec, req.CreateInitial) {
		context.Epoch++
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

// checkFirstExtensions decides whether the creator can take part in the group
// that it creates.
func checkFirstExtensions(env *Env, s *suite.Suite, caps *tree.Capabilities, extensions []tree.Extension) error {
	if err := spec.Check(env.Rec, req.ExtensionUnique, message.UniqueExtensions(extensions)); err != nil {
		return err
	}
	if err := env.validateContextExtensions(s, extensions); err != nil {
		return err
	}
	required, _ := tree.RequiredCapabilitiesOf(extensions)
	if err := spec.Checkf(env.Rec, req.CreateCapabilities, caps.Meets(&required), "required_capabilities"); err != nil {
		return err
	}
	for _, e := range extensions {
		if err := spec.Checkf(env.Rec, req.CreateExtensions, caps.SupportsExtension(e.Type), "extension 0x%04x", uint16(e.Type)); err != nil {
			return err
		}
	}
	return env.checkSent(extensions)
}
