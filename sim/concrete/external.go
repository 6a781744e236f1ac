package concrete

import (
	"fmt"

	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/sim"
	"mlssim/spec"
)

// describe makes a GroupInfo by which others can join. Its external_pub brings a key
// pair into being, if the epoch has none yet (RFC 9420, Section 8).
func (m *machine) describe() (sim.Machine, sim.Output, error) {
	info, err := m.m.GroupInfo(m.b.env(m.id, 0), impl.GroupInfoOptions{ExternalPub: true})
	if err != nil {
		return nil, sim.Output{}, err
	}
	epoch, _ := m.b.ledger.name(m.m.Authenticator())
	external := m.b.ledger.secrets[sim.Name{Kind: sim.ExternalSecret, Origin: epoch.Origin}]
	key := m.b.suite.DeriveKeyPair(external)
	if err := m.b.ledger.register(sim.Name{Kind: sim.ExternalPriv, Origin: epoch.Origin}, key.Bytes()); err != nil {
		return nil, sim.Output{}, err
	}
	p := &packet{raw: wire.Encode(&message.MLSMessage{WireFormat: spec.WireGroupInfo, GroupInfo: info})}
	return m, sim.Output{Send: p, Cost: sim.Cost{Bytes: len(p.raw)}}, nil
}

// JoinExternal makes a Commit by which a client adds itself to a group.
func (b *Backend) JoinExternal(step sim.StepID, id sim.ClientID, m sim.Message, e sim.External) (sim.Output, error) {
	c, err := b.client(id)
	if err != nil {
		return sim.Output{}, err
	}
	var msg message.MLSMessage
	if err := wire.Decode(m.(*packet).raw, &msg); err != nil {
		return sim.Output{}, err
	}
	var o impl.ExternalOptions
	if e.Remove != nil {
		leaf := tree.LeafIndex(*e.Remove)
		o.Remove = &leaf
	}
	for _, p := range e.PSKs {
		o.PSKs = append(o.PSKs, schedule.ExternalPSK([]byte(p.ID)))
	}
	before := *b.work
	staged, out, err := impl.JoinExternal(b.env(id, step), c.identity, msg.GroupInfo, o)
	if err != nil {
		return sim.Output{}, err
	}
	cost := b.since(before)
	if err := b.registerEpoch(step, staged.Next, out.Consumed); err != nil {
		return sim.Output{}, err
	}
	if len(e.PSKs) > 0 {
		if err := b.registerExternalPSKs(step, c, &msg, out.Message); err != nil {
			return sim.Output{}, err
		}
	}
	consumed, err := b.names(out.Consumed)
	p := &packet{raw: wire.Encode(out.Message), step: step}
	cost.Bytes = len(p.raw)
	return sim.Output{Send: p, Next: &machine{b: b, id: id, m: staged.Next}, Consumed: consumed, Cost: cost}, err
}

// registerExternalPSKs is registerPSKs for one who joins by the Commit.
func (b *Backend) registerExternalPSKs(step sim.StepID, c *client, info, commit *message.MLSMessage) error {
	g, err := impl.Follow(&impl.Env{Now: b.now()}, info.GroupInfo, nil)
	if err != nil {
		return err
	}
	work := *b.work
	defer func() { *b.work = work }()
	v, err := g.VerifyPublic(&impl.Env{Now: b.now()}, commit.PublicMessage)
	if err != nil {
		return err
	}
	t, err := g.Apply(&impl.Env{Now: b.now()}, v)
	if err != nil {
		return err
	}
	var psks []schedule.PSK
	for _, id := range t.PSKIDs() {
		psks = append(psks, schedule.PSK{ID: id, Secret: c.psk(&id)})
	}
	return b.registerPSKs(step, t.PSKIDs(), psks)
}

// An encapsulation is the kem_output of an external Commit.
type encapsulation struct {
	output []byte
	epoch  uint64 // in which the Commit was made
}

// groupInfo notes the key for external Commits.
func (a *attacker) groupInfo(info *message.GroupInfo) {
	if public, ok, err := message.ExternalPubOf(info.Extensions); err == nil && ok {
		a.see(public)
	}
}

// recordInit notes what an external Commit brings, and tries every key on it.
func (a *attacker) recordInit(c *message.FramedContent) {
	for _, p := range c.Commit.Proposals {
		if p.Proposal == nil || p.Proposal.Type != spec.ProposalExternalInit {
			continue
		}
		e := encapsulation{p.Proposal.ExternalInit.KEMOutput, c.Epoch}
		a.brought = append(a.brought, e)
		for _, key := range a.keys {
			a.decapsulate(key, e)
		}
	}
}

// decapsulate gives a secret whatever the key; the right one is a secret of the run.
func (a *attacker) decapsulate(key *suite.HPKEPrivateKey, e encapsulation) {
	if secret, err := a.b.suite.DecapsulateInit(key, e.output); err == nil {
		a.reach(secret, e.epoch, false)
	}
}

// openInit carries out K6: the kem_output that the rule points at.
func (a *attacker) openInit(r sim.Rule, key suite.Secret) (suite.Secret, error) {
	t, ok := a.commits[r.To.Origin]
	if !ok {
		return nil, fmt.Errorf("no commit of step %d on the wire", r.To.Origin)
	}
	private, err := a.b.suite.ParseHPKEPrivateKey(key)
	if err != nil {
		return nil, err
	}
	output := t.KEMOutput()
	if output == nil {
		return nil, fmt.Errorf("the commit of step %d is not an external one", r.To.Origin)
	}
	return a.b.suite.DecapsulateInit(private, output)
}
