package concrete

import (
	"mlssim/impl/suite"
	"mlssim/sim"
	"mlssim/spec"
)

// export derives a secret by a label, and gives it to the client as a PSK.
func (m *machine) export(in sim.Export) (sim.Machine, sim.Output, error) {
	secret, err := m.m.Export(in.ID, nil, m.b.suite.Nh)
	if err != nil {
		return nil, sim.Output{}, err
	}
	n := sim.Name{Kind: sim.ExportedSecret, Origin: in.Step}
	if err := m.b.ledger.register(n, secret); err != nil {
		return nil, sim.Output{}, err
	}
	m.b.psks[in.ID], m.b.clients[m.id].psks[in.ID] = n, secret
	if _, known := m.b.exports[in.Step]; !known {
		m.b.exports[in.Step] = in.ID
		m.b.attacker.useLabel(in.ID)
	}
	return m, sim.Output{}, nil
}

// useLabel tells the attacker a label that the application exports by: it is public.
func (a *attacker) useLabel(label string) {
	a.exports = append(a.exports, label)
	for _, v := range a.values[:a.tried] {
		a.exportFrom(v, label)
	}
	a.search()
}

// exportFrom tries a value as an exporter_secret.
func (a *attacker) exportFrom(v value, label string) {
	a.reach(a.b.exportBy(v.bytes, label), v.epoch, false)
}

// exportBy is MLS-Exporter (RFC 9420, Section 8.5) with no context.
func (b *Backend) exportBy(exporter suite.Secret, label string) suite.Secret {
	s := b.suite
	return s.ExpandWithLabel(s.DeriveSecret(exporter, label), spec.LabelExported, s.Hash(nil), s.Nh)
}
