package impl

import (
	"errors"
	"slices"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Sections 8.4, 11, 12.1.4 to 12.1.8 and 12.4.3.2: what binds a group to
// PSKs, to other groups, and to those outside.

// everyPSK is an application that has every PSK.
func everyPSK(e *Env) {
	e.PSK = func(id *schedule.PreSharedKeyID) suite.Secret { return suite.Secret("secret of " + string(id.ID)) }
}

func psk(change func(*schedule.PreSharedKeyID)) message.Proposal {
	id := schedule.ExternalPSK([]byte("psk"))
	id.Nonce = make([]byte, 32)
	if change != nil {
		change(&id)
	}
	return pskProposal(id)
}

// resumed is a PSK of this group for a use.
func resumed(usage spec.ResumptionUsage) message.Proposal {
	return psk(func(id *schedule.PreSharedKeyID) {
		nonce := id.Nonce
		*id = schedule.ResumptionPSK(usage, []byte("group"), 1)
		id.Nonce = nonce
	})
}

// proposed gives A a proposal by B.
func proposed(p message.Proposal) func(*room) error {
	return func(r *room) error { return r.give("A", r.proposing("B", p)) }
}

func extended(extensions ...tree.Extension) message.Proposal { return extensionsProposal(extensions) }

// unknownExtension is one that no member lists, and requiresIt asks for it.
var (
	unknownExtension = tree.Extension{Type: 0xf001}
	requiresIt       = tree.Extension{Type: spec.ExtRequiredCapabilities, Data: []byte{2, 0xf0, 0x01, 0, 0}}
)

var groupRefusals = []refusal{
	{"PSK: nonce", req.PSKNonceLength, proposed(psk(func(id *schedule.PreSharedKeyID) { id.Nonce = id.Nonce[1:] })), ""},
	{"PSK: usage reinit", req.PSKUsageReinit, proposed(resumed(spec.UsageReInit)), ""},
	{"PSK: usage branch", req.PSKUsageBranch, proposed(resumed(spec.UsageBranch)), ""},
	{"PSK that is not at hand", req.PSKAvailable, func(r *room) error {
		everyPSK(r.env)
		msg, _ := r.forge("B", forgery{list: values(psk(nil))})
		r.env.PSK = nil
		return r.give("A", msg)
	}, req.CommitConfirmationTag},
	{"ReInit: a lower version", req.ReinitVersion, proposed(message.Proposal{Type: spec.ProposalReInit, ReInit: &message.ReInit{CipherSuite: 1}}), ""},
	{"send after a ReInit", req.ReinitClosed, func(r *room) error {
		r.commit("B", CommitOptions{ReInit: reinit("next")})
		_, _, err := r.at("A").member.Send(r.env, []byte("data"))
		return err
	}, ""},
	{"commit after a ReInit", req.ReinitClosed, func(r *room) error {
		r.commit("B", CommitOptions{ReInit: reinit("next")})
		_, _, _, err := r.at("A").member.Commit(r.env, CommitOptions{Format: spec.WirePublicMessage})
		return err
	}, ""},
	{"a Commit after a ReInit arrives", req.ReinitClosed, func(r *room) error {
		r.commit("B", CommitOptions{ReInit: reinit("next")})
		return committed(forgery{})(r)
	}, ""},
	{"ExternalInit proposed by a member", req.ExternalInitContext, proposed(inapplicable[2]), ""},
	{"a required capability that members lack", req.GceRequiredCapabilities, committed(forgery{list: values(extended(requiresIt))}), req.LeafRequiredCapabilities},
	{"a GroupContext extension that members lack", req.GceExtensions, committed(forgery{list: values(extended(unknownExtension))}), ""},
	{"a GroupContext extension that a new member lacks", req.AddExtensions, covering(func(r *room) []message.ProposalOrRef {
		return values(extended(unknownExtension), add(r.packaged(r.stranger(), nil, nil)))
	}), req.GceExtensions},
	{"a proposal that the application does not want", req.ProposalAuthorized, with(func(e *Env) {
		e.Permit = func(_ *PublicGroup, by message.Sender, p *message.Proposal) error {
			if by == message.Member(1) && p.Type == spec.ProposalRemove {
				return errors.New("B is no moderator")
			}
			return nil
		}
	}, proposed(remove(3))), ""},
	{"a proposal too many", req.ProposalCount, func(r *room) error {
		r.env.Proposals = 1
		r.cached("C", remove(3))
		return proposed(remove(3))(r)
	}, ""},
	{"create with an extension that the creator lacks", req.CreateExtensions, func(r *room) error {
		_, _, err := Create(r.env, r.stranger(), []byte("new"), unknownExtension)
		return err
	}, req.ExtensionPlace},
	{"data while a proposal waits", req.ApplicationPending, func(r *room) error {
		r.cached("B", remove(2))
		_, _, err := r.at("A").member.Send(r.env, []byte("data"))
		return err
	}, ""},
	{"more data than an epoch may have", req.ApplicationAeadLimit, with(func(e *Env) { e.MaxSent = 7 }, func(r *room) error {
		after, _, err := r.at("A").member.Send(r.env, []byte("four"))
		r.ok(err)
		_, _, err = after.Send(r.env, []byte("more"))
		return err
	}), ""},
}

var outsideRefusals = []refusal{
	{"an external sender that nobody knows", req.ExternalSender, func(r *room) error {
		p := remove(2)
		g := r.at("A").member.PublicGroup
		ac, err := g.frame(r.stranger(), message.Sender{Type: spec.SenderExternal}, message.Content{ContentType: spec.ContentProposal, Proposal: &p}, spec.WirePublicMessage, nil)
		r.ok(err)
		return r.give("C", message.Public(&message.PublicMessage{Content: ac.Content, Auth: ac.Auth}))
	}, alone},
	{"an Update by an external sender", req.FramingSenderType, func(r *room) error {
		service := r.stranger()
		r.commit("B", CommitOptions{Extensions: &[]tree.Extension{message.ExternalSendersExtension([]message.ExternalSender{{SignatureKey: service.Signer.Public(), Credential: service.Credential}})}})
		p := r.updating("A", nil, nil) // leaf 0, as the sender would be
		g := r.at("A").member.PublicGroup
		ac, err := g.frame(service, message.Sender{Type: spec.SenderExternal}, message.Content{ContentType: spec.ContentProposal, Proposal: &p}, spec.WirePublicMessage, nil)
		r.ok(err)
		return r.give("C", message.Public(&message.PublicMessage{Content: ac.Content, Auth: ac.Auth}))
	}, ""},
}

// An arrival is what is wrong with an external Commit; all that is nil is right.
type arrival struct {
	list   func(r *room, init cached) []cached
	commit func(*message.Commit)
	by     string // whose credential the joiner has; "" for a client outside
}

// arrive gives A an external Commit, made without looking at any rule.
func arrive(a arrival) func(*room) error {
	return func(r *room) error {
		id := r.stranger()
		if a.by != "" {
			id = r.party(a.by).id
		}
		info, err := r.at("A").member.GroupInfo(r.env, GroupInfoOptions{ExternalPub: true})
		r.ok(err)
		reader := &infoReader{suite: r.suite(), version: spec.MLS10}
		g, err := reader.read(&Env{Now: r.env.Now}, info)
		r.ok(err)
		c := &committer{PublicGroup: g, identity: id}
		list, err := c.externalList(r.env, info, &ExternalOptions{})
		r.ok(err)
		if a.list != nil {
			list.proposals = a.list(r, list.proposals[0])
		}
		proposed := g.apply(list)
		step, err := c.newPath(&Env{Rand: r.env.Rand, Now: r.env.Now}, proposed, false)
		r.ok(err)
		commit := &message.Commit{Proposals: list.wire(), Path: step.path}
		alter(a.commit, commit)
		ac, err := g.frame(id, list.committer, message.Content{ContentType: spec.ContentCommit, Commit: commit}, spec.WirePublicMessage, nil)
		r.ok(err)
		_, err = c.confirm(r.env, step, nil, ac)
		r.ok(err)
		return r.give("A", message.Public(&message.PublicMessage{Content: ac.Content, Auth: ac.Auth}))
	}
}

func removing(leaves ...tree.LeafIndex) func(*room, cached) []cached {
	return func(_ *room, init cached) []cached {
		list := []cached{init}
		for _, leaf := range leaves {
			list = append(list, byValue(remove(leaf), init.sender))
		}
		return list
	}
}

var externalRefusals = []refusal{
	{"no external_pub", req.ExternalExternalPub, func(r *room) error {
		info, err := r.at("A").member.GroupInfo(r.env, GroupInfoOptions{})
		r.ok(err)
		_, _, err = JoinExternal(r.env, r.stranger(), info, ExternalOptions{})
		return err
	}, req.SuitePublicKey},
	{"two ExternalInits", req.ExternalOneInit, arrive(arrival{list: func(_ *room, init cached) []cached { return []cached{init, init} }}), ""},
	{"no ExternalInit", req.ExternalOneInit, arrive(arrival{list: func(*room, cached) []cached { return nil }}), req.CommitConfirmationTag},
	{"two Removes", req.ExternalOneRemove, arrive(arrival{list: removing(2, 3)}), ""},
	{"GroupContextExtensions", req.ExternalOther, arrive(arrival{list: func(_ *room, init cached) []cached {
		return []cached{init, byValue(extended(), init.sender)}
	}}), ""},
	{"a proposal by reference", req.ExternalByReference, arrive(arrival{list: func(r *room, init cached) []cached {
		p := cached{ref: r.cached("B", remove(2)).Reference, proposal: remove(2), sender: message.Member(1)}
		return []cached{init, p}
	}}), ""},
	{"no path", req.ExternalPath, arrive(arrival{commit: func(c *message.Commit) { c.Path = nil }}), req.ContentSignature},
	{"the place of one whose credential it must not take over", req.ExternalRemoveLeaf,
		with(func(e *Env) { e.Auth = strict{successor: "E"} }, arrive(arrival{list: removing(2)})), ""},
	{"kem_output", req.ExternalInitKemOutput, arrive(arrival{commit: func(c *message.Commit) {
		c.Proposals[0].Proposal.ExternalInit.KEMOutput = []byte{1}
	}}), req.CommitConfirmationTag},
}

func reinit(id string) *message.ReInit {
	return &message.ReInit{GroupID: []byte(id), Version: spec.MLS10, CipherSuite: 1}
}

// A lineage is a group that comes from the room's, as A sets it up for B.
type lineage struct {
	usage     spec.ResumptionUsage
	reinit    bool // the room's group has ended in favour of "next"
	name      string
	of        *suite.Suite // nil for the room's
	strangers bool         // not the members' KeyPackages, but B's and that of a client outside
	twice     bool         // the PSK
	late      bool         // B is only added by a second Commit
}

// descend lets B join the group.
func descend(l lineage) func(*room) error {
	return func(r *room) error {
		if l.reinit {
			r.commit("C", CommitOptions{ReInit: reinit("next")})
		}
		a, b := r.at("A").member, r.at("B")
		s := l.of
		if s == nil {
			s = r.suite()
		}
		creator, joiner := sameClient(r, "A", s), sameClient(r, "B", s)
		keys, err := NewKeyPackage(r.env, joiner)
		r.ok(err)
		var others []*message.KeyPackage
		switch {
		case l.strangers:
			others = packages(r.packaged(r.stranger(), nil, nil))
		case l.usage == spec.UsageReInit:
			others = packages(r.packaged(sameClient(r, "C", s), nil, nil), r.packaged(sameClient(r, "D", s), nil, nil))
		}
		w := l.found(r, a, creator, keys, others)
		_, _, err = Join(r.env, joiner, []*KeyPackageKeys{keys}, r.welcome(w), JoinOptions{Parent: func(id []byte, epoch uint64) *Epoch {
			if string(id) != "group" || epoch != b.member.Number() {
				return nil
			}
			return b.member.Epoch
		}})
		return err
	}
}

// found sets the group up, and returns the Welcome for B.
func (l lineage) found(r *room, a *Member, creator *Identity, keys *KeyPackageKeys, others []*message.KeyPackage) *message.Welcome {
	first, _, err := Create(r.env, creator, []byte(l.name))
	r.ok(err)
	env := *r.env
	env.PSK = func(*schedule.PreSharedKeyID) suite.Secret { return a.secrets.Resumption }
	if l.late {
		_, staged, _, err := first.Commit(&env, CommitOptions{Format: spec.WirePublicMessage})
		r.ok(err)
		first = staged.Next
	}
	psks := []schedule.PreSharedKeyID{schedule.ResumptionPSK(l.usage, []byte("group"), a.Number())}
	if l.twice {
		psks = append(psks, psks[0])
	}
	_, staged, _, err := first.Commit(&env, CommitOptions{
		Add: slices.Concat([]*message.KeyPackage{keys.Package}, others), PSKs: psks, Format: spec.WirePublicMessage, linking: true,
	})
	r.ok(err)
	return staged.Welcomes[0]
}

// sameClient returns a client of this name with keys of a suite.
func sameClient(r *room, name string, s *suite.Suite) *Identity {
	id, err := NewIdentity(r.env, s, []byte(name))
	r.ok(err)
	return id
}

var lineageRefusals = []refusal{
	{"reinitialize what goes on", req.ReinitCommit, func(r *room) error {
		_, _, err := r.at("A").member.Reinitialize(r.env, r.at("A").id, nil, WelcomeOptions{})
		return err
	}, alone},
	{"reinitialize with a suite of one's own choice", req.SuiteSupported, func(r *room) error {
		r.commit("B", CommitOptions{ReInit: reinit("next")})
		_, _, err := r.at("A").member.Reinitialize(r.env, sameClient(r, "A", suite.All()[1]), nil, WelcomeOptions{})
		return err
	}, req.ReinitParameters},
	{"join what follows a group that goes on", req.ReinitCommit, descend(lineage{usage: spec.UsageReInit, name: "next"}), alone},
	{"another group_id", req.ReinitParameters, descend(lineage{usage: spec.UsageReInit, reinit: true, name: "other"}), ""},
	{"not the same members", req.ReinitMembers, descend(lineage{usage: spec.UsageReInit, reinit: true, name: "next", strangers: true}), ""},
	{"a subgroup of another suite", req.BranchParameters, descend(lineage{usage: spec.UsageBranch, name: "sub", of: suite.All()[1]}), ""},
	{"a subgroup with a stranger", req.BranchMembers, descend(lineage{usage: spec.UsageBranch, name: "sub", strangers: true}), ""},
	{"two PSKs of such a usage", req.WelcomePSKSingle, descend(lineage{usage: spec.UsageBranch, name: "sub", twice: true}), ""},
	{"not in epoch 1", req.WelcomePSKEpoch, descend(lineage{usage: spec.UsageBranch, name: "sub", late: true}), ""},
}
