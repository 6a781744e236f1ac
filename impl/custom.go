package impl

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"mlssim/impl/message"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
)

// RFC 9420, Sections 13.2 to 13.4: what an application adds to the protocol.

// Places says in which objects an extension may stand: the column "Message(s)" of
// RFC 9420, Section 17.3.
type Places uint8

const (
	InKeyPackage Places = 1 << iota
	InLeafNode
	InGroupContext
	InGroupInfo
)

// A CustomExtension is an extension type that the application knows.
type CustomExtension struct {
	Type   spec.ExtensionType
	Places Places
	// Validate tells why the content of such an extension is wrong, or nil. A nil
	// Validate accepts everything.
	Validate func(data []byte) error
}

// A CustomProposal is a proposal type that the application knows. What a Commit
// covers of it is in the Output.
type CustomProposal struct {
	Type         spec.ProposalType
	PathRequired bool // by a Commit that covers one (RFC 9420, Section 17.4)
	External     bool // whether senders outside of the group may send one (the same)
	// Validate tells why a proposal is wrong in a group's present epoch, or nil. A
	// nil Validate accepts everything.
	Validate func(g *PublicGroup, sender message.Sender, data []byte) error
}

// A CustomCredential is a credential type that the application knows.
type CustomCredential struct {
	Type spec.CredentialType
	// Validate tells why a credential does not stand for a signature key, or nil;
	// the Authentication Service is asked besides. A nil Validate accepts
	// everything.
	Validate func(content []byte, key suite.SignaturePublicKey) error
}

// Types are the extensions, proposals and credentials that the application knows
// beside those of RFC 9420. A client that has them lists them in its capabilities
// (Section 7.2), and can take part in groups that use them. They are immutable;
// nil has none.
type Types struct {
	extensions  []CustomExtension // each list in the order of the code points
	proposals   []CustomProposal
	credentials []CustomCredential
}

// NewTypes registers types. The error says which code point is not free: one that
// RFC 9420 defines or reserves, GREASE among them, or that is registered twice.
func NewTypes(extensions []CustomExtension, proposals []CustomProposal, credentials []CustomCredential) (*Types, error) {
	t := &Types{slices.Clone(extensions), slices.Clone(proposals), slices.Clone(credentials)}
	for _, e := range extensions {
		if e.Places == 0 || e.Places >= InGroupInfo<<1 {
			return nil, fmt.Errorf("extension type 0x%04x: no place where it may stand", uint16(e.Type))
		}
	}
	err := errors.Join(
		register("extension", t.extensions, func(e *CustomExtension) spec.ExtensionType { return e.Type }, spec.ExtExternalSenders, spec.ExtLastResort),
		register("proposal", t.proposals, func(p *CustomProposal) spec.ProposalType { return p.Type }, spec.ProposalGroupContextExtensions),
		register("credential", t.credentials, func(c *CustomCredential) spec.CredentialType { return c.Type }, spec.CredentialX509),
	)
	if err != nil {
		return nil, err
	}
	return t, nil
}

// register sorts a list by its code points and tells what is wrong with them: up
// to last RFC 9420 has them itself, and taken are others that are in use.
func register[K any, T ~uint16](kind string, list []K, typ func(*K) T, last T, taken ...T) error {
	slices.SortFunc(list, func(a, b K) int { return cmp.Compare(typ(&a), typ(&b)) })
	for i := range list {
		t := typ(&list[i])
		switch {
		case t <= last:
			return fmt.Errorf("%s type 0x%04x: RFC 9420 defines or reserves it", kind, uint16(t))
		case spec.GREASE(t):
			return fmt.Errorf("%s type 0x%04x: it is reserved for GREASE", kind, uint16(t))
		case slices.Contains(taken, t):
			return fmt.Errorf("%s type 0x%04x: this implementation has it already", kind, uint16(t))
		case i > 0 && typ(&list[i-1]) == t:
			return fmt.Errorf("%s type 0x%04x: registered twice", kind, uint16(t))
		}
	}
	return nil
}

func (t *Types) extension(e spec.ExtensionType) *CustomExtension {
	if t == nil {
		return nil
	}
	return find(t.extensions, func(k *CustomExtension) bool { return k.Type == e })
}

func (t *Types) proposal(p spec.ProposalType) *CustomProposal {
	if t == nil {
		return nil
	}
	return find(t.proposals, func(k *CustomProposal) bool { return k.Type == p })
}

func (t *Types) credential(c spec.CredentialType) *CustomCredential {
	if t == nil {
		return nil
	}
	return find(t.credentials, func(k *CustomCredential) bool { return k.Type == c })
}

func find[K any](list []K, is func(*K) bool) *K {
	for i := range list {
		if is(&list[i]) {
			return &list[i]
		}
	}
	return nil
}

// processed tells whether this client can apply proposals of a type (RFC 9420,
// Section 12.2). What it cannot apply it must not ignore.
func (t *Types) processed(p spec.ProposalType) bool {
	return spec.ProposalAdd <= p && p <= spec.ProposalGroupContextExtensions || t.proposal(p) != nil
}

// pathRequired tells whether a Commit that covers a proposal of a type needs a
// path (RFC 9420, Section 12.4).
func (t *Types) pathRequired(p spec.ProposalType) bool {
	if kind := t.proposal(p); kind != nil {
		return kind.PathRequired
	}
	return p.PathRequired()
}

// listed returns capabilities with all that is registered (RFC 9420, Section 7.2).
func (t *Types) listed(k tree.Capabilities) tree.Capabilities {
	if t == nil {
		return k
	}
	for i := range t.extensions {
		k.Extensions = including(k.Extensions, t.extensions[i].Type)
	}
	for i := range t.proposals {
		k.Proposals = including(k.Proposals, t.proposals[i].Type)
	}
	for i := range t.credentials {
		k.Credentials = including(k.Credentials, t.credentials[i].Type)
	}
	return k
}

// including returns a list with one more element, unless it is there.
func including[T comparable](list []T, e T) []T {
	if slices.Contains(list, e) {
		return list
	}
	return append(slices.Clip(list), e)
}
