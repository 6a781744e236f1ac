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
	for n := range t.nodes() {
		if e, ok := n.entry(); ok {
			r.Len = int(n.index) + 1
			r.Items = append(r.Items, wire.Item[entry]{At: int(n.index), Value: e})
		}
	}
	if !spec.Step(nil, req.TreeTrailingBlankSent) {
		r.Len = int(2*t.Size()) - 1
	}
	return wire.Encode(&r)
}

// Parse returns the tree that a ratchet_tree extension holds, and refuses one
// that lists more than maxLeaves leaves. The tree is well formed and no more:
// [Rules.Tree] tells whether it can belong to a group. It takes one hash per node,
// and memory for what is not blank: beside what is decoded at most growth times
// len(b) and slack bytes. The error is a [spec.Violation].
func Parse(s *suite.Suite, rec spec.Recorder, b []byte, maxLeaves int) (Tree, error) {
	var r ratchetTree
	if err := wire.Decode(b, &r); err != nil {
		return Tree{}, err
	}
	count := r.Len
	last := len(r.Items) - 1
	if err := spec.Checkf(rec, req.TreeTrailingBlank, last >= 0 && r.Items[last].At == count-1, "%d nodes", count); err != nil {
		return Tree{}, err
	}
	if err := spec.Checkf(rec, req.TreeSize, (count+1)/2 <= maxLeaves, "%d nodes; %d leaves are acceptable", count, maxLeaves); err != nil {
		return Tree{}, err
	}
	for k := range r.Items {
		if err := r.Items[k].Value.validate(rec, NodeIndex(r.Items[k].At)); err != nil {
			return Tree{}, err
		}
	}
	leaves := uint32(1)
	for 2*int(leaves)-1 < count {
		leaves *= 2
	}
	if err := r.checkMemory(rec, s, leaves, len(b)); err != nil {
		return Tree{}, err
	}
	return Tree{s, r.build(s, leaves)}, nil
}

// The nodes of a tree take at most growth times the length of its ratchet_tree, and
// slack bytes. Where leaves have keys and signatures they take 5.4 times at most:
// where every 32nd leaf has a member, it has 12 nodes.
const (
	growth = 6
	slack  = 1 << 20
)

// checkMemory refuses what would become more nodes before there are any.
func (r *ratchetTree) checkMemory(rec spec.Recorder, s *suite.Suite, leaves uint32, input int) error {
	spec.At(rec, "decode")
	kept := r.nodes(leaves) * (nodeSize + s.Nh)
	return spec.Checkf(rec, req.WireMemory, kept <= growth*input+slack, "%d bytes of nodes, of %d", kept, input)
}

// validate checks what must hold for an entry by itself: it is of the type of
// its place, and unmerged leaves are in increasing order (Section 7.1).
func (e *entry) validate(rec spec.Recorder, x NodeIndex) error {
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

// nodes returns how many nodes build makes.
func (r *ratchetTree) nodes(leaves uint32) int {
	rest := r.Items
	return countNodes(Root(leaves), &rest)
}

func countNodes(x NodeIndex, rest *[]wire.Item[entry]) int {
	if blankAhead(x, *rest) {
		return 2<<max(x.Level()-blankLevel, 0) - 1
	}
	if x.IsLeaf() {
		takeEntry(rest, x)
		return 1
	}
	n := countNodes(x.Left(), rest)
	takeEntry(rest, x)
	return 1 + n + countNodes(x.Right(), rest)
}

// blankAhead tells whether what is at the front of rest lies behind all that is at
// or below x.
func blankAhead(x NodeIndex, rest []wire.Item[entry]) bool {
	return len(rest) == 0 || rest[0].At >= int(x)+int(x.width())
}

// build returns the root of a tree of so many leaves. What lies beyond the end of
// the list is blank.
func (r *ratchetTree) build(s *suite.Suite, leaves uint32) *node {
	rest := r.Items
	return subtreeOf(newHasher(s), Root(leaves), &rest)
}

// subtreeOf returns the subtree with its head at x, whose content is taken from
// the front of rest; nil if it is blank.
func subtreeOf(h *hasher, x NodeIndex, rest *[]wire.Item[entry]) *node {
	if !spec.Step(nil, req.TreeArray) {
		return blankSubtree(h, x)
	}
	if blankAhead(x, *rest) {
		return nil
	}
	if x.IsLeaf() {
		return newLeaf(h, x.Leaf(), takeEntry(rest, x).leaf)
	}
	left := subtreeOf(h, x.Left(), rest)
	content := takeEntry(rest, x).parent
	return newParent(h, x, content, left, subtreeOf(h, x.Right(), rest))
}

// takeEntry takes the entry of x from the front of rest, if it is there.
func takeEntry(rest *[]wire.Item[entry], x NodeIndex) entry {
	if len(*rest) == 0 || (*rest)[0].At != int(x) {
		return entry{}
	}
	e := (*rest)[0].Value
	*rest = (*rest)[1:]
	return e
}

// ratchetTree is ratchet_tree.
type ratchetTree struct{ wire.Sparse[entry] }

func (r *ratchetTree) Wire(c *wire.Coder) {
	c.Is(req.EncodeRatchetTree)
	wire.Optionals(c, &r.Sparse, wire.Of[entry])
}

// entry is Node: a leaf or a parent.
type entry struct {
	kind   spec.NodeType
	leaf   *LeafNode   // kind leaf
	parent *ParentNode // kind parent
}

// entry returns the entry of a node, and whether it has one: not if it is blank.
func (n *node) entry() (entry, bool) {
	switch {
	case n.leaf != nil:
		return entry{kind: spec.NodeLeaf, leaf: n.leaf}, true
	case n.parent != nil:
		return entry{kind: spec.NodeParent, parent: n.parent}, true
	}
	return entry{}, false
}

func (e *entry) Wire(c *wire.Coder) {
	wire.Uint8(c, &e.kind)
	switch e.kind {
	case spec.NodeLeaf:
		wire.Arm(c, &e.leaf)
	case spec.NodeParent:
		wire.Arm(c, &e.parent)
	default:
		c.Unknown("node_type", uint64(e.kind))
	}
}
