package tree

import (
	"fmt"
	"testing"

	"mlssim/impl/wire"
	"mlssim/spec"
)

// fullTree returns a ratchet_tree extension of n leaves with content at every
// node. The keys are of the right lengths, and nobody's.
func fullTree(t testing.TB, n int) (entries, []byte) {
	w := newWorldOf(t, 1)
	leaf := *w.tree.Leaf(0)
	leaf.Source, leaf.ParentHash = spec.SourceCommit, make([]byte, w.s.Nh)
	all := make(entries, 2*n-1)
	for i := range all {
		key := w.s.Hash([]byte{byte(i), byte(i >> 8), byte(i >> 16)})
		if i%2 == 1 {
			all[i] = &entry{kind: spec.NodeParent, parent: &ParentNode{EncryptionKey: key, ParentHash: key}}
			continue
		}
		l := leaf
		l.EncryptionKey, l.SignatureKey = key, key
		all[i] = &entry{kind: spec.NodeLeaf, leaf: &l}
	}
	return all, wire.Encode(&all)
}

// BenchmarkSizes is what trees of several sizes cost: full ones, and ones that are
// blank but for two members. The rest is with one leaf of a full tree.
func BenchmarkSizes(b *testing.B) {
	for _, n := range []int{1 << 10, 1 << 13, 1 << 16} {
		all, full := fullTree(b, n)
		ends := make(entries, 2*n-1)
		ends[0], ends[2*n-2] = all[0], all[2*n-2]
		few := wire.Encode(&ends)
		tree, sparse := mustParse(b, testSuite(b), full), mustParse(b, testSuite(b), few)
		leaf := *tree.Leaf(0)
		vacant := tree.Remove(LeafIndex(n * 2 / 3))
		for _, c := range []struct {
			name string
			use  func()
		}{
			{"Parse/full", func() { Parse(tree.suite, nil, full, n) }},
			{"Parse/sparse", func() { Parse(tree.suite, nil, few, n) }},
			{"Add/full", func() { vacant.Add(leaf) }},
			{"Add/sparse", func() { sparse.Add(leaf) }},
			{"Add/extend", func() { tree.Add(leaf) }},
			{"Remove/full", func() { tree.Remove(LeafIndex(n * 2 / 3)) }},
			{"Remove/sparse", func() { sparse.Remove(0) }},
			{"Truncate", func() { sparse.Remove(LeafIndex(n - 1)) }},
			{"Leaves/sparse", func() {
				for range sparse.Leaves() {
				}
			}},
			{"Extension/full", func() { tree.Extension() }},
		} {
			b.Run(fmt.Sprintf("%s/n=%d", c.name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					c.use()
				}
			})
		}
	}
	b.Run("Grow/n=1024", func(b *testing.B) {
		_, full := fullTree(b, 1)
		tree := mustParse(b, testSuite(b), full)
		leaf := *tree.Leaf(0)
		b.ReportAllocs()
		for b.Loop() {
			for t := tree; t.Members() < 1024; {
				t, _ = t.Add(leaf)
			}
		}
	})
}
