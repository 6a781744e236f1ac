package tree

import (
	"errors"
	"math"
	"testing"

	"mlssim/impl/suite"
	"mlssim/spec"
	"mlssim/spec/req"
)

// judge is an Authentication Service with two opinions.
type judge struct{ validate, successor error }

func (j judge) Validate(Credential, suite.SignaturePublicKey) error { return j.validate }
func (j judge) Successor(Credential, Credential) error              { return j.successor }

// A case changes a leaf that is valid where it appears, so that one rule
// refuses it. It is signed after the change, unless unsigned says otherwise.
type leafCase struct {
	name     string
	want     spec.ID // "" if it stays valid
	change   func(*Rules, *LeafNode)
	unsigned bool
}

var anyLeafCases = []leafCase{
	{name: "as it is", change: func(*Rules, *LeafNode) {}},
	{name: "credential not vouched for", want: req.CredentialAS, change: func(r *Rules, _ *LeafNode) { r.Auth = judge{validate: errors.New("unknown")} }},
	{name: "vouched for", change: func(r *Rules, _ *LeafNode) { r.Auth = judge{} }},
	{name: "signature of other content", want: req.LeafSignature, unsigned: true, change: func(_ *Rules, l *LeafNode) {
		l.Credential = BasicCredential([]byte("somebody else"))
	}},
	{name: "signature under another key", want: req.LeafSignature, unsigned: true, change: func(_ *Rules, l *LeafNode) {
		l.Signature = append([]byte{l.Signature[0] ^ 1}, l.Signature[1:]...)
	}},
	{name: "required extension missing", want: req.LeafRequiredCapabilities, change: func(r *Rules, _ *LeafNode) {
		r.Required.Extensions = []spec.ExtensionType{0xff01}
	}},
	{name: "required extension listed", change: func(r *Rules, l *LeafNode) {
		r.Required.Extensions = []spec.ExtensionType{0xff01, spec.ExtApplicationID}
		l.Capabilities.Extensions = []spec.ExtensionType{0xff01}
	}},
	{name: "required proposal missing", want: req.LeafRequiredCapabilities, change: func(r *Rules, _ *LeafNode) {
		r.Required.Proposals = []spec.ProposalType{spec.ProposalAdd, 0xff01}
	}},
	{name: "required credential missing", want: req.LeafRequiredCapabilities, change: func(r *Rules, _ *LeafNode) {
		r.Required.Credentials = []spec.CredentialType{spec.CredentialX509}
	}},
	{name: "cipher suite missing", want: req.LeafRequiredCapabilities, change: func(_ *Rules, l *LeafNode) {
		l.Capabilities.CipherSuites = []spec.CipherSuite{0x0a0a}
	}},
	{name: "version missing", want: req.LeafRequiredCapabilities, change: func(_ *Rules, l *LeafNode) {
		l.Capabilities.Versions = nil
	}},
	{name: "credential type not listed", want: req.LeafCredentialListed, change: func(_ *Rules, l *LeafNode) {
		l.Credential = Credential{Type: 0xf00f}
	}},
	{name: "unknown capabilities", change: func(_ *Rules, l *LeafNode) {
		l.Capabilities.Extensions = []spec.ExtensionType{0x0a0a}
		l.Capabilities.Proposals = []spec.ProposalType{0x1a1a}
		l.Capabilities.CipherSuites = append([]spec.CipherSuite{0x2a2a}, l.Capabilities.CipherSuites...)
	}},
	{name: "extension not listed", want: req.LeafExtensionsListed, change: func(_ *Rules, l *LeafNode) {
		l.Extensions = []Extension{{Type: 0x0a0a}}
	}},
	{name: "extension listed", change: func(_ *Rules, l *LeafNode) {
		l.Extensions = []Extension{{Type: 0x0a0a}, {Type: spec.ExtApplicationID}}
		l.Capabilities.Extensions = []spec.ExtensionType{0x0a0a}
	}},
	{name: "short encryption key", want: req.SuitePublicKey, change: func(_ *Rules, l *LeafNode) {
		l.EncryptionKey = l.EncryptionKey[1:]
	}},
}

