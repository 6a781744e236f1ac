package impl

import (
	"mlssim/impl/message"
	"mlssim/impl/tree"
	"mlssim/spec"
)

// RFC 9420, Section 11.3.

// Branch sets up a group of some members of this one, by their KeyPackages, with
// the parameters of this group (RFC 9420, Section 11.3).
func (m *Member) Branch(env *Env, groupID []byte, packages []*message.KeyPackage, o WelcomeOptions) (*Staged, Output, error) {
	return m.BranchWith(env, groupID, m.context.Extensions, packages, o)
}

// BranchWith is [Member.Branch] with other extensions of the GroupContext: of the
// parameters those who join compare version and cipher suite alone.
func (m *Member) BranchWith(env *Env, groupID []byte, extensions []tree.Extension, packages []*message.KeyPackage, o WelcomeOptions) (_ *Staged, _ Output, err error) {
	defer spec.Enter(env.Rec, "group.branch", &err)()
	if err := m.checkOpen(env); err != nil {
		return nil, Output{}, err
	}
	staged, out, err := m.found(env, m.identity, groupID, extensions, packages, spec.UsageBranch, o)
	if err != nil {
		return nil, Output{}, err
	}
	return staged, out, m.validateSubgroup(env, staged.Next.PublicGroup)
}
