package tree

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The trees that RFC 9420 shows, made by the operations of its Appendix A.

const (
	leafA LeafIndex = iota
	leafB
	leafC
	leafD
	leafE
	leafF
	leafG
	leafH
)

// filledNodes returns the parents that are not blank.
func filledNodes(t Tree) []NodeIndex {
	var list []NodeIndex
	for x := range t.Parents() {
		list = append(list, x)
	}
	return list
}

// Section 4.1.2, the tree with five members.
func TestFigureFullTree(t *testing.T) {
	w := newWorldOf(t, 7)
	w.commit(leafF)
	w.remove(leafC)
	w.remove(leafD)
	w.commit(leafG)
	w.commit(leafB)
	const T, U, V, W, X, Y, Z = 1, 3, 5, 7, 9, 11, 13
	if d := cmp.Diff([]NodeIndex{T, W, X, Y}, filledNodes(w.tree)); d != "" {
		t.Fatalf("nodes:\n%s", d)
	}
	for _, c := range []struct {
		leaf                     LeafIndex
		direct, copath, filtered []NodeIndex
	}{
		{leafA, []NodeIndex{T, U, W}, []NodeIndex{leafB.Node(), V, Y}, []NodeIndex{T, W}},
		{leafB, []NodeIndex{T, U, W}, []NodeIndex{leafA.Node(), V, Y}, []NodeIndex{T, W}},
		{leafE, []NodeIndex{X, Y, W}, []NodeIndex{leafF.Node(), Z, U}, []NodeIndex{X, Y, W}},
		{leafF, []NodeIndex{X, Y, W}, []NodeIndex{leafE.Node(), Z, U}, []NodeIndex{X, Y, W}},
		{leafG, []NodeIndex{Z, Y, W}, []NodeIndex{leafH.Node(), X, U}, []NodeIndex{Y, W}},
	} {
		d := cmp.Diff(c.direct, w.tree.DirectPath(c.leaf)) +
			cmp.Diff(c.copath, w.tree.Copath(c.leaf)) +
			cmp.Diff(c.filtered, w.tree.FilteredDirectPath(c.leaf))
		if d != "" {
			t.Errorf("leaf %d:\n%s", c.leaf, d)
		}
	}
}

// Section 4.1.1, the tree with blanks and unmerged leaves.
func TestFigureResolution(t *testing.T) {
	const X, Y, top = 3, 9, 7
	w := newWorldOf(t, 9) // the last one is outside the subtree shown
	w.commit(leafF)
	w.remove(leafB)
	w.remove(leafC)
	w.commit(leafD)
	w.remove(leafG)
	w.commit(8)
	if got := w.add(); got != leafB {
		t.Fatalf("added at %d", got)
	}
	for x, want := range map[NodeIndex][]NodeIndex{
		X:            {X, leafB.Node()},
		leafC.Node(): nil,
		leafG.Node(): nil,
		top:          {X, leafB.Node(), Y, leafH.Node()},
	} {
		if got := w.tree.Resolution(x); !slices.Equal(got, want) {
			t.Errorf("resolution of %d: %v, want %v", x, got, want)
		}
	}
}

// Section 7.9, the tree that illustrates parent hashes: what W vouches for in Y
// is the tree without F, which was added later.
func TestFigureParentHash(t *testing.T) {
	const T, U, Y, W = 1, 3, 11, 7
	w := newWorldOf(t, 7)
	w.remove(leafF)
	w.commit(leafA)
	w.commit(leafE)
	before := w.tree
	if got := w.add(); got != leafF {
		t.Fatalf("added at %d", got)
	}
	if d := cmp.Diff([]NodeIndex{T, U, W, Y}, filledNodes(w.tree)); d != "" {
		t.Fatalf("nodes:\n%s", d)
	}
	for _, x := range []NodeIndex{W, Y} {
		if d := cmp.Diff([]LeafIndex{leafF}, w.tree.Parent(x).UnmergedLeaves); d != "" {
			t.Errorf("unmerged at %d:\n%s", x, d)
		}
	}
	original := newHasher(w.s).without(w.tree.at(Y), w.tree.Parent(W).UnmergedLeaves)
	if string(original[:w.s.Nh]) != string(before.NodeHash(Y)) {
		t.Error("the original tree hash of Y is not the one before F was added")
	}
	if string(original[:w.s.Nh]) == string(w.tree.NodeHash(Y)) {
		t.Error("adding F does not change the tree hash of Y")
	}
	if err := w.rules().Tree(w.tree); err != nil {
		t.Error(err)
	}
}

// Section 7.7: the tree grows by half its new size and shrinks as far as it can.
func TestExtendAndTruncate(t *testing.T) {
	w := newWorldOf(t, 4)
	w.commit(leafA)
	w.add()
	if w.tree.Size() != 8 || w.tree.Parent(7) != nil || w.tree.Parent(3) == nil {
		t.Errorf("extended to %d leaves", w.tree.Size())
	}
	w.remove(leafC)
	w.remove(leafD)
	if w.tree.Size() != 8 {
		t.Errorf("%d leaves with leaf 4 taken", w.tree.Size())
	}
	w.remove(4)
	if w.tree.Size() != 2 || w.tree.Members() != 2 {
		t.Errorf("truncated to %d leaves, %d of them taken", w.tree.Size(), w.tree.Members())
	}
	w.remove(leafA)
	if w.tree.Size() != 2 {
		t.Errorf("%d leaves with leaf 1 taken", w.tree.Size())
	}
	w.remove(leafB)
	if w.tree.Size() != 0 || w.tree.Hash() != nil || len(w.tree.DirectPath(0)) != 0 {
		t.Errorf("%d leaves without a member", w.tree.Size())
	}
}

func TestNothingOutsideTheTree(t *testing.T) {
	w := newWorldOf(t, 3)
	for _, i := range []LeafIndex{3, 4, 1 << 30, 1 << 31, 1<<31 + 1, ^LeafIndex(0)} {
		if w.tree.Leaf(i) != nil || i != 3 && w.tree.DirectPath(i) != nil && len(w.tree.DirectPath(i)) > 0 {
			t.Errorf("leaf %d", i)
		}
		if w.tree.Update(i, *w.tree.Leaf(0)).root != w.tree.root || w.tree.Remove(i).root != w.tree.root {
			t.Errorf("there is no member at %d to change", i)
		}
	}
	for _, x := range []NodeIndex{7, 8, 1<<31 - 1, 1 << 31, ^NodeIndex(0)} {
		if w.tree.Parent(x) != nil || w.tree.EncryptionKey(x) != nil || w.tree.NodeHash(x) != nil || w.tree.Resolution(x) != nil {
			t.Errorf("node %d", x)
		}
	}
}
