package vectors

import (
	"fmt"
	"slices"

	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// treeKEM is a case of treekem: RFC 9420, Sections 7.4 to 7.6.
type treeKEM struct {
	Suite       spec.CipherSuite `json:"cipher_suite"`
	GroupID     Hex              `json:"group_id"`
	Epoch       uint64           `json:"epoch"`
	Confirmed   Hex              `json:"confirmed_transcript_hash"`
	Tree        Hex              `json:"ratchet_tree"`
	Private     []privateLeaf    `json:"leaves_private"`
	UpdatePaths []updatePath     `json:"update_paths"`
}

// privateLeaf is what a member holds.
type privateLeaf struct {
	Index         tree.LeafIndex `json:"index"`
	EncryptionKey Hex            `json:"encryption_priv"`
	SignatureKey  Hex            `json:"signature_priv"`
	PathSecrets   []pathSecret   `json:"path_secrets"`
}

type pathSecret struct {
	Node   tree.NodeIndex `json:"node"`
	Secret Hex            `json:"path_secret"`
}

// updatePath is a path by the member at a leaf. PathSecrets are what the others
// find in it, by leaf: null for the sender and for blank leaves.
type updatePath struct {
	Sender       tree.LeafIndex `json:"sender"`
	Path         Hex            `json:"update_path"`
	PathSecrets  []*Hex         `json:"path_secrets"`
	CommitSecret Hex            `json:"commit_secret"`
	HashAfter    Hex            `json:"tree_hash_after"`
}

// treeKEMState is a case with its tree and what the members hold.
type treeKEMState struct {
	*suite.Suite
	v       *treeKEM
	tree    tree.Tree
	rings   map[tree.LeafIndex]tree.Keyring
	signers map[tree.LeafIndex]*suite.SignatureKey
}

func (v *treeKEM) verify(c *check) {
	s := c.suite(v.Suite)
	if s == nil {
		return
	}
	t, ok := c.tree("ratchet_tree", s, v.Tree)
	if !ok {
		return
	}
	c.ok("ratchet_tree", t.Validate(nil))
	c.signatures("ratchet_tree", s, t, v.GroupID)
	k := &treeKEMState{s, v, t, map[tree.LeafIndex]tree.Keyring{}, map[tree.LeafIndex]*suite.SignatureKey{}}
	for i := range v.Private {
		k.hold(c, fmt.Sprintf("leaves_private.%d", i), &v.Private[i])
	}
	c.holds("leaves_private", len(k.rings) == t.Members(), "%d of %d members", len(k.rings), t.Members())
	c.holds("update_paths", len(v.UpdatePaths) > 0, "there is none")
	if len(c.failures) > 0 {
		return
	}
	for i := range v.UpdatePaths {
		at, p := fmt.Sprintf("update_paths.%d", i), &v.UpdatePaths[i]
		if !c.holds(at+".sender", t.Leaf(p.Sender) != nil, "leaf %d is blank", p.Sender) {
			continue
		}
		k.receive(c, at, p)
		k.send(c, at+", made here", p.Sender)
	}
}

// hold takes over the private keys of a member, each of which must be that of a
// public key in the tree.
func (k *treeKEMState) hold(c *check, at string, m *privateLeaf) {
	leaf := k.tree.Leaf(m.Index)
	if !c.holds(at+".index", leaf != nil, "leaf %d is blank", m.Index) {
		return
	}
	key := c.hpkeKey(at+".encryption_priv", k.Suite, m.EncryptionKey, leaf.EncryptionKey)
	signer := c.signer(at+".signature_priv", k.Suite, m.SignatureKey, leaf.SignatureKey)
	if key == nil || signer == nil {
		return
	}
	var learned []tree.PathKey
	for i, p := range m.PathSecrets {
		step := fmt.Sprintf("%s.path_secrets.%d", at, i)
		path := k.tree.DirectPath(m.Index)
		node := k.DeriveKeyPair(k.DeriveSecret(suite.Secret(p.Secret), spec.LabelNode))
		if c.holds(step+".node", slices.Contains(path, p.Node), "node %d is not above leaf %d", p.Node, m.Index) &&
			equal(c, step+".path_secret, its public key", node.Public(), k.tree.EncryptionKey(p.Node)) {
			learned = append(learned, tree.PathKey{Node: p.Node, Key: node})
		}
	}
	ring := tree.NewKeyring(m.Index, key).With(k.tree, learned)
	c.holds(at+".path_secrets", len(ring.Nodes()) == len(learned), "%d of %d keys are in the tree", len(ring.Nodes()), len(learned))
	k.rings[m.Index], k.signers[m.Index] = ring, signer
}

// context returns the encoded GroupContext of a tree.
func (k *treeKEMState) context(t tree.Tree) []byte {
	return wire.Encode(&schedule.GroupContext{
		Version: spec.MLS10, CipherSuite: k.ID, GroupID: k.v.GroupID, Epoch: k.v.Epoch,
		TreeHash: t.Hash(), ConfirmedTranscriptHash: k.v.Confirmed,
	})
}

// receive lets everybody process a path of the case.
func (k *treeKEMState) receive(c *check, at string, v *updatePath) {
	var p tree.UpdatePath
	if !c.read(at+".update_path", v.Path, &p) {
		return
	}
	c.holds(at+".update_path", p.LeafNode.VerifySignature(k.Suite, k.v.GroupID, v.Sender), "the leaf's signature does not verify")
	// Whether the leaf may stand in a group is not the subject: the official cases
	// of suite 0x0007 do not list that suite.
	if p.LeafNode.Capabilities.SupportsGroup(spec.MLS10, k.ID) {
		rules := tree.Rules{Suite: k.Suite, GroupID: k.v.GroupID}
		c.ok(at+".update_path", rules.CommitLeaf(k.tree, v.Sender, &p.LeafNode))
	}
	merged, err := k.tree.Merge(nil, v.Sender, &p, nil)
	if !c.ok(at+".update_path", err) {
		return
	}
	equal(c, at+".tree_hash_after", merged.Hash(), v.HashAfter)
	if !c.holds(at+".path_secrets", len(v.PathSecrets) == int(k.tree.Size()), "%d leaves, want %d", len(v.PathSecrets), k.tree.Size()) {
		return
	}
	context := k.context(merged)
	for i, want := range v.PathSecrets {
		step, to := fmt.Sprintf("%s.path_secrets.%d", at, i), tree.LeafIndex(i)
		ring, member := k.rings[to]
		if !c.holds(step, (want != nil) == (member && to != v.Sender), "a secret is there for the members, but for the sender") || want == nil {
			continue
		}
		got, err := k.tree.OpenPath(nil, v.Sender, to, ring, &p, context, nil)
		if !c.ok(step, err) {
			continue
		}
		equal(c, step, got.Secrets[0], *want)
		equal(c, at+".commit_secret", got.CommitSecret, v.CommitSecret)
	}
}

// send makes a path of the member at from, and lets everybody process that.
func (k *treeKEMState) send(c *check, step string, from tree.LeafIndex) {
	rand := named("treekem")
	fresh, err := k.tree.NewPath(rand, from, *k.tree.Leaf(from), k.signers[from], k.v.GroupID)
	if !c.ok(step, err) {
		return
	}
	context := k.context(fresh.Tree)
	p, err := fresh.Seal(rand, context, nil)
	if !c.ok(step, err) {
		return
	}
	merged, err := k.tree.Merge(nil, from, p, nil)
	if !c.ok(step, err) {
		return
	}
	equal(c, step+", tree hash", merged.Hash(), fresh.Tree.Hash())
	for to := range k.tree.Leaves() {
		if to == from {
			continue
		}
		got, err := k.tree.OpenPath(nil, from, to, k.rings[to], p, context, nil)
		if c.ok(step, err) {
			equal(c, step+", path secret", got.Secrets[0], fresh.Secrets[got.Index])
			equal(c, step+", commit secret", got.CommitSecret, fresh.CommitSecret)
		}
	}
}
