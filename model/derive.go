package model

// Which secrets there are, and by which derivation each is made.

// A Kind is a kind of secret, in the RFC's spelling.
type Kind string

const (
	SignatureKey Kind = "signature_key"
	InitKey      Kind = "init_key"
	LeafKey      Kind = "leaf_key"

	PathSecret   Kind = "path_secret"
	NodeKey      Kind = "node_key"
	CommitSecret Kind = "commit_secret"

	JoinerSecret       Kind = "joiner_secret"
	MemberSecret       Kind = "member_secret" // the second KDF.Extract of Section 8, which has no name there
	WelcomeSecret      Kind = "welcome_secret"
	EpochSecret        Kind = "epoch_secret"
	InitSecret         Kind = "init_secret"
	SenderDataSecret   Kind = "sender_data_secret"
	ExporterSecret     Kind = "exporter_secret"
	ExternalSecret     Kind = "external_secret"
	ConfirmationKey    Kind = "confirmation_key"
	MembershipKey      Kind = "membership_key"
	ResumptionPSK      Kind = "resumption_psk"
	EpochAuthenticator Kind = "epoch_authenticator"
	EncryptionSecret   Kind = "encryption_secret"

	ExternalPriv       Kind = "external_priv"
	ExternalInitSecret Kind = "external_init_secret" // init_secret of an external Commit
	ExternalPSK        Kind = "psk"
	PSKSecret          Kind = "psk_secret"
	ExportedSecret     Kind = "exported_secret"

	TreeSecret         Kind = "tree_secret"
	HandshakeRatchet   Kind = "handshake_ratchet"
	ApplicationRatchet Kind = "application_ratchet"
	HandshakeKey       Kind = "handshake_key"
	ApplicationKey     Kind = "application_key"
)

// groupID, pskNonce and reuseGuard are random and not secret.
const (
	groupID    Kind = "group_id"
	pskNonce   Kind = "psk_nonce"
	reuseGuard Kind = "reuse_guard"
)

// RuleID names a row of [Derivations].
type RuleID string

// The rules by which secrets come from secrets. T and K rules with no premise
// draw fresh values.
const (
	T1 RuleID = "T1"
	T2 RuleID = "T2"
	T3 RuleID = "T3"
	T4 RuleID = "T4"
	T5 RuleID = "T5"
	T6 RuleID = "T6"
	T7 RuleID = "T7"
	T8 RuleID = "T8"

	K1  RuleID = "K1"
	K1x RuleID = "K1x"
	K2  RuleID = "K2"
	K3  RuleID = "K3"
	K4  RuleID = "K4"
	K5  RuleID = "K5"
	K6  RuleID = "K6"
	K7  RuleID = "K7"
	K8  RuleID = "K8"
	K9  RuleID = "K9"
	K10 RuleID = "K10"
	K11 RuleID = "K11"

	W0 RuleID = "W0"
	W1 RuleID = "W1"
	W2 RuleID = "W2"
	W3 RuleID = "W3"
	W4 RuleID = "W4"

	M1 RuleID = "M1"
	M2 RuleID = "M2"
	M3 RuleID = "M3"
	M4 RuleID = "M4"
	M5 RuleID = "M5"
	M6 RuleID = "M6"
	M7 RuleID = "M7"
	M8 RuleID = "M8"
)

// A Derivation is a rule: what it takes, what it makes, and where the RFC says so.
type Derivation struct {
	ID      RuleID
	Section string // of RFC 9420
	From    []Kind // premises, all needed; none for what is drawn at random or public
	To      []Kind // what each application makes one of; none where that is no secret
	Says    string
}

// keySource lists what may be a target of a sealed path secret.
var keySource = []Kind{LeafKey, NodeKey}

// afterEpoch are the secrets of Section 8, Table 4, with init_secret.
var afterEpoch = []Kind{SenderDataSecret, EncryptionSecret, ExporterSecret, ExternalSecret, ConfirmationKey,
	MembershipKey, ResumptionPSK, EpochAuthenticator, InitSecret}

