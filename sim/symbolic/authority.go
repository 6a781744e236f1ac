package symbolic

import (
	"mlssim/model"
	"mlssim/sim"
)

// accept makes the Authentication Service accept a signature key as a client's.
func (b *Backend) accept(id sim.ClientID, version uint32, private model.Term) {
	b.accepted[b.store.Public(private)] = holder{id, version}
}

// holder is whose key one is, and which of them.
type holder struct {
	id      sim.ClientID
	version uint32
}

// valid is what the Authentication Service says (RFC 9420, Section 5.3.1).
func (b *Backend) valid(c model.Credential, public model.Term) bool {
	h, ok := b.accepted[public]
	return ok && identity(h.id) == c.Identity
}

// Revoke implements [sim.Authority].
func (b *Backend) Revoke(id sim.ClientID, newest uint32) {
	for public, h := range b.accepted { //det:ok each by itself
		if h.id == id && h.version < newest {
			delete(b.accepted, public)
		}
	}
}
