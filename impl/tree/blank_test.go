package tree

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mlssim/impl/wire"
	"mlssim/spec"
)

// count returns how many nodes there are in memory, and fails if a blank
// subtree takes more of them than it should.
func (n *node) count(t fataler) int {
	if n.left == nil {
		return 1
	}
	if n.filled == 0 && n.index.Level() <= blankLevel {
		t.Fatalf("node %d: a blank subtree of level %d has nodes below its head", n.index, n.index.Level())
	}
	return 1 + n.left.count(t) + n.right.count(t)
}

// TestBlankSubtrees: whatever is added and removed in a tree that is mostly blank,
// it is the one that the list of its nodes describes, in content, hashes and in
// memory; and older trees stay as they are.
func TestBlankSubtrees(t *testing.T) {
	s := testSuite(t)
	leaf := *newWorldOf(t, 1).tree.Leaf(0)
	rapid.Check(t, func(rt *rapid.T) {
		width := 1 << rapid.IntRange(blankLevel, blankLevel+3).Draw(rt, "level")
		all := make(entries, 2*width-1)
		place := rapid.IntRange(0, width-1)
		for _, i := range rapid.SliceOfN(place, 0, 5).Draw(rt, "before") {
			all[2*i] = &entry{kind: spec.NodeLeaf, leaf: &leaf}
		}
		for _, i := range rapid.SliceOfN(rapid.IntRange(0, width-2), 0, 2).Draw(rt, "parents") {
			all[2*i+1] = &entry{kind: spec.NodeParent, parent: &ParentNode{EncryptionKey: leaf.EncryptionKey}}
		}
		all[2*width-2] = &entry{kind: spec.NodeLeaf, leaf: &leaf}
		tree, err := Parse(s, nil, wire.Encode(&all), width)
		if err != nil {
			rt.Fatal(err)
		}
		for range rapid.IntRange(1, 6).Draw(rt, "steps") {
			before, hash := tree, tree.Hash()
			i := LeafIndex(place.Draw(rt, "leaf"))
			switch {
			case rapid.Bool().Draw(rt, "add"):
				n := rapid.IntRange(1, 70).Draw(rt, "added")
				var at []LeafIndex
				tree, at = tree.AddAll(slices.Repeat([]*LeafNode{&leaf}, n))
				checkVacant(rt, before, at)
			case tree.Leaf(i) != nil && tree.Members() > 1:
				tree = tree.Remove(i)
			case tree.has(i): // as the committer of an external Commit
				tree = tree.withPath(i, leaf, nil, nil)
			}
			checkListed(rt, tree)
			if !bytes.Equal(before.Hash(), hash) {
				rt.Fatal("an older tree has changed")
			}
			checkListed(rt, before)
		}
	})
}

// checkVacant fails if leaves are not the leftmost blank ones of a tree, or beyond
// its end.
func checkVacant(t fataler, tree Tree, at []LeafIndex) {
	next := LeafIndex(0)
	for _, i := range at {
		for ; tree.Leaf(next) != nil; next++ {
		}
		if i != next {
			t.Fatalf("leaf %d is taken, want %d", i, next)
		}
		next++
	}
}

// checkListed compares a tree with the one that its list is parsed to, and the
// hashes of both with those of the definitions.
func checkListed(t fataler, tree Tree) {
	b := tree.Extension()
	listed, err := Parse(tree.suite, nil, b, 1<<16)
	if err != nil {
		t.Fatal(err)
	}
	if listed.Size() != tree.Size() {
		t.Fatalf("%d leaves, %d when it is parsed", tree.Size(), listed.Size())
	}
	var all entries
	if err := wire.Decode(b, &all); err != nil {
		t.Fatal(err)
	}
	f := &flat{s: tree.suite, nodes: make([]flatNode, 2*tree.Size()-1)}
	for x, e := range all {
		if e != nil {
			f.nodes[x] = flatNode{e.leaf, e.parent}
		}
	}
	if want := f.hash(f.part(int(tree.root.index))); !bytes.Equal(tree.Hash(), want) || !bytes.Equal(listed.Hash(), want) {
		t.Fatalf("%d leaves: hash %x, parsed %x, want %x", tree.Size(), tree.Hash(), listed.Hash(), want)
	}
	for _, x := range []NodeIndex{2, 2*NodeIndex(tree.Size()) - 4, 1<<blankLevel - 1, 1 << blankLevel} {
		if x < 2*NodeIndex(tree.Size())-1 && !bytes.Equal(tree.NodeHash(x), f.hash(f.part(int(x)))) {
			t.Fatalf("node %d has another hash", x)
		}
	}
	if got, want := tree.root.count(t), listed.root.count(t); got != want {
		t.Fatalf("%d nodes in memory, %d when it is parsed", got, want)
	}
	if got, want := tree.root.vacancy, listed.root.vacancy; got != want {
		t.Fatalf("leaf %d is vacant, %d when it is parsed", got, want)
	}
}
