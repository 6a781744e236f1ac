package symbolic

import (
	"mlssim/model"
	"mlssim/sim"
	"mlssim/spec"
)

// Share implements [sim.Backend].
func (b *Backend) Share(made sim.StepID, id string, to ...sim.ClientID) error {
	key := b.store.Bytes(id)
	if _, ok := b.psks[key]; !ok {
		secret, secrets := model.NewPSK(&model.Env{Store: b.store, Step: uint64(made)})
		b.made(made, secrets)
		b.psks[key] = secret
	}
	for _, c := range to {
		b.client(c).psks[key] = true
	}
	return nil
}

// Retain implements [sim.Backend].
func (b *Backend) Retain(id sim.ClientID, r sim.Retention) { b.client(id).keeps = r }

// holder is where a client finds the PSKs that its states have not.
func (b *Backend) holder(c *client) func(model.PreSharedKeyID) model.Term {
	return func(id model.PreSharedKeyID) model.Term {
		if id.Type != spec.PSKExternal || !c.psks[id.ID] {
			return 0
		}
		return b.psks[id.ID]
	}
}

// client returns whose state it is.
func (m Machine) client() sim.ClientID { return clientOf(m.m.Client.Credential) }

// pskID translates the name of a PSK.
func (b *Backend) pskID(group model.Term, p sim.PSK) model.PreSharedKeyID {
	if p.ID != "" {
		return model.ExternalPSKID(b.store.Bytes(p.ID))
	}
	return model.ResumptionPSKID(spec.UsageApplication, group, p.Epoch)
}

// exported gives a client what it has exported, as a PSK.
func (b *Backend) exported(id sim.ClientID, label string, secret model.Term) {
	key := b.store.Bytes(label)
	b.psks[key], b.client(id).psks[key] = secret, true
}
