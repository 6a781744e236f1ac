package model

import (
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 8: the key schedule; 8.1: the GroupContext; 8.2: transcript
// hashes.

// A GroupContext is what the members of an epoch agree on (Section 8.1).
type GroupContext struct {
	Version                 spec.ProtocolVersion
	CipherSuite             spec.CipherSuite
	GroupID                 Term
	Epoch                   uint64
	TreeHash                Term
	ConfirmedTranscriptHash Term
	Extensions              []Extension
}

func (g GroupContext) term(s *Store) Term {
	return s.Tuple("GroupContext", s.Number(uint64(g.Version)), s.Number(uint64(g.CipherSuite)), g.GroupID,
		s.Number(g.Epoch), g.TreeHash, g.ConfirmedTranscriptHash, extensions(s, g.Extensions))
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
	psk, joiner, member, welcome, epoch Term
	secrets                             Secrets
	encryption                          Term
	made                                []Secret
}

// advance is the figure of Section 8 from init_secret down. context is the
// GroupContext of the new epoch; by is K1, or K1x where init is what an external
// Commit brings.
func advance(s *Store, by RuleID, init, commit, psk Term, context GroupContext) schedule {
	joiner := s.derived(req.ScheduleJoiner, s.Expand(s.Extract(init, commit), spec.LabelJoiner, context.term(s)))
	from := []Term{init}
	if commit != s.Zero() { // else T5: there is nothing to know
		from = append(from, commit)
	}
	k := fromJoiner(s, joiner, psk, context)
	k.made = append([]Secret{makes(by, JoinerSecret, joiner, from...)}, k.made...)
	return k
}

// fromJoiner is the figure of Section 8 from joiner_secret down: what a new
// member runs.
func fromJoiner(s *Store, joiner, psk Term, context GroupContext) schedule {
	member, welcome := welcomeSecret(s, joiner, psk)
	epoch := s.derived(req.ScheduleEpoch, s.Expand(member, spec.LabelEpoch, context.term(s)))
	from := []Term{joiner}
	if psk != s.Zero() { // else there are no PSKs
		from = append(from, psk)
	}
	k := fromEpoch(s, epoch)
	k.joiner, k.psk, k.member, k.welcome = joiner, psk, member, welcome
	k.made = append([]Secret{
		makes(K2, MemberSecret, member, from...),
		makes(K3, WelcomeSecret, welcome, member),
		makes(K3, EpochSecret, epoch, member),
	}, k.made...)
	return k
}

// consumed returns what is to be deleted once the secrets of the epoch are there
// (Section 9.2).
func (k schedule) consumed(s *Store) []Term {
	if k.psk == s.Zero() {
		return []Term{k.joiner, k.member, k.epoch}
	}
	return []Term{k.psk, k.joiner, k.member, k.epoch}
}

// welcomeSecret is the part of the figure that needs no GroupContext, because
// it opens the GroupInfo that brings it.
func welcomeSecret(s *Store, joiner, psk Term) (member, welcome Term) {
	member = s.Extract(joiner, psk)
	return member, s.derived(req.ScheduleWelcome, s.DeriveSecret(member, spec.LabelWelcomeSecret))
}

// fromEpoch is Table 4: what a creator begins with (Section 11).
func fromEpoch(s *Store, epoch Term) schedule {
	k := schedule{epoch: epoch}
	for _, d := range []struct {
		req   spec.ID
		kind  Kind
		label string
		to    *Term
	}{
		{req.ScheduleSecrets, SenderDataSecret, spec.LabelSenderData, &k.secrets.SenderData},
		{req.ScheduleSecrets, EncryptionSecret, spec.LabelEncryption, &k.encryption},
		{req.ScheduleSecrets, ExporterSecret, spec.LabelExporter, &k.secrets.Exporter},
		{req.ScheduleSecrets, ExternalSecret, spec.LabelExternal, &k.secrets.External},
		{req.ScheduleSecrets, ConfirmationKey, spec.LabelConfirm, &k.secrets.Confirmation},
		{req.ScheduleSecrets, MembershipKey, spec.LabelMembership, &k.secrets.Membership},
		{req.ScheduleSecrets, ResumptionPSK, spec.LabelResumption, &k.secrets.Resumption},
		{req.ScheduleSecrets, EpochAuthenticator, spec.LabelAuthentication, &k.secrets.Authenticator},
		{req.ScheduleInit, InitSecret, spec.LabelInit, &k.secrets.Init},
	} {
		*d.to = s.derived(d.req, s.DeriveSecret(epoch, d.label))
		k.made = append(k.made, makes(K4, d.kind, *d.to, epoch))
	}
	return k
}

// confirmationTag is the MAC by which members see that they agree (Section 6.1).
func (k schedule) confirmationTag(s *Store, context GroupContext) Term {
	return s.derived(req.ConfirmationTagDerive, s.MAC(k.secrets.Confirmation, context.ConfirmedTranscriptHash))
}

// confirmedTranscriptHash covers a Commit and all before it (Section 8.2).
func confirmedTranscriptHash(s *Store, interim Term, c AuthenticatedContent) Term {
	input := s.Tuple("ConfirmedTranscriptHashInput", s.Number(uint64(c.WireFormat)), c.Content.term(s), c.Signature)
	return s.derived(req.TranscriptConfirmed, s.Hash(s.Tuple("concatenation", interim, input)))
}

// interimTranscriptHash adds the confirmation tag (Section 8.2).
func interimTranscriptHash(s *Store, confirmed, tag Term) Term {
	return s.derived(req.TranscriptInterim, s.Hash(s.Tuple("concatenation", confirmed, s.Tuple("InterimTranscriptHashInput", tag))))
}
