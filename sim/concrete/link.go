package concrete

import (
	"bytes"
	"strings"

	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/wire"
	"mlssim/sim"
	"mlssim/spec"
)

// Groups that come from others (RFC 9420, Sections 11.2 and 11.3).

var _ sim.Linking = (*Backend)(nil)

// groupName is the inverse of groupID.
func groupName(id []byte) string { return strings.TrimPrefix(string(id), string(groupID(""))) }

// reinit ends the group in favour of another of a name, with the same parameters.
func (m *machine) reinit(name string) *message.ReInit {
	return &message.ReInit{GroupID: groupID(name), Version: spec.MLS10, CipherSuite: m.m.Suite().ID, Extensions: m.m.Extensions()}
}

// JoinFrom enters a group that comes from another one.
func (b *Backend) JoinFrom(id sim.ClientID, w sim.Welcome, from sim.Machine) (sim.Machine, sim.Output, error) {
	var o impl.JoinOptions
	if parent, ok := from.(*machine); ok {
		o.Parent = func(group []byte, epoch uint64) *impl.Epoch {
			if !bytes.Equal(group, parent.m.ID()) || epoch != parent.m.Number() {
				return nil
			}
			return parent.m.Epoch
		}
	}
	return b.join(id, w, o)
}

// found sets up a group that comes from this one.
func (m *machine) found(in sim.Found) (sim.Machine, sim.Output, error) {
	var packages []*message.KeyPackage
	for _, kp := range in.Adds {
		packages = append(packages, kp.(keyPackage).pkg)
	}
	env, o := m.b.env(m.id, in.Step), impl.WelcomeOptions{NoPath: in.NoPath}
	var staged *impl.Staged
	var out impl.Output
	var err error
	if in.Group == "" {
		staged, out, err = m.m.Reinitialize(env, m.m.Expose().Identity, packages, o)
	} else {
		staged, out, err = m.m.Branch(env, groupID(in.Group), packages, o)
	}
	if err != nil {
		return nil, sim.Output{}, err
	}
	alone, err := m.alone(in, staged, &out)
	if err != nil {
		return nil, sim.Output{}, err
	}
	if err := m.b.registerEpoch(in.Step, staged.Next, out.Consumed); err != nil {
		return nil, sim.Output{}, err
	}
	ids := linksOf(staged)
	psk := schedule.PSK{ID: ids[0], Secret: m.m.Expose().Secrets.Resumption}
	if err := m.b.registerPSKs(in.Step, ids, []schedule.PSK{psk}); err != nil {
		return nil, sim.Output{}, err
	}
	m.b.attacker.founded(in, alone, staged)
	consumed, err := m.b.names(out.Consumed)
	result := sim.Output{First: m.with(alone), Next: m.with(staged.Next), Consumed: consumed}
	for _, one := range staged.Welcomes { // all new members share it
		w := welcome{raw: wire.Encode(one), step: in.Step}
		result.Welcome, result.Cost.Welcome = w, len(w.raw)
	}
	return m, result, err
}

// alone returns the creator in the epoch that nobody else was in: the same creation
// once more, of the same draws. What it had used up is no longer in out then. It is
// the run's own account, and no work of a client.
func (m *machine) alone(in sim.Found, staged *impl.Staged, out *impl.Output) (*impl.Member, error) {
	before := *m.b.work
	defer func() { *m.b.work = before }()
	g := staged.Next
	first, created, err := impl.Create(m.b.env(m.id, in.Step), m.m.Expose().Identity, g.ID(), g.Extensions()...)
	if err != nil {
		return nil, err
	}
	out.Consumed = out.Consumed[len(created.Consumed):]
	return first, m.b.registerEpoch(in.First, first, created.Consumed)
}

// linksOf returns the PSKs of the Commit that has set a group up.
func linksOf(s *impl.Staged) []schedule.PreSharedKeyID {
	var ids []schedule.PreSharedKeyID
	for _, p := range s.Commit.PublicMessage.Content.Commit.Proposals {
		if p.Proposal.Type == spec.ProposalPSK {
			ids = append(ids, p.Proposal.PreSharedKey.PSK)
		}
	}
	return ids
}

// founded tells the attacker the public side of a group that comes from another one,
// since its first Commit is sent to nobody.
func (a *attacker) founded(in sim.Found, first *impl.Member, s *impl.Staged) {
	a.follow(in.First, first.PublicGroup)
	a.recordPackages(&s.Commit.PublicMessage.Content)
	a.own[in.Step] = s.Next.Context()
	a.mixed(in.Step, linksOf(s), s.Next.Number())
	a.follow(in.Step, s.Next.PublicGroup)
	a.search()
}
