package model

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/spec"
	"mlssim/spec/req"
)

// bad is what violates one rule of a table and no other.
type bad[C any] struct {
	req spec.ID
	c   C
}

// checkTable tests that a table accepts what is good, that each rule refuses
// something which no other refuses, and that no rule was forgotten here.
func checkTable[C any](t *testing.T, rules []Rule[C], good C, cases []bad[C]) {
	t.Helper()
	if v := judge(nil, rules, good); v != nil {
		t.Errorf("what is good %v", v)
	}
	for _, c := range cases {
		if d := cmp.Diff(spec.Violations{c.req}, judge(nil, rules, c.c)); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.req, d)
		}
	}
	for _, r := range rules {
		if !slices.ContainsFunc(cases, func(c bad[C]) bool { return c.req == r.Req }) {
			t.Errorf("%s: nothing here violates it", r.Req)
		}
	}
}

// change returns a copy of v, changed.
func change[T any](v T, f func(*T)) T {
	f(&v)
	return v
}

const unknownType = 0xf000 // of a proposal or extension

func TestLeafRules(t *testing.T) {
	g := inStep(t)
	a, e := g.members["A"], g.client("E")
	env := g.env()
	const at = 7
	leaf := g.keyPackage("E").Package.LeafNode
	// signed returns the leaf, changed and signed again for its place.
	signed := func(f func(*LeafNode)) LeafNode {
		return change(leaf, f).sign(g.s, e.SignatureKey, a.Context.GroupID, at)
	}
	update := signed(func(l *LeafNode) { l.Source = spec.SourceUpdate })
	other := signed(func(l *LeafNode) { l.EncryptionKey = g.s.Public(g.s.Fresh(LeafKey, 1000)) })
	x509 := *a.Tree.Leaf(0)
	x509.Credential.Type = spec.CredentialX509
	good := leafCtx{env: env, group: &a.Context, leaf: leaf, as: spec.SourceKeyPackage, now: true, tree: a.Tree, at: at, placed: true}
	with := func(f func(*leafCtx)) leafCtx { return change(good, f) }
	withEnv := func(f func(*Env)) leafCtx {
		return with(func(c *leafCtx) { e := change(*env, f); c.env = &e })
	}
	checkTable(t, leafRules, good, []bad[leafCtx]{
		{req.CredentialX509Chain, with(func(c *leafCtx) { c.leaf = signed(func(l *LeafNode) { l.Credential.Type = spec.CredentialX509 }) })},
		{req.CredentialX509Key, with(func(c *leafCtx) {
			c.leaf = signed(func(l *LeafNode) {
				l.Credential.Type, l.Credential.Certified = spec.CredentialX509, a.Tree.Leaf(0).SignatureKey
			})
		})},
		{req.CredentialAS, with(func(c *leafCtx) {
			c.tree, c.leaf = nil, signed(func(l *LeafNode) {
				l.Credential.Type, l.Capabilities.Credentials = unknownType, []spec.CredentialType{unknownType}
			})
		})},
		{req.CredentialAS, withEnv(func(e *Env) { e.Auth.Valid = func(Credential, Term) bool { return false } })},
		{req.CredentialSuccessor, change(withEnv(func(e *Env) {
			e.Auth.Successor = func(old, next Credential) bool { return old == next }
		}), func(c *leafCtx) { c.old = a.Tree.Leaf(0) })},
		{req.LeafSignature, with(func(c *leafCtx) { c.leaf.Signature = a.Tree.Leaf(0).Signature })},
		{req.LeafRequiredCapabilities, with(func(c *leafCtx) {
			group := a.Context
			group.Extensions = []Extension{RequiredCapabilities{Extensions: []spec.ExtensionType{unknownType}}.Extension(g.s)}
			c.group = &group
		})},
		{req.LeafRequiredCapabilities, with(func(c *leafCtx) {
			c.leaf = signed(func(l *LeafNode) { l.Capabilities.CipherSuites = nil })
		})},
		{req.LeafCredentialListed, with(func(c *leafCtx) {
			c.leaf, c.tree = signed(func(l *LeafNode) { l.Capabilities.Credentials = []spec.CredentialType{spec.CredentialX509} }), nil
		})},
		{req.LeafCredentialMembers, with(func(c *leafCtx) {
			c.leaf = signed(func(l *LeafNode) { l.Capabilities.Credentials = []spec.CredentialType{spec.CredentialBasic} })
			c.tree = Tree{{Leaf: &x509}}
		})},
		{req.LeafLifetimeNow, withEnv(func(e *Env) { e.Now = leaf.Lifetime.NotAfter + 1 })},
		{req.LeafLifetimeNow, withEnv(func(e *Env) { e.Now = leaf.Lifetime.NotBefore - 1 })},
		{req.LeafLifetimeMax, withEnv(func(e *Env) { e.MaxLifetime = DefaultMaxLifetime - 1 })},
		{req.LeafLifetimeMax, with(func(c *leafCtx) {
			c.now, c.leaf = false, signed(func(l *LeafNode) { l.Lifetime.NotAfter = l.Lifetime.NotBefore - 1 })
		})},
		{req.LeafExtensionsListed, with(func(c *leafCtx) {
			c.leaf = signed(func(l *LeafNode) { l.Extensions = []Extension{{Type: unknownType}} })
		})},
		{req.ExtensionCustom, change(withEnv(func(e *Env) {
			e.Types = &Types{Extensions: []CustomExtension{{Type: spec.ExtApplicationID, Places: InLeafNode, Valid: func(Term) bool { return false }}}}
		}), func(c *leafCtx) {
			c.leaf = signed(func(l *LeafNode) { l.Extensions = []Extension{{Type: spec.ExtApplicationID}} })
		})},
		{req.LeafSourceKeyPackage, with(func(c *leafCtx) { c.leaf = update })},
		{req.LeafSourceUpdate, with(func(c *leafCtx) { c.as, c.old = spec.SourceUpdate, &other })},
		{req.LeafUpdateFreshKey, with(func(c *leafCtx) { c.as, c.leaf, c.old = spec.SourceUpdate, update, &update })},
		{req.LeafSourceCommit, with(func(c *leafCtx) { c.as = spec.SourceCommit })},
		{req.LeafSignatureKeyUnique, with(func(c *leafCtx) { c.tree = Tree{{Leaf: &other}} })},
		{req.LeafEncryptionKeyUnique, with(func(c *leafCtx) {
			c.leaf = signed(func(l *LeafNode) { l.EncryptionKey = a.Tree.Leaf(2).EncryptionKey })
		})},
	})
}

