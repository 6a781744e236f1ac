package crowd

// Sizes are the lengths in bytes of what messages are made of. All formulas are
// those of the presentation language of RFC 9420, Section 2.1.
type Sizes struct {
	GroupID      int // the group's name
	Identity     int // a basic credential's identity
	Capabilities int // the capabilities in a leaf, as encoded
	Public       int // an HPKE public key, and the output of the KEM
	SignatureKey int
	Signature    int
	Secret       int // Nh of the suite: a path secret, a tag, a reference
	Tag          int // of the AEAD
}

// X25519 are those of MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 in the runs of
// this project: members with identities of 4 bytes, that support the seven suites
// and both kinds of credential.
var X25519 = Sizes{GroupID: 6, Identity: 4, Capabilities: 25, Public: 32, SignatureKey: 32, Signature: 64, Secret: 32, Tag: 16}

// opaque is the length of a vector of n bytes (Section 2.1.2).
func opaque(n int) int {
	switch {
	case n < 1<<6:
		return n + 1
	case n < 1<<14:
		return n + 2
	default:
		return n + 4
	}
}

// leaf is the length of a LeafNode without what its source adds (Section 7.2).
func (s Sizes) leaf() int {
	const extensions, source = 1, 1
	return opaque(s.Public) + opaque(s.SignatureKey) + 2 + opaque(s.Identity) + s.Capabilities + source + extensions + opaque(s.Signature)
}

// KeyPackage is the length of a KeyPackage (Section 10).
func (s Sizes) KeyPackage() int {
	const header, lifetime, extensions = 4, 16, 1
	return header + opaque(s.Public) + s.leaf() + lifetime + extensions + opaque(s.Signature)
}

// Ciphertext is the length of the HPKECiphertext of a path secret (Section 7.6).
func (s Sizes) Ciphertext() int { return opaque(s.Public) + opaque(s.Secret+s.Tag) }

// path is the length of an UpdatePath (Section 7.6).
func (s Sizes) path(c *Commit) int {
	nodes := 0
	for h, sealed := range c.Sealed {
		if c.Heights>>h&1 == 1 {
			nodes += opaque(s.Public) + opaque(int(sealed)*s.Ciphertext())
		}
	}
	parentHash := 0
	if c.Nodes > 0 { // else nothing is above the leaf
		parentHash = s.Secret
	}
	return s.leaf() + opaque(parentHash) + opaque(nodes)
}

// The parts of an MLSMessage with a PublicMessage that have the same length in all.
const (
	message = 2 + 2         // version, wire format
	content = 8 + 5 + 1 + 1 // epoch, sender, no authenticated data, content type
)

// Update is the length of an Update as an MLSMessage that holds a PublicMessage
// (Sections 6, 6.2 and 12.1.2).
func (s Sizes) Update() int {
	const proposalType = 2
	return message + opaque(s.GroupID) + content + proposalType + s.leaf() + opaque(s.Signature) + opaque(s.Secret)
}

// Commit is the length of a Commit as an MLSMessage that holds a PublicMessage
// (Sections 6, 6.2 and 12.4). Updates are by reference, Removes and Adds by value.
func (s Sizes) Commit(c *Commit) int {
	const byValue = 1 + 2 // which of the two, proposal type
	proposals := c.Updates*(1+opaque(s.Secret)) + c.Removes*(byValue+4) + c.Adds*(byValue+s.KeyPackage())
	n := message + opaque(s.GroupID) + content + opaque(proposals) + 1
	if c.Path {
		n += s.path(c)
	}
	return n + opaque(s.Signature) + 2*opaque(s.Secret) // confirmation tag, membership tag
}
