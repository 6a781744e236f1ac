package model

import (
	"slices"

	"mlssim/spec"
)

// RFC 9420, Section 8: the key schedule; 8.1: the GroupContext; 8.2: transcript
// hashes.

// RequiredCapabilities is what a group asks of every leaf (Section 11.1).
type RequiredCapabilities struct {
	Extensions  []spec.ExtensionType
	Proposals   []spec.ProposalType
	Credentials []spec.CredentialType
}

func (r RequiredCapabilities) term(s *Store) Term {
	return s.Tuple("RequiredCapabilities", numbers(s, r.Extensions), numbers(s, r.Proposals), numbers(s, r.Credentials))
}

// metBy tells whether a leaf's capabilities list all that is required.
func (r RequiredCapabilities) metBy(c Capabilities) bool {
	return !slices.ContainsFunc(r.Extensions, func(e spec.ExtensionType) bool { return !c.supportsExtension(e) }) &&
		!slices.ContainsFunc(r.Proposals, func(p spec.ProposalType) bool { return !c.supportsProposal(p) }) &&
		!slices.ContainsFunc(r.Credentials, func(k spec.CredentialType) bool { return !slices.Contains(c.Credentials, k) })
}

// A GroupContext is what the members of an epoch agree on (Section 8.1). Of its
// extensions the model reads required_capabilities alone, and knows the types of
// the others.
type GroupContext struct {
	Version                 spec.ProtocolVersion
	CipherSuite             spec.CipherSuite
	GroupID                 Term
	Epoch                   uint64
	TreeHash                Term
	ConfirmedTranscriptHash Term
	Required                RequiredCapabilities
	Extensions              []spec.ExtensionType
}

func (g GroupContext) term(s *Store) Term {
	return s.Tuple("GroupContext", s.Number(uint64(g.Version)), s.Number(uint64(g.CipherSuite)), g.GroupID,
		s.Number(g.Epoch), g.TreeHash, g.ConfirmedTranscriptHash, g.Required.term(s), numbers(s, g.Extensions))
}

// Secrets are those that live as long as their epoch (Section 8, Table 4), and
// the init_secret that the next one begins with.
type Secrets struct {
	SenderData    Term
	Exporter      Term
	External      Term
	Confirmation  Term
	Membership    Term
	Resumption    Term
	Authenticator Term
	Init          Term
}

// A schedule is all that the key schedule makes for one epoch.
type schedule struct {
	joiner, member, welcome, epoch Term
	secrets                        Secrets
	encryption                     Term
	made                           []Secret
}

// advance is the figure of Section 8 from init_secret down. context is the
// GroupContext of the new epoch.
func advance(s *Store, init, commit, psk Term, context GroupContext) schedule {
	joiner := s.Expand(s.Extract(init, commit), spec.LabelJoiner, context.term(s))
	from := []Term{init}
	if commit != s.Zero() { // else T5: there is nothing to know
		from = append(from, commit)
	}
	k := fromJoiner(s, joiner, psk, context)
	k.made = append([]Secret{makes(K1, JoinerSecret, joiner, from...)}, k.made...)
	return k
}

// fromJoiner is the figure of Section 8 from joiner_secret down: what a new
// member runs.
func fromJoiner(s *Store, joiner, psk Term, context GroupContext) schedule {
	member, welcome := welcomeSecret(s, joiner, psk)
	epoch := s.Expand(member, spec.LabelEpoch, context.term(s))
	k := fromEpoch(s, epoch)
	k.joiner, k.member, k.welcome = joiner, member, welcome
	k.made = append([]Secret{
		makes(K2, MemberSecret, member, joiner),
		makes(K3, WelcomeSecret, welcome, member),
		makes(K3, EpochSecret, epoch, member),
	}, k.made...)
	return k
}

// welcomeSecret is the part of the figure that needs no GroupContext, because
// it opens the GroupInfo that brings it.
func welcomeSecret(s *Store, joiner, psk Term) (member, welcome Term) {
	member = s.Extract(joiner, psk)
	return member, s.DeriveSecret(member, spec.LabelWelcomeSecret)
}

// fromEpoch is Table 4: what a creator begins with (Section 11).
func fromEpoch(s *Store, epoch Term) schedule {
	k := schedule{epoch: epoch}
	for _, d := range []struct {
		kind  Kind
		label string
		to    *Term
	}{
		{SenderDataSecret, spec.LabelSenderData, &k.secrets.SenderData},
		{EncryptionSecret, spec.LabelEncryption, &k.encryption},
		{ExporterSecret, spec.LabelExporter, &k.secrets.Exporter},
		{ExternalSecret, spec.LabelExternal, &k.secrets.External},
		{ConfirmationKey, spec.LabelConfirm, &k.secrets.Confirmation},
		{MembershipKey, spec.LabelMembership, &k.secrets.Membership},
		{ResumptionPSK, spec.LabelResumption, &k.secrets.Resumption},
		{EpochAuthenticator, spec.LabelAuthentication, &k.secrets.Authenticator},
		{InitSecret, spec.LabelInit, &k.secrets.Init},
	} {
		*d.to = s.DeriveSecret(epoch, d.label)
		k.made = append(k.made, makes(K4, d.kind, *d.to, epoch))
	}
	return k
}

// confirmationTag is the MAC by which members see that they agree (Section 6.1).
func (k schedule) confirmationTag(s *Store, context GroupContext) Term {
	return s.MAC(k.secrets.Confirmation, context.ConfirmedTranscriptHash)
}

// confirmedTranscriptHash covers a Commit and all before it (Section 8.2).
func confirmedTranscriptHash(s *Store, interim Term, c AuthenticatedContent) Term {
	input := s.Tuple("ConfirmedTranscriptHashInput", s.Number(uint64(c.WireFormat)), c.Content.term(s), c.Signature)
	return s.Hash(s.Tuple("concatenation", interim, input))
}

// interimTranscriptHash adds the confirmation tag (Section 8.2).
func interimTranscriptHash(s *Store, confirmed, tag Term) Term {
	return s.Hash(s.Tuple("concatenation", confirmed, s.Tuple("InterimTranscriptHashInput", tag)))
}
