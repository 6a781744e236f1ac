package model

import (
	"slices"

	"mlssim/spec"
)

// RFC 9420, Sections 13.2 to 13.4: what an application adds to the protocol.

// Places says in which objects an extension may stand (Section 17.3).
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
	Valid  func(Term) bool // of its content; nil accepts
}

// A CustomProposal is a proposal type that the application knows.
type CustomProposal struct {
	Type         spec.ProposalType
	PathRequired bool                            // by a Commit that covers one
	External     bool                            // whether external senders may send one
	Valid        func(*Group, Sender, Term) bool // nil accepts
}

// Types are those that the application knows beside those of RFC 9420. A nil
// *Types has none.
type Types struct {
	Extensions  []CustomExtension
	Proposals   []CustomProposal
	Credentials []spec.CredentialType
}

// proposal returns what is known of a proposal type, or nil.
func (t *Types) proposal(p spec.ProposalType) *CustomProposal {
	if t != nil {
		for i := range t.Proposals {
			if t.Proposals[i].Type == p {
				return &t.Proposals[i]
			}
		}
	}
	return nil
}

// processed tells whether a client can apply proposals of a type (Section 12.2).
func (t *Types) processed(p spec.ProposalType) bool {
	return defaultProposal(p) || t.proposal(p) != nil
}

// pathRequired tells whether a Commit that covers one needs a path (Section 17.4).
func (t *Types) pathRequired(p spec.ProposalType) bool {
	if k := t.proposal(p); k != nil {
		return k.PathRequired
	}
	return p.PathRequired()
}

// fromOutside tells whether an external sender may send one (Sections 12.1.8 and
// 17.4). Of a type that it does not know a client cannot tell.
func (t *Types) fromOutside(p spec.ProposalType) bool {
	switch p {
	case spec.ProposalAdd, spec.ProposalRemove, spec.ProposalPSK, spec.ProposalReInit, spec.ProposalGroupContextExtensions:
		return true
	}
	k := t.proposal(p)
	return !defaultProposal(p) && (k == nil || k.External)
}

// credential tells whether credentials of a type can be validated.
func (t *Types) credential(c spec.CredentialType) bool {
	return c == spec.CredentialBasic || c == spec.CredentialX509 || t != nil && slices.Contains(t.Credentials, c)
}

// places returns where a client may put an extension, of none that it does not know.
func (t *Types) places(e spec.ExtensionType) Places {
	switch e {
	case spec.ExtApplicationID:
		return InLeafNode
	case spec.ExtRatchetTree, spec.ExtExternalPub:
		return InGroupInfo
	case spec.ExtRequiredCapabilities, spec.ExtExternalSenders:
		return InGroupContext
	case spec.ExtLastResort:
		return InKeyPackage
	}
	if t != nil {
		for _, k := range t.Extensions {
			if k.Type == e {
				return k.Places
			}
		}
	}
	return 0
}

// placed tells whether all extensions of a list may stand in a place.
func (t *Types) placed(items []Extension, in Places) bool {
	return !slices.ContainsFunc(items, func(e Extension) bool { return t.places(e.Type)&in == 0 })
}

// accept tells whether the application accepts the contents of its own
// extensions in a place; elsewhere they mean nothing.
func (t *Types) accept(items []Extension, in Places) bool {
	return t == nil || !slices.ContainsFunc(items, func(e Extension) bool {
		return slices.ContainsFunc(t.Extensions, func(k CustomExtension) bool {
			return k.Type == e.Type && k.Places&in != 0 && k.Valid != nil && !k.Valid(e.Data)
		})
	})
}

// known returns capabilities with all types that the application has (Section 7.2).
func (t *Types) known(c Capabilities) Capabilities {
	if t == nil {
		return c
	}
	for _, k := range t.Extensions {
		c.Extensions = including(c.Extensions, k.Type)
	}
	for _, k := range t.Proposals {
		c.Proposals = including(c.Proposals, k.Type)
	}
	for _, k := range t.Credentials {
		c.Credentials = including(c.Credentials, k)
	}
	return c
}

// including returns a list with one more item, unless it is there.
func including[T comparable](items []T, x T) []T {
	if slices.Contains(items, x) {
		return items
	}
	return append(slices.Clip(items), x)
}
