package tree

import (
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// A Credential binds identities to a signature key (RFC 9420, Section 5.3).
type Credential struct {
	Type         spec.CredentialType
	Identity     []byte   // basic
	Certificates [][]byte // x509: DER, the end entity first
	Opaque       []byte   // any other type: its content as it came
}

// BasicCredential returns the credential that merely asserts an identity.
func BasicCredential(identity []byte) Credential {
	return Credential{Type: spec.CredentialBasic, Identity: identity}
}

// Wire describes Credential (RFC 9420, Section 5.3). What a type holds that RFC
// 9420 does not define is taken for one opaque<V>, as other implementations do
// too: the text gives an unknown arm no length, and without one a leaf with a
// credential from the future could not even be passed over. Whether such a
// credential may be used is decided by Section 7.3.
func (r *Credential) Wire(c *wire.Coder) {
	c.Is(req.EncodeCredential)
	wire.Uint16(c, &r.Type)
	switch r.Type {
	case spec.CredentialBasic:
		wire.Opaque(c, &r.Identity)
	case spec.CredentialX509:
		wire.Vector(c, &r.Certificates, wire.Opaque[[]byte])
	default:
		wire.Opaque(c, &r.Opaque)
	}
}
