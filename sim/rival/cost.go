package rival

// Lengths in bytes of what is sent. docs/rivals.md says where they are from. All
// protocols have the same primitives: X25519, Ed25519, SHA-256, and an AEAD.
const (
	sizePublic    = 32                                // X25519 (RFC 7748, Section 5)
	sizeSignature = 64                                // Ed25519 (RFC 8032, Section 5.1.6)
	sizeSecret    = 32                                // an output of SHA-256
	sizeTag       = 16                                // of the AEAD (RFC 5116, Section 5.1)
	sizeSealed    = sizePublic + sizeSecret + sizeTag // HPKE: KEM output and ciphertext of a secret (RFC 9180)
	sizeNumber    = 4                                 // a counter, or an index
	sizeFraming   = 16 + 8 + sizeNumber               // group id, epoch, sender
	sizeIdentity  = 32 + 16                           // a signature key and a name
)

// sizeRatchet is what the header of a message of the double ratchet adds: the
// ratchet key, the length of the chain before and the number in this one (The
// Double Ratchet Algorithm, Section 3.1), and the tag.
const sizeRatchet = sizePublic + 2*sizeNumber + sizeTag

// sizeInitial is what a message has beside that until the session has been
// answered: identity key, ephemeral key, and which prekeys were used (The X3DH Key
// Agreement Protocol, Section 3.3).
const sizeInitial = 2*sizePublic + 2*sizeNumber

// sizeMessage is the length of an application message that a whole group reads.
func sizeMessage(data int) int {
	return sizeFraming + sizeNumber + data + sizeTag + sizeSignature
}

// sizeCommit is the length of a Commit of a tree: what it removes, a public key for
// each node that it sets, the secrets that it seals, and the KeyPackages of those
// it adds.
func sizeCommit(removed, set, sealed, added int) int {
	return sizeFraming + sizeSignature + removed*sizeNumber + set*(sizeNumber+sizePublic) + sealed*sizeSealed +
		added*(2*sizePublic+sizeIdentity+sizeSignature)
}

// sizeWelcome is the length of what newcomers are told: the tree, and for each of
// them the epoch's secret and those of nodes that are sealed to it.
func sizeWelcome(t tree, joiners, sealed int) int {
	n := sizeFraming + sizeSignature + joiners*sizeSealed + sealed*sizeSealed
	for x, s := range t {
		if !none(s.key) {
			n += sizePublic
		}
		if x%2 == 0 && s.member {
			n += sizeIdentity
		}
	}
	return n
}

// sizeChain is what it takes to give somebody a chain: its id, its position and
// key, and the key that verifies what is sent by it.
const sizeChain = 2*sizeNumber + sizeSecret + sizePublic

// size is what encryption adds to a message on a channel.
func (c ciphertext) size() int {
	if c.initial {
		return sizeRatchet + sizeInitial
	}
	return sizeRatchet
}
