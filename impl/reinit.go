package impl

import (
	"bytes"
	"slices"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 11.2, as whoever sets the new group up carries it out.

// Reinitialize sets up the group that follows this one, which a ReInit has
// ended: with the parameters that the ReInit names, and all members of this
// group, by their KeyPackages for the new cipher suite. id is the client's own
// identity in the new group. Any member may do so (RFC 9420, Section 11.2).
func (m *Member) Reinitialize(env *Env, id *Identity, packages []*message.KeyPackage, o WelcomeOptions) (_ *Staged, _ Output, err error) {
	defer spec.Enter(env.Rec, "group.reinit", &err)()
	if err := spec.Check(env.Rec, req.ReinitCommit, m.reinit != nil); err != nil {
		return nil, Output{}, err
	}
	if err := spec.Checkf(env.Rec, req.SuiteSupported, m.reinit.CipherSuite == id.Suite.ID && m.reinit.Version == spec.MLS10,
		"version %d, cipher suite %v", m.reinit.Version, m.reinit.CipherSuite); err != nil {
		return nil, Output{}, err
	}
	staged, out, err := m.found(env, id, m.reinit.GroupID, m.reinit.Extensions, packages, spec.UsageReInit, o)
	if err != nil {
		return nil, Output{}, err
	}
	return staged, out, m.validateSuccessor(env, staged.Next.PublicGroup)
}

// found creates a group that is linked to the present epoch of this one.
func (m *Member) found(env *Env, id *Identity, groupID []byte, extensions []tree.Extension, packages []*message.KeyPackage, usage spec.ResumptionUsage, o WelcomeOptions) (*Staged, Output, error) {
	first, created, err := Create(env, id, groupID, extensions...)
	if err != nil {
		return nil, Output{}, err
	}
	// Only here, where nobody else is in the group yet, may the usage occur.
	by := req.ReinitPSK
	if usage == spec.UsageBranch {
		by = req.BranchPSK
	}
	if !spec.Step(env.Rec, by) {
		usage = spec.UsageApplication
	}
	linked := *env
	linked.PSK = func(*schedule.PreSharedKeyID) suite.Secret { return m.secrets.Resumption }
	_, staged, out, err := first.Commit(&linked, CommitOptions{
		Add:     packages,
		PSKs:    []schedule.PreSharedKeyID{schedule.ResumptionPSK(usage, m.context.GroupID, m.context.Epoch)},
		NoPath:  o.NoPath,
		Format:  spec.WirePublicMessage,
		Welcome: o,
		linking: true,
	})
	out.Consumed = append(created.Consumed, out.Consumed...)
	return staged, out, err
}

// matches tells whether two credentials stand for the same client, according to
// the application (RFC 9420, Section 11.3).
func matches(env *Env, old, successor *tree.Credential) bool {
	if env.Auth == nil {
		return bytes.Equal(wire.Encode(old), wire.Encode(successor))
	}
	return env.Auth.Successor(*old, *successor) == nil
}

func sameExtensions(a, b []tree.Extension) bool {
	return slices.EqualFunc(a, b, func(a, b tree.Extension) bool {
		return a.Type == b.Type && bytes.Equal(a.Data, b.Data)
	})
}
