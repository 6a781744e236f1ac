package model

import (
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 6.3: PrivateMessage; Section 15: application messages, which
// are the only ones that the model encrypts.

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
	return s.Expand(secret, spec.LabelKey, p.Ciphertext), s.Expand(secret, spec.LabelNonce, p.Ciphertext)
}

// privateMessageContent is the plaintext of an application message (Section 6.3.1).
type privateMessageContent struct {
	Data      Term
	Signature Term
}

func (p privateMessageContent) term(s *Store) Term {
	return s.Tuple("PrivateMessageContent", p.Data, p.Signature)
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

// send protects application data with the next key of the own ratchet.
func (m Member) send(env *Env, data string) (_ Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "application.send", &err)()
	s := env.Store
	a := m.sign(env, FramedContent{Type: spec.ContentApplication, Data: s.Bytes(data)})
	p := PrivateMessage{GroupID: a.Content.GroupID, Epoch: a.Content.Epoch, Type: a.Content.Type}
	var u use
	k, ratchets := m.Ratchets.reach(s, m.Leaf, &u).next(s, m.Leaf, Application, &u)
	guard := s.Fresh(reuseGuard, env.Step)
	p.Ciphertext = s.Encrypt(k.key, k.guarded(s, guard), p.aad(s),
		encode(s, privateMessageContent{a.Content.Data, a.Signature}))
	key, nonce := p.senderDataKeys(s, m.Secrets.SenderData)
	p.EncryptedSenderData = s.Encrypt(key, nonce, p.senderDataAAD(s), encode(s, senderData{m.Leaf, k.gen, guard}))
	m.Ratchets = ratchets
	return m, Output{Send: &Message{Private: &p}, Secrets: u.made, Consumed: u.consumed, MessageKey: k.key}, nil
}

// privateCtx is a PrivateMessage as it arrives at a member, opened as far as it
// could be.
type privateCtx struct {
	env  *Env
	m    *Member
	msg  *PrivateMessage
	from *senderData // nil if it does not open
	leaf *LeafNode   // the sender's, nil if blank

	opened  bool
	content AuthenticatedContent
}

// reachable tells whether the message's key can be had at all.
func (c *privateCtx) reachable() bool {
	return c.leaf != nil && c.m.Ratchets.unused(c.from.Leaf, Application, c.from.Generation) &&
		c.m.Ratchets.ahead(c.from.Leaf, Application, c.from.Generation) <= c.env.maxForward()
}

// privateRules is Sections 6.3, 9.1 and 15.3, in the order of decryption.
var privateRules = []Rule[*privateCtx]{
	{req.FramingGroup, func(c *privateCtx) bool { return c.msg.GroupID == c.m.Context.GroupID }},
	{req.WireSelectUnknown, func(c *privateCtx) bool { return c.msg.Type == spec.ContentApplication }},
	{req.PrivateSenderData, func(c *privateCtx) bool { return c.from != nil }},
	{req.PrivateSenderDataLeaf, func(c *privateCtx) bool { return c.from == nil || c.leaf != nil }},
	{req.RatchetKeyOnce, func(c *privateCtx) bool {
		return c.leaf == nil || c.m.Ratchets.unused(c.from.Leaf, Application, c.from.Generation)
	}},
	{req.RatchetForwardLimit, func(c *privateCtx) bool {
		return c.leaf == nil || c.m.Ratchets.ahead(c.from.Leaf, Application, c.from.Generation) <= c.env.maxForward()
	}},
	{req.PrivateCiphertext, func(c *privateCtx) bool { return c.opened || !c.reachable() }},
	{req.ContentSignature, func(c *privateCtx) bool {
		return !c.opened || c.content.signedBy(c.env.Store, c.leaf, c.m.Context)
	}},
}

// open reads another member's application message. What it used up is gone
// only if the message is accepted (Section 9.2).
func (m Member) open(env *Env, msg *PrivateMessage) (_ Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "message.receive", &err)()
	if msg.GroupID == m.Context.GroupID && msg.Epoch != m.Context.Epoch {
		return Member{}, Output{}, spec.ErrEpoch
	}
	c := &privateCtx{env: env, m: &m, msg: msg}
	c.openSenderData()
	if c.from != nil && c.from.Leaf == m.Leaf {
		return Member{}, Output{}, spec.ErrOwn
	}
	var u use
	ratchets, data := c.openContent(&u)
	if err := refusal(judge(env.Rec, privateRules, c)); err != nil {
		return Member{}, Output{}, err
	}
	m.Ratchets = ratchets
	return m, Output{Data: data, Secrets: u.made, Consumed: u.consumed, Cost: Cost{Verifies: 1}}, nil
}

// openSenderData is Section 6.3.2.
func (c *privateCtx) openSenderData() {
	s := c.env.Store
	key, nonce := c.msg.senderDataKeys(s, c.m.Secrets.SenderData)
	plaintext, _ := s.Decrypt(key, nonce, c.msg.senderDataAAD(s), c.msg.EncryptedSenderData)
	if d, ok := decode[senderData](s, plaintext); ok {
		c.from, c.leaf = &d, c.m.Tree.Leaf(d.Leaf)
	}
}

// openContent is Section 6.3.1. It returns the secret tree after it and the data.
func (c *privateCtx) openContent(u *use) (SecretTree, string) {
	if !c.reachable() {
		return c.m.Ratchets, ""
	}
	s := c.env.Store
	k, ratchets := c.m.Ratchets.reach(s, c.from.Leaf, u).key(s, c.from.Leaf, Application, c.from.Generation, u)
	plaintext, _ := s.Decrypt(k.key, k.guarded(s, c.from.ReuseGuard), c.msg.aad(s), c.msg.Ciphertext)
	p, ok := decode[privateMessageContent](s, plaintext)
	if !ok {
		return c.m.Ratchets, ""
	}
	c.opened = true
	c.content = AuthenticatedContent{WireFormat: spec.WirePrivateMessage, Signature: p.Signature, Content: FramedContent{
		GroupID: c.msg.GroupID, Epoch: c.msg.Epoch, Sender: Sender{spec.SenderMember, c.from.Leaf},
		AuthenticatedData: c.msg.AuthenticatedData, Type: c.msg.Type, Data: p.Data,
	}}
	return ratchets, s.shapes[p.Data].label
}
