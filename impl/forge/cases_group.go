package forge

import (
	"errors"

	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Sections 8.4, 12.1.4 to 12.1.8 and 12.4.3.2: what binds a group to PSKs
// and to those outside.

// resumed is a PSK of the group for a use.
func resumed(usage spec.ResumptionUsage) proposer {
	return externalPSK("", func(id *schedule.PreSharedKeyID) {
		nonce := id.Nonce
		*id = schedule.ResumptionPSK(usage, []byte(groupID), 3)
		id.Nonce = nonce
	})
}

// extended is a GroupContextExtensions.
func extended(extensions ...tree.Extension) message.Proposal {
	return message.Proposal{
		Type:                   spec.ProposalGroupContextExtensions,
		GroupContextExtensions: &message.GroupContextExtensions{Extensions: extensions},
	}
}

// unknownExtension is one that no member lists, and requiresIt asks for it.
var (
	unknownExtension = tree.Extension{Type: 0xf001}
	requiresIt       = tree.Extension{Type: spec.ExtRequiredCapabilities, Data: []byte{2, 0xf0, 0x01, 0, 0}}
)

// ended lets B end the group by a ReInit.
func ended(g *Group) { g.commit("B", impl.CommitOptions{ReInit: reinit("next", g.Suite)}) }

func reinit(id string, s *suite.Suite) *message.ReInit {
	return &message.ReInit{GroupID: []byte(id), Version: spec.MLS10, CipherSuite: s.ID}
}

// shortNonce is a PSK with a nonce of another length.
var shortNonce = externalPSK("psk", func(id *schedule.PreSharedKeyID) { id.Nonce = id.Nonce[1:] })

// sends lets A send application data.
func sends(g *Group) error {
	_, _, err := g.at("A").Member.Send(g.Env, []byte("data"))
	return err
}

// Preparations, with which A is refused what it may do without.
func unless(prepare func(*Group), act func(*Group) error) recipe {
	return does("", func(g *Group) error {
		prepare(g)
		return act(g)
	}, act)
}

var groupRows = rows(
	[]row{
		{"PSK: nonce", req.PSKNonceLength, proposing(shortNonce, removal), ""},
		{"PSK: nonce, in a Commit", req.PSKNonceLength, after(func(g *Group) { g.hold("psk") }, valued(shortNonce, pskNamed("psk"))), ""},
	},
	received("PSK: usage reinit", req.PSKUsageReinit, resumed(spec.UsageReInit), resumed(spec.UsageApplication), "", ""),
	received("PSK: usage branch", req.PSKUsageBranch, resumed(spec.UsageBranch), resumed(spec.UsageApplication), "", ""),
	received("ReInit: a lower version", req.ReinitVersion,
		fixed(message.Proposal{Type: spec.ProposalReInit, ReInit: &message.ReInit{CipherSuite: 1}}), fixed(reinitNext), "", ""),
	[]row{
		{"PSK that is not at hand", req.PSKAvailable, after(func(g *Group) { g.hold("psk") }, valued(pskNamed("other"), pskNamed("psk"))), req.CommitConfirmationTag},
		{"ExternalInit proposed by a member", req.ExternalInitContext, proposing(fixed(initSome), removal), ""},
		{"a required capability that members lack", req.GceRequiredCapabilities, valued(fixed(extended(requiresIt)), fixed(extended())), req.LeafRequiredCapabilities},
		{"a GroupContext extension that members lack", req.GceExtensions, valued(fixed(extended(unknownExtension)), fixed(extended())), ""},
		{"a GroupContext extension that a new member lacks", req.AddExtensions, covering(
			func(g *Group) []Covered { return Values(extended(unknownExtension), Add(ordinary(g))) },
			func(g *Group) []Covered { return Values(extended(), Add(ordinary(g))) }), req.GceExtensions},
		{"a proposal that the application does not want", req.ProposalAuthorized, with(ownPolicy, noRemoves, proposing(fixed(Remove(3)), updateOfB)), ""},
		{"a proposal that the application does not want, in a Commit", req.ProposalAuthorized, with(ownPolicy, noRemoves,
			valued(fixed(Remove(3)), func(g *Group) message.Proposal { return extended() })), ""},
		{"a proposal too many", req.ProposalCount, with(ownLimit, func(e *impl.Env) { e.Proposals = 1 },
			after(func(g *Group) { g.cached("C", Remove(3)) }, proposing(removal, removal))).blind(), ""},
		{"a Commit after a ReInit arrives", req.ReinitClosed, recipe{entry: MessageReceive, make: func(g *Group) (bad, good *Input) {
			ended(g)
			return g.forged("B", Forgery{}, "A"), nil
		}}.only(noControl), ""},
		{"send after a ReInit", req.ReinitClosed, unless(ended, sends).at(ApplicationSend), ""},
		{"commit after a ReInit", req.ReinitClosed, unless(ended, func(g *Group) error { return g.commits(impl.CommitOptions{}) }).at(CommitSend), ""},
		{"propose after a ReInit", req.ReinitClosed, unless(ended, proposesRemove(3)).at(ProposalSend), ""},
		{"create with an extension that the creator lacks", req.CreateExtensions, does(GroupCreate, creates(unknownExtension), creates()), req.ExtensionPlace},
		{"data while a proposal waits", req.ApplicationPending, unless(func(g *Group) { g.cached("B", Remove(2)) }, sends).at(ApplicationSend), ""},
		{"more data than an epoch may have", req.ApplicationAeadLimit, does(ApplicationSend, func(g *Group) error {
			g.Env.MaxSent = 7
			m, _, err := g.at("A").Member.Send(g.Env, []byte("four"))
			g.ok(err)
			_, _, err = m.Send(g.Env, []byte("more"))
			return err
		}, sends), ""},
	},
)

// noControl is the reason where the state refuses whatever comes.
const noControl = "there is no control: nothing is accepted in that state"

func updateOfB(g *Group) message.Proposal { return g.updates("B", nil, nil) }

// noRemoves lets the application permit B no Removes.
func noRemoves(e *impl.Env) {
	e.Permit = func(_ *impl.PublicGroup, by message.Sender, p *message.Proposal) error {
		if by == message.Member(1) && p.Type == spec.ProposalRemove {
			return errors.New("member B is no moderator")
		}
		return nil
	}
}

// creates lets a client create a group.
func creates(extensions ...tree.Extension) func(*Group) error {
	return func(g *Group) error {
		_, _, err := impl.Create(g.Env, g.identity("E"), []byte("new"), extensions...)
		return err
	}
}

// outside gives C a proposal by a client outside, which is an external sender if it
// is listed.
func outside(listed bool, bad, good proposer) recipe {
	return recipe{entry: ProposalReceive, make: func(g *Group) (*Input, *Input) {
		service := g.identity("E")
		g.commit("B", impl.CommitOptions{Extensions: &[]tree.Extension{message.ExternalSendersExtension([]message.ExternalSender{
			{SignatureKey: service.Signer.Public(), Credential: service.Credential},
		})}})
		propose := func(place uint32, p proposer) *Input {
			f := g.by("B")
			f.Identity = service
			msg, _, err := f.Proposal(p(g), Framing{Content: func(c *message.FramedContent) {
				c.Sender = message.Sender{Type: spec.SenderExternal, SenderIndex: place}
			}})
			g.ok(err)
			return g.given("C", msg)
		}
		if listed {
			return propose(0, bad), propose(0, good)
		}
		return propose(1, bad), propose(0, good)
	}}
}

var outsideRows = []row{
	{"an external sender that nobody knows", req.ExternalSender, outside(false, removal, removal).at(MessageReceive), Alone},
	{"an Update by an external sender", req.FramingSenderType, outside(true, func(g *Group) message.Proposal {
		return g.updates("A", nil, nil) // leaf 0, as the sender would be
	}, removal), ""},
	{"an external Commit as a proposal's sender", req.FramingSenderType, framed(Framing{Content: func(f *message.FramedContent) {
		f.Sender = message.Sender{Type: spec.SenderNewMemberCommit}
	}}), req.ExternalPath},
	{"a Remove by a new member", req.FramingSenderType, framed(Framing{Content: func(f *message.FramedContent) {
		f.Sender = message.Sender{Type: spec.SenderNewMemberProposal}
	}}), req.ContentSignature},
}

func removing(leaves ...tree.LeafIndex) func(*Group, Covered) []Covered {
	return func(_ *Group, init Covered) []Covered {
		list := []Covered{init}
		for _, leaf := range leaves {
			list = append(list, Values(Remove(leaf))...)
		}
		return list
	}
}

var externalRows = []row{
	{"no external_pub", req.ExternalExternalPub, recipe{entry: ExternalJoin, make: func(g *Group) (bad, good *Input) {
		good = g.published(&entrance{})
		return g.published(&entrance{Invitation: Invitation{Info: func(i *message.GroupInfo) { i.Extensions = i.Extensions[:1] }}}), good
	}}, req.SuitePublicKey},
	{"external_pub that is no key", req.SuitePublicKey, visiting(entrance{Invitation: Invitation{Info: func(i *message.GroupInfo) {
		i.Extensions[1] = message.ExternalPubExtension(suite.HPKEPublicKey{1})
	}}}), Alone},
	{"two ExternalInits", req.ExternalOneInit, arriving(Forgery{}, func(_ *Group, init Covered) []Covered { return []Covered{init, init} }), ""},
	{"no ExternalInit", req.ExternalOneInit, arriving(Forgery{}, func(*Group, Covered) []Covered { return nil }), req.CommitConfirmationTag},
	{"two Removes", req.ExternalOneRemove, arriving(Forgery{}, removing(2, 3)), ""},
	{"GroupContextExtensions", req.ExternalOther, arriving(Forgery{}, func(_ *Group, init Covered) []Covered {
		return append(Values(extended()), init)
	}), ""},
	{"an Add", req.ExternalOther, arriving(Forgery{}, func(g *Group, init Covered) []Covered {
		return append([]Covered{init}, Values(Add(ordinary(g)))...)
	}), ""},
	{"a proposal by reference", req.ExternalByReference, recipe{entry: CommitReceive, make: func(g *Group) (bad, good *Input) {
		ref := g.cached("B", Remove(2))
		r := arriving(Forgery{}, func(_ *Group, init Covered) []Covered { return []Covered{init, ref} })
		return r.make(g)
	}}, ""},
	{"no path", req.ExternalPath, arriving(Forgery{Commit: func(c *message.Commit) { c.Path = nil }}, nil).at(MessageReceive), Alone},
	{"the place of one whose credential it must not take over", req.ExternalRemoveLeaf,
		disliking(strict{successor: "E"}, arriving(Forgery{}, removing(2))), ""},
	{"the encryption key of the member that it replaces", req.ExternalRemoveLeaf, arrivingLeaf(func(g *Group, l *tree.LeafNode) {
		l.EncryptionKey = g.leafOf("C").EncryptionKey
	}, removing(2)), ""},
	{"a Remove of a blank leaf", req.RemoveLeaf, arriving(Forgery{}, removing(6)), req.ExternalRemoveLeaf},
	{"kem_output", req.ExternalInitKemOutput, arriving(Forgery{Commit: func(c *message.Commit) {
		c.Proposals[0].Proposal.ExternalInit.KEMOutput = []byte{1}
	}}, nil), req.CommitConfirmationTag},
	{"leaf: no cipher suite", req.LeafRequiredCapabilities, arriving(Forgery{Leaf: func(l *tree.LeafNode) { noSuite(nil, l) }}, nil), ""},
	{"leaf: extension not listed", req.LeafExtensionsListed, arriving(Forgery{Leaf: func(l *tree.LeafNode) { strangeExtension(nil, l) }}, nil), ""},
	{"leaf: source update", req.LeafSourceCommit, arriving(Forgery{Leaf: func(l *tree.LeafNode) { l.Source = spec.SourceUpdate }}, nil), req.PathParentHash},
	{"leaf: signature", req.LeafSignature, arriving(Forgery{Signed: func(l *tree.LeafNode) { l.Signature = make([]byte, 64) }}, nil), ""},
	{"confirmation tag", req.CommitConfirmationTag, arriving(tagFlipped, nil), ""},
	{"signature", req.ContentSignature, arriving(Forgery{Framing: Framing{
		Auth: func(ac *message.AuthenticatedContent) { flip(ac.Auth.Signature) },
	}}, nil), req.CommitConfirmationTag},
}

// arrivingLeaf gives A an external Commit whose path has a changed leaf; the control
// covers the same.
func arrivingLeaf(change leafChange, list func(*Group, Covered) []Covered) recipe {
	return recipe{entry: CommitReceive, make: func(g *Group) (bad, good *Input) {
		bad, _ = arriving(Forgery{Leaf: change.of(g)}, list).make(g)
		good, _ = arriving(Forgery{}, list).make(g)
		return bad, good
	}}
}
