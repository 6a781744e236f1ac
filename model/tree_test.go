package model

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mlssim/spec"
)

// testTree builds a tree: the key of node x is the term x+1000, blank nodes are
// not listed.
func testTree(size int, leaves []LeafIndex, parents map[NodeIndex][]LeafIndex) Tree {
	t := make(Tree, 2*size-1)
	for _, i := range leaves {
		t[i.Node()].Leaf = &LeafNode{EncryptionKey: Term(1000 + i.Node())}
	}
	for x, unmerged := range parents {
		t[x].Parent = &ParentNode{EncryptionKey: Term(1000 + x), UnmergedLeaves: unmerged}
	}
	return t
}

func TestResolutionExampleOfSection411(t *testing.T) {
	// X[B] at 3 above A B _ D; Y at 9 above E F; H alone.
	tree := testTree(8, []LeafIndex{0, 1, 3, 4, 5, 7}, map[NodeIndex][]LeafIndex{3: {1}, 9: nil})
	for x, want := range map[NodeIndex][]NodeIndex{3: {3, 2}, 4: nil, 12: nil, 7: {3, 2, 9, 14}, 11: {9, 14}} {
		if d := cmp.Diff(want, tree.Resolution(x)); d != "" {
			t.Errorf("node %d (-want +got):\n%s", x, d)
		}
	}
}

func TestPathsExampleOfSection412(t *testing.T) {
	// A B _ _ E F G _ with T at 1, X at 9, Y at 11, W at 7.
	tree := testTree(8, []LeafIndex{0, 1, 4, 5, 6}, map[NodeIndex][]LeafIndex{1: nil, 7: nil, 9: nil, 11: nil})
	for i, want := range map[LeafIndex][2][]NodeIndex{
		0: {{1, 3, 7}, {1, 7}},
		1: {{1, 3, 7}, {1, 7}},
		4: {{9, 11, 7}, {9, 11, 7}},
		5: {{9, 11, 7}, {9, 11, 7}},
		6: {{13, 11, 7}, {11, 7}},
	} {
		if d := cmp.Diff(want, [2][]NodeIndex{tree.DirectPath(i), tree.FilteredDirectPath(i)}); d != "" {
			t.Errorf("leaf %d (-want +got):\n%s", i, d)
		}
	}
}

func TestAddTakesTheLeftmostBlankAndIsUnmerged(t *testing.T) {
	tree := testTree(4, []LeafIndex{0, 2, 3}, map[NodeIndex][]LeafIndex{1: nil, 3: {2}})
	next, i := tree.Add(LeafNode{})
	if i != 1 || !slices.Equal(next[1].Parent.UnmergedLeaves, []LeafIndex{1}) ||
		!slices.Equal(next[3].Parent.UnmergedLeaves, []LeafIndex{1, 2}) {
		t.Errorf("leaf %d, unmerged %v at 1, %v at 3", i, next[1].Parent.UnmergedLeaves, next[3].Parent.UnmergedLeaves)
	}
	if tree.Leaf(1) != nil || len(tree[3].Parent.UnmergedLeaves) != 1 {
		t.Error("the tree before was changed")
	}
	next, i = next.Add(LeafNode{})
	if i != 4 || next.Size() != 8 || next.Root() != 7 || !next[7].Blank() {
		t.Errorf("leaf %d in a tree of %d with root %d", i, next.Size(), next.Root())
	}
}

func TestRemoveBlanksAndTruncates(t *testing.T) {
	tree := testTree(8, []LeafIndex{0, 1, 2, 4}, map[NodeIndex][]LeafIndex{1: nil, 3: nil, 7: nil})
	next := tree.Remove(4)
	if next.Size() != 4 || next[3].Blank() {
		t.Errorf("size %d, node 3 blank: %v", next.Size(), next[3].Blank())
	}
	next = next.Remove(1)
	if next.Size() != 4 || !next[1].Blank() || !next[3].Blank() || next.Leaf(1) != nil {
		t.Error("the path above leaf 1 is not blank, or the tree was truncated too far")
	}
	if next = next.Remove(2); next.Size() != 1 {
		t.Errorf("size %d, want 1", next.Size())
	}
	if tree[3].Blank() || tree.Leaf(4) == nil {
		t.Error("the tree before was changed")
	}
}

func TestUpdateBlanksThePath(t *testing.T) {
	tree := testTree(4, []LeafIndex{0, 1, 2, 3}, map[NodeIndex][]LeafIndex{1: nil, 3: nil, 5: nil})
	next := tree.Update(2, LeafNode{EncryptionKey: 7})
	if next.Leaf(2).EncryptionKey != 7 || !next[5].Blank() || !next[3].Blank() || next[1].Blank() {
		t.Error("want the leaf replaced, nodes 5 and 3 blank, node 1 as it was")
	}
}

