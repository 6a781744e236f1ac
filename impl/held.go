package impl

import (
	"mlssim/impl/schedule"
)

// Held lists every secret in the client's state, which is what a theft of that
// state takes: signature key, own leaf key and those of Updates in flight, the
// node keys of the direct path, the secrets of the epoch, and what is left of
// the secret tree.
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

// heldInTree gives a secret of the secret tree the names of this package. The
// secret of a message key is the AEAD key followed by the nonce.
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