func TestKeyPackageRules(t *testing.T) {
	g := inStep(t)
	a, e := g.members["A"], g.client("E")
	kp := g.keyPackage("E").Package
	good := keyPackageCtx{g.env(), &a.Context, kp, nil}
	with := func(f func(*KeyPackage)) keyPackageCtx {
		return change(good, func(c *keyPackageCtx) { c.kp = change(kp, f).sign(g.s, e.SignatureKey) })
	}
	checkTable(t, keyPackageRules, good, []bad[keyPackageCtx]{
		{req.KeyPackageVersion, with(func(k *KeyPackage) { k.Version = 2 })},
		{req.KeyPackageVersion, with(func(k *KeyPackage) { k.CipherSuite = 2 })},
		{req.KeyPackageLeaf, change(good, func(c *keyPackageCtx) { c.leaf = spec.Violations{req.LeafSignature} })},
		{req.KeyPackageSignature, change(good, func(c *keyPackageCtx) { c.kp.InitKey = g.s.Public(g.s.Fresh(InitKey, 999)) })},
		{req.KeyPackageInitKey, with(func(k *KeyPackage) { k.InitKey = k.LeafNode.EncryptionKey })},
		{req.ExtensionUnique, with(func(k *KeyPackage) { k.Extensions = []Extension{{7, 1}, {7, 2}} })},
		{req.ExtensionCustom, change(with(func(k *KeyPackage) { k.Extensions = []Extension{{unknownType, 1}} }), func(c *keyPackageCtx) {
			c.env = &Env{Store: g.s, Types: &Types{Extensions: []CustomExtension{{Type: unknownType, Places: InKeyPackage, Valid: func(Term) bool { return false }}}}}
		})},
	})
}

