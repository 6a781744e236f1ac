package model

import (
	"slices"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 13.4: extensions; 11.1: required_capabilities; 12.1.8.1:
// external_senders; 12.1.7: what new extensions ask of the members.

// An Extension is one entry of a list of extensions (Section 13.4).
type Extension struct {
	Type spec.ExtensionType
	Data Term
}

func (e Extension) term(s *Store) Term { return s.Tuple("Extension", s.Number(uint64(e.Type)), e.Data) }

// extensions returns the encoding of a list.
func extensions(s *Store, items []Extension) Term {
	return list(s, items, func(e Extension) Term { return e.term(s) })
}

// find returns the extension of a type, and whether there is one.
func find(items []Extension, t spec.ExtensionType) (Extension, bool) {
	at := slices.IndexFunc(items, func(e Extension) bool { return e.Type == t })
	if at < 0 {
		return Extension{}, false
	}
	return items[at], true
}

// unique tells whether no type occurs twice in any of some lists.
func unique(lists ...[]Extension) bool {
	for _, items := range lists {
		types := make([]spec.ExtensionType, len(items))
		for i, e := range items {
			types[i] = e.Type
		}
		if !distinct(types) {
			return false
		}
	}
	return true
}

// RequiredCapabilities is what a group asks of every leaf (Section 11.1).
type RequiredCapabilities struct {
	Extensions  []spec.ExtensionType
	Proposals   []spec.ProposalType
	Credentials []spec.CredentialType
}

func (r RequiredCapabilities) term(s *Store) Term {
	return s.Tuple("RequiredCapabilities", numbers(s, r.Extensions), numbers(s, r.Proposals), numbers(s, r.Credentials))
}

// Extension returns the required_capabilities extension.
func (r RequiredCapabilities) Extension(s *Store) Extension {
	return Extension{spec.ExtRequiredCapabilities, encode(s, r)}
}

// metBy tells whether a leaf's capabilities list all that is required.
func (r RequiredCapabilities) metBy(c Capabilities) bool {
	return !slices.ContainsFunc(r.Extensions, func(e spec.ExtensionType) bool { return !c.supportsExtension(e) }) &&
		!slices.ContainsFunc(r.Proposals, func(p spec.ProposalType) bool { return !c.supportsProposal(p) }) &&
		!slices.ContainsFunc(r.Credentials, func(k spec.CredentialType) bool { return !slices.Contains(c.Credentials, k) })
}

// required returns what a list of extensions requires: nothing, where it does
// not say or what it says cannot be read.
func required(s *Store, items []Extension) RequiredCapabilities {
	e, _ := find(items, spec.ExtRequiredCapabilities)
	r, _ := decode[RequiredCapabilities](s, e.Data)
	return r
}

// An ExternalSender may send proposals to a group that it is not in (Section
// 12.1.8.1).
type ExternalSender struct {
	SignatureKey Term
	Credential   Credential
}

// ExternalSenders is the content of an external_senders extension.
type ExternalSenders []ExternalSender

func (l ExternalSenders) term(s *Store) Term {
	return s.Tuple("ExternalSenders", list(s, l, func(e ExternalSender) Term {
		return s.Tuple("ExternalSender", e.SignatureKey, e.Credential.term(s))
	}))
}

// Extension returns the external_senders extension.
func (l ExternalSenders) Extension(s *Store) Extension {
	return Extension{spec.ExtExternalSenders, encode(s, l)}
}

// senders returns who may send from outside, by a list of extensions.
func senders(s *Store, items []Extension) ExternalSenders {
	e, _ := find(items, spec.ExtExternalSenders)
	l, _ := decode[ExternalSenders](s, e.Data)
	return l
}

// reads tells whether an extension, if it is in the list, is an encoding of T.
func reads[T structure](s *Store, items []Extension, t spec.ExtensionType) bool {
	e, there := find(items, t)
	_, ok := decode[T](s, e.Data)
	return !there || ok
}

// contextCtx is the extensions of a GroupContext, present or proposed.
type contextCtx struct {
	env   *Env
	items []Extension
}

// senders tells whether something holds for each external sender.
func (c contextCtx) senders(holds func(ExternalSender) bool) bool {
	return !slices.ContainsFunc(senders(c.env.Store, c.items), func(e ExternalSender) bool { return !holds(e) })
}

// contextRules is what the extensions of a GroupContext have to be by
// themselves: readable where RFC 9420 defines them, as the application says where
// they are its own, with external senders that the Authentication Service vouches
// for (Section 5.3.1).
var contextRules = []Rule[contextCtx]{
	{req.CredentialX509Chain, func(c contextCtx) bool {
		return c.senders(func(e ExternalSender) bool { return e.Credential.chained() })
	}},
	{req.CredentialX509Key, func(c contextCtx) bool {
		return c.senders(func(e ExternalSender) bool { return e.Credential.certifies(e.SignatureKey) })
	}},
	{req.CredentialAS, func(c contextCtx) bool {
		return c.senders(func(e ExternalSender) bool { return c.env.vouches(e.Credential, e.SignatureKey) })
	}},
	{req.ExtensionRequiredCapabilities, func(c contextCtx) bool {
		return reads[RequiredCapabilities](c.env.Store, c.items, spec.ExtRequiredCapabilities)
	}},
	{req.ExtensionExternalSenders, func(c contextCtx) bool {
		return reads[ExternalSenders](c.env.Store, c.items, spec.ExtExternalSenders)
	}},
	{req.ExtensionUnique, func(c contextCtx) bool { return unique(c.items) }},
	{req.ExtensionCustom, func(c contextCtx) bool { return c.env.Types.accept(c.items, InGroupContext) }},
}

// sentRules is what a client keeps to with extensions that it sends itself for a
// GroupContext (Sections 13.4 and 13.5).
var sentRules = []Rule[contextCtx]{
	{req.ExtensionPlace, func(c contextCtx) bool { return c.env.Types.placed(c.items, InGroupContext) }},
	{req.GreaseFields, func(c contextCtx) bool {
		r := required(c.env.Store, c.items)
		return !slices.ContainsFunc(c.items, func(e Extension) bool { return spec.GREASE(e.Type) }) &&
			!slices.ContainsFunc(r.Extensions, spec.GREASE[spec.ExtensionType]) &&
			!slices.ContainsFunc(r.Proposals, spec.GREASE[spec.ProposalType]) &&
			!slices.ContainsFunc(r.Credentials, spec.GREASE[spec.CredentialType])
	}},
}

// replacementCtx is the extensions that a list of proposals brings, and the
// members of the next epoch.
type replacementCtx struct {
	env      *Env
	after    Tree
	replaced bool
	items    []Extension
}

// members tells whether something holds for all members, where there are new
// extensions.
func (c replacementCtx) members(holds func(Capabilities) bool) bool {
	for _, l := range c.after.Leaves() {
		if c.replaced && !holds(l.Capabilities) {
			return false
		}
	}
	return true
}

// replacementRules is what new extensions ask of all members of the next epoch:
// that they support what is required (Section 12.1.7), and each extension
// (Section 13.4).
var replacementRules = []Rule[replacementCtx]{
	{req.GceRequiredCapabilities, func(c replacementCtx) bool {
		return c.members(required(c.env.Store, c.items).metBy)
	}},
	{req.GceExtensions, func(c replacementCtx) bool {
		return c.members(func(k Capabilities) bool { return k.supports(c.items) })
	}},
}

// supports tells whether a client supports each extension of a list.
func (c Capabilities) supports(items []Extension) bool {
	return !slices.ContainsFunc(items, func(e Extension) bool { return !c.supportsExtension(e.Type) })
}
