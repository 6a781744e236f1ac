package spec

import (
	"fmt"
	"maps"
	"slices"
)

// ProtocolVersion is the version of the protocol (RFC 9420, Section 6).
type ProtocolVersion uint16

// MLS10 is the only version that RFC 9420 defines.
const MLS10 ProtocolVersion = 1

// CipherSuite is a code point of the registry of RFC 9420, Section 17.1.
type CipherSuite uint16

const (
	X25519_AES128GCM_SHA256_Ed25519        CipherSuite = 0x0001
	P256_AES128GCM_SHA256_P256             CipherSuite = 0x0002
	X25519_CHACHA20POLY1305_SHA256_Ed25519 CipherSuite = 0x0003
	X448_AES256GCM_SHA512_Ed448            CipherSuite = 0x0004
	P521_AES256GCM_SHA512_P521             CipherSuite = 0x0005
	X448_CHACHA20POLY1305_SHA512_Ed448     CipherSuite = 0x0006
	P384_AES256GCM_SHA384_P384             CipherSuite = 0x0007
)

// Experimental suites with post-quantum algorithms, under names of
// draft-ietf-mls-pq-ciphersuites. The code points are for private use: other
// implementations do not know them.
const (
	MLKEM768X25519_AES256GCM_SHA384_Ed25519 CipherSuite = 0xf001
	MLKEM768_AES256GCM_SHA384_Ed25519       CipherSuite = 0xf002
	MLKEM768X25519_AES256GCM_SHA384_MLDSA65 CipherSuite = 0xf003
	MLKEM768_AES256GCM_SHA384_MLDSA65       CipherSuite = 0xf004
)

var cipherSuites = map[CipherSuite]string{
	X25519_AES128GCM_SHA256_Ed25519:        "X25519_AES128GCM_SHA256_Ed25519",
	P256_AES128GCM_SHA256_P256:             "P256_AES128GCM_SHA256_P256",
	X25519_CHACHA20POLY1305_SHA256_Ed25519: "X25519_CHACHA20POLY1305_SHA256_Ed25519",
	X448_AES256GCM_SHA512_Ed448:            "X448_AES256GCM_SHA512_Ed448",
	P521_AES256GCM_SHA512_P521:             "P521_AES256GCM_SHA512_P521",
	X448_CHACHA20POLY1305_SHA512_Ed448:     "X448_CHACHA20POLY1305_SHA512_Ed448",
	P384_AES256GCM_SHA384_P384:             "P384_AES256GCM_SHA384_P384",

	MLKEM768X25519_AES256GCM_SHA384_Ed25519: "MLKEM768X25519_AES256GCM_SHA384_Ed25519",
	MLKEM768_AES256GCM_SHA384_Ed25519:       "MLKEM768_AES256GCM_SHA384_Ed25519",
	MLKEM768X25519_AES256GCM_SHA384_MLDSA65: "MLKEM768X25519_AES256GCM_SHA384_MLDSA65",
	MLKEM768_AES256GCM_SHA384_MLDSA65:       "MLKEM768_AES256GCM_SHA384_MLDSA65",
}

// String returns the name of the registry without MLS_, the security level and
// DHKEM, or the code point in hexadecimal.
func (s CipherSuite) String() string {
	if name, ok := cipherSuites[s]; ok {
		return name
	}
	return fmt.Sprintf("0x%04x", uint16(s))
}

// CipherSuites returns the suites that have a name, in the order of their code
// points: those of RFC 9420, then the experimental ones.
func CipherSuites() []CipherSuite { return slices.Sorted(maps.Keys(cipherSuites)) }

// Experimental tells whether a code point is for private use (RFC 9420, Section 17.1).
func (s CipherSuite) Experimental() bool { return s >= 0xf000 }

// WireFormat says what an MLSMessage carries (RFC 9420, Section 17.2).
type WireFormat uint16

const (
	WirePublicMessage  WireFormat = 0x0001
	WirePrivateMessage WireFormat = 0x0002
	WireWelcome        WireFormat = 0x0003
	WireGroupInfo      WireFormat = 0x0004
	WireKeyPackage     WireFormat = 0x0005
)

// ExtensionType is a code point of RFC 9420, Section 17.3.
type ExtensionType uint16

