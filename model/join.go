package model

import (
	"fmt"
	"math"
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
	Tree    RatchetTree // if the Welcome brings none
	Groups  []Term      // ids of the groups that it is in
	From    []Member    // its states from which a new group may come (Sections 11.2 and 11.3)
}

// joinCtx is a Welcome as it arrives, opened as far as it could be.
type joinCtx struct {
	env *Env
	j   Joining

	entry   *EncryptedGroupSecrets // for kp
	kp      KeyPackageKeys
	secrets *GroupSecrets
	link    linkCtx
	held    bool // whether all PSKs are at hand
	psk     Term // psk_secret
	member  Term
	welcome Term
	infoCtx

	leaf     LeafIndex
	found    bool        // whether leaf is the client's
	filtered []NodeIndex // of the signer
	path     pathSecrets
	fits     bool // whether the path secrets fit
	schedule schedule
}

// joinRules is Section 12.4.3.1 up to the GroupInfo, which infoRules are about.
var joinRules = []Rule[*joinCtx]{
	{req.WelcomeSecretsCount, func(c *joinCtx) bool { return len(c.j.Welcome.Secrets) <= c.env.maxNewcomers() }},
	{req.WelcomeKeyPackage, func(c *joinCtx) bool { return c.entry != nil }},
	{req.WelcomeSuite, func(c *joinCtx) bool {
		return c.entry == nil || c.j.Welcome.CipherSuite == c.kp.Package.CipherSuite
	}},
	{req.WelcomeGroupSecrets, func(c *joinCtx) bool { return c.entry == nil || c.secrets != nil }},
	{req.PSKNonceLength, func(c *joinCtx) bool {
		return c.secrets == nil || !slices.ContainsFunc(c.secrets.PSKs, func(p PreSharedKeyID) bool { return !c.env.Store.drawn(p.Nonce) })
	}},
	{req.PSKCount, func(c *joinCtx) bool { return c.secrets == nil || len(c.secrets.PSKs) <= math.MaxUint16 }},
	{req.PSKLimit, func(c *joinCtx) bool { return c.secrets == nil || len(c.secrets.PSKs) <= c.env.maxPSKs() }},
	{req.WelcomePSKs, func(c *joinCtx) bool { return c.secrets == nil || c.held && (c.link.id == nil || c.link.from != nil) }},
	{req.WelcomePSKSingle, func(c *joinCtx) bool {
		n := 0
		if c.secrets != nil {
			for _, p := range c.secrets.PSKs {
				if p.linking() {
					n++
				}
			}
		}
		return n <= 1
	}},
	{req.WelcomeGroupInfo, func(c *joinCtx) bool { return c.secrets == nil || !c.held || c.info != nil }},
}

// enterRules is Section 12.4.3.1 from the GroupInfo on, but for the group that
// the new one may come from: linkRules.
var enterRules = []Rule[*joinCtx]{
	{req.WelcomeOwnLeaf, func(c *joinCtx) bool { return c.tree == nil || c.found }},
	{req.WelcomePathSecret, func(c *joinCtx) bool {
		return c.tree == nil || !c.found || c.secrets.PathSecret == 0 || c.signer() == nil || c.fits
	}},
	{req.WelcomeConfirmationTag, func(c *joinCtx) bool {
		return c.info == nil || c.info.ConfirmationTag == c.schedule.confirmationTag(c.env.Store, c.info.Context)
	}},
}

// Join makes a new member's state from a Welcome.
func Join(env *Env, j Joining) (_ Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "welcome.join", &err)()
	c := &joinCtx{env: env, j: j}
	c.openSecrets()
	c.findPSKs()
	c.openInfo()
	c.read()
	c.findLeaf()
	c.takePath()
	if c.info != nil {
		c.schedule = fromJoiner(env.Store, c.secrets.Joiner, c.psk, c.info.Context)
		c.link.next = &Group{Context: c.info.Context, Tree: c.tree}
	}
	if err := c.refusal(); err != nil {
		return Member{}, Output{}, err
	}
	m, out := c.enter()
	return m, out, nil
}