func TestProposalRules(t *testing.T) {
	g := inStep(t)
	a := g.members["A"]
	env := g.env()
	kp, wrong := g.keyPackage("E").Package, spec.Violations{req.LeafSignature}
	in := func(p Proposal, f func(*proposalCtx)) proposalCtx {
		c := proposalCtx{env: env, before: &a.Group, context: &a.Context, sent: SentProposal{Proposal: p}}
		if f != nil {
			f(&c)
		}
		return c
	}
	update := Proposal{Type: spec.ProposalUpdate, LeafNode: &kp.LeafNode}
	psk := func(id PreSharedKeyID, nonce Term) Proposal { id.Nonce = nonce; return PSK(id) }
	nonce := g.s.Fresh(pskNonce, 1)
	resumed := func(u spec.ResumptionUsage) Proposal { return psk(ResumptionPSKID(u, a.Context.GroupID, 1), nonce) }
	lower := ReInit{Version: 0}.Proposal()
	custom := change(*env, func(e *Env) {
		e.Types = &Types{Proposals: []CustomProposal{{Type: unknownType, Valid: func(_ *Group, by Sender, body Term) bool {
			return by.Type != spec.SenderExternal && body == nonce
		}}}}
	})
	customized := func(c *proposalCtx) { c.env = &custom }
	for name, good := range map[string]proposalCtx{
		"reinit while linking": in(resumed(spec.UsageReInit), func(c *proposalCtx) { c.linking = true }),
		"branch while linking": in(resumed(spec.UsageBranch), func(c *proposalCtx) { c.linking = true }),
		"resumption":           in(resumed(spec.UsageApplication), nil),
		"external PSK":         in(psk(ExternalPSKID(1), nonce), nil),
		"ExternalInit, listed": in(Proposal{Type: spec.ProposalExternalInit}, func(c *proposalCtx) { c.covered = true }),
		"ReInit":               in(ReInit{Version: spec.MLS10}.Proposal(), nil),
		"custom":               in(Custom(unknownType, nonce), customized),
	} {
		if v := judge(nil, proposalRules, good); v != nil {
			t.Errorf("%s %v", name, v)
		}
	}
	checkTable(t, proposalRules, in(Add(kp), nil), []bad[proposalCtx]{
		{req.AddKeyPackage, in(Add(kp), func(c *proposalCtx) { c.leaf = wrong })},
		{req.AddExtensions, in(Add(kp), func(c *proposalCtx) {
			c.context = &GroupContext{Extensions: []Extension{{Type: unknownType}}}
		})},
		{req.UpdateLeaf, in(update, func(c *proposalCtx) { c.leaf = wrong })},
		{req.RemoveLeaf, in(Remove(4), nil)},
		{req.PSKUsageReinit, in(resumed(spec.UsageReInit), nil)},
		{req.PSKUsageBranch, in(resumed(spec.UsageBranch), nil)},
		{req.PSKNonceLength, in(psk(ExternalPSKID(1), g.s.Bytes("short")), nil)},
		{req.ReinitVersion, in(lower, nil)},
		{req.ExternalInitContext, in(Proposal{Type: spec.ProposalExternalInit}, nil)},
		{req.ProposalAuthorized, in(Remove(3), func(c *proposalCtx) {
			c.env = &Env{Store: g.s, Permit: func(_ *Group, _ Sender, p Proposal) bool { return p.Type != spec.ProposalRemove }}
		})},
		{req.ListTypeProcessed, in(Proposal{Type: spec.ProposalPSK}, nil)}, // nothing in it
		{req.ListTypeProcessed, in(Proposal{Type: spec.ProposalAdd}, nil)},
		{req.ListTypeProcessed, in(Custom(unknownType, nonce), nil)},
		{req.ProposalCustom, in(Custom(unknownType, 0), customized)},
	})
}

