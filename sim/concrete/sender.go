package concrete

import (
	"mlssim/impl/message"
	"mlssim/impl/tree"
	"mlssim/sim"
)

var _ sim.Founder = (*Backend)(nil)

// Admit implements [sim.Founder].
func (b *Backend) Admit(id sim.ClientID) error {
	c, err := b.client(id)
	if err != nil {
		return err
	}
	c.sender = true
	b.outside = append(b.outside, message.ExternalSender{SignatureKey: c.identity.Signer.Public(), Credential: c.identity.Credential})
	return nil
}

// senders returns the extensions of the GroupContext of the next group
// that name its external senders.
func (b *Backend) senders() []tree.Extension {
	if len(b.outside) == 0 {
		return nil
	}
	list := b.outside
	b.outside = nil
	return []tree.Extension{message.ExternalSendersExtension(list)}
}
