package symbolic

import (
	"mlssim/model"
	"mlssim/sim"
)

var _ sim.Founder = (*Backend)(nil)

// Admit implements [sim.Founder].
func (b *Backend) Admit(id sim.ClientID) error {
	c := b.client(id)
	c.sender = true
	b.outside = append(b.outside, model.ExternalSender{SignatureKey: b.store.Public(c.SignatureKey), Credential: c.Credential})
	return nil
}

// senders returns the extensions of the GroupContext of the next group
// that name its external senders.
func (b *Backend) senders() []model.Extension {
	if len(b.outside) == 0 {
		return nil
	}
	list := b.outside
	b.outside = nil
	return []model.Extension{list.Extension(b.store)}
}