func TestListRules(t *testing.T) {
	g := inStep(t)
	a := g.members["A"]
	env := g.env()
	leaf := a.Tree.Leaf(0)
	e1, e2 := g.keyPackage("E").Package, g.keyPackage("E").Package
	sent := func(by LeafIndex, p Proposal) SentProposal {
		return SentProposal{Proposal: p, Sender: member(by), Ref: 1}
	}
	of := func(t spec.ProposalType) SentProposal { return sent(1, Proposal{Type: t}) }
	psk := func(id Term) SentProposal { return sent(1, PSK(ExternalPSKID(id))) }
	reinit := sent(1, ReInit{}.Proposal())
	update := Proposal{Type: spec.ProposalUpdate, LeafNode: leaf}
	in := func(list ...SentProposal) listCtx {
		return listCtx{env: env, before: &a.Group, committer: member(0), list: list, after: a.Tree}
	}
	back := g.keyPackage("D").Package
	good := in(sent(1, update), sent(2, Remove(3)), sent(1, Add(back)), sent(1, Add(e1)),
		psk(1), psk(2), of(spec.ProposalGroupContextExtensions))
	supports := change(good, func(c *listCtx) {
		c.list = append(slices.Clone(c.list), of(unknownType))
		group := a.Group
		for i, l := range group.Tree.Leaves() {
			if i != 3 { // who is removed need not support it
				able := *l
				able.Capabilities.Proposals = []spec.ProposalType{unknownType}
				group.Tree = group.Tree.with(i.Node(), Node{Leaf: &able})
			}
		}
		c.before = &group
	})
	twins := func(f func(*LeafNode)) listCtx {
		return change(in(), func(c *listCtx) {
			twin := change(*a.Tree.Leaf(1), f)
			c.after = a.Tree.with(2, Node{Leaf: &twin})
		})
	}
	checkTable(t, listRules, good, alsoGood(t, listRules, supports, []bad[listCtx]{
		{req.ListNoUpdateByCommitter, in(sent(0, update))},
		{req.ListNoRemoveOfCommitter, in(sent(1, Remove(0)))},
		{req.ListOneChangePerLeaf, in(sent(1, update), sent(1, update))},
		{req.ListOneChangePerLeaf, in(sent(1, update), sent(2, Remove(1)))},
		{req.ListOneChangePerLeaf, in(sent(1, Remove(3)), sent(2, Remove(3)))},
		{req.ListAddUnique, in(sent(1, Add(e1)), sent(2, Add(e2)))},
		{req.ListAddUnique, in(sent(1, Add(back)))}, // D stays
		{req.ListPSKUnique, in(psk(1), psk(1))},
		{req.ListOneGroupContextExtensions, in(of(spec.ProposalGroupContextExtensions), of(spec.ProposalGroupContextExtensions))},
		{req.ListReinitAlone, in(reinit, psk(1))},
		{req.ListNoExternalInit, in(of(spec.ProposalExternalInit))},
		{req.ListTypeSupported, in(of(unknownType))},
		{req.LeafSignatureKeyUnique, twins(func(l *LeafNode) { l.SignatureKey = leaf.SignatureKey })},
		{req.LeafEncryptionKeyUnique, twins(func(l *LeafNode) { l.EncryptionKey = leaf.EncryptionKey })},
	}))
	if v := judge(nil, listRules, in(reinit)); v != nil {
		t.Errorf("a ReInit alone %v", v)
	}
}

func TestExternalListRules(t *testing.T) {
	g := inStep(t)
	a := g.members["A"]
	by := Sender{Type: spec.SenderNewMemberCommit}
	leaf := g.keyPackage("E").Package.LeafNode
	env := &Env{Store: g.s, Auth: Authenticator{Successor: func(old, next Credential) bool { return old.Identity == "C" }}}
	init, psk := Proposal{Type: spec.ProposalExternalInit}, PSK(ExternalPSKID(1))
	in := func(list ...Proposal) listCtx {
		c := listCtx{env: env, before: &a.Group, committer: by, after: a.Tree, leaf: &leaf}
		for _, p := range list {
			c.list = append(c.list, SentProposal{Proposal: p, Sender: by})
		}
		return c
	}
	checkTable(t, externalListRules, in(psk, init, Remove(2)), []bad[listCtx]{
		{req.ExternalOneInit, in(psk)},
		{req.ExternalOneInit, in(init, init)},
		{req.ExternalOneRemove, in(init, Remove(2), Remove(2))},
		{req.ExternalRemoveLeaf, in(init, Remove(3))}, // of D, whom E does not follow
		{req.ExternalRemoveLeaf, in(init, Remove(7))}, // of nobody
		{req.ExternalRemoveLeaf, change(in(init, Remove(2)), func(c *listCtx) { c.leaf = a.Tree.Leaf(2) })},
		{req.ListPSKUnique, in(init, psk, psk)},
		{req.ExternalOther, in(init, GroupContextExtensions())},
		{req.ExternalOther, in(init, Add(g.keyPackage("F").Package))},
	})
}

