package tree

import (
	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.4.3.3: the tree on the wire.

// Extension returns the content of the ratchet_tree extension: all nodes in the
// order of their indices, without the blank ones at the end.
func (t Tree) Extension() []byte {
	var r ratchetTree
	last := 0
	for n := range t.nodes() {
		e := n.entry()
		r = append(r, e)
		if e != nil {
			last = len(r)
		}
	}
	r = r[:last]
	return wire.Encode(&r)
}

// Parse returns the tree that a ratchet_tree extension holds, and refuses one
// that lists more than maxLeaves leaves. The tree is well formed and no more:
// [Rules.Tree] tells whether it can belong to a group. The error is a
// [spec.Violation].
func Parse(s *suite.Suite, rec spec.Recorder, b []byte, maxLeaves int) (Tree, error) {
	var r ratchetTree
	if err := wire.Decode(b, &r); err != nil {
		return Tree{}, err
	}
	count := len(r)
	if err := spec.Checkf(rec, req.TreeTrailingBlank, count > 0 && r[count-1] != nil, "%d nodes", count); err != nil {
		return Tree{}, err
	}
	if err := spec.Checkf(rec, req.TreeSize, (count+1)/2 <= maxLeaves, "%d nodes; %d leaves are acceptable", count, maxLeaves); err != nil {
		return Tree{}, err
	}
	for x, e := range r {
		if err := e.validate(rec, NodeIndex(x)); err != nil {
			return Tree{}, err
		}
	}
	leaves := uint32(1)
	for 2*int(leaves)-1 < count {
		leaves *= 2
	}
	return Tree{s, r.build(s, Root(leaves))}, nil
}

// validate checks what must hold for an entry by itself: it is of the type of
// its place, and unmerged leaves are in increasing order (Section 7.1).
func (e *entry) validate(rec spec.Recorder, x NodeIndex) error {
	if e == nil {
		return nil
	}
	if err := spec.Checkf(rec, req.TreeNodeParity, (e.kind == spec.NodeLeaf) == x.IsLeaf(), "node %d", x); err != nil {
		return err
	}
	if e.parent == nil {
		return nil
	}
	return spec.Checkf(rec, req.ParentUnmergedSorted, increasing(e.parent.UnmergedLeaves), "node %d", x)
}

func increasing(leaves []LeafIndex) bool {
	for k := 1; k < len(leaves); k++ {
		if leaves[k-1] >= leaves[k] {
			return false
		}
	}
	return true
}

// build returns the subtree with its head at x. What lies beyond the end of the
// list is blank.
func (r ratchetTree) build(s *suite.Suite, x NodeIndex) *node {
	var e entry
	if int(x) < len(r) && r[x] != nil {
		e = *r[x]
	}
	if x.IsLeaf() {
		return newLeaf(s, x.Leaf(), e.leaf)
	}
	return newParent(s, e.parent, r.build(s, x.Left()), r.build(s, x.Right()))
}

// ratchetTree is ratchet_tree.
type ratchetTree []*entry

func (r *ratchetTree) Wire(c *wire.Coder) {
	wire.Vector(c, (*[]*entry)(r), func(c *wire.Coder, e **entry) { wire.Optional(c, e, wire.Of[entry]) })
}

// entry is Node: a leaf or a parent.
type entry struct {
	kind   spec.NodeType
	leaf   *LeafNode   // kind leaf
	parent *ParentNode // kind parent
}

// entry returns the entry of a node; nil if it is blank.
func (n *node) entry() *entry {
	switch {
	case n.leaf != nil:
		return &entry{kind: spec.NodeLeaf, leaf: n.leaf}
	case n.parent != nil:
		return &entry{kind: spec.NodeParent, parent: n.parent}
	}
	return nil
}

func (e *entry) Wire(c *wire.Coder) {
	wire.Uint8(c, &e.kind)
	switch e.kind {
	case spec.NodeLeaf:
		if c.Decoding() {
			e.leaf = new(LeafNode)
		}
		e.leaf.Wire(c)
	case spec.NodeParent:
		if c.Decoding() {
			e.parent = new(ParentNode)
		}
		e.parent.Wire(c)
	default:
		c.Unknown("node_type", uint64(e.kind))
	}
}
