package adversary

// Rivals lists the rules of the protocols of package sim/rival, which no section of
// RFC 9420 is about. docs/rivals.md explains them.
var Rivals = []Row{
	{"R-S1", "", "the root of the tree gives commit_secret"},
	{"R-S2", "", "key derivation from init_secret and commit_secret"},
	{"R-S3", "", "key derivation: the epoch's secret"},
	{"R-S4", "", "key derivation, with a label of its own"},
	{"R-S5", "", "encryption_secret gives the ratchet of each member"},
	{"R-S6", "", "a ratchet gives its next secret and the key of this generation"},
	{"R-S7", "", "decryption of joiner_secret, sealed to a newcomer"},

	{"R-T1", "", "a node's secret gives its parent's"},
	{"R-T2", "", "a node's secret gives its private key"},
	{"R-T3", "", "decryption of a node's secret, sealed to a child's key"},
	{"R-T4", "", "decryption of a node's secret, sealed to a newcomer"},

	{"R-A1", "", "Diffie-Hellman of one child's private key and the other's public key"},
	{"R-A2", "", "Diffie-Hellman of a newcomer's prekey and the ephemeral key of who adds it"},

	{"R-D1", "", "Diffie-Hellman of one private key and the other's public key"},
	{"R-D2", "", "a turn of the double ratchet: root key and chain key"},
	{"R-D3", "", "a chain gives its next key and the key of this message"},
	{"R-D4", "", "decryption of a copy of the message"},

	{"R-K1", "", "a sender's chain gives its next key"},
	{"R-K2", "", "a sender's chain gives the key of this message"},
	{"R-K3", "", "decryption of a sender's chain, sent on a channel"},

	{"R-V1", "", "gives the next message of some member: it stands for the epoch"},
	{"R-V2", "", "a message of the epoch: it stands for the epoch"},
}