// alsoGood tests that a second context is good too, and passes the cases on.
func alsoGood[C any](t *testing.T, rules []Rule[C], good C, cases []bad[C]) []bad[C] {
	t.Helper()
	if v := judge(nil, rules, good); v != nil {
		t.Errorf("what is good too %v", v)
	}
	return cases
}

func TestCommitRules(t *testing.T) {
	env := &Env{Store: NewStore(), Types: &Types{Proposals: []CustomProposal{{Type: unknownType}, {Type: unknownType + 1, PathRequired: true}}},
		Bounds: Bounds{MaxPSKs: 1 << 17, MaxCovered: 6}}
	few := change(*env, func(e *Env) { e.MaxPSKs = 1 })
	ref := func(p spec.ProposalType) (SentProposal, ProposalOrRef) {
		return SentProposal{Proposal: Proposal{Type: p}, Ref: 1}, ProposalOrRef{Type: spec.ByReference, Reference: 1}
	}
	in := func(path bool, types ...spec.ProposalType) commitCtx {
		c := commitCtx{env: env, psks: true}
		for _, p := range types {
			sent, or := ref(p)
			c.list, c.commit.Proposals = append(c.list, sent), append(c.commit.Proposals, or)
		}
		if path {
			c.commit.Path = &UpdatePath{}
		}
		return c
	}
	checkTable(t, commitRules, in(true), alsoGood(t, commitRules,
		in(false, spec.ProposalAdd, spec.ProposalPSK, spec.ProposalReInit, unknownType), []bad[commitCtx]{
			{req.CommitRefsKnown, change(in(true), func(c *commitCtx) { c.unknown = 1 })},
			{req.CommitUpdateByReference, change(in(true, spec.ProposalUpdate), func(c *commitCtx) { c.list[0].Ref = 0 })},
			{req.CommitPathRequired, in(false)},
			{req.CommitPathRequired, in(false, spec.ProposalAdd, spec.ProposalUpdate)},
			{req.CommitPathRequired, in(false, spec.ProposalRemove)},
			{req.CommitPathRequired, in(false, spec.ProposalExternalInit)},
			{req.CommitPathRequired, in(false, spec.ProposalGroupContextExtensions)},
			{req.CommitPathRequired, in(false, unknownType+1)},
			{req.CommitPathRequired, in(false, unknownType+2)},
			{req.PSKAvailable, change(in(true), func(c *commitCtx) { c.psks = false })},
			{req.PSKLimit, change(in(false, spec.ProposalPSK, spec.ProposalPSK), func(c *commitCtx) {
				c.env = &few
				for i := range c.list {
					c.list[i].PSK = &PreSharedKeyID{}
				}
			})},
			{req.CommitProposalsCount, in(false, slices.Repeat([]spec.ProposalType{spec.ProposalAdd}, 7)...)},
			{req.PSKCount, change(in(true), func(c *commitCtx) {
				c.list = slices.Repeat([]SentProposal{{Proposal: PSK(PreSharedKeyID{})}}, math.MaxUint16+1)
			})},
		}))
}

func TestExternalCommitRules(t *testing.T) {
	g := inStep(t)
	leaf := *g.members["A"].Tree.Leaf(0)
	in := func(items []Extension, proposals ...ProposalOrRef) externalCtx {
		return externalCtx{Commit{Proposals: proposals, Path: &UpdatePath{LeafNode: leaf}}, items}
	}
	checkTable(t, externalRules, in(nil, byValue(Remove(1))...), []bad[externalCtx]{
		{req.ExternalByReference, in(nil, byReference(1)...)},
		{req.AddExtensions, in([]Extension{{Type: unknownType}})},
	})
}

