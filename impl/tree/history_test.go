package tree

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A twin is a group and the flat tree that follows it.
type twin struct {
	*world
	flat *flat
}

// compare compares the linked tree with the flat one: content, hashes,
// resolutions and paths of all nodes.
func (w *twin) compare() {
	if got, want := 2*int(w.tree.Size())-1, len(w.flat.nodes); got != want {
		w.t.Fatalf("%d nodes, want %d", got, want)
	}
	for x, want := range w.flat.nodes {
		leaf, parent := w.tree.content(NodeIndex(x))
		if d := cmp.Diff(want.leaf, leaf) + cmp.Diff(want.parent, parent); d != "" {
			w.t.Fatalf("node %d:\n%s", x, d)
		}
		p := w.flat.part(x)
		if !bytes.Equal(w.tree.NodeHash(NodeIndex(x)), w.flat.hash(p)) {
			w.t.Fatalf("node %d: another tree hash", x)
		}
		if got, want := w.tree.Resolution(NodeIndex(x)), w.flat.resolution(p); !slices.EqualFunc(got, want, same) {
			w.t.Fatalf("node %d: resolution %v, want %v", x, got, want)
		}
	}
	for x := 0; x < len(w.flat.nodes); x += 2 {
		w.comparePaths(LeafIndex(x/2), x)
	}
	if !w.flat.parentHashValid() {
		w.t.Fatal("the flat tree is not parent-hash valid")
	}
	w.must(w.rules().Tree(w.tree))
}

// content returns what is at x, on either level; nil and nil if it is blank.
func (t Tree) content(x NodeIndex) (*LeafNode, *ParentNode) {
	if x.IsLeaf() {
		return t.Leaf(x.Leaf()), nil
	}
	return nil, t.Parent(x)
}

func same(x NodeIndex, y int) bool { return int(x) == y }

func (w *twin) comparePaths(i LeafIndex, x int) {
	heads := func(parts []part) []int {
		var list []int
		for _, p := range parts {
			list = append(list, p.head())
		}
		return list
	}
	path, copath := w.flat.above(x)
	filtered, _ := w.flat.filtered(x)
	for _, c := range []struct {
		name string
		got  []NodeIndex
		want []part
	}{
		{"direct path", w.tree.DirectPath(i), path},
		{"copath", w.tree.Copath(i), copath},
		{"filtered direct path", w.tree.FilteredDirectPath(i), filtered},
	} {
		if !slices.EqualFunc(c.got, heads(c.want), same) {
			w.t.Fatalf("leaf %d: %s %v, want %v", i, c.name, c.got, heads(c.want))
		}
	}
}

// holdings checks the tree invariant of Section 4.2 and its converse: a member
// holds the key of a node above it iff the node is not blank and the member is
// not unmerged there.
func (w *twin) holdings() {
	for i := range w.tree.Leaves() {
		if !bytes.Equal(w.keys[i].Leaf().Public(), w.tree.EncryptionKey(i.Node())) {
			w.t.Fatalf("leaf %d does not hold its key", i)
		}
		var want []NodeIndex
		for _, x := range w.tree.DirectPath(i) {
			if p := w.tree.Parent(x); p != nil && !slices.Contains(p.UnmergedLeaves, i) {
				want = append(want, x)
			}
		}
		slices.Sort(want)
		var got []NodeIndex
		for _, p := range w.keys[i].Nodes() {
			got = append(got, p.Node)
			if key, ok := w.keys[i].Key(p.Node); !ok || !bytes.Equal(key.Public(), w.tree.EncryptionKey(p.Node)) {
				w.t.Fatalf("leaf %d: another key at node %d", i, p.Node)
			}
		}
		if !slices.Equal(got, want) {
			w.t.Fatalf("leaf %d holds %v, want %v", i, got, want)
		}
	}
}

// act changes tree and twin by one proposal that rt draws. The member at keep
// stays.
func (w *twin) act(rt *rapid.T, keep LeafIndex) {
	members := w.members()
	i := rapid.SampledFrom(members).Draw(rt, "leaf")
	switch kind := rapid.SampledFrom([]string{"add", "update", "remove"}).Draw(rt, "proposal"); {
	case kind == "add" && len(members) < 11:
		at := w.add()
		if other := w.flat.add(*w.tree.Leaf(at)); other != at {
			rt.Fatalf("added at %d, want %d", at, other)
		}
	case kind == "update":
		w.update(i)
		w.flat.set(i, w.tree.Leaf(i))
	case kind == "remove" && i != keep:
		w.remove(i)
		w.flat.remove(i)
	}
}

