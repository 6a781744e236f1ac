package adversary

import "mlssim/sim"

// A Row is a row of the table of derivation rules: what a rule with this ID
// does, and where RFC 9420 says so.
type Row struct {
	ID      string
	Section string // of RFC 9420; empty for what no section is about
	Text    string // how the conclusion comes from the premises
}

// Table lists the rules in the order of the sections that they come from. Each
// of the secrets on the left of a derivation has to be known; what the network
// shows (ciphertexts, public keys, the GroupContext) is known to everybody.
var Table = []Row{
	{sim.RuleTaken, "", "taken in a compromise"},

	{"T1", "7.4", `DeriveSecret with "path": the next path secret upwards`},
	{"T2", "7.4", `DeriveSecret with "node", then DeriveKeyPair: the node's private key`},
	{"T3", "12.4.1", `DeriveSecret with "path", above the last path secret`},
	{"T4", "7.6", "HPKE decryption of a ciphertext in the UpdatePath"},
	{"T5", "12.4.1", "a Commit without a path: commit_secret is all zeros"},

	{"T6", "7.4", "drawn by the committer"},
	{"T7", "12.1.2", "drawn by the member who proposes the Update"},
	{"T8", "12.4.1", "drawn by the committer, where the filtered direct path is empty"},
	{"K1", "8", "Extract of init_secret and commit_secret, then Expand"},
	{"K1x", "8.3", "as K1, with what the joiner brings in place of init_secret"},
	{"K2", "8", "Extract of joiner_secret and psk_secret, all zeros where there is no PSK"},
	{"K3", "8", "Expand, for the Welcome or for the epoch"},
	{"K4", "8", "DeriveSecret with a label of its own"},
	{"K5", "8", "DeriveKeyPair: the epoch's key pair for external Commits"},
	{"K6", "8.3", "decapsulation of the kem_output in the external Commit"},
	{"K7", "11", "drawn by the creator of the group"},
	{"K8", "8.6", "the resumption PSK of an epoch is the PSK that its group and epoch name"},
	{"K9", "8.4", "drawn by the application"},
	{"K10", "8.4", "the PSKs that the Commit covers, chained in its order"},
	{"K11", "8.3", "drawn by the client that joins"},

	{"W0", "10", "drawn by the client that publishes the KeyPackage"},
	{"W1", "12.4.3.1", "HPKE decryption of the GroupSecrets in the Welcome"},
	{"W2", "12.4.3.1", "HPKE decryption of the GroupSecrets in the Welcome"},

	{"W3", "12.4.3.1", "AEAD decryption of the GroupInfo in the Welcome"},
	{"W4", "16.8", "the init key of a KeyPackage of last resort is kept: it opens every Welcome that was made for it"},
	{"M1", "9", "encryption_secret is the secret of the tree's root"},
	{"M2", "9", "a node of the secret tree gives both of its children"},
	{"M3", "9", "a leaf of the secret tree gives both ratchets of its member"},
	{"M4", "9.1", "a ratchet gives its next secret and the key of this generation"},
	{"M5", "6.3.1", "AEAD decryption of a PrivateMessage"},
	{"M6", "6.3.2", "AEAD decryption of the sender data"},
	{"M7", "8.5", "DeriveSecret with the label of the export, then Expand"},
	{"M8", "6.2", "a PublicMessage is not encrypted"},

	// By these the adversary makes messages of its own. They conclude what it draws in
	// making them.
	{"A1", "6.1", "drawn for a member's proposal, signed, and tagged or encrypted as a member's"},
	{"A2", "12.4.1", "drawn for a member's Commit, which init_secret confirms"},
	{"A3", "10", "drawn for a KeyPackage that is signed in a client's name"},
	{"A5", "12.4.3.2", "drawn for an external Commit that is signed in a client's name"},
	{"A6", "12.4.3.2", "drawn for a GroupInfo with another leaf key and another external_pub"},
	{"A7", "12.4.3.1", "drawn for a Welcome to an epoch that there is not"},
	{"A8", "12.1.8", "an external sender's proposal, for which nothing is drawn"},
	{"A9", "5.3", "drawn, and accepted by the Authentication Service as a client's"},
}

// Lookup returns the row of a rule, of MLS or of another protocol.
func Lookup(id string) (Row, bool) {
	for _, table := range [...][]Row{Table, Rivals} {
		for _, r := range table {
			if r.ID == id {
				return r, true
			}
		}
	}
	return Row{}, false
}