var keyPackageCases = []leafCase{
	{name: "lifetime too long", want: req.LeafLifetimeMax, change: func(r *Rules, l *LeafNode) {
		r.MaxLifetime, l.Lifetime = 99, Lifetime{100, 200}
	}},
	{name: "lifetime as long as may be", change: func(r *Rules, l *LeafNode) { r.MaxLifetime, l.Lifetime = 100, Lifetime{100, 200} }},
	{name: "lifetime that ends before it begins", want: req.LeafLifetimeMax, change: func(r *Rules, l *LeafNode) {
		l.Lifetime = Lifetime{200, 100}
	}},
	{name: "sent after its lifetime", want: req.LeafLifetimeNow, change: func(r *Rules, l *LeafNode) {
		r.Sending, r.Now, l.Lifetime = true, 201, Lifetime{100, 200}
	}},
	{name: "sent before its lifetime", want: req.LeafLifetimeNow, change: func(r *Rules, l *LeafNode) {
		r.Sending, r.Now, l.Lifetime = true, 99, Lifetime{100, 200}
	}},
	{name: "sent at the end of its lifetime", change: func(r *Rules, l *LeafNode) {
		r.Sending, r.Now, l.Lifetime = true, 200, Lifetime{100, 200}
	}},
	{name: "received after its lifetime", change: func(r *Rules, l *LeafNode) { r.Now, l.Lifetime = 201, Lifetime{100, 200} }},
	{name: "source update", want: req.LeafSourceKeyPackage, change: func(_ *Rules, l *LeafNode) { l.Source = spec.SourceUpdate }},
	{name: "source commit", want: req.LeafSourceKeyPackage, change: func(_ *Rules, l *LeafNode) { l.Source = spec.SourceCommit }},
}

var updateCases = []leafCase{
	{name: "source key_package", want: req.LeafSourceUpdate, change: func(_ *Rules, l *LeafNode) { l.Source = spec.SourceKeyPackage }},
	{name: "source commit", want: req.LeafSourceUpdate, change: func(_ *Rules, l *LeafNode) { l.Source = spec.SourceCommit }},
	{name: "another group", want: req.LeafSignature, change: func(r *Rules, _ *LeafNode) { r.GroupID = []byte("another group") }},
	{name: "no successor", want: req.CredentialSuccessor, change: func(r *Rules, _ *LeafNode) { r.Auth = judge{successor: errors.New("another user")} }},
}

var commitCases = []leafCase{
	{name: "source key_package", want: req.LeafSourceCommit, change: func(_ *Rules, l *LeafNode) { l.Source = spec.SourceKeyPackage }},
	{name: "source update", want: req.LeafSourceCommit, change: func(_ *Rules, l *LeafNode) { l.Source = spec.SourceUpdate }},
	{name: "no successor", want: req.CredentialSuccessor, change: func(r *Rules, _ *LeafNode) { r.Auth = judge{successor: errors.New("another user")} }},
}

// refusals returns the rules that refuse a leaf by itself, without stopping at
// the first.
func refusals(c *candidate) []spec.ID {
	var list []spec.ID
	for _, rule := range leafRules {
		if rule.wrong(c) != nil {
			list = append(list, rule.id)
		}
	}
	return list
}

// runLeafCases runs the cases on fresh leaves of a source for leaf 1 of w.
// validate is the method to test, and carried what it makes of its arguments.
func runLeafCases(t *testing.T, cases []leafCase, source spec.LeafNodeSource,
	validate func(*Rules, *world, *LeafNode) error, carried func(*Rules, *world, *LeafNode) *candidate) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorldOf(t, 3)
			leaf, _, signer := w.client()
			rules := w.rules()
			leaf.Source = source
			sign := func() {
				var err error
				leaf, err = leaf.Sign(w.s, signer, w.group, carried(rules, w, &leaf).at)
				w.must(err)
			}
			if c.unsigned {
				sign()
				c.change(rules, &leaf)
			} else {
				c.change(rules, &leaf)
				sign()
			}
			if got := spec.Violated(validate(rules, w, &leaf)); got != c.want {
				t.Errorf("refused for %q, want %q", got, c.want)
			}
			if list := refusals(carried(rules, w, &leaf)); c.want == "" && len(list) != 0 || c.want != "" && len(list) != 1 {
				t.Errorf("refused for %q", list)
			}
		})
	}
}

