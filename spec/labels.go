package spec

// LabelPrefix stands before each label that enters a signature, an encryption
// or a derivation (RFC 9420, Sections 5.1.2, 5.1.3 and 8).
const LabelPrefix = "MLS 1.0 "

// Labels of signatures (RFC 9420, Section 17.6).
const (
	LabelFramedContentTBS = "FramedContentTBS"
	LabelLeafNodeTBS      = "LeafNodeTBS"
	LabelKeyPackageTBS    = "KeyPackageTBS"
	LabelGroupInfoTBS     = "GroupInfoTBS"
)

// Labels of public key encryption (RFC 9420, Section 17.7).
const (
	LabelUpdatePathNode = "UpdatePathNode"
	LabelWelcome        = "Welcome"
)

// LabelExternalInit is what the init_secret of an external Commit is exported
// under, complete as it stands (RFC 9420, Section 8.3).
const LabelExternalInit = LabelPrefix + "external init secret"

// Labels of hash references, complete as they stand (RFC 9420, Section 5.2).
const (
	LabelKeyPackageRef = LabelPrefix + "KeyPackage Reference"
	LabelProposalRef   = LabelPrefix + "Proposal Reference"
)

// Labels of derivations (RFC 9420, Sections 7.4, 8, 9).
const (
	LabelPath = "path" // Section 7.4: the next path secret
	LabelNode = "node" // Section 7.4: the node secret

	LabelJoiner        = "joiner" // Section 8, Figure 22
	LabelEpoch         = "epoch"
	LabelWelcomeSecret = "welcome"

	LabelInit           = "init" // Section 8, Table 4
	LabelSenderData     = "sender data"
	LabelEncryption     = "encryption"
	LabelExporter       = "exporter"
	LabelExternal       = "external"
	LabelConfirm        = "confirm"
	LabelMembership     = "membership"
	LabelResumption     = "resumption"
	LabelAuthentication = "authentication"

	LabelExported   = "exported"    // Section 8.5
	LabelDerivedPSK = "derived psk" // Section 8.4

	LabelTree        = "tree" // Section 9
	LabelHandshake   = "handshake"
	LabelApplication = "application"
	LabelNonce       = "nonce" // Section 9.1; with sender data, Section 6.3.2
	LabelKey         = "key"
	LabelSecret      = "secret"
)

// Contexts that tell the two children of a secret tree's node apart
// (RFC 9420, Section 9).
const (
	ContextLeft  = "left"
	ContextRight = "right"
)
