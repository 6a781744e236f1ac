package tree

import (
	"slices"

	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Sections 5.3.3, 7.2, 11.1 and 13.1.

// RequiredCapabilities is the content of a required_capabilities extension
// (Section 11.1).
type RequiredCapabilities struct {
	Extensions  []spec.ExtensionType
	Proposals   []spec.ProposalType
	Credentials []spec.CredentialType
}

// Wire describes RequiredCapabilities (Section 11.1).
func (r *RequiredCapabilities) Wire(c *wire.Coder) {
	c.Is(req.EncodeRequiredCapabilities)
	wire.Vector(c, &r.Extensions, wire.Uint16[spec.ExtensionType])
	wire.Vector(c, &r.Proposals, wire.Uint16[spec.ProposalType])
	wire.Vector(c, &r.Credentials, wire.Uint16[spec.CredentialType])
}

// RequiredCapabilitiesOf returns what the required_capabilities extension of a
// list asks for: nothing, if there is none. The error is a [spec.Violation].
func RequiredCapabilitiesOf(extensions []Extension) (RequiredCapabilities, error) {
	var r RequiredCapabilities
	i := slices.IndexFunc(extensions, func(e Extension) bool { return e.Type == spec.ExtRequiredCapabilities })
	if i < 0 {
		return r, nil
	}
	err := wire.Decode(extensions[i].Data, &r)
	if err := spec.Checkf(nil, req.ExtensionRequiredCapabilities, err == nil, "%w", err); err != nil {
		return RequiredCapabilities{}, err
	}
	return r, nil
}

// ApplicationID returns what the application_id extension of a leaf holds, and
// whether there is one (RFC 9420, Section 5.3.3). Nobody has authenticated it, and
// several members may have the same: a leaf is not refused for it, nor for one
// that cannot be read, of which the error is a [spec.Violation].
func (n *LeafNode) ApplicationID() (id []byte, ok bool, err error) {
	i := slices.IndexFunc(n.Extensions, func(e Extension) bool { return e.Type == spec.ExtApplicationID })
	if i < 0 {
		return nil, false, nil
	}
	var content applicationID
	err = wire.Decode(n.Extensions[i].Data, &content)
	if err := spec.Checkf(nil, req.ExtensionApplicationID, err == nil, "%w", err); err != nil {
		return nil, true, err
	}
	return content, true, nil
}

// ApplicationIDExtension returns the application_id extension for an identifier.
func ApplicationIDExtension(id []byte) Extension {
	content := applicationID(id)
	return Extension{Type: spec.ExtApplicationID, Data: wire.Encode(&content)}
}

// applicationID is the content of an application_id extension.
type applicationID []byte

func (a *applicationID) Wire(c *wire.Coder) { wire.Opaque(c, a) }

// Meets tells whether a client with these capabilities supports all that is
// required.
func (k *Capabilities) Meets(r *RequiredCapabilities) bool {
	extensions, proposals := setOf(k.Extensions), setOf(k.Proposals)
	for _, e := range r.Extensions {
		if !defaultExtension(e) && !extensions.has(e) {
			return false
		}
	}
	for _, p := range r.Proposals {
		if !defaultProposal(p) && !proposals.has(p) {
			return false
		}
	}
	_, lacks := setOf(k.Credentials).lacks(r.Credentials)
	return !lacks
}

// defaultExtension tells whether RFC 9420 defines an extension type, so that
// everybody supports it and nobody lists it (Section 7.2).
func defaultExtension(e spec.ExtensionType) bool {
	return spec.ExtApplicationID <= e && e <= spec.ExtExternalSenders
}

// defaultProposal is defaultExtension for proposal types.
func defaultProposal(p spec.ProposalType) bool {
	return spec.ProposalAdd <= p && p <= spec.ProposalGroupContextExtensions
}

// SupportsExtension tells whether an extension type is supported: those that
// RFC 9420 defines are, though they are not listed (Section 7.2).
func (k *Capabilities) SupportsExtension(e spec.ExtensionType) bool {
	return defaultExtension(e) || slices.Contains(k.Extensions, e)
}

// Unsupported returns the first type of a list of extensions that is not
// supported, and whether there is one.
func (k *Capabilities) Unsupported(extensions []Extension) (spec.ExtensionType, bool) {
	listed := setOf(k.Extensions)
	for _, e := range extensions {
		if !defaultExtension(e.Type) && !listed.has(e.Type) {
			return e.Type, true
		}
	}
	return 0, false
}

// SupportsProposal tells whether a proposal type is supported; the default ones
// are, though they are not listed (Section 7.2).
func (k *Capabilities) SupportsProposal(p spec.ProposalType) bool {
	return defaultProposal(p) || slices.Contains(k.Proposals, p)
}

// SupportsGroup tells whether a client can take part in a group of this version
// and cipher suite.
func (k *Capabilities) SupportsGroup(v spec.ProtocolVersion, s spec.CipherSuite) bool {
	return slices.Contains(k.Versions, v) && slices.Contains(k.CipherSuites, s)
}
