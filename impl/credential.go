package impl

import (
	"fmt"

	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
)

// RFC 9420, Section 5.3.1: the Authentication Service as the rules see it.

// auth returns the application's Authentication Service, before which stands what
// the application registered for credential types of its own. A credential of a
// type that nobody knows is vouched for by nobody.
func (env *Env) auth() tree.AuthenticationService {
	a := authentication{env.Types, env.Auth}
	if s, ok := env.Auth.(tree.CertificateService); ok {
		return chainAuthentication{a, s}
	}
	return a
}

// authentication is an Authentication Service for all types.
type authentication struct {
	types   *Types
	service tree.AuthenticationService // may be nil
}

// Validate implements [tree.AuthenticationService].
func (a authentication) Validate(c tree.Credential, key suite.SignaturePublicKey) error {
	if c.Type != spec.CredentialBasic && c.Type != spec.CredentialX509 {
		kind := a.types.credential(c.Type)
		if kind == nil {
			return fmt.Errorf("credential type 0x%04x", uint16(c.Type)) //spec:extra the caller refuses for credential.as
		}
		if kind.Validate != nil {
			if err := kind.Validate(c.Opaque, key); err != nil {
				return err
			}
		}
	}
	if a.service == nil {
		return nil
	}
	return a.service.Validate(c, key)
}

// Successor implements [tree.AuthenticationService].
func (a authentication) Successor(old, successor tree.Credential) error {
	if a.service == nil {
		return nil
	}
	return a.service.Successor(old, successor)
}

// chainAuthentication is authentication by a service that wants chains parsed.
type chainAuthentication struct {
	authentication
	tree.CertificateService
}

// Validate implements [tree.AuthenticationService].
func (a chainAuthentication) Validate(c tree.Credential, key suite.SignaturePublicKey) error {
	return a.authentication.Validate(c, key)
}

// Successor implements [tree.AuthenticationService].
func (a chainAuthentication) Successor(old, successor tree.Credential) error {
	return a.authentication.Successor(old, successor)
}
