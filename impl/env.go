package impl

import (
	"cmp"
	"io"

	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
)

// Env is all that a step may know or draw from outside its arguments.
type Env struct {
	Rand io.Reader                  // key material, reuse guards
	Now  uint64                     // seconds since 1970, as in RFC 9420, Section 7.2
	Auth tree.AuthenticationService // RFC 9420, Section 5.3.1; nil accepts every credential
	Rec  spec.Recorder              // nil records nothing
	Bounds
}

// Bounds limit what a client accepts; a zero field stands for its default.
type Bounds struct {
	Window      schedule.Window // RFC 9420, Section 15.3: generations skipped and kept
	MaxLifetime uint64          // seconds, RFC 9420, Section 7.2
	MaxLeaves   int             // of a tree that a Welcome brings
	MaxData     int             // bytes of an application message
}

// Defaults of Bounds.
const (
	DefaultMaxLifetime = 85 * 24 * 3600 // 84 days, and a day for clocks that differ
	DefaultMaxLeaves   = 1 << 17
	DefaultMaxData     = 1 << 24
)

func (b *Bounds) maxLifetime() uint64 { return cmp.Or(b.MaxLifetime, DefaultMaxLifetime) }
func (b *Bounds) maxLeaves() int      { return cmp.Or(b.MaxLeaves, DefaultMaxLeaves) }
func (b *Bounds) maxData() int        { return cmp.Or(b.MaxData, DefaultMaxData) }

// An Identity is what makes a client: a credential and the signature key that
// it speaks for (RFC 9420, Section 5.3). It holds a secret.
type Identity struct {
	Suite      *suite.Suite
	Credential tree.Credential
	Signer     *suite.SignatureKey
}

// NewIdentity draws a signature key for a basic credential of this name.
func NewIdentity(env *Env, s *suite.Suite, name []byte) (*Identity, error) {
	signer, err := s.GenerateSignatureKey(env.Rand)
	if err != nil {
		return nil, err
	}
	return &Identity{Suite: s, Credential: tree.BasicCredential(name), Signer: signer}, nil
}

// leaf returns the fields of a LeafNode that stay the same over its versions. An
// experimental suite is listed by those whose own it is, and by nobody else.
func (i *Identity) leaf() tree.LeafNode {
	capabilities := Capabilities()
	if i.Suite.ID.Experimental() {
		capabilities.CipherSuites = append(capabilities.CipherSuites, i.Suite.ID)
	}
	return tree.LeafNode{
		SignatureKey: i.Signer.Public(),
		Credential:   i.Credential,
		Capabilities: capabilities,
	}
}

// Capabilities returns what this implementation supports in any group (RFC 9420,
// Section 7.2): the suites of RFC 9420, and no experimental one.
func Capabilities() tree.Capabilities {
	k := tree.Capabilities{
		Versions:    []spec.ProtocolVersion{spec.MLS10},
		Credentials: []spec.CredentialType{spec.CredentialBasic, spec.CredentialX509},
	}
	for _, s := range suite.All() {
		k.CipherSuites = append(k.CipherSuites, s.ID)
	}
	return k
}
