package model

import (
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
		{req.CredentialAS, withEnv(func(e *Env) { e.Auth.Valid = func(Credential, Term) bool { return false } })},
		{req.CredentialSuccessor, change(withEnv(func(e *Env) {
			e.Auth.Successor = func(old, next Credential) bool { return old == next }
		}), func(c *leafCtx) { c.old = a.Tree.Leaf(0) })},
		{req.LeafSignature, with(func(c *leafCtx) { c.leaf.Signature = a.Tree.Leaf(0).Signature })},
		{req.LeafRequiredCapabilities, with(func(c *leafCtx) {
			group := a.Context
			group.Required.Extensions = []spec.ExtensionType{unknownType}
			c.group = &group
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
			c.leaf = signed(func(l *LeafNode) { l.Extensions = []spec.ExtensionType{unknownType} })
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
	})
}

func TestProposalRules(t *testing.T) {
	g := inStep(t)
	a := g.members["A"]
	kp, wrong := g.keyPackage("E").Package, spec.Violations{req.LeafSignature}
	in := func(p Proposal, leaf spec.Violations) proposalCtx {
		return proposalCtx{&a.Group, SentProposal{Proposal: p}, leaf}
	}
	update := Proposal{Type: spec.ProposalUpdate, LeafNode: &kp.LeafNode}
	checkTable(t, proposalRules, in(Add(kp), nil), []bad[proposalCtx]{
		{req.AddKeyPackage, in(Add(kp), wrong)},
		{req.UpdateLeaf, in(update, wrong)},
		{req.RemoveLeaf, in(Remove(4), nil)},
		{req.ListTypeProcessed, in(Proposal{Type: spec.ProposalPSK}, nil)},
		{req.ListTypeProcessed, in(Proposal{Type: spec.ProposalAdd}, nil)}, // nothing in it
	})
}

func TestListRules(t *testing.T) {
	g := inStep(t)
	a := g.members["A"]
	leaf := a.Tree.Leaf(0)
	e1, e2 := g.keyPackage("E").Package, g.keyPackage("E").Package
	e2.LeafNode.SignatureKey = g.s.Public(g.s.Fresh(SignatureKey, 999)) // the same client with another key
	sent := func(by LeafIndex, p Proposal) SentProposal { return SentProposal{Proposal: p, Sender: by, Ref: 1} }
	of := func(t spec.ProposalType, body Term) SentProposal { return sent(1, Proposal{Type: t, Body: body}) }
	update := Proposal{Type: spec.ProposalUpdate, LeafNode: leaf}
	in := func(list ...SentProposal) listCtx {
		return listCtx{before: &a.Group, committer: 0, list: list, after: a.Tree}
	}
	back := g.keyPackage("D").Package
	good := in(sent(1, update), sent(2, Remove(3)), sent(1, Add(back)), sent(1, Add(e1)),
		of(spec.ProposalPSK, 1), of(spec.ProposalPSK, 2), of(spec.ProposalGroupContextExtensions, 0))
	supports := change(good, func(c *listCtx) {
		c.list = append(slices.Clone(c.list), of(unknownType, 0))
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
		{req.ListPSKUnique, in(of(spec.ProposalPSK, 1), of(spec.ProposalPSK, 1))},
		{req.ListOneGroupContextExtensions, in(of(spec.ProposalGroupContextExtensions, 1), of(spec.ProposalGroupContextExtensions, 2))},
		{req.ListReinitAlone, in(of(spec.ProposalReInit, 1), of(spec.ProposalPSK, 1))},
		{req.ListNoExternalInit, in(of(spec.ProposalExternalInit, 1))},
		{req.ListTypeSupported, in(of(unknownType, 0))},
		{req.LeafSignatureKeyUnique, twins(func(l *LeafNode) { l.SignatureKey = leaf.SignatureKey })},
		{req.LeafEncryptionKeyUnique, twins(func(l *LeafNode) { l.EncryptionKey = leaf.EncryptionKey })},
	}))
	if v := judge(nil, listRules, in(of(spec.ProposalReInit, 1))); v != nil {
		t.Errorf("a ReInit alone %v", v)
	}
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
	ref := func(p spec.ProposalType) (SentProposal, ProposalOrRef) {
		return SentProposal{Proposal: Proposal{Type: p}, Ref: 1}, ProposalOrRef{Type: spec.ByReference, Reference: 1}
	}
	in := func(path bool, types ...spec.ProposalType) commitCtx {
		var c commitCtx
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
		in(false, spec.ProposalAdd, spec.ProposalPSK, spec.ProposalReInit), []bad[commitCtx]{
			{req.CommitRefsKnown, change(in(true), func(c *commitCtx) { c.unknown = 1 })},
			{req.CommitUpdateByReference, change(in(true, spec.ProposalUpdate), func(c *commitCtx) { c.list[0].Ref = 0 })},
			{req.CommitPathRequired, in(false)},
			{req.CommitPathRequired, in(false, spec.ProposalAdd, spec.ProposalUpdate)},
			{req.CommitPathRequired, in(false, spec.ProposalRemove)},
			{req.CommitPathRequired, in(false, spec.ProposalExternalInit)},
			{req.CommitPathRequired, in(false, spec.ProposalGroupContextExtensions)},
		}))
}

func TestCreateRules(t *testing.T) {
	g := inStep(t)
	good := Creation{Client: g.client("A"), Required: RequiredCapabilities{Credentials: []spec.CredentialType{spec.CredentialBasic}}}
	checkTable(t, createRules, good, []bad[Creation]{
		{req.CreateCapabilities, change(good, func(c *Creation) { c.Required.Proposals = []spec.ProposalType{unknownType} })},
	})
	if _, _, err := Create(g.env(), change(good, func(c *Creation) { c.Required.Extensions = []spec.ExtensionType{unknownType} })); err == nil {
		t.Error("a creator without the required capabilities creates")
	}
}
