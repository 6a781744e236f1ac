package impl

import (
	"io"

	"mlssim/impl/message"
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

	// PSK returns a pre-shared key that the application holds, or nil (RFC 9420,
	// Section 8.4). Of resumption PSKs it is asked for those that the state has not.
	PSK func(*schedule.PreSharedKeyID) suite.Secret

	// Permit tells why the application does not let a sender propose something, or
	// nil (RFC 9420, Sections 12.1.8 and 12.2). A nil Permit lets everybody.
	Permit func(*PublicGroup, message.Sender, *message.Proposal) error

	// Padding returns how many zero bytes go behind a content of so many bytes in a
	// PrivateMessage (RFC 9420, Section 15.1). A nil Padding adds none.
	Padding func(content int) int

	// KeyUses refuses to encrypt two messages under the same key and nonce, as who
	// sends twice from one state would (RFC 9420, Section 9.1). A nil KeyUses does not
	// watch.
	KeyUses *KeyUses

	Bounds

	Lifetime uint64 // seconds that new KeyPackages of the client's are valid; 0: as long as the Bounds allow
	Types    *Types // what the application adds to the protocol; nil for nothing
	GREASE   bool   // whether what is sent carries GREASE (RFC 9420, Section 13.5)
}

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
	return tree.LeafNode{
		SignatureKey: i.Signer.Public(),
		Credential:   i.Credential,
		Capabilities: capabilitiesOf(i.Suite),
	}
}

// capabilitiesOf returns what this implementation supports for a client of a suite.
func capabilitiesOf(s *suite.Suite) tree.Capabilities {
	k := Capabilities()
	if s.ID.Experimental() {
		k.CipherSuites = append(k.CipherSuites, s.ID)
	}
	return k
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
