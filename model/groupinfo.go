package model

import (
	"fmt"
	"math/bits"
	"slices"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.4.3: what a GroupInfo is, and how its reader validates it;
// 12.4.3.3: the ratchet_tree extension.

// A GroupInfo tells a reader about the group. Two of its extensions have a field
// of their own.
type GroupInfo struct {
	Context         GroupContext
	RatchetTree     RatchetTree // empty if it comes by another way
	ExternalPub     Term        // empty if nobody is to join by it (Section 12.4.3.2)
	Extensions      []Extension // others
	ConfirmationTag Term
	Signer          LeafIndex
	Signature       Term
}

// A RatchetTree is the content of a ratchet_tree extension: the array of Appendix
// C without the blank nodes at its end (Section 12.4.3.3).
type RatchetTree []Node

// Extension returns a tree as the ratchet_tree extension has it.
func (t Tree) Extension() RatchetTree {
	n := len(t)
	for n > 0 && t[n-1].Blank() && spec.Step(nil, req.TreeTrailingBlankSent) {
		n--
	}
	return RatchetTree(t[:n:n])
}

// tree returns the tree: the array filled up with blank nodes to a size that is
// possible. It is empty if a node stands where one of its kind cannot stand.
func (r RatchetTree) tree() Tree {
	if len(r) == 0 || !r.parity() {
		return nil
	}
	size := 1<<bits.Len(uint(len(r))) - 1
	if !spec.Step(nil, req.TreeArray) {
		size = 2*size + 1
	}
	return append(slices.Clone(Tree(r)), make(Tree, size-len(r))...)
}

// parity tells whether leaves stand at even places and parents at odd ones.
func (r RatchetTree) parity() bool {
	for x, n := range r {
		if n.Leaf != nil && (n.Parent != nil || x%2 == 1) || n.Parent != nil && x%2 == 0 {
			return false
		}
	}
	return true
}

func (r RatchetTree) term(s *Store) Term {
	return list(s, r, func(n Node) Term {
		switch {
		case n.Leaf != nil:
			return n.Leaf.term(s)
		case n.Parent != nil:
			return n.Parent.term(s)
		}
		return 0
	})
}

func (g GroupInfo) term(s *Store) Term { return s.Tuple("GroupInfo", g.tbs(s), g.Signature) }

func (g GroupInfo) tbs(s *Store) Term {
	return s.Tuple("GroupInfoTBS", g.Context.term(s), g.RatchetTree.term(s), g.ExternalPub, extensions(s, g.Extensions),
		g.ConfirmationTag, s.Number(uint64(g.Signer)))
}

// sign returns the GroupInfo with a signature.
func (g GroupInfo) sign(s *Store, private Term) GroupInfo {
	g.Signature = s.Sign(private, spec.LabelGroupInfoTBS, g.tbs(s))
	return g
}

// GroupInfoOptions say what a GroupInfo carries beside the GroupContext.
type GroupInfoOptions struct {
	NoTree      bool        // the ratchet tree reaches the reader in another way
	ExternalPub bool        // the key for external Commits
	Extensions  []Extension // of the application
}

// groupInfo returns a signed GroupInfo of the member's epoch, and the key pair that
// came into being for it.
func (m *Member) groupInfo(s *Store, o GroupInfoOptions) (GroupInfo, []Secret) {
	info := GroupInfo{Context: m.Context, Extensions: o.Extensions, ConfirmationTag: m.Tag, Signer: m.Leaf}
	var made []Secret
	if !o.NoTree {
		info.RatchetTree = m.Tree.Extension()
	}
	if spec.Branch(nil, req.GroupInfoExternalPub, o.ExternalPub) {
		private := externalPriv(s, m.Secrets.External)
		info.ExternalPub = s.Public(private)
		made = []Secret{makes(K5, ExternalPriv, private, m.Secrets.External)}
	}
	info = info.sign(s, m.Client.SignatureKey)
	info.Signature = s.derived(req.GroupInfoMade, info.Signature)
	return info, made
}

// publishRules is what a client keeps to with extensions that it sends itself in a
// GroupInfo (Section 13.4).
var publishRules = []Rule[contextCtx]{
	{req.ExtensionUnique, func(c contextCtx) bool { return unique(c.items) }},
	{req.ExtensionPlace, func(c contextCtx) bool { return c.env.Types.placed(c.items, InGroupInfo) }},
	{req.ExtensionCustom, func(c contextCtx) bool { return c.env.Types.accept(c.items, InGroupInfo) }},
}

// publish describes the present epoch to those outside.
func (m Member) publish(env *Env, o GroupInfoOptions) (_ Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "group_info.make", &err)()
	if err := refusal(judge(env.Rec, endedRules, &m.Group), judge(env.Rec, publishRules, contextCtx{env, o.Extensions})); err != nil {
		return Member{}, Output{}, err
	}
	info, made := m.groupInfo(env.Store, o)
	return m, Output{GroupInfo: &info, Secrets: made}, nil
}

// infoCtx is a GroupInfo as it arrives at a client that it invites, or that
// follows the group.
type infoCtx struct {
	env     *Env
	version spec.ProtocolVersion
	suite   spec.CipherSuite
	client  *Client     // nil: it follows the group and does not join
	groups  []Term      // ids of the groups that it is in
	outside RatchetTree // for a GroupInfo that brings none

	info   *GroupInfo  // nil if it is not there
	raw    RatchetTree // as it came
	tree   Tree        // nil unless there is one of a possible shape
	leaves spec.Violations
	items  spec.Violations // Section 13.4 on the extensions of the GroupContext
}

