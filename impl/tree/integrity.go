package tree

import (
	"fmt"
	"slices"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.4.3.1: the integrity of a tree that a new member is given.

// Tree validates the tree of a group that the client is about to join: unmerged
// leaves, parent hashes, keys, and each leaf. Unmerged leaves come first because
// parent hashes are computed without them (Section 7.9). That a leaf's lifetime
// is over is a reason not to join, as Section 7.3 recommends; with Expired it is none.
func (r *Rules) Tree(t Tree) error {
	if err := t.Validate(r.Rec); err != nil {
		return err
	}
	for i, leaf := range t.Leaves() {
		c := candidate{Rules: r, leaf: leaf, at: i, now: !r.Expired}
		if err := c.validate(); err != nil {
			return fmt.Errorf("leaf %d: %w", i, err)
		}
	}
	return r.Members(t)
}

// Validate decides all that can be told of a tree without looking into leaves.
// The error is a [spec.Violation].
func (t Tree) Validate(rec spec.Recorder) error {
	for x, p := range t.Parents() {
		if err := spec.Checkf(rec, req.TreeUnmergedMembers, t.unmergedMembers(x, p), "node %d", x); err != nil {
			return err
		}
	}
	if err := t.verifyParentHashes(rec); err != nil {
		return err
	}
	keys := t.keys()
	for x, p := range t.Parents() {
		if err := spec.Checkf(rec, req.SuitePublicKey, t.suite.ValidHPKEPublicKey(p.EncryptionKey), "node %d", x); err != nil {
			return err
		}
		if err := spec.Checkf(rec, req.TreeKeysUnique, keys[string(p.EncryptionKey)] == 1, "node %d", x); err != nil {
			return err
		}
	}
	return nil
}

// unmergedMembers tells whether the unmerged leaves of p at x are members below
// x, and unmerged at every node between that is not blank.
func (t Tree) unmergedMembers(x NodeIndex, p *ParentNode) bool {
	for _, i := range p.UnmergedLeaves {
		if t.Leaf(i) == nil || !i.Node().Below(x) {
			return false
		}
		for y := i.Node().Parent(); y != x; y = y.Parent() {
			between := t.Parent(y)
			if between == nil {
				continue
			}
			if _, found := slices.BinarySearch(between.UnmergedLeaves, i); !found {
				return false
			}
		}
	}
	return true
}

// keys returns how often each public key occurs in the tree.
func (t Tree) keys() map[string]int {
	if t.root == nil {
		return nil
	}
	keys := make(map[string]int, t.root.filled)
	for n := range t.nodes() {
		if key := n.encryptionKey(); key != nil {
			keys[string(key)]++
		}
	}
	return keys
}