const (
	ExtApplicationID        ExtensionType = 0x0001
	ExtRatchetTree          ExtensionType = 0x0002
	ExtRequiredCapabilities ExtensionType = 0x0003
	ExtExternalPub          ExtensionType = 0x0004
	ExtExternalSenders      ExtensionType = 0x0005
)

// ExtLastResort marks KeyPackages that may be used again, as RFC 9420, Section
// 16.8, speaks of them. Type and (empty) content are those of
// draft-ietf-mls-extensions, up to its version 04.
const ExtLastResort ExtensionType = 0x000a

// GREASE tells whether a code point of a registry of Sections 17.1 and 17.3 to
// 17.5 is reserved so that others may be shown to ignore it (RFC 9420, Section
// 13.5).
func GREASE[T ~uint16](v T) bool { return v&0x0f0f == 0x0a0a && v>>8 == v&0xff && v < 0xf000 }

// ProposalType is a code point of RFC 9420, Section 17.4.
type ProposalType uint16

const (
	ProposalAdd                    ProposalType = 0x0001
	ProposalUpdate                 ProposalType = 0x0002
	ProposalRemove                 ProposalType = 0x0003
	ProposalPSK                    ProposalType = 0x0004
	ProposalReInit                 ProposalType = 0x0005
	ProposalExternalInit           ProposalType = 0x0006
	ProposalGroupContextExtensions ProposalType = 0x0007
)

// PathRequired tells whether a Commit that covers a proposal of this type needs
// an UpdatePath (RFC 9420, Section 17.4).
func (p ProposalType) PathRequired() bool {
	switch p {
	case ProposalAdd, ProposalPSK, ProposalReInit:
		return false
	}
	return true
}

// String returns the RFC's name of the proposal type, or its code point.
func (p ProposalType) String() string {
	switch p {
	case ProposalAdd:
		return "add"
	case ProposalUpdate:
		return "update"
	case ProposalRemove:
		return "remove"
	case ProposalPSK:
		return "psk"
	case ProposalReInit:
		return "reinit"
	case ProposalExternalInit:
		return "external_init"
	case ProposalGroupContextExtensions:
		return "group_context_extensions"
	}
	return fmt.Sprintf("0x%04x", uint16(p))
}

// CredentialType is a code point of RFC 9420, Section 17.5.
type CredentialType uint16

const (
	CredentialBasic CredentialType = 0x0001
	CredentialX509  CredentialType = 0x0002
)

// ContentType says what a framed content carries (RFC 9420, Section 6).
type ContentType uint8

const (
	ContentApplication ContentType = 1
	ContentProposal    ContentType = 2
	ContentCommit      ContentType = 3
)

// SenderType says in which role a message was sent (RFC 9420, Section 6).
type SenderType uint8

const (
	SenderMember            SenderType = 1
	SenderExternal          SenderType = 2
	SenderNewMemberProposal SenderType = 3
	SenderNewMemberCommit   SenderType = 4
)

// LeafNodeSource says by what a LeafNode came into the tree (RFC 9420, Section 7.2).
type LeafNodeSource uint8

const (
	SourceKeyPackage LeafNodeSource = 1
	SourceUpdate     LeafNodeSource = 2
	SourceCommit     LeafNodeSource = 3
)

// ProposalOrRefType says how a Commit covers a proposal (RFC 9420, Section 12.4).
type ProposalOrRefType uint8

const (
	ByValue     ProposalOrRefType = 1
	ByReference ProposalOrRefType = 2
)

// PSKType says where a pre-shared key comes from (RFC 9420, Section 8.4).
type PSKType uint8

const (
	PSKExternal   PSKType = 1
	PSKResumption PSKType = 2
)

// ResumptionUsage says what a resumption PSK is used for (RFC 9420, Section 8.4).
type ResumptionUsage uint8

const (
	UsageApplication ResumptionUsage = 1
	UsageReInit      ResumptionUsage = 2
	UsageBranch      ResumptionUsage = 3
)

// NodeType tells the two kinds of nodes of a ratchet tree apart (RFC 9420, Section 7.8).
type NodeType uint8

const (
	NodeLeaf   NodeType = 1
	NodeParent NodeType = 2
)
