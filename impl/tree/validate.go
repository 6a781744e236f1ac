package tree

import (
	"bytes"
	"fmt"
	"slices"

	"mlssim/impl/suite"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 7.3.

// An AuthenticationService vouches for credentials (Section 5.3.1).
type AuthenticationService interface {
	// Validate tells why a credential does not stand for a signature key, or nil.
	Validate(Credential, suite.SignaturePublicKey) error
	// Successor tells why a credential must not replace another, or nil.
	Successor(old, successor Credential) error
}

// Rules is what a leaf is validated against.
type Rules struct {
	Rec         spec.Recorder
	Suite       *suite.Suite
	Now         uint64                // seconds since 1970
	MaxLifetime uint64                // seconds
	Auth        AuthenticationService // nil accepts every credential
	Required    RequiredCapabilities
	GroupID     []byte
	Sending     bool // the leaf is in a message of this client's own
}

// KeyPackageLeaf validates the leaf of a KeyPackage. Whether its keys are
// unique, and whether the members get on with its credential, is for Members.
func (r *Rules) KeyPackageLeaf(leaf *LeafNode) error {
	if err := r.leaf(leaf, 0); err != nil {
		return err
	}
	return spec.Check(r.Rec, req.LeafSourceKeyPackage, leaf.Source == spec.SourceKeyPackage)
}

// UpdateLeaf validates the leaf of an Update by the member at a leaf of t.
func (r *Rules) UpdateLeaf(t Tree, at LeafIndex, leaf *LeafNode) error {
	old := t.Leaf(at)
	if err := r.leaf(leaf, at); err != nil {
		return err
	}
	if err := r.successor(old, leaf); err != nil {
		return err
	}
	if err := spec.Check(r.Rec, req.LeafSourceUpdate, leaf.Source == spec.SourceUpdate); err != nil {
		return err
	}
	return spec.Check(r.Rec, req.LeafUpdateFreshKey, !bytes.Equal(leaf.EncryptionKey, old.EncryptionKey))
}

// CommitLeaf validates the leaf of an UpdatePath by the member at a leaf of t.
func (r *Rules) CommitLeaf(t Tree, at LeafIndex, leaf *LeafNode) error {
	if err := r.leaf(leaf, at); err != nil {
		return err
	}
	if err := r.successor(t.Leaf(at), leaf); err != nil {
		return err
	}
	return spec.Check(r.Rec, req.LeafSourceCommit, leaf.Source == spec.SourceCommit)
}

// leaf decides what is to be said of a leaf by itself, in the order of Section
// 7.3; at is its place, for a leaf that has one.
func (r *Rules) leaf(leaf *LeafNode, at LeafIndex) error {
	if err := r.credential(leaf); err != nil {
		return err
	}
	if err := spec.Checkf(r.Rec, req.LeafSignature, leaf.VerifySignature(r.Suite, r.GroupID, at), "leaf %d", at); err != nil {
		return err
	}
	k := &leaf.Capabilities
	if err := spec.Check(r.Rec, req.LeafRequiredCapabilities, k.Meets(&r.Required)); err != nil {
		return err
	}
	if err := spec.Check(r.Rec, req.LeafCredentialListed, slices.Contains(k.Credentials, leaf.Credential.Type)); err != nil {
		return err
	}
	if err := r.lifetime(leaf); err != nil {
		return err
	}
	return spec.Check(r.Rec, req.LeafExtensionsListed,
		!slices.ContainsFunc(leaf.Extensions, func(e Extension) bool { return !k.SupportsExtension(e.Type) }))
}

func (r *Rules) credential(leaf *LeafNode) error {
	var err error
	if r.Auth != nil {
		err = r.Auth.Validate(leaf.Credential, leaf.SignatureKey)
	}
	return spec.Checkf(r.Rec, req.CredentialAS, err == nil, "%w", err)
}

// successor asks whether a leaf may replace another (Section 5.3.1).
func (r *Rules) successor(old, leaf *LeafNode) error {
	var err error
	if r.Auth != nil {
		err = r.Auth.Successor(old.Credential, leaf.Credential)
	}
	return spec.Checkf(r.Rec, req.CredentialSuccessor, err == nil, "%w", err)
}

// lifetime decides that of a leaf that comes from a KeyPackage. That the time
// has come and not passed is decided for one's own messages; a leaf received
// may have expired on its way.
func (r *Rules) lifetime(leaf *LeafNode) error {
	if leaf.Source != spec.SourceKeyPackage {
		return nil
	}
	l := leaf.Lifetime
	if err := spec.Checkf(r.Rec, req.LeafLifetimeMax, l.NotBefore <= l.NotAfter && l.NotAfter-l.NotBefore <= r.MaxLifetime,
		"lifetime from %d to %d, at most %d seconds", l.NotBefore, l.NotAfter, r.MaxLifetime); err != nil {
		return err
	}
	if !r.Sending {
		return nil
	}
	return spec.Checkf(r.Rec, req.LeafLifetimeNow, l.Contains(r.Now), "lifetime from %d to %d, now %d", l.NotBefore, l.NotAfter, r.Now)
}

// Members decides what is to be said of the members together: that they get on
// with each other's credentials, and share no keys.
func (r *Rules) Members(t Tree) error {
	if err := r.credentials(t); err != nil {
		return err
	}
	signature, encryption := map[string]LeafIndex{}, map[string]LeafIndex{}
	for i, leaf := range t.Leaves() {
		j, twice := signature[string(leaf.SignatureKey)]
		if err := spec.Checkf(r.Rec, req.LeafSignatureKeyUnique, !twice, "leaves %d and %d", j, i); err != nil {
			return err
		}
		j, twice = encryption[string(leaf.EncryptionKey)]
		if err := spec.Checkf(r.Rec, req.LeafEncryptionKeyUnique, !twice, "leaves %d and %d", j, i); err != nil {
			return err
		}
		signature[string(leaf.SignatureKey)], encryption[string(leaf.EncryptionKey)] = i, i
	}
	return nil
}

// credentials decides whether every member supports every credential type in use.
func (r *Rules) credentials(t Tree) error {
	var used []spec.CredentialType
	for _, leaf := range t.Leaves() {
		if !slices.Contains(used, leaf.Credential.Type) {
			used = append(used, leaf.Credential.Type)
		}
	}
	for i, leaf := range t.Leaves() {
		missing := slices.ContainsFunc(used, func(c spec.CredentialType) bool { return !slices.Contains(leaf.Capabilities.Credentials, c) })
		if err := spec.Checkf(r.Rec, req.LeafCredentialMembers, !missing, "leaf %d", i); err != nil {
			return err
		}
	}
	return nil
}

// Tree validates the tree of a group that the client is about to join (Section
// 12.4.3.1): parent hashes, leaves, unmerged leaves, keys.
func (r *Rules) Tree(t Tree) error {
	if err := spec.Check(r.Rec, req.TreeParentHash, t.parentHashValid()); err != nil {
		return err
	}
	for i, leaf := range t.Leaves() {
		if err := r.leaf(leaf, i); err != nil {
			return fmt.Errorf("leaf %d: %w", i, err)
		}
	}
	if err := r.Members(t); err != nil {
		return err
	}
	for x, p := range t.Parents() {
		if err := spec.Checkf(r.Rec, req.ParentUnmergedSorted, increasing(p.UnmergedLeaves), "node %d", x); err != nil {
			return err
		}
		if err := spec.Checkf(r.Rec, req.TreeUnmergedMembers, t.unmergedHold(x, p), "node %d", x); err != nil {
			return err
		}
	}
	return spec.Check(r.Rec, req.TreeKeysUnique, t.keysUnique())
}

func increasing(l []LeafIndex) bool {
	for i := 1; i < len(l); i++ {
		if l[i-1] >= l[i] {
			return false
		}
	}
	return true
}

// unmergedHold tells whether the unmerged leaves of p at x are members below x,
// and unmerged at every node between that is not blank.
func (t Tree) unmergedHold(x NodeIndex, p *ParentNode) bool {
	for _, i := range p.UnmergedLeaves {
		if !i.Node().Below(x) || t.Leaf(i) == nil {
			return false
		}
		for y := i.Node().Parent(); y != x; y = y.Parent() {
			if between := t.Parent(y); between != nil && !slices.Contains(between.UnmergedLeaves, i) {
				return false
			}
		}
	}
	return true
}

// keysUnique tells whether no encryption key of a parent node occurs elsewhere.
func (t Tree) keysUnique() bool {
	seen := map[string]bool{}
	for _, leaf := range t.Leaves() {
		seen[string(leaf.EncryptionKey)] = true
	}
	for _, p := range t.Parents() {
		if seen[string(p.EncryptionKey)] {
			return false
		}
		seen[string(p.EncryptionKey)] = true
	}
	return true
}
