package tree

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// A world is a group as its members see it: one tree, and what each holds.
type world struct {
	t       fataler
	s       *suite.Suite
	rand    *rand.ChaCha8
	group   []byte
	tree    Tree
	signers map[LeafIndex]*suite.SignatureKey
	keys    map[LeafIndex]Keyring
	news    []LeafIndex // added since the last commit
}

// fataler is what testing.T and rapid.T have in common.
type fataler interface {
	Fatal(...any)
	Fatalf(string, ...any)
}

// newWorld returns a group of one.
func newWorld(t fataler, s *suite.Suite, seed byte) *world {
	w := &world{
		t:       t,
		s:       s,
		rand:    rand.NewChaCha8([32]byte{seed}),
		group:   []byte("group"),
		tree:    New(s),
		signers: map[LeafIndex]*suite.SignatureKey{},
		keys:    map[LeafIndex]Keyring{},
	}
	w.add()
	w.news = nil
	return w
}

// newWorldOf returns a group of n, all of whose parents are blank.
func newWorldOf(t testing.TB, n int) *world {
	w := newWorld(t, testSuite(t), 1)
	for range n - 1 {
		w.add()
	}
	w.news = nil
	return w
}

func (w *world) must(err error) {
	if err != nil {
		w.t.Fatal(err)
	}
}

// client returns a leaf of source key_package and its keys.
func (w *world) client() (LeafNode, *suite.HPKEPrivateKey, *suite.SignatureKey) {
	signer, err := w.s.GenerateSignatureKey(w.rand)
	w.must(err)
	key, err := w.s.GenerateKeyPair(w.rand)
	w.must(err)
	leaf := LeafNode{
		EncryptionKey: key.Public(),
		SignatureKey:  signer.Public(),
		Credential:    BasicCredential(signer.Public()[:4]),
		Capabilities: Capabilities{
			Versions:     []spec.ProtocolVersion{spec.MLS10},
			CipherSuites: []spec.CipherSuite{w.s.ID},
			Credentials:  []spec.CredentialType{spec.CredentialBasic},
		},
		Source:   spec.SourceKeyPackage,
		Lifetime: Lifetime{NotBefore: 0, NotAfter: math.MaxUint64},
	}
	leaf, err = leaf.Sign(w.s, signer, nil, 0)
	w.must(err)
	return leaf, key, signer
}

func (w *world) add() LeafIndex {
	leaf, key, signer := w.client()
	var i LeafIndex
	w.tree, i = w.tree.Add(leaf)
	w.signers[i], w.keys[i] = signer, NewKeyring(i, key)
	w.news = append(w.news, i)
	w.settle()
	return i
}

func (w *world) update(i LeafIndex) {
	key, err := w.s.GenerateKeyPair(w.rand)
	w.must(err)
	leaf := *w.tree.Leaf(i)
	leaf.Source, leaf.Lifetime, leaf.ParentHash, leaf.EncryptionKey = spec.SourceUpdate, Lifetime{}, nil, key.Public()
	leaf, err = leaf.Sign(w.s, w.signers[i], w.group, i)
	w.must(err)
	w.tree = w.tree.Update(i, leaf)
	w.keys[i] = w.keys[i].WithLeaf(key)
	w.settle()
}

func (w *world) remove(i LeafIndex) {
	w.tree = w.tree.Remove(i)
	delete(w.signers, i)
	delete(w.keys, i)
	w.news = slices.DeleteFunc(w.news, func(j LeafIndex) bool { return j == i })
	w.settle()
}

// settle lets everybody forget what the tree no longer has.
func (w *world) settle() {
	for i := range w.tree.Leaves() {
		w.keys[i] = w.keys[i].With(w.tree, nil)
	}
}

// context stands for the encoded provisional GroupContext.
func (w *world) context(t Tree) []byte { return wire.Encode(&parentHashInput{nil, w.group, t.Hash()}) }

// path makes a path for the member at from, and seals it.
func (w *world) path(from LeafIndex) (*FreshPath, *UpdatePath) {
	fresh, err := w.tree.NewPath(w.rand, from, *w.tree.Leaf(from), w.signers[from], w.group)
	w.must(err)
	p, err := fresh.Seal(w.rand, w.context(fresh.Tree), w.news)
	w.must(err)
	return fresh, p
}

// commit lets the member at from commit with a path, and all others follow: the
// new ones by what their Welcome holds.
func (w *world) commit(from LeafIndex) *FreshPath {
	fresh, p := w.path(from)
	rules := w.rules()
	w.must(rules.CommitLeaf(w.tree, from, &p.LeafNode))
	merged, err := w.tree.Merge(nil, from, p, w.news)
	w.must(err)
	if string(merged.Hash()) != string(fresh.Tree.Hash()) {
		w.t.Fatal("committer and others have different trees")
	}
	for to := range w.tree.Leaves() {
		switch {
		case to == from:
			w.keys[to] = w.keys[to].WithLeaf(fresh.LeafKey).With(merged, fresh.Keys)
		case slices.Contains(w.news, to):
			learned, err := merged.Implant(nil, from, to, fresh.SecretFor(to))
			w.must(err)
			w.keys[to] = w.keys[to].With(merged, learned.Keys)
		default:
			learned, err := w.tree.OpenPath(nil, from, to, w.keys[to], p, w.context(merged), w.news)
			w.must(err)
			if !learned.CommitSecret.Equal(fresh.CommitSecret) {
				w.t.Fatalf("leaf %d derives another commit secret than leaf %d", to, from)
			}
			w.keys[to] = w.keys[to].With(merged, learned.Keys)
		}
	}
	w.tree, w.news = merged, nil
	return fresh
}

func (w *world) rules() *Rules {
	return &Rules{Suite: w.s, GroupID: w.group, MaxLifetime: math.MaxUint64}
}

// members returns the leaves that are not blank.
func (w *world) members() []LeafIndex {
	var list []LeafIndex
	for i := range w.tree.Leaves() {
		list = append(list, i)
	}
	return list
}
