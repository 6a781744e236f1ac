package model

import (
	"fmt"
	"math/bits"
	"slices"

	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.4.3.1: joining by a Welcome.

// Joining is what a client has when it joins.
type Joining struct {
	Client  Client
	Keys    []KeyPackageKeys // of KeyPackages that it has published and not used
	Welcome *Welcome
	Tree    Tree   // if the Welcome brings none
	Groups  []Term // ids of the groups that it is in
}

// joinCtx is a Welcome as it arrives, opened as far as it could be.
type joinCtx struct {
	env *Env
	j   Joining

	entry   *EncryptedGroupSecrets // for kp
	kp      KeyPackageKeys
	secrets *GroupSecrets
	member  Term
	welcome Term
	info    *GroupInfo

	tree   Tree // nil unless there is one of a possible shape
	leaves spec.Violations
	leaf   LeafIndex
	found  bool // whether leaf is the client's

	filtered []NodeIndex // of the signer
	path     pathSecrets
	matched  bool // whether the path secrets fit
	schedule schedule
}

var joinRules = []Rule[*joinCtx]{
	{req.WelcomeKeyPackage, func(c *joinCtx) bool { return c.entry != nil }},
	{req.WelcomeSuite, func(c *joinCtx) bool {
		return c.entry == nil || c.j.Welcome.CipherSuite == c.kp.Package.CipherSuite
	}},
	{req.WelcomeGroupSecrets, func(c *joinCtx) bool { return c.entry == nil || c.secrets != nil }},
	{req.WelcomePSKs, func(c *joinCtx) bool { return c.secrets == nil || len(c.secrets.PSKs) == 0 }},
	{req.WelcomeGroupInfo, func(c *joinCtx) bool {
		return c.secrets == nil || len(c.secrets.PSKs) > 0 || c.info != nil
	}},
	{req.WelcomeRatchetTree, func(c *joinCtx) bool { return c.info == nil || c.tree != nil }},
	{req.WelcomeSigner, func(c *joinCtx) bool { return c.tree == nil || c.tree.Leaf(c.info.Signer) != nil }},
	{req.WelcomeSignature, func(c *joinCtx) bool {
		if c.tree == nil || c.tree.Leaf(c.info.Signer) == nil {
			return true
		}
		s := c.env.Store
		return s.Verify(c.tree.Leaf(c.info.Signer).SignatureKey, spec.LabelGroupInfoTBS, c.info.tbs(s), c.info.Signature)
	}},
	{req.WelcomeGroupID, func(c *joinCtx) bool {
		return c.info == nil || !slices.Contains(c.j.Groups, c.info.Context.GroupID)
	}},
	{req.WelcomeVersion, func(c *joinCtx) bool {
		return c.info == nil || c.info.Context.Version == c.kp.Package.Version &&
			c.info.Context.CipherSuite == c.kp.Package.CipherSuite
	}},
	{req.WelcomeExtensions, func(c *joinCtx) bool {
		return c.info == nil || !slices.ContainsFunc(c.info.Context.Extensions, func(e spec.ExtensionType) bool {
			return !c.j.Client.Capabilities.supportsExtension(e)
		})
	}},
	{req.TreeHash, func(c *joinCtx) bool { return c.tree == nil || c.tree.Hash(c.env.Store) == c.info.Context.TreeHash }},
	{req.TreeParentHash, func(c *joinCtx) bool {
		return c.parents(func(x NodeIndex, _ *ParentNode) bool { return c.tree.parentHashValid(c.env.Store, x) })
	}},
	{req.ParentUnmergedSorted, func(c *joinCtx) bool {
		return c.parents(func(_ NodeIndex, p *ParentNode) bool {
			return slices.IsSorted(p.UnmergedLeaves) && distinct(p.UnmergedLeaves)
		})
	}},
	{req.TreeUnmergedMembers, func(c *joinCtx) bool { return c.parents(c.unmergedBelow) }},
	{req.TreeKeysUnique, func(c *joinCtx) bool { return c.parents(c.onlyKey) }},
	{req.WelcomeOwnLeaf, func(c *joinCtx) bool { return c.tree == nil || c.found }},
	{req.WelcomePathSecret, func(c *joinCtx) bool {
		return c.tree == nil || !c.found || c.secrets.PathSecret == 0 || c.tree.Leaf(c.info.Signer) == nil || c.matched
	}},
	{req.WelcomeConfirmationTag, func(c *joinCtx) bool {
		return c.info == nil || c.info.ConfirmationTag == c.schedule.confirmationTag(c.env.Store, c.info.Context)
	}},
}

// parents tells whether something holds for every parent that is not blank.
func (c *joinCtx) parents(holds func(NodeIndex, *ParentNode) bool) bool {
	for x, n := range c.tree {
		if n.Parent != nil && !holds(NodeIndex(x), n.Parent) {
			return false
		}
	}
	return true
}

// unmergedBelow tells whether the leaves unmerged at x are members below it, and
// unmerged at each node between that is not blank.
func (c *joinCtx) unmergedBelow(x NodeIndex, p *ParentNode) bool {
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
func (c *joinCtx) onlyKey(x NodeIndex, p *ParentNode) bool {
	for y, n := range c.tree {
		if NodeIndex(y) != x && !n.Blank() && n.Key() == p.EncryptionKey {
			return false
		}
	}
	return true
}

// Join makes a new member's state from a Welcome.
func Join(env *Env, j Joining) (_ Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "welcome.join", &err)()
	c := &joinCtx{env: env, j: j}
	c.openSecrets()
	c.openInfo()
	c.verifyLeaves()
	c.findLeaf()
	c.takePath()
	if c.info != nil {
		c.schedule = fromJoiner(env.Store, c.secrets.Joiner, env.Store.Zero(), c.info.Context)
	}
	if err := c.refusal(); err != nil {
		return Member{}, Output{}, err
	}
	return c.enter()
}

// refusal judges the Welcome. What is missing rather than wrong can be fetched.
func (c *joinCtx) refusal() error {
	err := refusal(judge(c.env.Rec, joinRules, c), c.leaves)
	if v, _ := err.(spec.Violations); slices.Contains(v, req.WelcomePSKs) ||
		slices.Contains(v, req.WelcomeRatchetTree) && c.info.RatchetTree == nil && c.j.Tree == nil {
		return fmt.Errorf("%w: %w", spec.ErrMissing, err)
	}
	return err
}

// openSecrets finds the entry for this client and opens it.
func (c *joinCtx) openSecrets() {
	s := c.env.Store
	for i, e := range c.j.Welcome.Secrets {
		at := slices.IndexFunc(c.j.Keys, func(k KeyPackageKeys) bool { return k.Package.Ref(s) == e.NewMember })
		if at >= 0 {
			c.entry, c.kp = &c.j.Welcome.Secrets[i], c.j.Keys[at]
			break
		}
	}
	if c.entry == nil {
		return
	}
	plaintext, _ := s.Open(c.kp.Init, spec.LabelWelcome, c.j.Welcome.EncryptedGroupInfo, c.entry.Secrets)
	if secrets, ok := decode[GroupSecrets](s, plaintext); ok {
		c.secrets = &secrets
	}
}

// openInfo decrypts the GroupInfo and takes the tree from it, if it is there.
func (c *joinCtx) openInfo() {
	s := c.env.Store
	if c.secrets == nil || len(c.secrets.PSKs) > 0 {
		return
	}
	c.member, c.welcome = welcomeSecret(s, c.secrets.Joiner, s.Zero())
	key, nonce := groupInfoKeys(s, c.welcome)
	plaintext, _ := s.Decrypt(key, nonce, 0, c.j.Welcome.EncryptedGroupInfo)
	info, ok := decode[GroupInfo](s, plaintext)
	if !ok {
		return
	}
	c.info = &info
	for _, t := range []Tree{info.RatchetTree, c.j.Tree} {
		if c.tree == nil && t.shaped() {
			c.tree = t
		}
	}
}

// shaped tells whether the array is one of Appendix C.
func (t Tree) shaped() bool {
	for x, n := range t {
		if n.Leaf != nil && (n.Parent != nil || x%2 == 1) || n.Parent != nil && x%2 == 0 {
			return false
		}
	}
	return len(t) > 0 && bits.OnesCount(uint(len(t)+1)) == 1
}

// verifyLeaves validates each leaf of the tree (Section 7.3).
func (c *joinCtx) verifyLeaves() {
	for i, l := range c.tree.Leaves() {
		c.leaves = append(c.leaves, leafCtx{env: c.env, group: &c.info.Context, leaf: *l, now: true,
			tree: c.tree, at: i, placed: true}.validate()...)
	}
}

// findLeaf identifies the client's own leaf.
func (c *joinCtx) findLeaf() {
	own := c.kp.Package.LeafNode.term(c.env.Store)
	for i, l := range c.tree.Leaves() {
		if l.term(c.env.Store) == own && !c.found {
			c.leaf, c.found = i, true
		}
	}
}

// takePath derives the keys from the lowest common ancestor with the signer up.
func (c *joinCtx) takePath() {
	if !c.found || c.secrets.PathSecret == 0 || c.tree.Leaf(c.info.Signer) == nil {
		return
	}
	c.filtered = c.tree.FilteredDirectPath(c.info.Signer)
	at := slices.Index(c.filtered, commonAncestor(c.info.Signer, c.leaf))
	if at < 0 {
		return
	}
	c.path = derivePath(c.env.Store, c.secrets.PathSecret, at, len(c.filtered))
	c.matched = true
	for _, k := range c.path.keys(c.env.Store, c.filtered) {
		c.matched = c.matched && c.env.Store.Public(k.Private) == c.tree[k.Node].Key()
	}
}

// enter returns the state of the new member.
func (c *joinCtx) enter() (Member, Output, error) {
	s := c.env.Store
	keys := append([]Key{{c.leaf.Node(), c.kp.Leaf}}, c.path.keys(s, c.filtered)...)
	m := Member{Client: c.j.Client, Leaf: c.leaf}.enter(s, c.tree, c.info.Context, c.schedule, c.info.ConfirmationTag, keys)
	verifies := 1
	for range c.tree.Leaves() {
		verifies++
	}
	return m, Output{
		Consumed: append([]Term{c.kp.Init, c.schedule.joiner, c.member, c.welcome, c.schedule.epoch}, c.path.secrets...),
		Cost:     Cost{Opens: 1, Verifies: verifies},
	}, nil
}
