package vectors

import (
	"mlssim/impl"
	"mlssim/impl/message"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
)

// treeOperations is a case of tree-operations: RFC 9420, Section 12.1.1 to
// 12.1.3, on the tree alone.
type treeOperations struct {
	Suite      spec.CipherSuite `json:"cipher_suite"`
	Before     Hex              `json:"tree_before"`
	Proposal   Hex              `json:"proposal"`
	Sender     tree.LeafIndex   `json:"proposal_sender"`
	HashBefore Hex              `json:"tree_hash_before"`
	After      Hex              `json:"tree_after"`
	HashAfter  Hex              `json:"tree_hash_after"`
}

func (v *treeOperations) verify(c *check) {
	s := c.suite(v.Suite)
	if s == nil {
		return
	}
	before, ok := c.tree("tree_before", s, v.Before)
	var p message.Proposal
	if !ok || !c.read("proposal", v.Proposal, &p) {
		return
	}
	equal(c, "tree_hash_before", before.Hash(), v.HashBefore)
	if !c.holds("proposal_sender", before.Leaf(v.Sender) != nil, "leaf %d is blank", v.Sender) {
		return
	}
	var after tree.Tree
	switch p.Type {
	case spec.ProposalAdd:
		kp := &p.Add.KeyPackage
		c.holds("proposal", kp.Version == spec.MLS10 && kp.CipherSuite == s.ID, "version %d, cipher suite %v", kp.Version, kp.CipherSuite)
		c.holds("proposal", kp.VerifySignature(s), "the KeyPackage's signature does not verify")
		after, _ = before.Add(kp.LeafNode)
	case spec.ProposalUpdate:
		after = before.Update(v.Sender, p.Update.LeafNode)
	case spec.ProposalRemove:
		if !c.holds("proposal", before.Leaf(p.Remove.Removed) != nil, "leaf %d is blank", p.Remove.Removed) {
			return
		}
		after = before.Remove(p.Remove.Removed)
	default:
		c.holds("proposal", false, "proposal type %v", p.Type)
		return
	}
	equal(c, "tree_after", after.Extension(), v.After)
	equal(c, "tree_hash_after", after.Hash(), v.HashAfter)
	if stated, ok := c.tree("tree_after", s, v.After); ok {
		equal(c, "tree_hash_after, of tree_after", stated.Hash(), v.HashAfter)
	}
}

// tree reads a ratchet tree and makes sure that it encodes to the same bytes.
func (c *check) tree(step string, s *suite.Suite, b Hex) (tree.Tree, bool) {
	t, err := tree.Parse(s, nil, b, impl.DefaultMaxLeaves)
	if !c.ok(step, err) {
		return tree.Tree{}, false
	}
	return t, equal(c, step+", encoded again", t.Extension(), b)
}