func TestCreateRules(t *testing.T) {
	g := inStep(t)
	required := func(r RequiredCapabilities) []Extension { return []Extension{r.Extension(g.s)} }
	good := createCtx{g.env(), Creation{Client: g.client("A"), Extensions: required(RequiredCapabilities{Credentials: []spec.CredentialType{spec.CredentialBasic}})}}
	with := func(f func(*createCtx)) createCtx { return change(good, f) }
	checkTable(t, createRules, good, []bad[createCtx]{
		{req.CreateCapabilities, with(func(c *createCtx) {
			c.Extensions = required(RequiredCapabilities{Proposals: []spec.ProposalType{unknownType}})
		})},
		{req.CreateCapabilities, with(func(c *createCtx) { c.Client.CipherSuite = spec.MLKEM768_AES256GCM_SHA384_MLDSA65 })},
		{req.CreateExtensions, with(func(c *createCtx) { c.Extensions = []Extension{{Type: unknownType}} })},
	})
	if _, _, err := Create(g.env(), Creation{Client: g.client("A"), Extensions: []Extension{{Type: unknownType}}}); err == nil {
		t.Error("a creator creates what it does not support")
	}
}

func TestContextRules(t *testing.T) {
	g := inStep(t)
	env := g.env()
	env.Types = &Types{Extensions: []CustomExtension{
		{Type: unknownType, Places: InGroupContext, Valid: func(data Term) bool { return data != 0 }},
		{Type: unknownType + 1, Places: InLeafNode, Valid: func(Term) bool { return false }},
	}}
	service := ExternalSender{g.s.Public(g.client("S").SignatureKey), g.client("S").Credential}
	with := func(items ...Extension) contextCtx { return contextCtx{env, items} }
	sender := func(f func(*ExternalSender)) contextCtx {
		return with(ExternalSenders{service, change(service, f)}.Extension(g.s))
	}
	good := with(ExternalSenders{service}.Extension(g.s), RequiredCapabilities{}.Extension(g.s), Extension{unknownType, 1}, Extension{unknownType + 1, 0})
	checkTable(t, contextRules, good, []bad[contextCtx]{
		{req.CredentialX509Chain, sender(func(e *ExternalSender) { e.Credential.Type = spec.CredentialX509 })},
		{req.CredentialX509Key, sender(func(e *ExternalSender) {
			e.Credential.Type, e.Credential.Certified = spec.CredentialX509, g.s.Public(g.client("A").SignatureKey)
		})},
		{req.CredentialAS, sender(func(e *ExternalSender) { e.Credential.Type = unknownType })},
		{req.ExtensionRequiredCapabilities, with(Extension{spec.ExtRequiredCapabilities, 1})},
		{req.ExtensionExternalSenders, with(Extension{spec.ExtExternalSenders, 1})},
		{req.ExtensionUnique, with(Extension{7, 1}, Extension{8, 1}, Extension{7, 2})},
		{req.ExtensionCustom, with(Extension{unknownType, 0})},
	})
	grease := RequiredCapabilities{Proposals: []spec.ProposalType{0x1a1a}}
	checkTable(t, sentRules, good.without(unknownType+1), []bad[contextCtx]{
		{req.ExtensionPlace, with(Extension{unknownType + 1, 0})},
		{req.ExtensionPlace, with(Extension{spec.ExtApplicationID, 0})},
		{req.ExtensionPlace, with(Extension{unknownType + 2, 0})},
		{req.GreaseFields, with(grease.Extension(g.s))},
	})
	checkTable(t, publishRules, with(), []bad[contextCtx]{
		{req.ExtensionUnique, with(Extension{spec.ExtRatchetTree, 0}, Extension{spec.ExtRatchetTree, 1})},
		{req.ExtensionPlace, with(Extension{unknownType, 1})},
		{req.ExtensionCustom, contextCtx{&Env{Types: &Types{Extensions: []CustomExtension{
			{Type: unknownType, Places: InGroupInfo, Valid: func(Term) bool { return false }}}}}, []Extension{{unknownType, 1}}}},
	})
}

// without returns a context without the extensions of a type.
func (c contextCtx) without(e spec.ExtensionType) contextCtx {
	c.items = slices.DeleteFunc(slices.Clone(c.items), func(x Extension) bool { return x.Type == e })
	return c
}

func TestReplacementRules(t *testing.T) {
	g := inStep(t)
	tree := g.members["A"].Tree
	in := func(replaced bool, items ...Extension) replacementCtx {
		return replacementCtx{g.env(), tree, replaced, items}
	}
	requires := RequiredCapabilities{Extensions: []spec.ExtensionType{unknownType}}.Extension(g.s)
	checkTable(t, replacementRules, in(true, ExternalSenders{}.Extension(g.s)), alsoGood(t, replacementRules, in(false, requires), []bad[replacementCtx]{
		{req.GceRequiredCapabilities, in(true, requires)},
		{req.GceExtensions, in(true, Extension{Type: unknownType})},
	}))
}

