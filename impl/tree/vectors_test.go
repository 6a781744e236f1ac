package tree

import (
	"bytes"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/impl/suite"
	"mlssim/impl/vectortest"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// The vectors give null where a node has no such relative.
func TestTreeMathVectors(t *testing.T) {
	type entry struct {
		Leaves  uint32       `json:"n_leaves"`
		Nodes   uint32       `json:"n_nodes"`
		Root    NodeIndex    `json:"root"`
		Left    []*NodeIndex `json:"left"`
		Right   []*NodeIndex `json:"right"`
		Parent  []*NodeIndex `json:"parent"`
		Sibling []*NodeIndex `json:"sibling"`
	}
	when := func(exists bool, x func() NodeIndex) *NodeIndex {
		if !exists {
			return nil
		}
		y := x()
		return &y
	}
	entries := vectortest.Load[entry](t, "tree-math.json")
	for _, e := range entries {
		got := entry{Leaves: e.Leaves, Nodes: 2*e.Leaves - 1, Root: Root(e.Leaves)}
		for x := NodeIndex(0); x < NodeIndex(got.Nodes); x++ {
			got.Left = append(got.Left, when(!x.IsLeaf(), x.Left))
			got.Right = append(got.Right, when(!x.IsLeaf(), x.Right))
			got.Parent = append(got.Parent, when(x != got.Root, x.Parent))
			got.Sibling = append(got.Sibling, when(x != got.Root, x.Sibling))
		}
		if d := cmp.Diff(e, got); d != "" {
			t.Errorf("%d leaves:\n%s", e.Leaves, d)
		}
	}
	t.Logf("tree-math.json: %d/%d", len(entries), len(entries))
}

// proposal is as much of a Proposal as changes a tree.
type proposal struct {
	kind    spec.ProposalType
	version spec.ProtocolVersion
	suite   spec.CipherSuite
	initKey []byte
	leaf    LeafNode
	ext     []Extension
	sig     []byte
	removed LeafIndex
}

func (p *proposal) Wire(c *wire.Coder) {
	wire.Uint16(c, &p.kind)
	switch p.kind {
	case spec.ProposalAdd:
		wire.Uint16(c, &p.version)
		wire.Uint16(c, &p.suite)
		wire.Opaque(c, &p.initKey)
		p.leaf.Wire(c)
		wire.Vector(c, &p.ext, wire.Of[Extension])
		wire.Opaque(c, &p.sig)
	case spec.ProposalUpdate:
		p.leaf.Wire(c)
	case spec.ProposalRemove:
		wire.Uint32(c, &p.removed)
	default:
		c.Unknown("proposal_type", uint64(p.kind))
	}
}

func TestTreeOperationsVectors(t *testing.T) {
	type entry struct {
		Suite      spec.CipherSuite `json:"cipher_suite"`
		Before     vectortest.Hex   `json:"tree_before"`
		Proposal   vectortest.Hex   `json:"proposal"`
		Sender     LeafIndex        `json:"proposal_sender"`
		HashBefore vectortest.Hex   `json:"tree_hash_before"`
		After      vectortest.Hex   `json:"tree_after"`
		HashAfter  vectortest.Hex   `json:"tree_hash_after"`
	}
	passed, of := 0, 0
	for k, e := range vectortest.Load[entry](t, "tree-operations.json") {
		s, err := suite.Get(e.Suite)
		if err != nil {
			t.Fatal(err)
		}
		of++
		before := mustParse(t, s, e.Before)
		var p proposal
		if err := wire.Decode(e.Proposal, &p); err != nil {
			t.Fatal(err)
		}
		var after Tree
		switch p.kind {
		case spec.ProposalAdd:
			after, _ = before.Add(p.leaf)
		case spec.ProposalUpdate:
			after = before.Update(e.Sender, p.leaf)
		case spec.ProposalRemove:
			after = before.Remove(p.removed)
		}
		switch {
		case !bytes.Equal(before.Hash(), e.HashBefore):
			t.Errorf("%d: tree hash before %x, want %x", k, before.Hash(), e.HashBefore)
		case !bytes.Equal(after.Extension(), e.After):
			t.Errorf("%d: tree after %v is %x, want %x", k, p.kind, after.Extension(), e.After)
		case !bytes.Equal(after.Hash(), e.HashAfter):
			t.Errorf("%d: tree hash after %x, want %x", k, after.Hash(), e.HashAfter)
		default:
			passed++
		}
	}
	t.Logf("tree-operations.json: %d/%d", passed, of)
}

func TestTreeValidationVectors(t *testing.T) {
	type entry struct {
		Suite       spec.CipherSuite `json:"cipher_suite"`
		Tree        vectortest.Hex   `json:"tree"`
		GroupID     vectortest.Hex   `json:"group_id"`
		Resolutions [][]NodeIndex    `json:"resolutions"`
		Hashes      []vectortest.Hex `json:"tree_hashes"`
	}
	passed, of := 0, 0
	for k, e := range vectortest.Load[entry](t, "tree-validation.json") {
		s, err := suite.Get(e.Suite)
		if err != nil {
			t.Fatal(err)
		}
		of++
		tree := mustParse(t, s, e.Tree)
		got := entry{Suite: e.Suite, Tree: e.Tree, GroupID: e.GroupID}
		for x := range 2*tree.Size() - 1 {
			got.Resolutions = append(got.Resolutions, append([]NodeIndex{}, tree.Resolution(NodeIndex(x))...))
			got.Hashes = append(got.Hashes, tree.NodeHash(NodeIndex(x)))
		}
		if d := cmp.Diff(e, got); d != "" {
			t.Errorf("%d:\n%s", k, d)
			continue
		}
		rules := Rules{Suite: s, GroupID: e.GroupID, Now: 1, MaxLifetime: math.MaxUint64}
		for i, leaf := range tree.Leaves() {
			if leaf.Source == spec.SourceKeyPackage { // the time at which the vector was made
				rules.Now = leaf.Lifetime.NotBefore
			}
			if !leaf.VerifySignature(s, e.GroupID, i) {
				t.Errorf("%d: leaf %d: signature", k, i)
			}
		}
		if err := rules.Tree(tree); err != nil {
			t.Errorf("%d: %v", k, err)
			continue
		}
		passed++
	}
	t.Logf("tree-validation.json: %d/%d", passed, of)
}
