package concrete

import (
	"encoding/binary"
	"fmt"
	"slices"

	"mlssim/impl"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/sim"
	"mlssim/spec"
)

// Share gives a PSK of the application's to clients.
func (b *Backend) Share(made sim.StepID, id string, to ...sim.ClientID) error {
	n := sim.Name{Kind: sim.ExternalPSK, Origin: made}
	if _, ok := b.psks[id]; !ok {
		secret, err := b.suite.Random(b.seed.Reader(0, made))
		if err != nil {
			return err
		}
		b.psks[id] = n
		if err := b.ledger.register(n, secret); err != nil {
			return err
		}
	}
	for _, to := range to {
		c, err := b.client(to)
		if err != nil {
			return err
		}
		c.psks[id] = b.ledger.secrets[b.psks[id]]
	}
	return nil
}

// Retain says what a client keeps of epochs that end from now on.
func (b *Backend) Retain(id sim.ClientID, r sim.Retention) {
	if c, err := b.client(id); err == nil {
		c.keeps = r
	}
}

// psk is where the client finds the PSKs that its states have not.
func (c *client) psk(id *schedule.PreSharedKeyID) suite.Secret {
	if id.Type != spec.PSKExternal {
		return nil
	}
	return c.psks[string(id.ID)]
}

// pskID translates the name of a PSK.
func (b *Backend) pskID(group []byte, p sim.PSK) schedule.PreSharedKeyID {
	if p.ID != "" {
		return schedule.ExternalPSK([]byte(p.ID))
	}
	return schedule.ResumptionPSK(spec.UsageApplication, group, p.Epoch)
}

// registerPSKs enters what lies on the way to psk_secret, and compares that with
// the figure of RFC 9420, Section 8.4, carried out here once more.
func (b *Backend) registerPSKs(step sim.StepID, ids []schedule.PreSharedKeyID, psks []schedule.PSK) error {
	secret := b.suite.Zero()
	for i, label := range pskLabels(ids) {
		input := pskInput(b.suite, psks[i].Secret, label)
		b.ledger.passing[string(input)] = true
		secret = b.suite.Extract(input, secret)
	}
	n := sim.Name{Kind: sim.PSKSecret, Origin: step}
	if !secret.Equal(b.ledger.secrets[n]) {
		return fmt.Errorf("%v is %v by the figure", n, secret)
	}
	return nil
}

// pskLabels returns what is expanded with for each PSK of a list: PSKLabel (RFC
// 9420, Section 8.4).
func pskLabels(ids []schedule.PreSharedKeyID) [][]byte {
	labels := make([][]byte, len(ids))
	for i := range ids {
		labels[i] = binary.BigEndian.AppendUint16(wire.Encode(&ids[i]), uint16(i))
		labels[i] = binary.BigEndian.AppendUint16(labels[i], uint16(len(ids)))
	}
	return labels
}

func pskInput(s *suite.Suite, psk suite.Secret, label []byte) suite.Secret {
	return s.ExpandWithLabel(s.Extract(s.Zero(), psk), spec.LabelDerivedPSK, label, s.Nh)
}

// A mix is the PSKs of a Commit, as the attacker sees them named, and what it has
// come by of them.
type mix struct {
	step   sim.StepID
	ids    []schedule.PreSharedKeyID
	labels [][]byte
	inputs []suite.Secret // by place in the list
	epoch  uint64         // begun by the Commit
}

// recordPSKs notes the PSKs of a Commit and tries every value on them.
func (a *attacker) recordPSKs(step sim.StepID, t *impl.Transition) {
	known := slices.ContainsFunc(a.mixes, func(m *mix) bool { return m.step == step }) // it has made them itself
	if ids := t.PSKIDs(); len(ids) > 0 && !known {
		a.mixed(step, ids, t.Public().Number())
	}
}

// mixed notes the PSKs by which a step has begun an epoch.
func (a *attacker) mixed(step sim.StepID, ids []schedule.PreSharedKeyID, epoch uint64) {
	m := &mix{step, ids, pskLabels(ids), make([]suite.Secret, len(ids)), epoch}
	a.mixes = append(a.mixes, m)
	for _, v := range a.values[:a.tried] {
		a.mixIn(m, v)
	}
}

// mixIn tries a value as each PSK of a Commit. Of what comes out it keeps what is
// on the way to a secret; once there is something for each PSK it is chained.
func (a *attacker) mixIn(m *mix, v value) {
	found := false
	for i, label := range m.labels {
		if m.inputs[i] != nil {
			continue
		}
		if input := pskInput(a.b.suite, v.bytes, label); a.b.ledger.passing[string(input)] {
			m.inputs[i], found = input, true
		}
	}
	if !found {
		return
	}
	secret := a.b.suite.Zero()
	for _, input := range m.inputs {
		if input == nil {
			return
		}
		secret = a.b.suite.Extract(input, secret)
	}
	a.reach(secret, m.epoch, false)
}

// mixAll carries out the figure of RFC 9420, Section 8.4, with the premises of a
// rule in the places that the Commit's list gives them.
func (a *attacker) mixAll(r sim.Rule, from []suite.Secret) (suite.Secret, error) {
	i := slices.IndexFunc(a.mixes, func(m *mix) bool { return m.step == r.To.Origin })
	if i < 0 {
		return nil, fmt.Errorf("no PSKs of step %d on the wire", r.To.Origin)
	}
	ids := a.mixes[i].ids
	labels, used, secret := a.mixes[i].labels, map[sim.Name]bool{}, a.b.suite.Zero()
	for i := range ids {
		at := slices.IndexFunc(r.From, func(n sim.Name) bool { return a.b.called(n, &ids[i]) })
		if at < 0 {
			return nil, fmt.Errorf("no premise is PSK %d", i)
		}
		used[r.From[at]] = true
		secret = a.b.suite.Extract(pskInput(a.b.suite, from[at], labels[i]), secret)
	}
	if len(used) != len(from) {
		return nil, fmt.Errorf("%d premises, %d PSKs", len(from), len(used))
	}
	return secret, nil
}

// called tells whether a secret is what an id stands for. In the branches of a fork
// one id stands for several, and the epochs of several groups have the same numbers.
func (b *Backend) called(n sim.Name, id *schedule.PreSharedKeyID) bool {
	if id.Type == spec.PSKExternal {
		return n == b.psks[string(id.ID)]
	}
	return n.Kind == sim.ResumptionPSK && b.epochs[n.Origin] == id.Epoch
}
