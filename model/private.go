package model

import (
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 6.3: PrivateMessage.

// A PrivateMessage is authenticated and encrypted (Section 6.3).
type PrivateMessage struct {
	GroupID             Term
	Epoch               uint64
	Type                spec.ContentType
	AuthenticatedData   Term
	EncryptedSenderData Term
	Ciphertext          Term
}

// aad returns PrivateContentAAD (Section 6.3.1).
func (p PrivateMessage) aad(s *Store) Term {
	return s.Tuple("PrivateContentAAD", p.GroupID, s.Number(p.Epoch), s.Number(uint64(p.Type)), p.AuthenticatedData)
}

// senderDataAAD returns SenderDataAAD (Section 6.3.2).
func (p PrivateMessage) senderDataAAD(s *Store) Term {
	return s.Tuple("SenderDataAAD", p.GroupID, s.Number(p.Epoch), s.Number(uint64(p.Type)))
}

// senderDataKeys derives key and nonce from a sample of the ciphertext (Section 6.3.2).
func (p PrivateMessage) senderDataKeys(s *Store, secret Term) (key, nonce Term) {
	of := func(label string) Term { return s.derived(req.SenderDataKeys, s.Expand(secret, label, p.Ciphertext)) }
	return of(spec.LabelKey), of(spec.LabelNonce)
}

// privateMessageContent is the plaintext (Section 6.3.1). Padding has no symbol.
type privateMessageContent struct {
	Data            Term // application
	Proposal        *Proposal
	Commit          *Commit
	Signature       Term
	ConfirmationTag Term // of a Commit
}

func (p privateMessageContent) term(s *Store) Term {
	c := FramedContent{Data: p.Data, Proposal: p.Proposal, Commit: p.Commit}
	return s.Tuple("PrivateMessageContent", c.body(s), p.Signature, p.ConfirmationTag)
}

// senderData tells who sent a message and under which key (Section 6.3.2).
type senderData struct {
	Leaf       LeafIndex
	Generation uint32
	ReuseGuard Term
}

func (d senderData) term(s *Store) Term {
	return s.Tuple("SenderData", s.Number(uint64(d.Leaf)), s.Number(uint64(d.Generation)), d.ReuseGuard)
}

// guarded mixes the reuse guard into a nonce (Section 6.3.1).
func (k messageKey) guarded(s *Store, guard Term) Term {
	return s.Tuple("exclusive or", k.nonce, guard)
}

// ratchetOf says by which ratchet a content is protected (Section 6.3.1).
func ratchetOf(t spec.ContentType) RatchetType {
	if t == spec.ContentApplication {
		return Application
	}
	return Handshake
}

// protectPrivate encrypts what a member has signed with the next key of its own
// ratchet, which the state after it holds no more.
func (m Member) protectPrivate(env *Env, a AuthenticatedContent) (Member, *Message, use) {
	s, c := env.Store, a.Content
	p := PrivateMessage{GroupID: c.GroupID, Epoch: c.Epoch, Type: c.Type, AuthenticatedData: c.AuthenticatedData}
	var u use
	k, ratchets := m.Ratchets.reach(s, m.Leaf, &u).next(s, m.Leaf, ratchetOf(c.Type), &u)
	u.key = k.key
	guard := s.Fresh(reuseGuard, env.Step)
	if !spec.Step(env.Rec, req.PrivateReuseGuard) {
		guard = s.Zero()
	}
	told := guard
	if !spec.Step(env.Rec, req.PrivateReuseGuardSent) {
		told = s.Zero()
	}
	p.Ciphertext = s.Encrypt(k.key, k.guarded(s, guard), p.aad(s),
		encode(s, privateMessageContent{c.Data, c.Proposal, c.Commit, a.Signature, a.ConfirmationTag}))
	key, nonce := p.senderDataKeys(s, m.Secrets.SenderData)
	p.EncryptedSenderData = s.Encrypt(key, nonce, p.senderDataAAD(s), encode(s, senderData{m.Leaf, k.gen, told}))
	m.Ratchets = ratchets
	return m, &Message{Private: &p}, u
}

// privateCtx is a PrivateMessage as it arrives at a member, opened as far as it
// could be.
type privateCtx struct {
	env  *Env
	in   PastEpoch // the epoch that it names
	own  LeafIndex
	msg  *PrivateMessage
	from *senderData // nil if it does not open
	leaf *LeafNode   // the sender's, nil if blank

	opened   bool
	content  contentCtx
	ratchets SecretTree // after it
	used     use
}

// newPrivateCtx opens a message as far as it can be opened.
func newPrivateCtx(env *Env, in PastEpoch, own LeafIndex, msg *PrivateMessage) *privateCtx {
	c := &privateCtx{env: env, in: in, own: own, msg: msg, ratchets: in.Ratchets}
	c.openSenderData()
	c.openContent()
	return c
}

// unused and near tell whether the message's key can be had at all.
func (c *privateCtx) unused() bool {
	return c.in.Ratchets.unused(c.from.Leaf, ratchetOf(c.msg.Type), c.from.Generation)
}

func (c *privateCtx) near() bool {
	return c.in.Ratchets.ahead(c.from.Leaf, ratchetOf(c.msg.Type), c.from.Generation) <= c.env.maxForward()
}

// reachable tells whether there is a key to try.
func (c *privateCtx) reachable() bool { return c.leaf != nil && c.unused() && c.near() }

// privateRules is Sections 6.3, 9.1 and 15.3, in the order of decryption. That a
// Commit is one's own (Section 12.4.2) shows before its key is looked for.
var privateRules = []Rule[*privateCtx]{
	{req.FramingGroup, func(c *privateCtx) bool { return c.msg.GroupID == c.in.Context.GroupID }},
	{req.WireSelectUnknown, func(c *privateCtx) bool {
		return c.msg.Type >= spec.ContentApplication && c.msg.Type <= spec.ContentCommit
	}},
	{req.PrivateSenderData, func(c *privateCtx) bool { return c.from != nil }},
	{req.PrivateSenderDataLeaf, func(c *privateCtx) bool { return c.from == nil || c.leaf != nil }},
	{req.CommitSenderSelf, func(c *privateCtx) bool {
		return c.msg.Type != spec.ContentCommit || c.from == nil || c.from.Leaf != c.own
	}},
	{req.RatchetKeyOnce, func(c *privateCtx) bool { return c.leaf == nil || c.unused() }},
	{req.RatchetForwardLimit, func(c *privateCtx) bool { return c.leaf == nil || c.near() }},
	{req.PrivateCiphertext, func(c *privateCtx) bool { return c.opened || !c.reachable() }},
}

// validate returns what is wrong with a message and what is in it.
func (c *privateCtx) validate() spec.Violations {
	v := judge(c.env.Rec, privateRules, c)
	if c.opened {
		v = append(v, c.content.validate()...)
	}
	return v
}

// open processes another member's PrivateMessage. What it used up is gone only if
// the message is accepted (Section 9.2).
func (m Member) open(env *Env, msg *PrivateMessage) (_ Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "message.receive", &err)()
	if !m.inEpoch(env, msg.GroupID, msg.Epoch) {
		return m.openLate(env, msg)
	}
	c := newPrivateCtx(env, m.reading(), m.Leaf, msg)
	if c.from != nil && c.from.Leaf == m.Leaf && msg.Type != spec.ContentCommit {
		return Member{}, Output{}, spec.ErrOwn
	}
	v := append(c.validate(), judge(env.Rec, endedRules, &m.Group)...)
	if !c.opened || msg.Type == spec.ContentApplication {
		if err := refusal(v); err != nil {
			return Member{}, Output{}, err
		}
	}
	m.Ratchets = c.ratchets
	if msg.Type == spec.ContentApplication {
		return m, c.read(), nil
	}
	next, out, err := m.process(env, c.content.AuthenticatedContent, v)
	out.Secrets, out.Consumed = append(c.used.made, out.Secrets...), append(c.used.consumed, out.Consumed...)
	return next, out, err
}

