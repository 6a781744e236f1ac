package model

import (
	"slices"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Sections 7.4 to 7.6: update paths.

// An UpdatePathNode is a new key for a node of the filtered direct path, and its
// path secret sealed to the copath (Section 7.6).
type UpdatePathNode struct {
	EncryptionKey       Term
	EncryptedPathSecret []Term
}

func (n UpdatePathNode) term(s *Store) Term {
	return s.Tuple("UpdatePathNode", n.EncryptionKey, list(s, n.EncryptedPathSecret, func(t Term) Term { return t }))
}

// An UpdatePath replaces a committer's leaf and its filtered direct path (Section 7.6).
type UpdatePath struct {
	LeafNode LeafNode
	Nodes    []UpdatePathNode // lowest first
}

func (p UpdatePath) term(s *Store) Term {
	return s.Tuple("UpdatePath", p.LeafNode.term(s), list(s, p.Nodes, func(n UpdatePathNode) Term { return n.term(s) }))
}

// pathSecrets are those of the upper part of a path.
type pathSecrets struct {
	first   int    // index of the lowest in the filtered direct path
	secrets []Term // from the lowest up
	commit  Term   // commit_secret, one step above the last
}

// nodeKey is node_priv of a path secret (Section 7.4).
func nodeKey(s *Store, pathSecret Term) Term {
	return s.derived(req.PathNodeDerive, s.Private(s.DeriveSecret(pathSecret, spec.LabelNode)))
}

// derivePath returns the path secrets from the first-th up, in a path of n nodes
// (Section 7.4).
func derivePath(s *Store, secret Term, first, n int) pathSecrets {
	p := pathSecrets{first: first}
	for range n - first {
		p.secrets = append(p.secrets, secret)
		secret = s.derived(req.PathSecretChain, s.DeriveSecret(secret, spec.LabelPath))
	}
	p.commit = s.derived(req.CommitCommitSecret, secret)
	return p
}

// keys returns the private keys of the nodes that the secrets are for.
func (p pathSecrets) keys(s *Store, filtered []NodeIndex) []Key {
	var keys []Key
	for j, secret := range p.secrets {
		keys = append(keys, Key{filtered[p.first+j], nodeKey(s, secret)})
	}
	return keys
}

// made returns all that comes of the secrets, given how the lowest one came.
func (p pathSecrets) made(s *Store, filtered []NodeIndex, lowest RuleID, from ...Term) []Secret {
	if len(p.secrets) == 0 {
		return []Secret{makes(T8, CommitSecret, p.commit)}
	}
	made := []Secret{makes(lowest, PathSecret, p.secrets[0], from...).at(uint32(p.first))}
	for j := 1; j < len(p.secrets); j++ {
		made = append(made, makes(T1, PathSecret, p.secrets[j], p.secrets[j-1]).at(uint32(p.first+j)))
	}
	for j, k := range p.keys(s, filtered) {
		made = append(made, makes(T2, NodeKey, k.Private, p.secrets[j]).at(uint32(k.Node)))
	}
	return append(made, makes(T3, CommitSecret, p.commit, p.secrets[len(p.secrets)-1]))
}

// consumed returns what is to be deleted once the keys are derived.
func (p pathSecrets) consumed() []Term { return append(slices.Clone(p.secrets), p.commit) }

// at returns the j-th path secret of the filtered direct path.
func (p pathSecrets) at(j int) Term { return p.secrets[j-p.first] }

// freshPath is a path as its maker knows it.
type freshPath struct {
	pathSecrets
	leafKey  Term
	filtered []NodeIndex
	update   UpdatePath
}

// newPath makes fresh keys for a member's leaf, of which as says the rest, and its
// filtered direct path, in the tree after the proposals (Section 7.5). With an empty
// filtered direct path there is no path secret, and commit_secret is drawn.
func (m Member) newPath(env *Env, as Client, after Tree) (freshPath, Tree) {
	s := env.Store
	p := freshPath{leafKey: m.freshLeafKey(env), filtered: after.FilteredDirectPath(m.Leaf)}
	if n := len(p.filtered); n > 0 {
		p.pathSecrets = derivePath(s, s.Fresh(PathSecret, env.Step), 0, n)
	} else {
		p.commit = s.Fresh(CommitSecret, env.Step)
	}
	for _, k := range p.keys(s, p.filtered) {
		p.update.Nodes = append(p.update.Nodes, UpdatePathNode{EncryptionKey: s.Public(k.Private)})
	}
	source := spec.SourceCommit
	if !spec.Step(env.Rec, req.PathLeafMade) {
		source = spec.SourceUpdate
	}
	leaf := as.leaf(s, source, p.leafKey)
	merged, parentHash := after.mergePath(s, m.Leaf, p.update.Nodes)
	leaf.ParentHash = s.derived(req.PathParentHashMade, parentHash)
	p.update.LeafNode = leaf.sign(s, as.SignatureKey, m.Context.GroupID, m.Leaf)
	p.update.LeafNode.Signature = s.derived(req.LeafResigned, p.update.LeafNode.Signature)
	return p, merged.with(m.Leaf.Node(), Node{Leaf: &p.update.LeafNode})
}

// freshLeafKey draws the key for a new leaf of a member.
func (m Member) freshLeafKey(env *Env) Term {
	if old, ok := m.Keys.Of(m.Leaf.Node()); ok && !spec.Step(env.Rec, req.PathLeafFresh) {
		return old
	}
	return env.Store.Fresh(LeafKey, env.Step)
}

// mergePath blanks the direct path of a leaf and gives its filtered part new
// keys and parent hashes (Section 7.5). It returns the tree, in which the leaf is
// still the old one, and the parent hash for the new one. A path that is too
// short or too long is merged as far as it goes.
func (t Tree) mergePath(s *Store, i LeafIndex, nodes []UpdatePathNode) (Tree, Term) {
	filtered := t.FilteredDirectPath(i)
	filtered = filtered[:min(len(filtered), len(nodes))]
	if spec.Step(nil, req.PathBlank) {
		t = t.blankPath(i)
	}
	t = slices.Clone(t)
	for j, x := range filtered {
		if t[x].Parent = (&ParentNode{EncryptionKey: nodes[j].EncryptionKey}); !spec.Step(nil, req.PathMerge) {
			t[x].Parent.EncryptionKey = s.Zero()
		}
	}
	return t.chainHashes(s, i, filtered)
}

// targets returns the nodes to which the path secret of x is sealed: the
// resolution of the copath child, without leaves that the same Commit adds.
func (t Tree) targets(x NodeIndex, from LeafIndex, added []LeafIndex) []NodeIndex {
	return slices.DeleteFunc(t.Resolution(copathChild(x, from)), func(y NodeIndex) bool {
		return level(y) == 0 && slices.Contains(added, LeafIndex(y/2))
	})
}

// seal seals each path secret (Section 7.6). context is the provisional
// GroupContext. It returns the number of ciphertexts.
func (p *freshPath) seal(s *Store, after Tree, from LeafIndex, added []LeafIndex, context GroupContext) int {
	n := 0
	if !spec.Step(nil, req.PathNewLeafExcluded) {
		added = nil
	}
	for j, x := range p.filtered {
		for _, y := range after.targets(x, from, added) {
			if !spec.Step(nil, req.PathEncrypt) {
				continue
			}
			box := s.Seal(after[y].Key(), spec.LabelUpdatePathNode, s.derived(req.CommitProvisional, context.term(s)), p.at(j))
			p.update.Nodes[j].EncryptedPathSecret = append(p.update.Nodes[j].EncryptedPathSecret, box)
			n++
		}
	}
	return n
}

// pathCtx is an UpdatePath as it arrives at a member: merged, and opened as far
// as it could be.
type pathCtx struct {
	env      *Env
	after    Tree // after the proposals, before the path
	from     LeafIndex
	added    []LeafIndex
	path     UpdatePath
	filtered []NodeIndex
	leaf     spec.Violations // Section 7.3

	merged     Tree
	parentHash Term // as it should be

	meant       bool // whether a ciphertext is meant for this member
	opened      bool
	pathSecrets // if opened
}

// arrives merges a path into the tree after the proposals. Its leaf is held to the
// extensions of the next epoch (Section 12.3).
func (g *Group) arrives(env *Env, a applied, path UpdatePath) *pathCtx {
	after, from := a.tree, a.committer
	c := &pathCtx{env: env, after: after, from: from, added: a.added, path: path, filtered: after.FilteredDirectPath(from)}
	context := g.Context
	context.Extensions = a.extensions
	c.leaf = leafCtx{env: env, group: &context, leaf: path.LeafNode, as: spec.SourceCommit,
		old: after.Leaf(from), tree: after, at: from, placed: true}.validate()
	merged, parentHash := after.mergePath(env.Store, from, path.Nodes)
	c.merged, c.parentHash = merged.with(from.Node(), Node{Leaf: &path.LeafNode}), parentHash
	return c
}

// open finds the ciphertext for the member at leaf to, opens it, and derives
// what lies above (Section 7.5). keys are those it holds in the tree after the
// proposals.
func (c *pathCtx) open(to LeafIndex, keys Keys, context GroupContext) {
	s := c.env.Store
	j := slices.Index(c.filtered, commonAncestor(c.from, to))
	if j < 0 || j >= len(c.path.Nodes) {
		return
	}
	targets, boxes := c.after.targets(c.filtered[j], c.from, c.added), c.path.Nodes[j].EncryptedPathSecret
	if len(targets) != len(boxes) {
		return
	}
	c.meant = true
	for k, y := range targets {
		private, held := keys.Of(y)
		if !held {
			continue
		}
		var secret Term
		if secret, c.opened = s.Open(private, spec.LabelUpdatePathNode, s.derived(req.CommitProvisional, context.term(s)), boxes[k]); c.opened {
			c.pathSecrets = derivePath(s, secret, j, len(c.filtered))
		}
		return
	}
}

// inTree tells whether a key is that of a node other than the committer's leaf.
func (c *pathCtx) inTree(key Term) bool {
	for x, n := range c.after {
		if NodeIndex(x) != c.from.Node() && !n.Blank() && n.Key() == key {
			return true
		}
	}
	return false
}

// old returns the encryption key of the leaf that the path replaces, if there is
// one.
func (c *pathCtx) old() Term {
	if l := c.after.Leaf(c.from); l != nil {
		return l.EncryptionKey
	}
	return 0
}

// counts tells whether the path has one entry for each node.
func (c *pathCtx) counts() bool { return len(c.path.Nodes) == len(c.filtered) }

// pathRules is what Section 12.4.2 asks of a path, with Section 7.5 where it
// says merge and decrypt.
var pathRules = []Rule[*pathCtx]{
	{req.CommitLeaf, func(c *pathCtx) bool { return len(c.leaf) == 0 }},
	{req.PathLeafKeyChanged, func(c *pathCtx) bool {
		return c.path.LeafNode.EncryptionKey != c.old()
	}},
	{req.PathKeysFresh, func(c *pathCtx) bool {
		return !c.inTree(c.path.LeafNode.EncryptionKey) && !slices.ContainsFunc(c.path.Nodes, func(n UpdatePathNode) bool {
			return c.inTree(n.EncryptionKey) || n.EncryptionKey == c.old()
		})
	}},
	{req.PathNodesCount, (*pathCtx).counts},
	{req.PathParentHash, func(c *pathCtx) bool { return !c.counts() || c.path.LeafNode.ParentHash == c.parentHash }},
	{req.PathCiphertextCount, func(c *pathCtx) bool {
		for j, x := range c.filtered[:min(len(c.filtered), len(c.path.Nodes))] {
			if len(c.path.Nodes[j].EncryptedPathSecret) != len(c.after.targets(x, c.from, c.added)) {
				return false
			}
		}
		return true
	}},
	{req.PathDecrypt, func(c *pathCtx) bool { return !c.meant || c.opened }},
	{req.PathPublicKeyMatches, func(c *pathCtx) bool {
		if !c.opened || !c.counts() {
			return true
		}
		for j, secret := range c.secrets {
			if c.env.Store.Public(nodeKey(c.env.Store, secret)) != c.path.Nodes[c.first+j].EncryptionKey {
				return false
			}
		}
		return true
	}},
}