func TestOwnKeyPackageRules(t *testing.T) {
	g := inStep(t)
	env := g.env()
	env.Types = &Types{Extensions: []CustomExtension{{Type: unknownType, Places: InKeyPackage, Valid: func(data Term) bool { return data != 0 }}}}
	kp := g.keyPackage("E").Package
	known := env.Types.known(kp.LeafNode.Capabilities)
	with := func(f func(*KeyPackage)) ownKeyPackageCtx { return ownKeyPackageCtx{env, change(kp, f), known} }
	extended := func(items ...Extension) ownKeyPackageCtx {
		return with(func(k *KeyPackage) { k.LeafNode.Capabilities, k.Extensions = known, items })
	}
	checkTable(t, ownKeyPackageRules, with(func(*KeyPackage) {}), alsoGood(t, ownKeyPackageRules, extended(Extension{unknownType, 1}), []bad[ownKeyPackageCtx]{
		{req.KeyPackageCapabilities, with(func(k *KeyPackage) { k.LeafNode.Capabilities.Proposals = []spec.ProposalType{unknownType} })},
		{req.LeafExtensionsListed, with(func(k *KeyPackage) { k.Extensions = []Extension{{unknownType, 1}} })},
		{req.ExtensionUnique, extended(Extension{unknownType, 1}, Extension{unknownType, 2})},
		{req.ExtensionPlace, with(func(k *KeyPackage) { k.LeafNode.Extensions = []Extension{{spec.ExtExternalPub, 0}} })},
		{req.ExtensionCustom, extended(Extension{unknownType, 0})},
	}))
}

// TestLinkRules is Sections 11.2 and 11.3: a group that comes from another.
func TestLinkRules(t *testing.T) {
	g := inStep(t)
	env := g.env()
	old := g.members["A"].Group
	old.Ended = &ReInit{GroupID: 7, Version: spec.MLS10, CipherSuite: 2, Extensions: []Extension{{unknownType, 1}}}
	next := Group{Tree: old.Tree, Context: GroupContext{GroupID: 7, Version: spec.MLS10, CipherSuite: 2, Epoch: 1, Extensions: old.Ended.Extensions}}
	sub := change(next, func(n *Group) { n.Context.CipherSuite, n.Tree = 1, old.Tree.Remove(2) })
	in := func(usage spec.ResumptionUsage, f func(old, next *Group)) linkCtx {
		from, to, id := old, next, ResumptionPSKID(usage, 0, 0)
		if usage == spec.UsageBranch {
			to = sub
		}
		if f != nil {
			f(&from, &to)
		}
		return linkCtx{env, &id, &from, &to}
	}
	stranger := func(n *Group) { n.Tree, _ = n.Tree.Add(g.keyPackage("E").Package.LeafNode) }
	checkTable(t, linkRules, in(spec.UsageReInit, nil), alsoGood(t, linkRules, in(spec.UsageBranch, nil), []bad[linkCtx]{
		{req.WelcomePSKEpoch, in(spec.UsageReInit, func(_, n *Group) { n.Context.Epoch = 2 })},
		{req.WelcomePSKEpoch, in(spec.UsageBranch, func(_, n *Group) { n.Context.Epoch = 0 })},
		{req.ReinitCommit, in(spec.UsageReInit, func(o, _ *Group) { o.Ended = nil })},
		{req.ReinitParameters, in(spec.UsageReInit, func(_, n *Group) { n.Context.GroupID = 8 })},
		{req.ReinitParameters, in(spec.UsageReInit, func(_, n *Group) { n.Context.CipherSuite = 1 })},
		{req.ReinitParameters, in(spec.UsageReInit, func(_, n *Group) { n.Context.Version = 2 })},
		{req.ReinitParameters, in(spec.UsageReInit, func(_, n *Group) { n.Context.Extensions = nil })},
		{req.ReinitMembers, in(spec.UsageReInit, func(_, n *Group) { n.Tree = n.Tree.Remove(2) })},
		{req.ReinitMembers, in(spec.UsageReInit, func(_, n *Group) { stranger(n) })},
		{req.BranchParameters, in(spec.UsageBranch, func(_, n *Group) { n.Context.CipherSuite = 2 })},
		{req.BranchMembers, in(spec.UsageBranch, func(_, n *Group) { stranger(n) })},
		{req.BranchMembers, in(spec.UsageBranch, func(_, n *Group) { n.Tree, _ = n.Tree.Add(*old.Tree.Leaf(0)) })}, // A twice
	}))
	if v := judge(nil, linkRules, linkCtx{env: env, next: &Group{}}); v != nil {
		t.Errorf("a group that stands by itself %v", v)
	}
}

