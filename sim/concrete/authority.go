package concrete

import (
	"bytes"
	"errors"

	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/sim"
)

// authority is the Authentication Service (RFC 9420, Section 5.3.1): whose each
// signature key is, by public key, and which of that client's.
type authority map[string]holder

type holder struct {
	id      sim.ClientID
	version uint32
}

var errNotVouched = errors.New("the Authentication Service does not know the key as this client's")

// Validate implements [tree.AuthenticationService].
func (a authority) Validate(c tree.Credential, key suite.SignaturePublicKey) error {
	if h, ok := a[string(key)]; !ok || !bytes.Equal(identityOf(h.id), c.Identity) {
		return errNotVouched
	}
	return nil
}

// Successor implements [tree.AuthenticationService]: a client has one credential.
func (a authority) Successor(old, successor tree.Credential) error {
	if !bytes.Equal(old.Identity, successor.Identity) {
		return errors.New("another client's credential")
	}
	return nil
}

// Revoke implements [sim.Authority].
func (b *Backend) Revoke(id sim.ClientID, newest uint32) {
	for public, h := range b.authority { //det:ok each by itself
		if h.id == id && h.version < newest {
			delete(b.authority, public)
		}
	}
}
