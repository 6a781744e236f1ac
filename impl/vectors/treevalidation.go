package vectors

import (
	"fmt"
	"math"
	"slices"

	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
)

// treeValidation is a case of tree-validation: RFC 9420, Sections 4.1.1, 7.8,
// 7.9.2 and 7.3.
type treeValidation struct {
	Suite       spec.CipherSuite   `json:"cipher_suite"`
	Tree        Hex                `json:"tree"`
	GroupID     Hex                `json:"group_id"`
	Resolutions [][]tree.NodeIndex `json:"resolutions"`
	Hashes      []Hex              `json:"tree_hashes"`
}

func (v *treeValidation) verify(c *check) {
	s := c.suite(v.Suite)
	if s == nil {
		return
	}
	t, ok := c.tree("tree", s, v.Tree)
	if !ok {
		return
	}
	nodes := int(2*t.Size() - 1)
	if c.holds("resolutions", len(v.Resolutions) == nodes, "%d nodes, want %d", len(v.Resolutions), nodes) {
		for x, want := range v.Resolutions {
			got := t.Resolution(tree.NodeIndex(x))
			c.holds(fmt.Sprintf("resolutions.%d", x), slices.Equal(got, want), "%v, want %v", got, want)
		}
	}
	if c.holds("tree_hashes", len(v.Hashes) == nodes, "%d nodes, want %d", len(v.Hashes), nodes) {
		for x, want := range v.Hashes {
			equal(c, fmt.Sprintf("tree_hashes.%d", x), t.NodeHash(tree.NodeIndex(x)), want)
		}
	}
	c.signatures("tree", s, t, v.GroupID)
	rules := tree.Rules{Suite: s, GroupID: v.GroupID, Now: during(t), MaxLifetime: math.MaxUint64}
	c.ok("tree, as when joining", rules.Tree(t))
}

// signatures verifies those of all leaves.
func (c *check) signatures(step string, s *suite.Suite, t tree.Tree, groupID []byte) {
	for i, leaf := range t.Leaves() {
		c.holds(step, leaf.VerifySignature(s, groupID, i), "the signature of leaf %d does not verify", i)
	}
}

// during returns a time at which the leaves of a tree are valid, if there is
// one: the formats do not say when they were made.
func during(t tree.Tree) uint64 {
	var now uint64
	for _, leaf := range t.Leaves() {
		if leaf.Source == spec.SourceKeyPackage {
			now = max(now, leaf.Lifetime.NotBefore)
		}
	}
	return now
}
