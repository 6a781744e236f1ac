package impl

import (
	"fmt"
	"slices"

	"mlssim/impl/message"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 13.4: extensions by the object in which they stand.
//
// The text says where an extension may appear (Section 17.3), but not what becomes
// of one that appears elsewhere. In KeyPackages, leaves and GroupInfos it is
// ignored here, as unknown ones are: it has no meaning in that place, and to refuse
// it would divide a group in which others ignore it. Every extension of a
// GroupContext has to be supported, so that there it is no supported one, except
// for those of RFC 9420 that belong elsewhere: every client is taken to support
// these (Section 7.2), and they mean nothing. Nobody sends any of this.

// placesOf returns where this client may put an extension; of none that it does not know.
func (env *Env) placesOf(t spec.ExtensionType) Places {
	switch t {
	case spec.ExtApplicationID:
		return InLeafNode
	case spec.ExtRatchetTree, spec.ExtExternalPub:
		return InGroupInfo
	case spec.ExtRequiredCapabilities, spec.ExtExternalSenders:
		return InGroupContext
	case spec.ExtLastResort:
		return InKeyPackage
	}
	if kind := env.Types.extension(t); kind != nil {
		return kind.Places
	}
	return 0
}

// checkPlaced decides whether extensions may be sent in a place, and are what
// their types say.
func (env *Env) checkPlaced(extensions []tree.Extension, place Places) error {
	for _, e := range extensions {
		if err := spec.Checkf(env.Rec, req.ExtensionPlace, env.placesOf(e.Type)&place != 0, "extension 0x%04x", uint16(e.Type)); err != nil {
			return err
		}
	}
	return env.validateCustom(extensions, place)
}

// validateCustom decides what the application says of its own extensions, in the
// places that it gave them.
func (env *Env) validateCustom(extensions []tree.Extension, place Places) error {
	for _, e := range extensions {
		wrong := env.customWrong(&e, place)
		if err := spec.Checkf(env.Rec, req.ExtensionCustom, wrong == nil, "extension 0x%04x: %w", uint16(e.Type), wrong); err != nil {
			return err
		}
	}
	return nil
}

func (env *Env) customWrong(e *tree.Extension, place Places) error {
	kind := env.Types.extension(e.Type)
	if kind == nil || kind.Places&place == 0 || kind.Validate == nil {
		return nil
	}
	return kind.Validate(e.Data)
}

// leafExtensionWrong is customWrong for leaves, as [tree.Rules] asks.
func (env *Env) leafExtensionWrong(e *tree.Extension) error { return env.customWrong(e, InLeafNode) }

// unsupported tells why this client cannot take part in a group with these
// GroupContext extensions, or nil. It is not asked of the client's leaf: what that
// lists for GREASE is not supported (RFC 9420, Section 13.5).
func (env *Env) unsupported(extensions []tree.Extension) error {
	for _, e := range extensions {
		if e.Type >= spec.ExtApplicationID && e.Type <= spec.ExtExternalSenders {
			continue
		}
		if env.placesOf(e.Type)&InGroupContext == 0 {
			return fmt.Errorf("extension 0x%04x", uint16(e.Type))
		}
	}
	return nil
}

// meets tells whether this client has what a group requires.
func (env *Env) meets(g *PublicGroup) bool {
	own := env.capabilities(g.suite)
	return own.Meets(&g.required)
}

// validateContextExtensions validates the extensions of a GroupContext, present
// or proposed, but for how members get on with them: those of RFC 9420 can be
// read, the application's own are as it says, and the Authentication Service
// vouches for all senders in external_senders (Section 5.3.1).
func (env *Env) validateContextExtensions(s *suite.Suite, extensions []tree.Extension) error {
	if _, err := tree.RequiredCapabilitiesOf(extensions); err != nil {
		return err
	}
	senders, _, err := message.ExternalSendersOf(extensions)
	if err != nil {
		return err
	}
	rules := tree.Rules{Rec: env.Rec, Suite: s, Auth: env.auth()}
	for i := range senders {
		if err := rules.Credential(senders[i].Credential, senders[i].SignatureKey); err != nil {
			return fmt.Errorf("external sender %d: %w", i, err)
		}
	}
	return env.validateCustom(extensions, InGroupContext)
}

// checkOwnProposal decides what is asked of a proposal because the client makes it
// itself.
func (env *Env) checkOwnProposal(p *message.Proposal) error {
	if p.Type != spec.ProposalGroupContextExtensions {
		return nil
	}
	return env.checkSent(p.GroupContextExtensions.Extensions)
}

// checkOwn is checkOwnProposal for what a Commit carries by value.
func (l *proposalList) checkOwn(env *Env) error {
	for i := range l.proposals {
		if p := &l.proposals[i]; p.ref == nil {
			if err := env.checkOwnProposal(&p.proposal); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkSent decides whether extensions may be sent for a GroupContext: in their
// place, and without GREASE, also inside of what they require (Section 13.5).
func (env *Env) checkSent(extensions []tree.Extension) error {
	if err := spec.Check(env.Rec, req.GreaseFields, !hasGREASE(extensions)); err != nil {
		return err
	}
	return env.checkPlaced(extensions, InGroupContext)
}

// hasGREASE tells whether a GREASE value is among extensions of a GroupContext, or
// in what they require. In a credential type of external_senders it would be one
// that the Authentication Service does not know.
func hasGREASE(extensions []tree.Extension) bool {
	required, _ := tree.RequiredCapabilitiesOf(extensions)
	return slices.ContainsFunc(extensions, func(e tree.Extension) bool { return spec.GREASE(e.Type) }) ||
		slices.ContainsFunc(required.Extensions, spec.GREASE[spec.ExtensionType]) ||
		slices.ContainsFunc(required.Proposals, spec.GREASE[spec.ProposalType]) ||
		slices.ContainsFunc(required.Credentials, spec.GREASE[spec.CredentialType])
}