// readInfo validates what can be validated by itself.
func (c *infoCtx) read() {
	if c.info == nil {
		return
	}
	if c.raw = c.info.RatchetTree; len(c.raw) == 0 {
		c.raw = c.outside
	}
	if len(c.raw) <= 2*int(c.env.maxLeaves())-1 {
		c.tree = c.raw.tree()
	}
	c.items = judge(c.env.Rec, contextRules, contextCtx{c.env, c.info.Context.Extensions})
	for i, l := range c.tree.Leaves() {
		c.leaves = append(c.leaves, leafCtx{env: c.env, group: &c.info.Context, leaf: *l, now: !c.env.Expired,
			tree: c.tree, at: i, placed: true}.validate()...)
	}
}

// signer returns the leaf that the GroupInfo is from, or nil.
func (c *infoCtx) signer() *LeafNode {
	if c.info == nil {
		return nil
	}
	return c.tree.Leaf(c.info.Signer)
}

// infoRules is Section 12.4.3 in the order of 12.4.3.1, from the ratchet tree on.
var infoRules = []Rule[*infoCtx]{
	{req.WelcomeRatchetTree, func(c *infoCtx) bool { return c.info == nil || len(c.raw) > 0 }},
	{req.TreeNodeParity, func(c *infoCtx) bool { return c.raw.parity() }},
	{req.TreeTrailingBlank, func(c *infoCtx) bool { return len(c.raw) == 0 || !c.raw[len(c.raw)-1].Blank() }},
	{req.TreeSize, func(c *infoCtx) bool { return len(c.raw) <= 2*int(c.env.maxLeaves())-1 }},
	{req.WelcomeSigner, func(c *infoCtx) bool { return c.tree == nil || c.signer() != nil }},
	{req.WelcomeSignature, func(c *infoCtx) bool {
		s := c.env.Store
		return c.signer() == nil || s.Verify(c.signer().SignatureKey, spec.LabelGroupInfoTBS, c.info.tbs(s), c.info.Signature)
	}},
	{req.WelcomeGroupID, func(c *infoCtx) bool { return c.info == nil || !slices.Contains(c.groups, c.info.Context.GroupID) }},
	{req.WelcomeVersion, func(c *infoCtx) bool {
		return c.info == nil || c.info.Context.Version == c.version && c.info.Context.CipherSuite == c.suite
	}},
	{req.WelcomeExtensions, func(c *infoCtx) bool {
		if c.info == nil || c.client == nil {
			return true
		}
		items, k := c.info.Context.Extensions, c.env.Types.known(c.client.Capabilities)
		return k.supports(items) && required(c.env.Store, items).metBy(k)
	}},
	{req.ExtensionUnique, func(c *infoCtx) bool {
		if c.info == nil || !unique(c.info.Extensions) {
			return c.info == nil
		}
		for _, l := range c.tree.Leaves() {
			if !unique(l.Extensions) {
				return false
			}
		}
		return true
	}},
	{req.ExtensionCustom, func(c *infoCtx) bool { return c.info == nil || c.env.Types.accept(c.info.Extensions, InGroupInfo) }},
	{req.TreeHash, func(c *infoCtx) bool { return c.tree == nil || c.tree.Hash(c.env.Store) == c.info.Context.TreeHash }},
	{req.TreeParentHash, func(c *infoCtx) bool {
		return c.parents(func(x NodeIndex, _ *ParentNode) bool { return c.tree.parentHashValid(c.env.Store, x) })
	}},
	{req.ParentUnmergedSorted, func(c *infoCtx) bool {
		return c.parents(func(_ NodeIndex, p *ParentNode) bool {
			return slices.IsSorted(p.UnmergedLeaves) && distinct(p.UnmergedLeaves)
		})
	}},
	{req.TreeUnmergedMembers, func(c *infoCtx) bool { return c.parents(c.unmergedBelow) }},
	{req.TreeKeysUnique, func(c *infoCtx) bool { return c.parents(c.onlyKey) }},
}

// validate returns all that is wrong with the GroupInfo and its tree.
func (c *infoCtx) validate() spec.Violations {
	return slices.Concat(judge(c.env.Rec, infoRules, c), c.leaves, c.items)
}

// refusal is validate as an error, which wraps spec.ErrMissing if a tree would
// have to be fetched.
func (c *infoCtx) refusal() error {
	err := refusal(c.validate())
	if err != nil && c.missing() {
		return fmt.Errorf("%w: %w", spec.ErrMissing, err)
	}
	return err
}

// missing tells whether a tree would have to be fetched.
func (c *infoCtx) missing() bool { return c.info != nil && len(c.raw) == 0 }

// parents tells whether something holds for every parent that is not blank.
func (c *infoCtx) parents(holds func(NodeIndex, *ParentNode) bool) bool {
	for x, n := range c.tree {
		if n.Parent != nil && !holds(NodeIndex(x), n.Parent) {
			return false
		}
	}
	return true
}

// unmergedBelow tells whether the leaves unmerged at x are members below it, and
// unmerged at each node between that is not blank.
func (c *infoCtx) unmergedBelow(x NodeIndex, p *ParentNode) bool {
	for _, i := range p.UnmergedLeaves {
		if c.tree.Leaf(i) == nil || !below(i, x) {
			return false
		}
		for y := parent(i.Node()); y != x; y = parent(y) {
			if q := c.tree[y].Parent; q != nil && !slices.Contains(q.UnmergedLeaves, i) {
				return false
			}
		}
	}
	return true
}

// onlyKey tells whether no other node has the key of parent x.
func (c *infoCtx) onlyKey(x NodeIndex, p *ParentNode) bool {
	for y, n := range c.tree {
		if NodeIndex(y) != x && !n.Blank() && n.Key() == p.EncryptionKey {
			return false
		}
	}
	return true
}
