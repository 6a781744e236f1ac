package sim

import (
	"cmp"
	"fmt"
)

// A Name names a secret without holding it. Model and implementation give the
// same name to what should be the same secret.
type Name struct {
	Kind   Kind
	Origin StepID // the step that made it; for a SignatureKey the ClientID
	Index  uint32 // see the Kind
	Gen    uint32 // generation of a ratchet
}

// Kind is a kind of secret.
type Kind uint8

const (
	SignatureKey Kind = iota + 1 // Origin is the client; Index counts its keys
	InitKey                      // of a KeyPackage
	LeafKey                      // of a KeyPackage, Update or Commit
	ExternalPSK                  // a PSK of the application's

	PathSecret   // of a Commit; Index counts from the lowest node of the filtered direct path
	NodeKey      // set by a Commit; Index is the node's (RFC 9420, Appendix C)
	CommitSecret // of a Commit, as are all up to EncryptionSecret but where it says something else

	ExternalInitSecret // init_secret of an external Commit (RFC 9420, Section 8.3)
	PSKSecret          // of all PSKs that a Commit covers
	JoinerSecret
	MemberSecret // KDF.Extract of joiner_secret and psk_secret, unnamed in RFC 9420, Figure 22
	WelcomeSecret
	EpochSecret
	InitSecret
	SenderDataSecret
	ExporterSecret
	ExternalSecret
	ConfirmationKey
	MembershipKey
	ResumptionPSK
	EpochAuthenticator
	ExternalPriv   // the key pair of an epoch for external Commits
	ExportedSecret // of the step that exported it (RFC 9420, Section 8.5)
	EncryptionSecret

	TreeSecret         // Index is the node of the secret tree
	HandshakeRatchet   // Index is the leaf, as in the three that follow
	ApplicationRatchet // of generation Gen
	HandshakeKey       // key of generation Gen
	ApplicationKey

	// Of protocols other than MLS (package sim/rival). But for the first, Origin is
	// the step in which a client sent what the key first served for.
	PreKey      // one-time; Index is the client whose it is, Gen the one who uses it
	RatchetKey  // of the double ratchet; Index is the client for whom, as in the four that follow
	DHSecret    // of a sender's ratchet key and a receiver's
	RootKey     // of the double ratchet
	ChainKey    // that has given Gen message keys
	MessageKey  // of the message Gen of a chain
	SenderChain // that has given Gen messages of the sender
)

var kindNames = [...]string{
	SignatureKey: "signature_key", InitKey: "init_key", LeafKey: "leaf_key", ExternalPSK: "psk",
	PathSecret: "path_secret", NodeKey: "node_key", CommitSecret: "commit_secret",
	ExternalInitSecret: "external_init_secret", PSKSecret: "psk_secret", ExternalPriv: "external_priv", ExportedSecret: "exported_secret",
	JoinerSecret: "joiner_secret", MemberSecret: "member_secret", WelcomeSecret: "welcome_secret",
	EpochSecret: "epoch_secret", InitSecret: "init_secret", SenderDataSecret: "sender_data_secret",
	ExporterSecret: "exporter_secret", ExternalSecret: "external_secret", ConfirmationKey: "confirmation_key",
	MembershipKey: "membership_key", ResumptionPSK: "resumption_psk",
	EpochAuthenticator: "epoch_authenticator", EncryptionSecret: "encryption_secret",
	TreeSecret: "tree_secret", HandshakeRatchet: "handshake_ratchet", ApplicationRatchet: "application_ratchet",
	HandshakeKey: "handshake_key", ApplicationKey: "application_key",
	PreKey: "prekey", RatchetKey: "ratchet_key", DHSecret: "dh", RootKey: "root_key",
	ChainKey: "chain_key", MessageKey: "message_key", SenderChain: "sender_chain",
}

// String returns the RFC's name of the kind, in its spelling.
func (k Kind) String() string {
	if int(k) < len(kindNames) && kindNames[k] != "" {
		return kindNames[k]
	}
	return fmt.Sprintf("Kind(%d)", k)
}

// Compare orders names by origin, then kind, index and generation.
func (n Name) Compare(m Name) int {
	return cmp.Or(cmp.Compare(n.Origin, m.Origin), cmp.Compare(n.Kind, m.Kind),
		cmp.Compare(n.Index, m.Index), cmp.Compare(n.Gen, m.Gen))
}

// String writes a name by the step that made it, such as path_secret[57]/2.
func (n Name) String() string {
	s := fmt.Sprintf("%v[%d]", n.Kind, n.Origin)
	switch n.Kind {
	case SignatureKey:
		if n.Index > 0 {
			s += fmt.Sprintf("/%d", n.Index)
		}
	case PathSecret, NodeKey, TreeSecret:
		s += fmt.Sprintf("/%d", n.Index)
	case RatchetKey, DHSecret, RootKey:
		s += fmt.Sprintf("/%d", n.Index)
	case HandshakeRatchet, ApplicationRatchet, HandshakeKey, ApplicationKey, PreKey, ChainKey, MessageKey:
		s += fmt.Sprintf("/%d.%d", n.Index, n.Gen)
	case SenderChain:
		s += fmt.Sprintf("/%d", n.Gen)
	}
	return s
}

// Held is a secret in a client's state, and which part of the state it is.
type Held struct {
	Part Part
	Node uint32 // PartNode: the node whose key it is
	Name Name
}

// Part is a part of a client's state that can be compromised on its own.
type Part uint8

const (
	PartSignature Part = iota + 1 // signature key
	PartStore                     // keys of a KeyPackage not used yet
	PartLeaf                      // current leaf key
	PartNode                      // keys of parent nodes
	PartPending                   // leaf keys of own Updates in flight
	PartInit                      // init_secret
	PartEnc                       // encryption_secret, or what is left of the secret tree
	PartRes                       // resumption_psk
	PartEpoch                     // the other secrets of the epoch
	PartOldRes                    // resumption PSKs of epochs that are over
	PartPSK                       // PSKs of the application's
	PartPast                      // what is kept of the secret trees of epochs that are over, and their sender_data_secret
	PartStaged                    // all of the state behind a Commit on its way
)
