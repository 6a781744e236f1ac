package tree

import (
	"fmt"
	"testing"

	"mlssim/impl/wire"
)

// group returns a group of n in which every node has content, and a path from
// its leaf 0.
func benchGroup(b *testing.B, n int) (*world, *UpdatePath) {
	w := newWorldOf(b, n)
	for i := 0; i < n; i += 2 {
		fresh, err := w.tree.NewPath(w.rand, LeafIndex(i), *w.tree.Leaf(LeafIndex(i)), w.signers[LeafIndex(i)], w.group)
		w.must(err)
		w.tree = fresh.Tree
	}
	_, p := w.path(0)
	b.ReportAllocs()
	b.ResetTimer()
	return w, p
}

func BenchmarkAdd(b *testing.B) {
	b.Run("n=1024", func(b *testing.B) {
		w, _ := benchGroup(b, 1024)
		tree, leaf := w.tree.Remove(700), *w.tree.Leaf(700)
		for b.Loop() {
			tree.Add(leaf)
		}
	})
}

func BenchmarkMerge(b *testing.B) {
	b.Run("n=1024", func(b *testing.B) {
		w, p := benchGroup(b, 1024)
		for b.Loop() {
			if _, err := w.tree.Merge(nil, 0, p, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkHash hashes a whole tree, as whoever joins does; after a change only
// the path is hashed again.
func BenchmarkHash(b *testing.B) {
	b.Run("n=1024", func(b *testing.B) {
		w, _ := benchGroup(b, 1024)
		var r ratchetTree
		w.must(wire.Decode(w.tree.Extension(), &r))
		for b.Loop() {
			r.build(w.s, 1024)
		}
	})
}

func BenchmarkNewPath(b *testing.B) {
	b.Run("n=1024", func(b *testing.B) {
		w, _ := benchGroup(b, 1024)
		for b.Loop() {
			w.path(0)
		}
	})
}

// BenchmarkValidate judges trees as whoever joins does, but for signatures.
func BenchmarkValidate(b *testing.B) {
	for _, n := range []int{64, 1024} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			w, _ := benchGroup(b, n)
			for b.Loop() {
				w.must(w.tree.Validate(nil))
			}
		})
	}
}
