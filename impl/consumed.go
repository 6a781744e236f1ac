package impl

import (
	"mlssim/impl/suite"
)

// Consumed is a secret that a step used up and that the state after it no
// longer holds (RFC 9420, Section 9.2).
type Consumed struct {
	Kind       SecretKind
	Index      uint32 // PathSecret: from the lowest node of the filtered direct path; secret tree: node or leaf
	Generation uint32 // of a ratchet
	Secret     suite.Secret
}

// Held is a secret that a client's state holds.
type Held = Consumed

// SecretKind says what a secret is.
type SecretKind uint8

const (
	KindSignatureKey SecretKind = iota + 1
	KindInitKey
	KindLeafKey
	KindUpdateKey // leaf key of an own Update in flight
	KindNodeKey
	KindPathSecret
	KindCommitSecret
	KindJoinerSecret
	KindMemberSecret
	KindWelcomeSecret
	KindEpochSecret
	KindInitSecret
	KindSenderDataSecret
	KindExporterSecret
	KindExternalSecret
	KindConfirmationKey
	KindMembershipKey
	KindResumptionPSK
	KindEpochAuthenticator
	KindEncryptionSecret
	KindTreeSecret
	KindHandshakeRatchet
	KindApplicationRatchet
	KindHandshakeKey
	KindApplicationKey
)
