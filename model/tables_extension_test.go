package model

import (
	"slices"
	"testing"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Sections 13.4 and 13.5.

func TestContextRules(t *testing.T) {
	g := inStep(t)
	env := g.env()
	env.Types = &Types{Extensions: []CustomExtension{
		{Type: unknownType, Places: InGroupContext, Valid: func(data Term) bool { return data != 0 }},
		{Type: unknownType + 1, Places: InLeafNode, Valid: func(Term) bool { return false }},
	}}
	service := ExternalSender{g.s.Public(g.client("S").SignatureKey), g.client("S").Credential}
	with := func(items ...Extension) contextCtx { return contextCtx{env, items} }
	sender := func(f func(*ExternalSender)) contextCtx {
		return with(ExternalSenders{service, change(service, f)}.Extension(g.s))
	}
	good := with(ExternalSenders{service}.Extension(g.s), RequiredCapabilities{}.Extension(g.s), Extension{unknownType, 1}, Extension{unknownType + 1, 0})
	checkTable(t, contextRules, good, []bad[contextCtx]{
		{req.CredentialX509Chain, sender(func(e *ExternalSender) { e.Credential.Type = spec.CredentialX509 })},
		{req.CredentialX509Key, sender(func(e *ExternalSender) {
			e.Credential.Type, e.Credential.Certified = spec.CredentialX509, g.s.Public(g.client("A").SignatureKey)
		})},
		{req.CredentialAS, sender(func(e *ExternalSender) { e.Credential.Type = unknownType })},
		{req.ExtensionRequiredCapabilities, with(Extension{spec.ExtRequiredCapabilities, 1})},
		{req.ExtensionExternalSenders, with(Extension{spec.ExtExternalSenders, 1})},
		{req.ExtensionUnique, with(Extension{7, 1}, Extension{8, 1}, Extension{7, 2})},
		{req.ExtensionCustom, with(Extension{unknownType, 0})},
	})
	grease := RequiredCapabilities{Proposals: []spec.ProposalType{0x1a1a}}
	checkTable(t, sentRules, good.without(unknownType+1), []bad[contextCtx]{
		{req.ExtensionPlace, with(Extension{unknownType + 1, 0})},
		{req.ExtensionPlace, with(Extension{spec.ExtApplicationID, 0})},
		{req.ExtensionPlace, with(Extension{unknownType + 2, 0})},
		{req.GreaseFields, with(grease.Extension(g.s))},
	})
	checkTable(t, publishRules, with(), []bad[contextCtx]{
		{req.ExtensionUnique, with(Extension{spec.ExtRatchetTree, 0}, Extension{spec.ExtRatchetTree, 1})},
		{req.ExtensionPlace, with(Extension{unknownType, 1})},
		{req.ExtensionCustom, contextCtx{&Env{Types: &Types{Extensions: []CustomExtension{
			{Type: unknownType, Places: InGroupInfo, Valid: func(Term) bool { return false }}}}}, []Extension{{unknownType, 1}}}},
	})
}

// without returns a context without the extensions of a type.
func (c contextCtx) without(e spec.ExtensionType) contextCtx {
	c.items = slices.DeleteFunc(slices.Clone(c.items), func(x Extension) bool { return x.Type == e })
	return c
}