// refusal judges the Welcome. What is missing rather than wrong can be fetched.
func (c *joinCtx) refusal() error {
	err := refusal(judge(c.env.Rec, joinRules, c), c.infoCtx.validate(), judge(c.env.Rec, enterRules, c), judge(c.env.Rec, linkRules, c.link))
	if v, _ := err.(spec.Violations); slices.Contains(v, req.WelcomePSKs) || c.missing() {
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
	client := c.j.Client
	c.infoCtx = infoCtx{env: c.env, version: c.kp.Package.Version, suite: c.kp.Package.CipherSuite, client: &client,
		groups: c.j.Groups, outside: c.j.Tree}
	if c.entry == nil {
		return
	}
	plaintext, _ := s.Open(c.kp.Init, spec.LabelWelcome, c.j.Welcome.EncryptedGroupInfo, c.entry.Secrets)
	if secrets, ok := decode[GroupSecrets](s, plaintext); ok {
		c.secrets = &secrets
	}
}

// findPSKs looks the PSKs up: resumption PSKs in the states that the client has,
// all others with the application. One of usage reinit or branch names the group
// from which the new one comes.
func (c *joinCtx) findPSKs() {
	c.link.env = c.env
	if c.secrets == nil {
		return
	}
	from := func(id PreSharedKeyID) *Member {
		at := slices.IndexFunc(c.j.From, func(m Member) bool {
			return m.Context.GroupID == id.GroupID && m.Context.Epoch == id.Epoch
		})
		if at < 0 {
			return nil
		}
		return &c.j.From[at]
	}
	for i, id := range c.secrets.PSKs {
		if id.linking() {
			c.link.id = &c.secrets.PSKs[i]
			if m := from(id); m != nil {
				c.link.from = &m.Group
			}
		}
	}
	var psks []Term
	psks, c.held = lookup(c.secrets.PSKs, func(id PreSharedKeyID) Term {
		if m := from(id); id.Type == spec.PSKResumption && m != nil {
			return m.Secrets.Resumption
		}
		return c.env.held(id)
	})
	if !spec.Step(c.env.Rec, req.PSKOrder) {
		slices.Reverse(psks)
	}
	c.psk, _ = pskSecret(c.env.Store, c.secrets.PSKs, psks)
}

// openInfo decrypts the GroupInfo.
func (c *joinCtx) openInfo() {
	s := c.env.Store
	if c.secrets == nil || !c.held {
		return
	}
	c.member, c.welcome = welcomeSecret(s, c.secrets.Joiner, c.psk)
	key, nonce := groupInfoKeys(s, c.welcome)
	plaintext, _ := s.Decrypt(key, nonce, 0, c.j.Welcome.EncryptedGroupInfo)
	if info, ok := decode[GroupInfo](s, plaintext); ok {
		c.info = &info
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
	if !c.found || c.secrets.PathSecret == 0 || c.signer() == nil {
		return
	}
	c.filtered = c.tree.FilteredDirectPath(c.info.Signer)
	at := slices.Index(c.filtered, commonAncestor(c.info.Signer, c.leaf))
	if at < 0 {
		return
	}
	c.path = derivePath(c.env.Store, c.secrets.PathSecret, at, len(c.filtered))
	c.fits = true
	for _, k := range c.path.keys(c.env.Store, c.filtered) {
		c.fits = c.fits && c.env.Store.Public(k.Private) == c.tree[k.Node].Key()
	}
}

// enter returns the state of the new member. What its KeyPackage says of the
// client, its later leaves say too. The init key is used up, unless the KeyPackage
// is one of last resort (Section 16.8).
func (c *joinCtx) enter() (Member, Output) {
	s := c.env.Store
	client, leaf := c.j.Client, c.kp.Package.LeafNode
	client.Capabilities, client.Extensions = leaf.Capabilities, leaf.Extensions
	keys := append([]Key{{c.leaf.Node(), c.kp.Leaf}}, c.path.keys(s, c.filtered)...)
	if !spec.Step(c.env.Rec, req.WelcomeState) {
		keys = keys[1:]
	}
	m := Member{Client: client, Leaf: c.leaf}.enter(s, c.tree, c.info.Context, c.schedule, c.info.ConfirmationTag, keys)
	var consumed []Term
	if !c.kp.Package.LastResort() {
		consumed = append(consumed, c.kp.Init)
	}
	if c.psk != s.Zero() {
		consumed = append(consumed, c.psk)
	}
	consumed = append(consumed, c.schedule.joiner, c.member, c.welcome, c.schedule.epoch)
	return m, Output{
		Sender: c.info.Signer, Consumed: append(consumed, c.path.secrets...),
		Cost: Cost{Opens: 1, Verifies: 1 + c.tree.members()},
	}
}