// drawTree draws a tree in which unmerged leaves are members below their node.
func drawTree(t *rapid.T) Tree {
	size := 1 << rapid.IntRange(0, 3).Draw(t, "depth")
	tree := make(Tree, 2*size-1)
	for x := range tree {
		if x%2 == 0 && rapid.Bool().Draw(t, "occupied") {
			tree[x].Leaf = &LeafNode{EncryptionKey: Term(1000 + x)}
		}
	}
	for x := range tree {
		if x%2 == 1 && rapid.Bool().Draw(t, "set") {
			p := &ParentNode{EncryptionKey: Term(1000 + x)}
			for i := range tree.Leaves() {
				if below(i, NodeIndex(x)) && rapid.Bool().Draw(t, "unmerged") {
					p.UnmergedLeaves = append(p.UnmergedLeaves, i)
				}
			}
			tree[x].Parent = p
		}
	}
	return tree
}

// resolutionByDefinition walks the leaves below x and takes for each the highest
// nodes that are not blank: those that are unmerged there count for themselves.
func resolutionByDefinition(t Tree, x NodeIndex) []NodeIndex {
	var order []NodeIndex
	var visit func(y NodeIndex)
	visit = func(y NodeIndex) {
		if !t[y].Blank() {
			order = append(order, y)
			for i := range LeafIndex(t.Size()) {
				if p := t[y].Parent; p != nil && slices.Contains(p.UnmergedLeaves, i) {
					order = append(order, i.Node())
				}
			}
			return
		}
		lo, hi := int(y)-(1<<level(y))+1, int(y)+(1<<level(y))-1
		if lo == hi {
			return
		}
		// The children are the middles of the two halves.
		visit(NodeIndex((lo + int(y) - 1) / 2))
		visit(NodeIndex((int(y) + 1 + hi) / 2))
	}
	visit(x)
	return order
}

func TestResolutionIsAsDefined(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree := drawTree(t)
		for x := range tree {
			if d := cmp.Diff(resolutionByDefinition(tree, NodeIndex(x)), tree.Resolution(NodeIndex(x))); d != "" {
				t.Fatalf("node %d (-want +got):\n%s", x, d)
			}
		}
	})
}

// TestResolutionCovers says what a resolution is for: every member below x is
// below a node of it, and holds that node's key or is in it as a leaf.
func TestResolutionCovers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree := drawTree(t)
		for x := range tree {
			res := tree.Resolution(NodeIndex(x))
			for i := range tree.Leaves() {
				covered := slices.ContainsFunc(res, func(y NodeIndex) bool {
					p := tree[y].Parent
					return y == i.Node() || p != nil && below(i, y) && !slices.Contains(p.UnmergedLeaves, i)
				})
				if covered != below(i, NodeIndex(x)) {
					t.Fatalf("leaf %d, node %d: covered %v", i, x, covered)
				}
			}
		}
	})
}

func TestTreeHashCoversEverything(t *testing.T) {
	s := NewStore()
	base := testTree(4, []LeafIndex{0, 1, 2}, map[NodeIndex][]LeafIndex{3: {1}})
	hashes := map[Term]string{base.Hash(s): "unchanged"}
	for name, changed := range map[string]Tree{
		"leaf key":    base.with(0, Node{Leaf: &LeafNode{EncryptionKey: 5}}),
		"leaf source": base.with(0, Node{Leaf: &LeafNode{EncryptionKey: 1000, Source: spec.SourceUpdate}}),
		"blank leaf":  base.with(0, Node{}),
		"parent key":  base.with(3, Node{Parent: &ParentNode{EncryptionKey: 5, UnmergedLeaves: []LeafIndex{1}}}),
		"unmerged":    base.with(3, Node{Parent: &ParentNode{EncryptionKey: 1003}}),
		"parent hash": base.with(3, Node{Parent: &ParentNode{EncryptionKey: 1003, ParentHash: 5, UnmergedLeaves: []LeafIndex{1}}}),
		"size":        append(slices.Clone(base), make(Tree, 8)...),
	} {
		if other, ok := hashes[changed.Hash(s)]; ok {
			t.Errorf("%s: the hash is that of %s", name, other)
		}
		hashes[changed.Hash(s)] = name
	}
}

func TestParentHashExampleOfSection79(t *testing.T) {
	// A B C D E F G _, T at 1, U at 3, Y[F] at 11, W[F] at 7: the original tree
	// hash of Y for W is that of Y without F, however F came and went.
	s := NewStore()
	with := testTree(8, []LeafIndex{0, 1, 2, 3, 4, 5, 6}, map[NodeIndex][]LeafIndex{1: nil, 3: nil, 7: {5}, 11: {5}})
	without := testTree(8, []LeafIndex{0, 1, 2, 3, 4, 6}, map[NodeIndex][]LeafIndex{1: nil, 3: nil, 7: nil, 11: nil})
	if with.parentHash(s, 7, 11) != without.parentHash(s, 7, 11) {
		t.Error("a leaf that is unmerged at W changes W's parent hash")
	}
	if with.parentHash(s, 7, 3) == with.parentHash(s, 7, 11) || with.hash(s, 11, nil) == without.hash(s, 11, nil) {
		t.Error("the sibling, or the leaf that is unmerged, does not count at all")
	}
}
