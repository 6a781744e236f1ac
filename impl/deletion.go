package impl

import (
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
)

// RFC 9420, Section 9.2: what a state holds, and what a step used up.

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
	KindPSKSecret
)

// Held lists every secret in the client's state, which is what a theft of that
// state takes: signature key, own leaf key and those of Updates in flight, the
// node keys of the direct path, the secrets of the epoch, what is left of the
// secret tree, and what is kept of epochs that are over. The nonce of a message
// key that is kept is as secret as the key, goes with it, and is not listed apart.
func (m *Member) Held() []Held {
	held := []Held{
		{Kind: KindSignatureKey, Secret: m.identity.Signer.Bytes()},
		{Kind: KindLeafKey, Secret: m.keys.Leaf().Bytes()},
	}
	for _, u := range m.updates {
		held = append(held, Held{Kind: KindUpdateKey, Secret: u.key.Bytes()})
	}
	for _, n := range m.keys.Nodes() {
		held = append(held, Held{Kind: KindNodeKey, Index: uint32(n.Node), Secret: n.Key.Bytes()})
	}
	held = append(held, m.Epoch.held()...)
	for _, s := range m.ratchets.Held() {
		held = append(held, heldInTree(s))
	}
	for _, p := range m.past {
		held = append(held, Held{Kind: KindSenderDataSecret, Secret: p.senderData})
		for _, s := range p.ratchets.Held() {
			held = append(held, heldInTree(s))
		}
	}
	for _, p := range m.psks {
		held = append(held, Held{Kind: KindResumptionPSK, Secret: p.secret})
	}
	return held
}

func (e *Epoch) held() []Held {
	s := e.secrets
	return []Held{
		{Kind: KindInitSecret, Secret: s.Init.Bytes()},
		{Kind: KindSenderDataSecret, Secret: s.SenderData},
		{Kind: KindExporterSecret, Secret: s.Exporter},
		{Kind: KindExternalSecret, Secret: s.External},
		{Kind: KindConfirmationKey, Secret: s.Confirmation},
		{Kind: KindMembershipKey, Secret: s.Membership},
		{Kind: KindResumptionPSK, Secret: s.Resumption},
		{Kind: KindEpochAuthenticator, Secret: s.Authenticator},
	}
}

// fromTree gives what the secret tree used up the names of this package.
func fromTree(used []schedule.HeldSecret) []Consumed {
	c := make([]Consumed, len(used))
	for i, u := range used {
		c[i] = heldInTree(u)
	}
	return c
}

// heldInTree gives a secret of the secret tree the names of this package.
func heldInTree(s schedule.HeldSecret) Held {
	h := Held{Index: s.Index, Generation: s.Generation, Secret: s.Secret}
	switch s.Kind {
	case schedule.HeldRoot:
		h.Kind = KindEncryptionSecret
	case schedule.HeldNode:
		h.Kind = KindTreeSecret
	case schedule.HeldHandshakeRatchet:
		h.Kind = KindHandshakeRatchet
	case schedule.HeldApplicationRatchet:
		h.Kind = KindApplicationRatchet
	case schedule.HeldHandshakeKey:
		h.Kind = KindHandshakeKey
	case schedule.HeldApplicationKey:
		h.Kind = KindApplicationKey
	}
	return h
}

// Held lists the private keys of a KeyPackage.
func (k *KeyPackageKeys) Held() []Held {
	return []Held{
		{Kind: KindInitKey, Secret: k.Init.Bytes()},
		{Kind: KindLeafKey, Secret: k.Leaf.Bytes()},
	}
}
