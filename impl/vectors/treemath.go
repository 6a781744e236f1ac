package vectors

import (
	"fmt"
	"math/bits"
	"slices"

	"mlssim/impl/suite"
	"mlssim/impl/tree"
)

// treeMath is a case of tree-math: RFC 9420, Appendix C. null stands where a
// node has no such relative.
type treeMath struct {
	Leaves  uint32            `json:"n_leaves"`
	Nodes   uint32            `json:"n_nodes"`
	Root    tree.NodeIndex    `json:"root"`
	Left    []*tree.NodeIndex `json:"left"`
	Right   []*tree.NodeIndex `json:"right"`
	Parent  []*tree.NodeIndex `json:"parent"`
	Sibling []*tree.NodeIndex `json:"sibling"`
}

func (v *treeMath) verify(c *check) {
	// More nodes than the lists have are not worth computing.
	if !c.holds("n_leaves", bits.OnesCount32(v.Leaves) == 1 && uint64(v.Leaves) <= uint64(len(v.Left)), "%d leaves, %d nodes", v.Leaves, len(v.Left)) {
		return
	}
	want := relatives(v.Leaves)
	c.holds("n_nodes", v.Nodes == want.Nodes, "%d, want %d", v.Nodes, want.Nodes)
	c.holds("root", v.Root == want.Root, "%d, want %d", v.Root, want.Root)
	for _, list := range []struct {
		step      string
		got, want []*tree.NodeIndex
	}{
		{"left", v.Left, want.Left}, {"right", v.Right, want.Right}, {"parent", v.Parent, want.Parent}, {"sibling", v.Sibling, want.Sibling},
	} {
		if !c.holds(list.step, len(list.got) == len(list.want), "%d nodes, want %d", len(list.got), len(list.want)) {
			continue
		}
		for x := range list.want {
			got, want := list.got[x], list.want[x]
			same := got == want || got != nil && want != nil && *got == *want
			c.holds(join(list.step, fmt.Sprint(x)), same, "%s, want %s", index(got), index(want))
		}
	}
}

func index(x *tree.NodeIndex) string {
	if x == nil {
		return "null"
	}
	return fmt.Sprint(*x)
}

// relatives returns the case of a number of leaves, a power of two.
func relatives(leaves uint32) *treeMath {
	when := func(exists bool, x func() tree.NodeIndex) *tree.NodeIndex {
		if !exists {
			return nil
		}
		y := x()
		return &y
	}
	v := &treeMath{Leaves: leaves, Nodes: 2*leaves - 1, Root: tree.Root(leaves)}
	for x := tree.NodeIndex(0); x < tree.NodeIndex(v.Nodes); x++ {
		v.Left = append(v.Left, when(!x.IsLeaf(), x.Left))
		v.Right = append(v.Right, when(!x.IsLeaf(), x.Right))
		v.Parent = append(v.Parent, when(x != v.Root, x.Parent))
		v.Sibling = append(v.Sibling, when(x != v.Root, x.Sibling))
	}
	return v
}

// makeTreeMath draws which sizes there are.
func makeTreeMath(r *source, _ *suite.Suite) ([]vector, error) {
	levels := r.Perm(12)[:6]
	slices.Sort(levels)
	var all []vector
	for _, level := range levels {
		all = append(all, relatives(1<<level))
	}
	return all, nil
}