func TestSendRules(t *testing.T) {
	g := inStep(t)
	a := g.members["A"]
	env := &Env{Bounds: Bounds{MaxData: 4, MaxSent: 6}}
	in := func(data string, f func(*Member)) sendCtx {
		m := a
		if f != nil {
			f(&m)
		}
		return sendCtx{env, &m, data}
	}
	checkTable(t, sendRules, in("data", func(m *Member) { m.Sent = 2 }), []bad[sendCtx]{
		{req.ApplicationPending, in("", func(m *Member) { m.Proposals = []SentProposal{{}} })},
		{req.ApplicationSize, in("datum", nil)},
		{req.ApplicationAeadLimit, in("data", func(m *Member) { m.Sent = 3 })},
	})
	checkTable(t, pendingRules, pendingCtx{&Env{Bounds: Bounds{Proposals: 1}}, &a.Group, 1}, []bad[pendingCtx]{
		{req.ProposalCount, pendingCtx{&Env{Bounds: Bounds{Proposals: 1}}, &Group{Proposals: []SentProposal{{Ref: 2}}}, 1}},
	})
}

func TestReinitializeRules(t *testing.T) {
	g := inStep(t)
	a := g.members["A"]
	ended := change(a, func(m *Member) { m.Ended = &ReInit{Version: spec.MLS10, CipherSuite: 2} })
	second := change(g.client("A"), func(c *Client) { c.CipherSuite = 2 })
	checkTable(t, reinitializeRules, reinitializeCtx{&ended, second}, []bad[reinitializeCtx]{
		{req.ReinitCommit, reinitializeCtx{&a, second}},
		{req.SuiteSupported, reinitializeCtx{&ended, g.client("A")}},
	})
	checkTable(t, endedRules, &a.Group, []bad[*Group]{{req.ReinitClosed, &ended.Group}})
}

func TestOutsideRules(t *testing.T) {
	g := inStep(t)
	g.serve()
	a := g.members["A"]
	by := func(i uint32) outsideCtx {
		return outsideCtx{g.env(), &a.Group, Sender{Type: spec.SenderExternal, Index: i}}
	}
	checkTable(t, outsideRules, by(0), []bad[outsideCtx]{{req.ExternalSender, by(1)}})
	if _, err := a.ProposeExternal(g.env(), g.client("S"), 0, Remove(3)); err != nil {
		t.Errorf("the external sender: %v", err)
	}
	if _, err := a.ProposeExternal(g.env(), g.client("S"), 1, Remove(3)); err == nil {
		t.Error("there is no such external sender")
	}
}

func TestExternalJoinRules(t *testing.T) {
	g := inStep(t)
	a, e := g.members["A"], g.client("E")
	info, _ := a.groupInfo(g.s, GroupInfoOptions{ExternalPub: true})
	without, _ := a.groupInfo(g.s, GroupInfoOptions{})
	good := externalJoinCtx{&info, e.Capabilities, e.leaf(g.s, spec.SourceCommit, 1), g.env()}
	with := func(f func(*externalJoinCtx)) externalJoinCtx { return change(good, f) }
	checkTable(t, externalJoinRules, good, []bad[externalJoinCtx]{
		{req.ExternalExternalPub, with(func(c *externalJoinCtx) { c.info = &without })},
		{req.KeyPackageCapabilities, with(func(c *externalJoinCtx) { c.leaf.Capabilities.Proposals = []spec.ProposalType{unknownType} })},
		{req.ExtensionPlace, with(func(c *externalJoinCtx) { c.leaf.Extensions = []Extension{{spec.ExtExternalPub, 0}} })},
	})
	if _, err := JoinExternal(g.env(), ExternalJoining{Client: e, Info: &without}); err == nil {
		t.Error("E joins without external_pub")
	}
}
