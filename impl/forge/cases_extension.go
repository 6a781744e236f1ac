package forge

import (
	"errors"
	"slices"

	"mlssim/impl"
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

// Types of an application: a note stands anywhere and may not be empty, nor may a
// vote; a badge is a credential.
const (
	noteType  spec.ExtensionType  = 0xf001
	badgeType spec.CredentialType = 0xf003
	voteType  spec.ProposalType   = 0xf001
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

// types returns types of an application, which are known to be of no others.
func types(extensions []impl.CustomExtension, proposals []impl.CustomProposal, credentials []impl.CustomCredential) func(*impl.Env) {
	t, err := impl.NewTypes(extensions, proposals, credentials)
	return func(e *impl.Env) {
		if err != nil {
			panic(failed{err})
		}
		e.Types = t
	}
}

var (
	notesAndBadges = types(
		[]impl.CustomExtension{{Type: noteType, Places: impl.InKeyPackage | impl.InLeafNode | impl.InGroupContext | impl.InGroupInfo, Validate: notEmpty}}, nil,
		[]impl.CustomCredential{{Type: badgeType, Validate: badgeFits}})
	votes = types(nil, []impl.CustomProposal{
		{Type: voteType, Validate: func(_ *impl.PublicGroup, _ message.Sender, data []byte) error { return notEmpty(data) }},
	}, nil)
	leafNotes = types([]impl.CustomExtension{{Type: noteType, Places: impl.InLeafNode}}, nil, nil)
)

// knowing lets everybody have the types above.
func knowing(r recipe) recipe { return with(ownPolicy, notesAndBadges, r) }

// emptyNote gives a leaf a note without content.
var emptyNote = plain(func(l *tree.LeafNode) {
	l.Capabilities.Extensions = []spec.ExtensionType{noteType}
	l.Extensions = []tree.Extension{{Type: noteType}}
})

// wearing gives a leaf a badge, which fits with 0.
func wearing(badge byte) leafChange {
	return plain(func(l *tree.LeafNode) {
		if !slices.Contains(l.Capabilities.Credentials, badgeType) {
			l.Capabilities.Credentials = append(slices.Clone(l.Capabilities.Credentials), badgeType)
		}
		l.Credential = tree.Credential{Type: badgeType, Opaque: []byte{l.SignatureKey[0] ^ badge}}
	})
}

// noChain gives a leaf an X.509 credential without certificates, and ofAnother one
// for another key.
var (
	noChain   = plain(func(l *tree.LeafNode) { l.Credential = tree.X509Credential() })
	ofAnother = leafChange(func(g *Group, l *tree.LeafNode) {
		l.Credential = tree.X509Credential(g.certificate(g.identity("X").Signer.Public()))
	})
)

func (g *Group) certificate(key suite.SignaturePublicKey) []byte {
	der, err := Certificate(g.Suite, key)
	g.ok(err)
	return der
}

func requiring(r tree.RequiredCapabilities) tree.Extension {
	return tree.Extension{Type: spec.ExtRequiredCapabilities, Data: wire.Encode(&r)}
}

// trusting is an entrance to a group with an external sender.
func trusting(key suite.SignaturePublicKey, c tree.Credential) entrance {
	return inContext(message.ExternalSendersExtension([]message.ExternalSender{{SignatureKey: key, Credential: c}}))
}

// robotKey is a signature key that nobody has: nothing is verified with it.
var robotKey = make(suite.SignaturePublicKey, 32)

// everywhere returns the rows of something wrong with a leaf, whatever brings it.
func everywhere(name string, want spec.ID, leaf leafChange) []row {
	return rows(
		introduced("Add: "+name, want, wrong(leaf), "", ""),
		[]row{
			{"Update: " + name, want, updated(leaf), ""},
			{"path: " + name, want, releafed(leaf), ""},
		},
		invited("tree: "+name, want, reseated(leaf), "", ""),
	)
}

var credentialRows = rows(
	everywhere("no certificate", req.CredentialX509Chain, noChain),
	everywhere("certificate for another key", req.CredentialX509Key, ofAnother),
	invited("external sender: no certificate", req.CredentialX509Chain, trusting(robotKey, tree.X509Credential()), "", ""),
	[]row{
		{"external sender: certificate for another key", req.CredentialX509Key, entering(func(g *Group) entrance {
			return trusting(g.identity("R").Signer.Public(), tree.X509Credential(g.certificate(g.identity("X").Signer.Public())))
		}), ""},
		{"external sender: not vouched for", req.CredentialAS, disliking(strict{identity: "robot"},
			joining(trusting(robotKey, tree.BasicCredential([]byte("robot"))))), ""},
		{"Add: another badge", req.CredentialAS, knowing(adding(wrong(wearing(1)))), ""},
	},
	invited("external sender: a type that nobody knows", req.CredentialAS, trusting(robotKey, tree.Credential{Type: badgeType}), "", ""),
	introduced("Add: a type that the client does not know", req.CredentialAS, wrong(wearing(0)), "", req.LeafCredentialMembers),
)

// entering is joining by an entrance that depends on the group.
func entering(e func(*Group) entrance) recipe {
	return recipe{entry: WelcomeJoin, make: func(g *Group) (bad, good *Input) { return joining(e(g)).make(g) }}
}

var extensionRows = rows(
	[]row{
		{"proposal that the application refuses", req.ProposalCustom, with(ownPolicy, votes, proposing(
			fixed(message.Proposal{Type: voteType, Custom: &message.CustomProposal{}}), removal)), ""},
		{"proposal that the application refuses, in a Commit", req.ProposalCustom, again(votes, valued(vote(""), vote("yes"))), ""},
		{"proposal that one's application does not know, in a Commit", req.ListTypeProcessed, unheard, ""},
		{"Add without support for an extension in use", req.AddExtensions, annotated(adding(noteless)), ""},
		{"propose an Add without support for an extension in use", req.AddExtensions, annotated(proposingAdd(noteless)), ""},
		{"commit an Add without support for an extension in use", req.AddExtensions, annotated(committingAdd(noteless)), ""},
		{"KeyPackage: content that the application refuses", req.ExtensionCustom, knowing(adding(changed(nil, func(k *message.KeyPackage) {
			k.Extensions = []tree.Extension{{Type: noteType}}
		}))), ""},
		{"Add: content that the application refuses", req.ExtensionCustom, knowing(adding(wrong(emptyNote))), ""},
		{"Add: content that the application refuses, in a Commit", req.ExtensionCustom, knowing(addingByValue(wrong(emptyNote))), ""},
		{"Update: content that the application refuses", req.ExtensionCustom, knowing(updated(emptyNote)), ""},
		{"path: content that the application refuses", req.ExtensionCustom, knowing(releafed(emptyNote)), ""},
		{"tree: content that the application refuses", req.ExtensionCustom, knowing(joining(reseated(emptyNote))), ""},
		{"GroupContext: content that the application refuses", req.ExtensionCustom, knowing(joining(inContext(tree.Extension{Type: noteType}))), ""},
		{"GroupInfo: content that the application refuses", req.ExtensionCustom, knowing(joining(inInfo(func(g *message.GroupInfo) {
			g.Extensions = append(g.Extensions, tree.Extension{Type: noteType})
		}))), ""},
		{"GroupContext: registered for another place", req.WelcomeExtensions,
			with(ownPolicy, leafNotes, joining(inContext(tree.Extension{Type: noteType}))), ""},
		{"required_capabilities that the client's leaf lists, and the client has not", req.WelcomeExtensions, noted(func(g *Group) entrance {
			e := inContext(needsNotes)
			e.Info = func(*message.GroupInfo) { g.Env.Types = nil }
			return e
		}), ""},
		{"required_capabilities that a member has not", req.LeafRequiredCapabilities, noted(func(*Group) entrance {
			e := reseated(plain(func(l *tree.LeafNode) { l.Capabilities.Extensions = nil }))
			e.Context = func(c *schedule.GroupContext) { c.Extensions = []tree.Extension{needsNotes} }
			return e
		}), ""},
	},
	received("required_capabilities that cannot be read", req.ExtensionRequiredCapabilities,
		fixed(extended(tree.Extension{Type: spec.ExtRequiredCapabilities, Data: []byte{0, 0}})), fixed(extended()), Alone, Alone),
	received("external_senders that cannot be read", req.ExtensionExternalSenders,
		fixed(extended(tree.Extension{Type: spec.ExtExternalSenders, Data: []byte{1}})), fixed(extended()), Alone, Alone),
	received("an extension twice in a GroupContextExtensions", req.ExtensionUnique,
		fixed(extended(message.ExternalSendersExtension(nil), message.ExternalSendersExtension(nil))), fixed(extended()), "", ""),
)

// again lets a case happen in a group whose members have types of the application, and
// say so in their leaves.
func again(types func(*impl.Env), r recipe) recipe {
	inner := r.make
	r.make = func(g *Group) (bad, good *Input) {
		types(g.Env)
		able := &Group{Suite: g.Suite, Env: g.Env}
		able.settle()
		return inner(able)
	}
	return r.only(ownPolicy)
}

// annotated lets the GroupContext have a note, besides.
func annotated(r recipe) recipe {
	return again(notesAndBadges, after(func(g *Group) {
		g.commit("B", impl.CommitOptions{Extensions: &[]tree.Extension{{Type: noteType, Data: []byte{1}}}})
	}, r))
}

// noteless is a KeyPackage of a client that does not know notes.
var noteless = wrong(plain(func(l *tree.LeafNode) { l.Capabilities.Extensions = nil }))

// vote returns a vote.
func vote(data string) proposer {
	return fixed(message.Proposal{Type: voteType, Custom: &message.CustomProposal{Data: []byte(data)}})
}

// unheard gives A, who does not know votes, a Commit by B with one.
var unheard = again(votes, recipe{entry: CommitReceive, make: func(g *Group) (bad, good *Input) {
	bad, good = g.forged("B", Forgery{List: Values(vote("yes")(g))}, "A"), g.forged("B", Forgery{}, "A")
	g.Env.Types = nil
	return bad, good
}})

var needsNotes = requiring(tree.RequiredCapabilities{Extensions: []spec.ExtensionType{noteType}})

// noted is an entrance to a group whose members know notes.
func noted(e func(*Group) entrance) recipe {
	return knowing(entering(e)).blind()
}

// packaging lets a client make a KeyPackage.
func packaging(o impl.KeyPackageOptions) recipe {
	return does(KeyPackageSend, packages(o), packages(impl.KeyPackageOptions{}))
}

func packages(o impl.KeyPackageOptions) func(*Group) error {
	return func(g *Group) error {
		_, err := impl.NewKeyPackageWith(g.Env, g.identity("E"), o)
		return err
	}
}

// fewer returns what a client has, changed.
func fewer(change func(*tree.Capabilities)) impl.KeyPackageOptions {
	k := impl.Capabilities()
	change(&k)
	return impl.KeyPackageOptions{Capabilities: &k}
}

// proposesExtensions lets A propose extensions for the GroupContext.
func proposesExtensions(extensions ...tree.Extension) func(*Group) error {
	return func(g *Group) error {
		_, _, err := g.at("A").Member.ProposeExtensions(g.Env, extensions, spec.WirePublicMessage)
		return err
	}
}

var madeRows = []row{
	{"extension that is not registered", req.ExtensionPlace, packaging(impl.KeyPackageOptions{Extensions: []tree.Extension{{Type: noteType}}}), req.LeafExtensionsListed},
	{"GREASE, given by hand", req.ExtensionPlace, packaging(impl.KeyPackageOptions{LeafExtensions: []tree.Extension{{Type: 0x0a0a}}}), req.LeafExtensionsListed},
	{"ratchet_tree in a leaf", req.ExtensionPlace, packaging(impl.KeyPackageOptions{LeafExtensions: []tree.Extension{{Type: spec.ExtRatchetTree}}}), ""},
	{"application_id in a KeyPackage", req.ExtensionPlace, packaging(impl.KeyPackageOptions{Extensions: []tree.Extension{tree.ApplicationIDExtension(nil)}}), ""},
	{"registered for another place", req.ExtensionPlace, with(ownPolicy, leafNotes, packaging(impl.KeyPackageOptions{Extensions: []tree.Extension{{Type: noteType}}})), ""},
	{"content that the application refuses", req.ExtensionCustom, knowing(packaging(impl.KeyPackageOptions{LeafExtensions: []tree.Extension{{Type: noteType}}})), ""},
	{"extension twice", req.ExtensionUnique, packaging(impl.KeyPackageOptions{LastResort: true, Extensions: []tree.Extension{{Type: spec.ExtLastResort}}}), ""},
	{"lifetime too long", req.LeafLifetimeMax, limited(packaging(impl.KeyPackageOptions{Lifetime: impl.DefaultMaxLifetime})), ""},
	{"lifetime without end", req.LeafLifetimeMax, limited(packaging(impl.KeyPackageOptions{Lifetime: ^uint64(0)})), ""},
	{"capability that the client has not", req.KeyPackageCapabilities, packaging(fewer(func(k *tree.Capabilities) {
		k.Proposals = []spec.ProposalType{0xf001}
	})), ""},
	{"capability that is a default", req.KeyPackageCapabilities, packaging(fewer(func(k *tree.Capabilities) {
		k.Extensions = []spec.ExtensionType{spec.ExtApplicationID}
	})), ""},
	{"no cipher suite", req.LeafRequiredCapabilities, packaging(fewer(func(k *tree.Capabilities) { k.CipherSuites = nil })), ""},
	{"own credential type not listed", req.LeafCredentialListed, packaging(fewer(func(k *tree.Capabilities) { k.Credentials = nil })), ""},
	{"extension not listed", req.LeafExtensionsListed, knowing(packaging(impl.KeyPackageOptions{
		Capabilities: fewer(func(*tree.Capabilities) {}).Capabilities, Extensions: []tree.Extension{{Type: noteType, Data: []byte{1}}},
	})), ""},
	{"certificate for another key", req.CredentialX509Key, does(KeyPackageSend, func(g *Group) error {
		id := g.identity("E")
		id.Credential = tree.X509Credential(g.certificate(g.identity("X").Signer.Public()))
		_, err := impl.NewKeyPackage(g.Env, id)
		return err
	}, packages(impl.KeyPackageOptions{})), ""},
	{"ratchet_tree in the first GroupContext", req.ExtensionPlace, does(GroupCreate, creates(tree.Extension{Type: spec.ExtRatchetTree}), creates()), ""},
	{"ratchet_tree in the GroupContext, committed", req.ExtensionPlace, committing(impl.CommitOptions{Extensions: &[]tree.Extension{{Type: spec.ExtRatchetTree}}}), ""},
	{"application_id in a GroupInfo", req.ExtensionPlace, does(GroupInfoMake, describes(tree.ApplicationIDExtension(nil)), describes()), ""},
	{"GREASE in the GroupContext", req.GreaseFields, does(ProposalSend, proposesExtensions(tree.Extension{Type: 0x0a0a}), proposesExtensions()), req.ExtensionPlace},
	{"GREASE in required_capabilities", req.GreaseFields, does(ProposalSend,
		proposesExtensions(requiring(tree.RequiredCapabilities{Credentials: []spec.CredentialType{0xeaea}})), proposesExtensions()), ""},
}

// describes lets A make a GroupInfo.
func describes(extensions ...tree.Extension) func(*Group) error {
	return func(g *Group) error {
		_, err := g.at("A").Member.GroupInfo(g.Env, impl.GroupInfoOptions{Extensions: extensions})
		return err
	}
}
