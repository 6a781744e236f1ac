package tree

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mlssim/impl/meter"
	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// types returns n code points, and more than once each if there are not as many.
func types[T ~uint16](n int) []T {
	list := make([]T, n)
	for i := range list {
		list[i] = T(0x0a00 + i%50000)
	}
	return list
}

func reversed[T any](list []T) []T {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
}

// crowd returns n leaves with different keys.
func crowd(leaf *LeafNode, n int) []*LeafNode {
	leaves := make([]*LeafNode, n)
	for i := range leaves {
		leaves[i] = new(*leaf)
		leaves[i].EncryptionKey = binary.BigEndian.AppendUint64(nil, uint64(i))
		leaves[i].SignatureKey = suite.SignaturePublicKey(leaves[i].EncryptionKey)
	}
	return leaves
}

// TestWorkGrowsWithTheMessage: what is ten times as long takes about ten times as
// long, and not a hundred times.
func TestWorkGrowsWithTheMessage(t *testing.T) {
	const most = 30
	w := newWorldOf(t, 2)
	w.commit(0)
	leaf := w.tree.Leaf(0)
	for name, c := range map[string]struct {
		n    int
		make func(n int) func()
	}{
		"required capabilities": {2000, func(n int) func() {
			k := Capabilities{Extensions: types[spec.ExtensionType](n), Proposals: types[spec.ProposalType](n), Credentials: types[spec.CredentialType](n)}
			r := RequiredCapabilities{reversed(k.Extensions), reversed(k.Proposals), reversed(k.Credentials)}
			return func() { k.Meets(&r) }
		}},
		"extensions of a leaf": {2000, func(n int) func() {
			k := Capabilities{Extensions: types[spec.ExtensionType](n)}
			list := make([]Extension, n)
			for i, e := range reversed(k.Extensions) {
				list[i].Type = e
			}
			return func() { k.Unsupported(list) }
		}},
		"credential types of two leaves": {2000, func(n int) func() {
			a, b := LeafNode{}, LeafNode{}
			a.Capabilities.Credentials = types[spec.CredentialType](n)
			b.Capabilities.Credentials = reversed(a.Capabilities.Credentials)
			return func() {
				var c census
				c.add(&a)
				c.add(&b)
			}
		}},
		"one credential type many times": {100, func(n int) func() {
			first, second := LeafNode{}, LeafNode{Credential: BasicCredential(nil)}
			first.Capabilities.Credentials = append(make([]spec.CredentialType, 10*n), spec.CredentialBasic)
			second.Capabilities.Credentials = []spec.CredentialType{0, spec.CredentialBasic}
			return func() {
				var c census
				c.add(&first)
				for range n {
					c.add(&second)
				}
				for range n {
					c.credentialsAgree(&second)
				}
			}
		}},
		"adds": {200, func(n int) func() {
			leaves := crowd(leaf, n)
			return func() { w.tree.AddAll(leaves) }
		}},
		"recipients beside new leaves": {1000, func(n int) func() {
			tree, news := w.tree.AddAll(crowd(leaf, n))
			s := step{copath: tree.root.right}
			return func() { s.recipients(news) }
		}},
		"blank nodes": {500, func(n int) func() {
			all := make(entries, 2*n+1)
			all[2*n] = &entry{kind: spec.NodeLeaf, leaf: leaf}
			b := wire.Encode(&all)
			return func() { mustParse(t, w.s, b) }
		}},
		"unmerged leaves": {300, func(n int) func() {
			tree, _ := w.tree.AddAll(crowd(leaf, n))
			return func() { tree.verifyParentHashes(nil) }
		}},
		"certificates": {20, func(n int) func() {
			der := certificateFor(t, "client", publicKeyOf(t, w.s, leaf.SignatureKey))
			credential := X509Credential(slices.Repeat([][]byte{der}, n)...)
			return func() { credential.Chain() }
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if g := meter.Growth(c.n, most, c.make); g > most {
				t.Errorf("ten times as much takes %.0f times as long", g)
			}
		})
	}
}

// TestErrantUnmergedLeaves: a leaf index that no tree has is no leaf of this one,
// though twice of it is the index of a node.
func TestErrantUnmergedLeaves(t *testing.T) {
	w := newWorldOf(t, 2)
	w.commit(0)
	root := w.tree.root.index
	for _, i := range []LeafIndex{2, 1 << 31, 1<<31 + 1, 1<<32 - 1} {
		p := *w.tree.Parent(root)
		p.UnmergedLeaves = []LeafIndex{i}
		if w.tree.unmergedMembers(root, &p) {
			t.Errorf("leaf %d is unmerged at the root of a tree of 2", i)
		}
	}
}

// TestAddAll: many leaves at once are where one after the other would be, in the
// same tree.
func TestAddAll(t *testing.T) {
	s := testSuite(t)
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(rt, s, 4)
		for range rapid.IntRange(0, 8).Draw(rt, "before") {
			members := w.members()
			i := rapid.SampledFrom(members).Draw(rt, "leaf")
			switch rapid.SampledFrom([]string{"add", "remove", "commit"}).Draw(rt, "step") {
			case "add":
				w.add()
			case "remove":
				if len(members) > 1 {
					w.remove(i)
				}
			case "commit":
				w.news = nil
				w.commit(i)
			}
		}
		leaves := crowd(w.tree.Leaf(w.members()[0]), rapid.IntRange(0, 9).Draw(rt, "added"))
		one, want := w.tree, []LeafIndex(nil)
		for _, leaf := range leaves {
			var i LeafIndex
			one, i = one.Add(*leaf)
			want = append(want, i)
		}
		all, got := w.tree.AddAll(leaves)
		if d := cmp.Diff(want, got); d != "" {
			rt.Fatalf("leaves (-one by one +together):\n%s", d)
		}
		if !bytes.Equal(all.Hash(), one.Hash()) || all.Size() != one.Size() || !bytes.Equal(all.Extension(), one.Extension()) {
			rt.Fatal("together they make another tree")
		}
	})
	w := newWorld(t, s, 4)
	if _, at := New(s).AddAll(crowd(w.tree.Leaf(0), 3)); !slices.Equal(at, []LeafIndex{0, 1, 2}) {
		t.Errorf("in the empty tree: %v", at)
	}
	p := &ParentNode{UnmergedLeaves: []LeafIndex{3}}
	if got := p.withUnmerged([]LeafIndex{1, 5}).UnmergedLeaves; !slices.Equal(got, []LeafIndex{1, 3, 5}) {
		t.Errorf("unmerged leaves %v", got)
	}
}