// The linked tree does what the definitions say, whatever happens to a group,
// and everybody holds what they should.
func TestHistories(t *testing.T) {
	s := testSuite(t)
	sizes := map[uint32]int{}
	rapid.Check(t, func(rt *rapid.T) {
		w := &twin{newWorld(rt, s, 2), &flat{s: s}}
		w.flat.nodes = make([]flatNode, 1)
		w.flat.add(*w.tree.Leaf(0))
		for range rapid.IntRange(1, 12).Draw(rt, "commits") {
			from := rapid.SampledFrom(w.members()).Draw(rt, "committer")
			before, encoded := w.tree, w.tree.Extension()
			for range rapid.IntRange(0, 4).Draw(rt, "proposals") {
				w.act(rt, from)
				w.compare()
			}
			if rapid.Bool().Draw(rt, "path") {
				fresh := w.commit(from)
				leaf := *w.tree.Leaf(from)
				if hash := w.flat.commit(from, leaf, publicKeys(fresh.Keys)); !bytes.Equal(hash, leaf.ParentHash) {
					rt.Fatalf("leaf %d: parent hash %x, want %x", from, leaf.ParentHash, hash)
				}
				w.compare()
			}
			w.news = nil
			w.holdings()
			if !bytes.Equal(before.Extension(), encoded) {
				rt.Fatal("an older tree has changed")
			}
			again := mustParse(t, s, w.tree.Extension())
			if !bytes.Equal(again.Hash(), w.tree.Hash()) {
				rt.Fatal("encoded and decoded, the tree has another hash")
			}
		}
		sizes[w.tree.Size()]++
	})
	if len(sizes) < 3 {
		t.Errorf("histories end in trees of these sizes alone: %v", sizes)
	}
}

// A node that is not as the Commits have made it is noticed by the linked tree
// whenever it is by the definitions.
func TestParentHashesAsDefined(t *testing.T) {
	s := testSuite(t)
	refused := 0
	rapid.Check(t, func(rt *rapid.T) {
		w := &twin{newWorld(rt, s, 3), &flat{s: s}}
		w.flat.nodes = make([]flatNode, 1)
		w.flat.add(*w.tree.Leaf(0))
		for range rapid.IntRange(2, 8).Draw(rt, "proposals") {
			w.act(rt, 0)
			if rapid.Bool().Draw(rt, "path") {
				from := rapid.SampledFrom(w.members()).Draw(rt, "committer")
				fresh := w.commit(from)
				w.flat.commit(from, *w.tree.Leaf(from), publicKeys(fresh.Keys))
			}
		}
		w.tamper(rt)
		for y := range w.flat.nodes {
			leaf, parent := w.tree.content(NodeIndex(y))
			w.flat.nodes[y] = flatNode{leaf, parent}
		}
		valid := w.flat.parentHashValid()
		if err := w.tree.verifyParentHashes(nil); (err == nil) != valid {
			rt.Fatalf("parent-hash valid: %v, but %v", valid, err)
		}
		if !valid {
			refused++
		}
	})
	if refused == 0 {
		t.Error("no tree was refused")
	}
}

// tamper changes one field of a node that a Commit has set.
func (w *twin) tamper(rt *rapid.T) {
	var set []NodeIndex
	for n := range w.tree.nodes() {
		if len(n.parentHash()) > 0 || n.parent != nil {
			set = append(set, n.index)
		}
	}
	if len(set) == 0 {
		return
	}
	x := rapid.SampledFrom(set).Draw(rt, "node")
	what := rapid.SampledFrom([]string{"nothing", "hash", "key", "merge", "blank"}).Draw(rt, "tamper")
	switch n := w.tree.at(x); {
	case n.leaf != nil && what == "hash":
		leaf := *n.leaf
		leaf.ParentHash = w.s.Hash(leaf.ParentHash)
		w.tree = w.tree.withNode(x, &leaf, nil)
	case n.parent != nil && what == "hash":
		p := *n.parent
		p.ParentHash = w.s.Hash(p.ParentHash)
		w.tree = w.tree.withNode(x, nil, &p)
	case n.parent != nil && what == "key":
		p := *n.parent
		p.EncryptionKey = w.s.Hash(p.EncryptionKey)
		w.tree = w.tree.withNode(x, nil, &p)
	case n.parent != nil && what == "merge" && len(n.parent.UnmergedLeaves) > 0:
		p := *n.parent
		p.UnmergedLeaves = p.UnmergedLeaves[1:]
		w.tree = w.tree.withNode(x, nil, &p)
	case n.parent != nil && what == "blank":
		w.tree = w.tree.withNode(x, nil, nil)
	}
}

// withNode returns t with another content at x, and all other nodes as they are.
func (t Tree) withNode(x NodeIndex, leaf *LeafNode, parent *ParentNode) Tree {
	if !x.IsLeaf() {
		leaf = t.Leaf(x.first())
	}
	t.root = t.replace(x.first(), leaf, func(y NodeIndex) *ParentNode {
		if y == x {
			return parent
		}
		return t.Parent(y)
	})
	return t
}
