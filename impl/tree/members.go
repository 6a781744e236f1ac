package tree

import (
	"slices"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 7.3: what leaf node validation asks of the members of a
// group together.

// Members validates the members of t as a group, when their leaves are known to
// be valid by themselves.
func (r *Rules) Members(t Tree) error {
	c := census{signature: make(map[string]int, t.Members()), encryption: make(map[string]int, t.Members())}
	for _, leaf := range t.Leaves() {
		c.watch(leaf)
	}
	for _, leaf := range t.Leaves() {
		c.add(leaf)
	}
	for i, leaf := range t.Leaves() {
		if err := c.validate(r.Rec, i, leaf); err != nil {
			return err
		}
	}
	return nil
}

// among validates a leaf among the members of t, with itself at its place. It
// looks at every member once.
func (r *Rules) among(t Tree, at LeafIndex, leaf *LeafNode) error {
	c := census{signature: map[string]int{}, encryption: map[string]int{}}
	c.watch(leaf)
	c.add(leaf)
	for i, member := range t.Leaves() {
		if i != at {
			c.add(member)
		}
	}
	return c.validate(r.Rec, at, leaf)
}

// A census is what the members have in common.
type census struct {
	members    int
	signature  map[string]int        // how many members have a key; of those watched
	encryption map[string]int        // the same
	used       []spec.CredentialType // by some member
	supported  []spec.CredentialType // by all members
}

// watch makes the keys of a leaf ones to be counted.
func (c *census) watch(leaf *LeafNode) {
	c.signature[string(leaf.SignatureKey)] = 0
	c.encryption[string(leaf.EncryptionKey)] = 0
}

func (c *census) add(leaf *LeafNode) {
	if n, watched := c.signature[string(leaf.SignatureKey)]; watched {
		c.signature[string(leaf.SignatureKey)] = n + 1
	}
	if n, watched := c.encryption[string(leaf.EncryptionKey)]; watched {
		c.encryption[string(leaf.EncryptionKey)] = n + 1
	}
	if !slices.Contains(c.used, leaf.Credential.Type) {
		c.used = append(c.used, leaf.Credential.Type)
	}
	if c.members == 0 {
		c.supported = distinct(leaf.Capabilities.Credentials)
	}
	listed := setOf(leaf.Capabilities.Credentials)
	c.supported = slices.DeleteFunc(c.supported, func(t spec.CredentialType) bool { return !listed.has(t) })
	c.members++
}

// memberRules are the bullets of Section 7.3 that are about all members.
var memberRules = []struct {
	id    spec.ID
	holds func(*census, *LeafNode) bool
}{
	{req.LeafCredentialMembers, (*census).credentialsAgree},
	{req.LeafSignatureKeyUnique, func(c *census, l *LeafNode) bool { return c.signature[string(l.SignatureKey)] <= 1 }},
	{req.LeafEncryptionKeyUnique, func(c *census, l *LeafNode) bool { return c.encryption[string(l.EncryptionKey)] <= 1 }},
}

// validate validates a leaf at its place, counted among the members.
func (c *census) validate(rec spec.Recorder, at LeafIndex, leaf *LeafNode) error {
	for _, rule := range memberRules {
		if err := spec.Checkf(rec, rule.id, rule.holds(c, leaf), "leaf %d", at); err != nil {
			return err
		}
	}
	return nil
}

// credentialsAgree tells whether all members support the leaf's credential
// type, and it theirs.
func (c *census) credentialsAgree(leaf *LeafNode) bool {
	if !slices.Contains(c.supported, leaf.Credential.Type) {
		return false
	}
	_, lacks := setOf(leaf.Capabilities.Credentials).lacks(c.used)
	return !lacks
}
