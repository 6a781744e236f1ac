package tree

import (
	"testing"

	"mlssim/spec"
	"mlssim/spec/req"
)

// What a tree is refused for by whoever is about to join, beyond its leaves.
// Leaf 5 of the group is unmerged at nodes 7 and 11, which leaf 4 has set.
func TestIntegrityRefusals(t *testing.T) {
	unmerged := func(x NodeIndex, leaves ...LeafIndex) func(*world) {
		return func(w *world) {
			p := *w.tree.Parent(x)
			p.UnmergedLeaves = leaves
			w.tree = w.tree.withNode(x, nil, &p)
		}
	}
	for _, c := range []struct {
		name   string
		want   spec.ID
		change func(*world)
	}{
		{"as it is", "", func(*world) {}},
		{"unmerged leaf is blank", req.TreeUnmergedMembers, unmerged(11, 5, 7)},
		{"unmerged leaf is elsewhere", req.TreeUnmergedMembers, unmerged(11, 0, 5)},
		{"unmerged leaf is elsewhere, and unmerged above", req.TreeUnmergedMembers, func(w *world) { unmerged(7, 0, 5)(w); unmerged(11, 0, 5)(w) }},
		{"unmerged leaf is outside the tree", req.TreeUnmergedMembers, unmerged(7, 5, 1<<31)},
		{"unmerged above and merged between", req.TreeUnmergedMembers, unmerged(11)},
		{"merged above and unmerged between", req.TreeParentHash, unmerged(7)},
		{"merged", req.TreeParentHash, func(w *world) { unmerged(7)(w); unmerged(11)(w) }},
		{"merged member shown as unmerged", req.TreeParentHash, unmerged(7, 2, 5)},
		{"node that nobody vouches for", req.TreeParentHash, func(w *world) {
			w.tree = w.tree.withNode(5, nil, &ParentNode{EncryptionKey: w.s.Hash([]byte("a key"))})
		}},
		{"node of the path is blank", req.TreeParentHash, func(w *world) { w.tree = w.tree.withNode(11, nil, nil) }},
		{"key short by a byte", req.SuitePublicKey, func(w *world) {
			w.vouched(11, func(p *ParentNode) { p.EncryptionKey = p.EncryptionKey[1:] })
		}},
		{"key of a leaf", req.TreeKeysUnique, func(w *world) {
			w.vouched(11, func(p *ParentNode) { p.EncryptionKey = w.tree.EncryptionKey(2) })
		}},
		{"key of another node", req.TreeKeysUnique, func(w *world) {
			w.vouched(11, func(p *ParentNode) { p.EncryptionKey = w.tree.EncryptionKey(7) })
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorldOf(t, 7)
			w.remove(5)
			w.commit(4)
			if i := w.add(); i != 5 {
				t.Fatalf("added at %d", i)
			}
			c.change(w)
			if got := spec.Violated(w.tree.Validate(nil)); got != c.want {
				t.Errorf("refused for %q, want %q", got, c.want)
			}
		})
	}
}

// vouched changes node x and lets leaf 4, below it, vouch for it again.
func (w *world) vouched(x NodeIndex, change func(*ParentNode)) {
	p := *w.tree.Parent(x)
	change(&p)
	w.tree = w.tree.withNode(x, nil, &p)
	leaf := *w.tree.Leaf(4)
	leaf.ParentHash = newHasher(w.s).parentHash(&p, w.tree.at(x.Right()))
	w.tree = w.tree.withNode(leafE.Node(), &leaf, nil)
}

// A parent hash that a leaf has from a tree that is no more vouches for nothing,
// and does not stand in the way of the one that does.
func TestStaleParentHash(t *testing.T) {
	w := newWorldOf(t, 2)
	w.commit(0)
	w.commit(1)
	if w.tree.Leaf(0).Source != spec.SourceCommit {
		t.Fatal("leaf 0 has not committed")
	}
	w.must(w.tree.Validate(nil))
	w.tree = w.tree.withNode(2, w.signed(1, func(l *LeafNode) { l.Source = spec.SourceUpdate }), nil)
	if got := spec.Violated(w.tree.Validate(nil)); got != req.TreeParentHash {
		t.Errorf("with the stale one alone: refused for %q", got)
	}
}

// The third criterion of Section 7.9.2: all of a resolution but one node is
// unmerged, and all that is unmerged is in the resolution.
func TestSoleMerged(t *testing.T) {
	for _, c := range []struct {
		resolution []NodeIndex
		unmerged   []LeafIndex
		want       NodeIndex
		ok         bool
	}{
		{[]NodeIndex{9}, nil, 9, true},
		{[]NodeIndex{9, 10}, []LeafIndex{5}, 9, true},
		{[]NodeIndex{8, 10}, []LeafIndex{5}, 8, true},
		{[]NodeIndex{8, 10}, []LeafIndex{4}, 10, true},
		{nil, nil, 0, false},
		{[]NodeIndex{8, 10}, nil, 0, false},
		{[]NodeIndex{9, 10}, nil, 0, false},
		{[]NodeIndex{10}, []LeafIndex{5}, 0, false},
		{[]NodeIndex{9}, []LeafIndex{5}, 0, false},
		{[]NodeIndex{9, 12}, []LeafIndex{5}, 0, false},
		{[]NodeIndex{11, 12, 14}, []LeafIndex{5, 6}, 0, false},
	} {
		got, ok := soleMerged(c.resolution, c.unmerged)
		if ok != c.ok || ok && got != c.want {
			t.Errorf("%v without %v: %d %v, want %d %v", c.resolution, c.unmerged, got, ok, c.want, c.ok)
		}
	}
}