func TestKeyPackageLeafRules(t *testing.T) {
	runLeafCases(t, append(anyLeafCases, keyPackageCases...), spec.SourceKeyPackage,
		func(r *Rules, _ *world, l *LeafNode) error { return r.KeyPackageLeaf(l) },
		func(r *Rules, _ *world, l *LeafNode) *candidate {
			return &candidate{Rules: r, leaf: l, carrier: spec.SourceKeyPackage, now: r.Sending}
		})
}

func TestUpdateLeafRules(t *testing.T) {
	runLeafCases(t, append(anyLeafCases, updateCases...), spec.SourceUpdate,
		func(r *Rules, w *world, l *LeafNode) error { return r.UpdateLeaf(w.tree, 1, l) },
		func(r *Rules, w *world, l *LeafNode) *candidate {
			return &candidate{Rules: r, leaf: l, carrier: spec.SourceUpdate, at: 1, old: w.tree.Leaf(1)}
		})
}

func TestCommitLeafRules(t *testing.T) {
	runLeafCases(t, append(anyLeafCases, commitCases...), spec.SourceCommit,
		func(r *Rules, w *world, l *LeafNode) error { return r.CommitLeaf(w.tree, 1, l) },
		func(r *Rules, w *world, l *LeafNode) *candidate {
			return &candidate{Rules: r, leaf: l, carrier: spec.SourceCommit, at: 1, old: w.tree.Leaf(1)}
		})
}

// A leaf is for its place, and an Update brings another key to it.
func TestUpdateLeafAtItsPlace(t *testing.T) {
	w := newWorldOf(t, 3)
	leaf := *w.tree.Leaf(1)
	leaf.Source = spec.SourceUpdate
	leaf, err := leaf.Sign(w.s, w.signers[1], w.group, 1)
	w.must(err)
	if got := spec.Violated(w.rules().UpdateLeaf(w.tree, 1, &leaf)); got != req.LeafUpdateFreshKey {
		t.Errorf("the old key: refused for %q", got)
	}
	if got := spec.Violated(w.rules().UpdateLeaf(w.tree, 2, &leaf)); got != req.LeafSignature {
		t.Errorf("at another place: refused for %q", got)
	}
	leaf, err = leaf.Sign(w.s, w.signers[1], w.group, 3)
	w.must(err)
	if got := spec.Violated(w.rules().UpdateLeaf(w.tree, 3, &leaf)); got != req.LeafUpdateFreshKey {
		t.Errorf("where there is nobody: refused for %q", got)
	}
}

