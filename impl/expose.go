package impl

import (
	"bytes"

	"mlssim/impl/schedule"
	"mlssim/impl/tree"
)

// Exposed is what a theft of a client's state takes of the present epoch, in the
// form in which it can be used: [Member.Held] lists the same secrets, and those of
// other epochs, as bytes. Whoever has an Exposed can say in the client's name what
// the client would never say.
type Exposed struct {
	Identity *Identity            // the signature key
	Keys     tree.Keyring         // RFC 9420, Section 4.2
	Secrets  *schedule.Secrets    // of the epoch; not to be written to
	Ratchets *schedule.SecretTree // Section 9

	// ConfirmationTag is the one of the Commit that began the epoch, which the next
	// transcript hash is made of (Section 8.2). It is not secret.
	ConfirmationTag []byte
}

// Expose returns the client's keys. The protocol has no use for it: it is for
// those who study what happens when keys are in the wrong hands. It is the only
// way out of this package for keys that can be used.
func (m *Member) Expose() Exposed {
	return Exposed{
		Identity:        m.identity,
		Keys:            m.keys,
		Secrets:         m.secrets,
		Ratchets:        m.ratchets,
		ConfirmationTag: bytes.Clone(m.tag),
	}
}