// openSenderData is Section 6.3.2.
func (c *privateCtx) openSenderData() {
	s := c.env.Store
	key, nonce := c.msg.senderDataKeys(s, c.in.SenderData)
	plaintext, _ := s.Decrypt(key, nonce, c.msg.senderDataAAD(s), c.msg.EncryptedSenderData)
	if d, ok := decode[senderData](s, plaintext); ok {
		c.from, c.leaf = &d, c.in.Tree.Leaf(d.Leaf)
	}
}

// openContent is Section 6.3.1.
func (c *privateCtx) openContent() {
	if !c.reachable() {
		return
	}
	s, of := c.env.Store, ratchetOf(c.msg.Type)
	var u use
	k, ratchets := c.in.Ratchets.reach(s, c.from.Leaf, &u).key(s, c.from.Leaf, of, c.from.Generation, &u)
	ratchets = ratchets.keeping(c.from.Leaf, of, c.env.maxSkipped(), &u)
	plaintext, _ := s.Decrypt(k.key, k.guarded(s, c.from.ReuseGuard), c.msg.aad(s), c.msg.Ciphertext)
	p, ok := decode[privateMessageContent](s, plaintext)
	if !ok {
		return
	}
	c.opened, c.ratchets, c.used = true, ratchets, u
	c.content = contentCtx{c.env, &c.in, AuthenticatedContent{
		WireFormat: spec.WirePrivateMessage, Signature: p.Signature, ConfirmationTag: p.ConfirmationTag,
		Content: FramedContent{
			GroupID: c.msg.GroupID, Epoch: c.msg.Epoch, Sender: member(c.from.Leaf), AuthenticatedData: c.msg.AuthenticatedData,
			Type: c.msg.Type, Data: p.Data, Proposal: p.Proposal, Commit: p.Commit,
		},
	}}
}

// read returns what comes of an application message.
func (c *privateCtx) read() Output {
	return Output{Data: c.env.Store.shapes[c.content.Content.Data].label, Sender: c.from.Leaf,
		Secrets: c.used.made, Consumed: c.used.consumed, Cost: Cost{Verifies: 1}}
}