// What a leaf shares with other members is decided among the members, for a new
// member when it has its place, and for a committer at once.
func TestMemberRules(t *testing.T) {
	x509 := func(l *LeafNode) {
		l.Credential = Credential{Type: spec.CredentialX509}
		l.Capabilities.Credentials = []spec.CredentialType{spec.CredentialBasic, spec.CredentialX509}
	}
	for _, c := range []struct {
		name   string
		want   spec.ID
		change func(w *world, l *LeafNode)
	}{
		{"as it is", "", func(*world, *LeafNode) {}},
		{"signature key of another member", req.LeafSignatureKeyUnique, func(w *world, l *LeafNode) { l.SignatureKey = w.tree.Leaf(0).SignatureKey }},
		{"encryption key of another member", req.LeafEncryptionKeyUnique, func(w *world, l *LeafNode) { l.EncryptionKey = w.tree.Leaf(0).EncryptionKey }},
		{"credential type that others do not support", req.LeafCredentialMembers, func(_ *world, l *LeafNode) { x509(l) }},
		{"credential type of others not supported", req.LeafCredentialMembers, func(_ *world, l *LeafNode) {
			x509(l)
			l.Capabilities.Credentials = []spec.CredentialType{spec.CredentialX509}
		}},
		{"credential type that all support", "", func(w *world, l *LeafNode) {
			x509(l)
			for i, member := range w.tree.Leaves() {
				with := *member
				with.Capabilities.Credentials = l.Capabilities.Credentials
				w.tree = w.tree.Update(i, with)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorldOf(t, 3)
			leaf, _, _ := w.client()
			c.change(w, &leaf)
			joined, _ := w.tree.Add(leaf)
			if got := spec.Violated(w.rules().Members(joined)); got != c.want {
				t.Errorf("new member refused for %q, want %q", got, c.want)
			}
			if got := spec.Violated(w.rules().among(w.tree, 2, &leaf)); got != c.want {
				t.Errorf("committer refused for %q, want %q", got, c.want)
			}
		})
	}
}

// A committer may keep its signature key, but not take one from another member.
func TestCommitLeafAmongMembers(t *testing.T) {
	w := newWorldOf(t, 3)
	_, p := w.path(1)
	w.must(w.rules().CommitLeaf(w.tree, 1, &p.LeafNode))
	leaf := p.LeafNode
	leaf.SignatureKey = w.signers[2].Public()
	leaf, err := leaf.Sign(w.s, w.signers[2], w.group, 1)
	w.must(err)
	if got := spec.Violated(w.rules().CommitLeaf(w.tree, 1, &leaf)); got != req.LeafSignatureKeyUnique {
		t.Errorf("refused for %q", got)
	}
}

// Whoever joins looks at every leaf, and at the time.
func TestTreeRules(t *testing.T) {
	for _, c := range []struct {
		name   string
		want   spec.ID
		change func(*Rules, *world)
	}{
		{"as it is", "", func(*Rules, *world) {}},
		{"a lifetime is over", req.LeafLifetimeNow, func(r *Rules, w *world) {
			r.Now = 201
			w.tree = w.tree.withNode(4, w.signed(2, func(l *LeafNode) { l.Lifetime = Lifetime{100, 200} }), nil)
		}},
		{"a signature is wrong", req.LeafSignature, func(_ *Rules, w *world) {
			leaf := *w.tree.Leaf(2)
			leaf.Signature = make([]byte, len(leaf.Signature))
			w.tree = w.tree.withNode(4, &leaf, nil)
		}},
		{"a signature key is used twice", req.LeafSignatureKeyUnique, func(_ *Rules, w *world) {
			w.signers[2] = w.signers[1]
			w.tree = w.tree.withNode(4, w.signed(2, func(l *LeafNode) { l.SignatureKey = w.signers[1].Public() }), nil)
		}},
		{"an encryption key is used twice", req.LeafEncryptionKeyUnique, func(_ *Rules, w *world) {
			w.tree = w.tree.withNode(4, w.signed(2, func(l *LeafNode) { l.EncryptionKey = w.tree.Leaf(1).EncryptionKey }), nil)
		}},
		{"a credential is not vouched for", req.CredentialAS, func(r *Rules, _ *world) { r.Auth = judge{validate: errors.New("unknown")} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorldOf(t, 3)
			rules := w.rules()
			c.change(rules, w)
			if got := spec.Violated(rules.Tree(w.tree)); got != c.want {
				t.Errorf("refused for %q, want %q", got, c.want)
			}
		})
	}
}

// signed returns the leaf at i, changed and signed again.
func (w *world) signed(i LeafIndex, change func(*LeafNode)) *LeafNode {
	leaf := *w.tree.Leaf(i)
	change(&leaf)
	leaf, err := leaf.Sign(w.s, w.signers[i], w.group, i)
	w.must(err)
	return &leaf
}

func TestRequiredCapabilitiesOnTheWire(t *testing.T) {
	want := RequiredCapabilities{
		Extensions:  []spec.ExtensionType{0xff01, 2},
		Proposals:   []spec.ProposalType{math.MaxUint16},
		Credentials: []spec.CredentialType{spec.CredentialBasic},
	}
	encodesAs(t, &want, "04ff010002"+"02ffff"+"020001")
}
