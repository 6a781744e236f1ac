package impl

import (
	"errors"
	"slices"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Sections 5.3, 10, 11.1 and 13: credentials, capabilities and
// extensions, those of the application among them.

// Types of an application: a note stands anywhere and may not be empty, a badge is
// a credential.
const (
	noteType  spec.ExtensionType  = 0xf001
	badgeType spec.CredentialType = 0xf003
)

var errEmpty = errors.New("empty")

func notEmpty(b []byte) error {
	if len(b) == 0 {
		return errEmpty
	}
	return nil
}

// badgeFits accepts the badge of a signature key: its first byte.
func badgeFits(content []byte, key suite.SignaturePublicKey) error {
	if len(content) != 1 || content[0] != key[0] {
		return errors.New("another badge")
	}
	return nil
}

func mustTypes(extensions []CustomExtension, proposals []CustomProposal, credentials []CustomCredential) *Types {
	t, err := NewTypes(extensions, proposals, credentials)
	if err != nil {
		panic(err)
	}
	return t
}

var notesAndBadges = mustTypes(
	[]CustomExtension{{noteType, InKeyPackage | InLeafNode | InGroupContext | InGroupInfo, notEmpty}}, nil,
	[]CustomCredential{{badgeType, badgeFits}},
)

// knowing lets everybody have the types above.
func knowing(give func(*room) error) func(*room) error {
	return with(func(e *Env) { e.Types = notesAndBadges }, give)
}

// emptyNote gives a leaf a note without content.
func emptyNote(l *tree.LeafNode) {
	l.Capabilities.Extensions = []spec.ExtensionType{noteType}
	l.Extensions = []tree.Extension{{Type: noteType}}
}

// wearing gives a leaf a badge.
func wearing(badge byte) func(*tree.LeafNode) {
	return func(l *tree.LeafNode) {
		l.Capabilities.Credentials = including(l.Capabilities.Credentials, badgeType)
		l.Credential = tree.Credential{Type: badgeType, Opaque: []byte{l.SignatureKey[0] ^ badge}}
	}
}

// certifiedFor gives a leaf a chain, which may depend on its key.
func certifiedFor(chain func(suite.SignaturePublicKey) [][]byte) func(*tree.LeafNode) {
	return func(l *tree.LeafNode) { l.Credential = tree.X509Credential(chain(l.SignatureKey)...) }
}

func noChain(suite.SignaturePublicKey) [][]byte { return nil }
func ofAnother(key suite.SignaturePublicKey) [][]byte {
	other := slices.Clone(key)
	other[0] ^= 1
	return [][]byte{certificateFor("E", other)}
}

// inContext lets a client join a group with GroupContext extensions.
func inContext(extensions ...tree.Extension) func(*room) error {
	return joining(invitation{context: func(c *schedule.GroupContext) { c.Extensions = extensions }})
}

func requiring(r tree.RequiredCapabilities) tree.Extension {
	return tree.Extension{Type: spec.ExtRequiredCapabilities, Data: wire.Encode(&r)}
}

func sender(c tree.Credential) tree.Extension {
	return message.ExternalSendersExtension([]message.ExternalSender{{SignatureKey: make([]byte, 32), Credential: c}})
}

var robot = tree.BasicCredential([]byte("robot"))

var credentialRefusals = []refusal{
	{"Add: no certificate", req.CredentialX509Chain, adding(certifiedFor(noChain), nil), ""},
	{"Add: certificate for another key", req.CredentialX509Key, adding(certifiedFor(ofAnother), nil), ""},
	{"Update: no certificate", req.CredentialX509Chain, updated(certifiedFor(noChain)), ""},
	{"Update: certificate for another key", req.CredentialX509Key, updated(certifiedFor(ofAnother)), ""},
	{"path: no certificate", req.CredentialX509Chain, releafed(certifiedFor(noChain)), ""},
	{"path: certificate for another key", req.CredentialX509Key, releafed(certifiedFor(ofAnother)), ""},
	{"tree: no certificate", req.CredentialX509Chain, seated(certifiedFor(noChain)), ""},
	{"tree: certificate for another key", req.CredentialX509Key, seated(certifiedFor(ofAnother)), ""},
	{"external sender: no certificate", req.CredentialX509Chain, inContext(sender(tree.X509Credential())), ""},
	{"external sender: certificate for another key", req.CredentialX509Key,
		inContext(sender(tree.X509Credential(ofAnother(make([]byte, 32))...))), ""},
	{"external sender: not vouched for", req.CredentialAS,
		with(func(e *Env) { e.Auth = strict{identity: "robot"} }, inContext(sender(robot))), ""},
	{"external sender: a type that nobody knows", req.CredentialAS, inContext(sender(tree.Credential{Type: badgeType})), ""},
	{"Add: a type that the client does not know", req.CredentialAS, adding(wearing(0), nil), ""},
	{"Add: another badge", req.CredentialAS, knowing(adding(wearing(1), nil)), ""},
}

var extensionRefusals = []refusal{
	{"proposal that the application refuses", req.ProposalCustom, with(func(e *Env) { e.Types = votesAndSeals }, func(r *room) error {
		return r.give("A", r.proposing("B", (&Custom{Type: voteType}).proposal()))
	}), ""},
	{"KeyPackage: content that the application refuses", req.ExtensionCustom, knowing(adding(nil, func(k *message.KeyPackage) {
		k.Extensions = []tree.Extension{{Type: noteType}}
	})), ""},
	{"Add: content that the application refuses", req.ExtensionCustom, knowing(adding(emptyNote, nil)), ""},
	{"Update: content that the application refuses", req.ExtensionCustom, knowing(updated(emptyNote)), ""},
	{"path: content that the application refuses", req.ExtensionCustom, knowing(releafed(emptyNote)), ""},
	{"tree: content that the application refuses", req.ExtensionCustom, knowing(seated(emptyNote)), ""},
	{"GroupContext: content that the application refuses", req.ExtensionCustom, knowing(inContext(tree.Extension{Type: noteType})), ""},
	{"GroupInfo: content that the application refuses", req.ExtensionCustom, knowing(joining(invitation{info: func(g *message.GroupInfo) {
		g.Extensions = append(g.Extensions, tree.Extension{Type: noteType})
	}})), ""},
	{"GroupContext: registered for another place", req.WelcomeExtensions, with(func(e *Env) {
		e.Types = mustTypes([]CustomExtension{{noteType, InLeafNode, nil}}, nil, nil)
	}, inContext(tree.Extension{Type: noteType})), ""},
	{"GroupContext: GREASE", req.WelcomeExtensions, inContext(tree.Extension{Type: 0x0a0a}), ""},
	{"required_capabilities that cannot be read", req.ExtensionRequiredCapabilities,
		inContext(tree.Extension{Type: spec.ExtRequiredCapabilities, Data: []byte{0, 0}}), alone},
	{"external_senders that cannot be read", req.ExtensionExternalSenders,
		inContext(tree.Extension{Type: spec.ExtExternalSenders, Data: []byte{1}}), alone},
	{"required_capabilities that the client's leaf lists, and the client has not", req.WelcomeExtensions, knowing(func(r *room) error {
		return r.invite(invitation{
			context: func(c *schedule.GroupContext) {
				c.Extensions = []tree.Extension{requiring(tree.RequiredCapabilities{Extensions: []spec.ExtensionType{noteType}})}
			},
			info: func(*message.GroupInfo) { r.env.Types = nil },
		})
	}), ""},
	{"required_capabilities that a member has not", req.LeafRequiredCapabilities, knowing(func(r *room) error {
		return r.invite(invitation{
			edit: reseat("D", func(l *tree.LeafNode) { l.Capabilities.Extensions = nil }),
			context: func(c *schedule.GroupContext) {
				c.Extensions = []tree.Extension{requiring(tree.RequiredCapabilities{Extensions: []spec.ExtensionType{noteType}})}
			},
		})
	}), ""},
}

// packaging lets a client make a KeyPackage.
func packaging(o KeyPackageOptions) func(*room) error {
	return func(r *room) error {
		_, err := NewKeyPackageWith(r.env, r.stranger(), o)
		return err
	}
}

// fewer returns what a client has, changed.
func fewer(change func(*tree.Capabilities)) KeyPackageOptions {
	k := Capabilities()
	change(&k)
	return KeyPackageOptions{Capabilities: &k}
}

var madeRefusals = []refusal{
	{"extension that is not registered", req.ExtensionPlace, packaging(KeyPackageOptions{Extensions: []tree.Extension{{Type: noteType}}}), req.LeafExtensionsListed},
	{"GREASE, given by hand", req.ExtensionPlace, packaging(KeyPackageOptions{LeafExtensions: []tree.Extension{{Type: 0x0a0a}}}), req.LeafExtensionsListed},
	{"ratchet_tree in a leaf", req.ExtensionPlace, packaging(KeyPackageOptions{LeafExtensions: []tree.Extension{{Type: spec.ExtRatchetTree}}}), ""},
	{"application_id in a KeyPackage", req.ExtensionPlace, packaging(KeyPackageOptions{Extensions: []tree.Extension{tree.ApplicationIDExtension(nil)}}), ""},
	{"registered for another place", req.ExtensionPlace, with(func(e *Env) {
		e.Types = mustTypes([]CustomExtension{{noteType, InLeafNode, nil}}, nil, nil)
	}, packaging(KeyPackageOptions{Extensions: []tree.Extension{{Type: noteType}}})), ""},
	{"content that the application refuses", req.ExtensionCustom, knowing(packaging(KeyPackageOptions{LeafExtensions: []tree.Extension{{Type: noteType}}})), ""},
	{"extension twice", req.ExtensionUnique, packaging(KeyPackageOptions{LastResort: true, Extensions: []tree.Extension{{Type: spec.ExtLastResort}}}), ""},
	{"lifetime too long", req.LeafLifetimeMax, packaging(KeyPackageOptions{Lifetime: DefaultMaxLifetime}), ""},
	{"lifetime without end", req.LeafLifetimeMax, packaging(KeyPackageOptions{Lifetime: ^uint64(0)}), ""},
	{"capability that the client has not", req.KeyPackageCapabilities, packaging(fewer(func(k *tree.Capabilities) {
		k.Proposals = []spec.ProposalType{0xf001}
	})), ""},
	{"capability that is a default", req.KeyPackageCapabilities, packaging(fewer(func(k *tree.Capabilities) {
		k.Extensions = []spec.ExtensionType{spec.ExtApplicationID}
	})), ""},
	{"no cipher suite", req.LeafRequiredCapabilities, packaging(fewer(func(k *tree.Capabilities) { k.CipherSuites = nil })), ""},
	{"own credential type not listed", req.LeafCredentialListed, packaging(fewer(func(k *tree.Capabilities) { k.Credentials = nil })), ""},
	{"extension not listed", req.LeafExtensionsListed, knowing(packaging(KeyPackageOptions{
		Capabilities: fewer(func(*tree.Capabilities) {}).Capabilities, Extensions: []tree.Extension{{Type: noteType, Data: []byte{1}}},
	})), ""},
	{"certificate for another key", req.CredentialX509Key, func(r *room) error {
		id := *r.stranger()
		id.Credential = tree.X509Credential(ofAnother(id.Signer.Public())...)
		_, err := NewKeyPackage(r.env, &id)
		return err
	}, ""},
	{"ratchet_tree in the first GroupContext", req.ExtensionPlace, func(r *room) error {
		_, _, err := Create(r.env, r.stranger(), []byte("new"), tree.Extension{Type: spec.ExtRatchetTree})
		return err
	}, ""},
	{"ratchet_tree in the GroupContext, committed", req.ExtensionPlace, ending(func(*room) CommitOptions {
		return CommitOptions{Extensions: &[]tree.Extension{{Type: spec.ExtRatchetTree}}}
	}), ""},
	{"application_id in a GroupInfo", req.ExtensionPlace, func(r *room) error {
		_, err := r.at("A").member.GroupInfo(r.env, GroupInfoOptions{Extensions: []tree.Extension{tree.ApplicationIDExtension(nil)}})
		return err
	}, ""},
	{"GREASE in the GroupContext", req.GreaseFields, proposedExtensions(tree.Extension{Type: 0x0a0a}), req.ExtensionPlace},
	{"GREASE in required_capabilities", req.GreaseFields,
		proposedExtensions(requiring(tree.RequiredCapabilities{Credentials: []spec.CredentialType{0xeaea}})), ""},
}

// proposedExtensions lets A propose extensions for the GroupContext.
func proposedExtensions(extensions ...tree.Extension) func(*room) error {
	return func(r *room) error {
		p := message.Proposal{Type: spec.ProposalGroupContextExtensions, GroupContextExtensions: &message.GroupContextExtensions{Extensions: extensions}}
		_, _, err := r.at("A").member.propose(r.env, p, nil, spec.WirePublicMessage)
		return err
	}
}
