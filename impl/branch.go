package impl

import (
	"mlssim/impl/message"
	"mlssim/spec"
)

// RFC 9420, Section 11.3.

// Branch sets up a group of some members of this one, by their KeyPackages, with
// the parameters of this group (RFC 9420, Section 11.3).
func (m *Member) Branch(env *Env, groupID []byte, packages []*message.KeyPackage, o WelcomeOptions) (_ *Staged, _ Output, err error) {
	defer spec.Enter(env.Rec, "group.branch", &err)()
	if err := m.checkOpen(env); err != nil {
		return nil, Output{}, err
	}
	staged, out, err := m.found(env, m.identity, groupID, m.context.Extensions, packages, spec.UsageBranch, o)
	if err != nil {
		return nil, Output{}, err
	}
	return staged, out, m.validateSubgroup(env, staged.Next.PublicGroup)
}