// Derivations is the table of all rules: ratchet tree, key schedule, Welcome,
// secret tree. In a row with several kinds in From, T4, M2, M3, M4 and M5 take one
// of them; the others take all that there are: K1 init_secret alone where T5 made
// commit_secret public, K2 joiner_secret alone without PSKs, K10 one secret for
// each PSK of the list.
var Derivations = []Derivation{
	{T1, "7.4", []Kind{PathSecret}, []Kind{PathSecret}, "the next path secret up"},
	{T2, "7.4", []Kind{PathSecret}, []Kind{NodeKey}, "a node's key pair, by way of node_secret"},
	{T3, "12.4.1", []Kind{PathSecret}, []Kind{CommitSecret}, "one step above the last path secret"},
	{T4, "7.5", keySource, []Kind{PathSecret}, "opened by a node of the copath resolution"},
	{T5, "12.4.1", nil, nil, "without a path commit_secret is zero"},
	{T6, "7.4", nil, []Kind{LeafKey, PathSecret}, "the committer draws leaf key and path_secret[0], each by itself"},
	{T7, "12.1.2", nil, []Kind{LeafKey}, "an Update brings a fresh leaf key"},
	{T8, "12.4.1", nil, []Kind{CommitSecret}, "an empty filtered direct path leaves commit_secret itself to be drawn"},
	{K1, "8", []Kind{InitSecret, CommitSecret}, []Kind{JoinerSecret}, "with the GroupContext, which is public"},
	{K1x, "8.3", []Kind{ExternalInitSecret, CommitSecret}, []Kind{JoinerSecret}, "K1 in an external Commit, which has a path"},
	{K2, "8", []Kind{JoinerSecret, PSKSecret}, []Kind{MemberSecret}, "psk_secret is zero without PSKs"},
	{K3, "8", []Kind{MemberSecret}, []Kind{WelcomeSecret, EpochSecret}, "siblings"},
	{K4, "8", []Kind{EpochSecret}, afterEpoch, "siblings, by label"},
	{K5, "8", []Kind{ExternalSecret}, []Kind{ExternalPriv}, "the key pair for external Commits"},
	{K6, "8.3", []Kind{ExternalPriv}, []Kind{ExternalInitSecret}, "with the kem_output, which is public"},
	{K7, "11", nil, []Kind{EpochSecret}, "the creator draws the first epoch_secret"},
	{K8, "8.6", []Kind{ResumptionPSK}, nil, "it is the PSK that its group and epoch name"},
	{K9, "8.4", nil, []Kind{ExternalPSK}, "the application brings it"},
	{K10, "8.4", []Kind{ExternalPSK, ResumptionPSK}, []Kind{PSKSecret}, "all PSKs of the list, chained in its order"},
	{K11, "8.3", nil, []Kind{ExternalInitSecret}, "who joins by an external Commit comes by it while encapsulating"},
	{W0, "10", nil, []Kind{InitKey, LeafKey}, "a KeyPackage brings fresh keys"},
	{W1, "12.4.3.1", []Kind{InitKey}, []Kind{JoinerSecret}, "GroupSecrets.joiner_secret"},
	{W2, "12.4.3.1", []Kind{InitKey}, []Kind{PathSecret}, "GroupSecrets.path_secret, of the lowest common ancestor"},
	{W3, "12.4.3.1", []Kind{WelcomeSecret}, nil, "the GroupInfo"},
	{W4, "16.8", []Kind{InitKey}, nil, "a KeyPackage of last resort is kept: W1 and W2 hold for each group that it is used in"},
	{M1, "9", []Kind{EncryptionSecret}, nil, "it is the secret of the root"},
	{M2, "9", []Kind{EncryptionSecret, TreeSecret}, []Kind{TreeSecret}, "left and right child"},
	{M3, "9", []Kind{EncryptionSecret, TreeSecret}, []Kind{HandshakeRatchet, ApplicationRatchet}, "a leaf's two ratchets"},
	{M4, "9.1", []Kind{HandshakeRatchet, ApplicationRatchet},
		[]Kind{HandshakeRatchet, ApplicationRatchet, HandshakeKey, ApplicationKey}, "next generation, and this one's key"},
	{M5, "6.3.1", []Kind{HandshakeKey, ApplicationKey}, nil, "the message"},
	{M6, "6.3.2", []Kind{SenderDataSecret}, nil, "who sent a message, its generation and its reuse guard"},
	{M7, "8.5", []Kind{ExporterSecret}, []Kind{ExportedSecret}, "siblings, by label and context"},
	{M8, "6.2", nil, nil, "what a PublicMessage holds"},
}

// A Secret is one that a step brought into being.
type Secret struct {
	Kind  Kind
	Index uint32 // path_secret: from the lowest; node_key, tree_secret: node; ratchets and their keys: leaf; others: 0
	Gen   uint32 // ratchets and their keys
	Term  Term
	By    RuleID
	From  []Term // the secrets that it was derived from; none if it was drawn
}

// makes returns a Secret without index.
func makes(by RuleID, kind Kind, t Term, from ...Term) Secret {
	return Secret{Kind: kind, Term: t, By: by, From: from}
}

// at gives a Secret an index.
func (m Secret) at(index uint32) Secret {
	m.Index = index
	return m
}

// gen gives a Secret a generation.
func (m Secret) gen(g uint32) Secret {
	m.Gen = g
	return m
}
