package model

import "mlssim/spec"

// RFC 9420, Section 11.3: subgroup branching.

// branch sets up a group of some members of this one, with its parameters
// (Section 11.3). What a subgroup has to be is in linkRules.
func (m Member) branch(env *Env, e Branch) (_ Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "group.branch", &err)()
	if err := refusal(judge(env.Rec, endedRules, &m.Group)); err != nil {
		return Member{}, Output{}, err
	}
	client := m.Client
	client.CipherSuite = m.Context.CipherSuite
	return m.found(env, founding{Creation{Client: client, GroupID: e.GroupID, Extensions: m.Context.Extensions}, spec.UsageBranch, e.Packages, e.NoPath, e.Welcome})
}
