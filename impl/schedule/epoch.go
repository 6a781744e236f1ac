// Package schedule is the key schedule of RFC 9420, Section 8, and the secret
// tree of Section 9.
//
// Each stage of the key schedule is a type whose methods lead to the next
// stages and to nothing else:
//
//	init_secret, commit_secret  Joiner          JoinerSecret
//	joiner_secret, psk_secret   Member          MemberSecret
//	member secret               Welcome, Epoch  WelcomeSecret, EpochSecret
//	epoch_secret                Derive          *Secrets, encryption_secret
//	encryption_secret           NewSecretTree   *SecretTree
//
// [Secrets] live as long as the epoch, a [SecretTree] shrinks with use, and
// the stages between are to be dropped as soon as the next one is reached.
package schedule

import (
	"fmt"

	"mlssim/impl/suite"
	"mlssim/spec"
	"mlssim/spec/req"
)

// value holds the bytes of a stage. Printing one shows a fingerprint.
type value struct{ secret suite.Secret }

// Bytes returns the secret itself.
func (v value) Bytes() suite.Secret { return v.secret }

// String returns a fingerprint, never the bytes.
func (v value) String() string { return v.secret.String() }

// GoString returns a fingerprint, never the bytes.
func (v value) GoString() string { return v.secret.GoString() }

// Format writes a fingerprint whatever the verb.
func (v value) Format(f fmt.State, verb rune) { v.secret.Format(f, verb) }

// An InitSecret carries one epoch's secrecy into the next (RFC 9420, Section 8).
type InitSecret struct{ value }

// A JoinerSecret is what a Welcome gives to those who join (Section 8).
type JoinerSecret struct {
	value
	s *suite.Suite
}

// A MemberSecret is joiner_secret and psk_secret extracted together: the value
// that Figure 22 leaves without a name (Section 8).
type MemberSecret struct {
	value
	s *suite.Suite
}

// A WelcomeSecret encrypts the GroupInfo of a Welcome (Section 8).
type WelcomeSecret struct {
	value
	s *suite.Suite
}

// An EpochSecret is what all secrets of an epoch are derived from (Section 8).
type EpochSecret struct {
	value
	s *suite.Suite
}

// A KeyNonce is an AEAD key with the nonce that belongs to it.
type KeyNonce struct {
	Key   suite.Secret // Nk bytes
	Nonce suite.Secret // Nn bytes
}

// NewInitSecret returns the init_secret of these bytes.
func NewInitSecret(init suite.Secret) InitSecret { return InitSecret{value{init}} }

// Joiner returns the joiner_secret of the epoch whose encoded GroupContext is
// context. commit is zero for a Commit without path (Section 8).
func Joiner(s *suite.Suite, init InitSecret, commit suite.Secret, context []byte) JoinerSecret {
	extracted := s.Extract(init.secret, commit)
	return NewJoinerSecret(s, spec.Derive(nil, req.ScheduleJoiner, s.ExpandWithLabel(extracted, spec.LabelJoiner, context, s.Nh)))
}

// NewJoinerSecret returns the joiner_secret that a Welcome brought.
func NewJoinerSecret(s *suite.Suite, joiner suite.Secret) JoinerSecret {
	return JoinerSecret{value{joiner}, s}
}

// Member returns what joiner_secret becomes with psk_secret (Section 8). Of a
// JoinerSecret it is the only use.
func (j JoinerSecret) Member(psk suite.Secret) MemberSecret {
	return NewMemberSecret(j.s, j.s.Extract(j.secret, psk))
}

// NewMemberSecret returns the member secret of these bytes.
func NewMemberSecret(s *suite.Suite, member suite.Secret) MemberSecret {
	return MemberSecret{value{member}, s}
}

// Welcome returns welcome_secret. It needs no GroupContext, for it opens the
// GroupInfo that brings one (Section 8).
func (m MemberSecret) Welcome() WelcomeSecret {
	return WelcomeSecret{value{spec.Derive(nil, req.ScheduleWelcome, m.s.DeriveSecret(m.secret, spec.LabelWelcomeSecret))}, m.s}
}

// Epoch returns the epoch_secret of the epoch whose encoded GroupContext is
// context (Section 8).
func (m MemberSecret) Epoch(context []byte) EpochSecret {
	return NewEpochSecret(m.s, spec.Derive(nil, req.ScheduleEpoch, m.s.ExpandWithLabel(m.secret, spec.LabelEpoch, context, m.s.Nh)))
}

// KeyNonce returns welcome_key and welcome_nonce (Section 12.4.3.1).
func (w WelcomeSecret) KeyNonce() KeyNonce {
	return KeyNonce{
		Key:   spec.Derive(nil, req.WelcomeKeys, w.s.ExpandWithLabel(w.secret, spec.LabelKey, nil, w.s.Nk)),
		Nonce: w.s.ExpandWithLabel(w.secret, spec.LabelNonce, nil, w.s.Nn),
	}
}

// Seal encrypts an encoded GroupInfo (Section 12.4.3.1).
func (w WelcomeSecret) Seal(groupInfo []byte) ([]byte, error) {
	k := w.KeyNonce()
	return w.s.Seal(k.Key, k.Nonce, nil, groupInfo)
}

// Open decrypts what Seal encrypted (Section 12.4.3.1).
func (w WelcomeSecret) Open(encryptedGroupInfo []byte) ([]byte, error) {
	k := w.KeyNonce()
	return w.s.Open(k.Key, k.Nonce, nil, encryptedGroupInfo)
}

// NewEpochSecret returns the epoch_secret of a new group, which is drawn at
// random instead of derived (Section 11).
func NewEpochSecret(s *suite.Suite, epoch suite.Secret) EpochSecret {
	return EpochSecret{value{epoch}, s}
}

// Secrets are the epoch-derived secrets of Table 4 that live until the epoch
// ends, and the init_secret of the next (Section 8). encryption_secret is not
// among them: the first message uses it up.
type Secrets struct {
	SenderData    suite.Secret // sender_data_secret
	Exporter      suite.Secret // exporter_secret
	External      suite.Secret // external_secret
	Confirmation  suite.Secret // confirmation_key
	Membership    suite.Secret // membership_key
	Resumption    suite.Secret // resumption_psk
	Authenticator suite.Secret // epoch_authenticator
	Init          InitSecret
}

// Derive returns the secrets of the epoch, and apart from them its
// encryption_secret, the root of the secret tree (Section 8, Table 4).
func (e EpochSecret) Derive() (secrets *Secrets, encryption suite.Secret) {
	derive := func(label string) suite.Secret {
		return spec.Derive(nil, req.ScheduleSecrets, e.s.DeriveSecret(e.secret, label))
	}
	secrets = &Secrets{
		SenderData:    derive(spec.LabelSenderData),
		Exporter:      derive(spec.LabelExporter),
		External:      derive(spec.LabelExternal),
		Confirmation:  derive(spec.LabelConfirm),
		Membership:    derive(spec.LabelMembership),
		Resumption:    derive(spec.LabelResumption),
		Authenticator: derive(spec.LabelAuthentication),
		Init:          NewInitSecret(spec.Derive(nil, req.ScheduleInit, derive(spec.LabelInit))),
	}
	return secrets, derive(spec.LabelEncryption)
}
