package tree

import (
	"mlssim/impl/suite"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.4.3.3.

// entry is Node: a leaf or a parent.
type entry struct {
	kind   spec.NodeType
	leaf   LeafNode
	parent ParentNode
}

func (e *entry) Wire(c *wire.Coder) {
	wire.Uint8(c, &e.kind)
	switch e.kind {
	case spec.NodeLeaf:
		e.leaf.Wire(c)
	case spec.NodeParent:
		e.parent.Wire(c)
	default:
		c.Unknown("node_type", uint64(e.kind))
	}
}

// entries is ratchet_tree: the nodes in the order of Appendix C.
type entries []*entry

func (l *entries) Wire(c *wire.Coder) {
	wire.Vector(c, (*[]*entry)(l), func(c *wire.Coder, e **entry) { wire.Optional(c, e, wire.Of[entry]) })
}

// Extension returns the tree as the data of a ratchet_tree extension: all nodes
// up to the last that is not blank.
func (t Tree) Extension() []byte {
	var l entries
	last := 0
	if t.root != nil {
		t.root.walk(func(n *node) bool {
			l = append(l, n.entry())
			if l[len(l)-1] != nil {
				last = len(l)
			}
			return true
		})
	}
	l = l[:last]
	return wire.Encode(&l)
}

func (n *node) entry() *entry {
	switch {
	case n.leaf != nil:
		return &entry{kind: spec.NodeLeaf, leaf: *n.leaf}
	case n.parent != nil:
		return &entry{kind: spec.NodeParent, parent: *n.parent}
	}
	return nil
}

// Parse returns the tree of a ratchet_tree extension with at most maxLeaves
// leaves, blanks on the right filled in. Whether its content holds together is
// for [Rules.Tree].
func Parse(s *suite.Suite, rec spec.Recorder, b []byte, maxLeaves int) (Tree, error) {
	var l entries
	if err := wire.Decode(b, &l); err != nil {
		return Tree{}, err
	}
	leaves := (len(l) + 1) / 2
	if err := spec.Checkf(rec, req.TreeSize, 0 < leaves && leaves <= maxLeaves, "%d leaves, at most %d", leaves, maxLeaves); err != nil {
		return Tree{}, err
	}
	if err := spec.Check(rec, req.TreeTrailingBlank, l[len(l)-1] != nil); err != nil {
		return Tree{}, err
	}
	for x, e := range l {
		even := x%2 == 0
		if err := spec.Checkf(rec, req.TreeNodeParity, e == nil || even == (e.kind == spec.NodeLeaf), "node %d", x); err != nil {
			return Tree{}, err
		}
	}
	size := uint32(1)
	for int(size) < leaves {
		size *= 2
	}
	return Tree{s, l.build(s, Root(size))}, nil
}

// build returns the subtree at x.
func (l entries) build(s *suite.Suite, x NodeIndex) *node {
	var e entry
	present := int(x) < len(l) && l[x] != nil
	if present {
		e = *l[x]
	}
	if x.IsLeaf() {
		if !present {
			return newLeaf(s, x, nil)
		}
		return newLeaf(s, x, &e.leaf)
	}
	left, right := l.build(s, x.Left()), l.build(s, x.Right())
	if !present {
		return newParent(s, left, right, nil)
	}
	return newParent(s, left, right, &e.parent)
}
