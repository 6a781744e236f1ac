package model

import (
	"slices"

	"mlssim/spec"
)

// What a member makes who keeps to no rule: everything is signed, sealed and
// tagged as if it were right, so that only what is wrong can be refused.

// forged returns a Commit by a member, made without looking at any rule. The
// first function changes the path before it is sealed, the second after; then
// all that depends on it is made.
func (g *testGroup) forged(by string, proposals []ProposalOrRef, path bool, before, after func(*draft)) *draft {
	d := g.members[by].begin(g.env(), member(g.members[by].Leaf), proposals)
	if path {
		d.populatePath()
		if before != nil {
			before(d)
		}
		d.remerge()
		d.path.seal(g.s, d.applied.tree, d.m.Leaf, d.applied.added, d.provisional())
		if after != nil {
			after(d)
		}
		d.commit.Path = &d.path.update
	}
	d.frame(g.psks(d))
	return d
}

// psks returns the secrets that the list of a draft names, as far as its author
// has them; others are empty.
func (g *testGroup) psks(d *draft) []Term {
	psks, _ := lookup(d.applied.psks, d.m.source(d.env))
	return psks
}

// remerge makes the tree after the path what receivers will make of it.
func (d *draft) remerge() {
	merged, _ := d.applied.tree.mergePath(d.env.Store, d.m.Leaf, d.path.update.Nodes)
	leaf := d.path.update.LeafNode
	d.tree = merged.with(d.m.Leaf.Node(), Node{Leaf: &leaf})
}

// releaf changes the leaf of the path and signs it; with another path its
// parent hash is another too.
func (d *draft) releaf(f func(*LeafNode)) {
	_, ph := d.applied.tree.mergePath(d.env.Store, d.m.Leaf, d.path.update.Nodes)
	leaf := d.path.update.LeafNode
	leaf.ParentHash = ph
	f(&leaf)
	d.path.update.LeafNode = leaf.sign(d.env.Store, d.m.Client.SignatureKey, d.m.Context.GroupID, d.m.Leaf)
}

func (d *draft) message() *PublicMessage { return d.m.protectPublic(d.env, d.content).Public }

func byValue(proposals ...Proposal) []ProposalOrRef {
	var all []ProposalOrRef
	for _, p := range proposals {
		all = append(all, ProposalOrRef{Type: spec.ByValue, Proposal: p})
	}
	return all
}

func byReference(refs ...Term) []ProposalOrRef {
	var all []ProposalOrRef
	for _, r := range refs {
		all = append(all, ProposalOrRef{Type: spec.ByReference, Reference: r})
	}
	return all
}

// reframed returns a message whose content was changed, signed and tagged again.
func (g *testGroup) reframed(by string, msg *PublicMessage, f func(*AuthenticatedContent)) *PublicMessage {
	m := g.members[by]
	a := msg.AuthenticatedContent
	f(&a)
	a.Signature = g.s.Sign(m.Client.SignatureKey, spec.LabelFramedContentTBS, a.tbs(g.s, m.Context))
	return m.protectPublic(g.env(), a).Public
}

// proposed returns a proposal by a member, made without looking at any rule.
func (g *testGroup) proposed(by string, p Proposal) *PublicMessage {
	m, env := g.members[by], g.env()
	return m.protectPublic(env, m.sign(env, Framing{}, FramedContent{Type: spec.ContentProposal, Proposal: &p})).Public
}

// resealed returns a private message with other content or other sender data.
func (g *testGroup) resealed(by string, msg *PrivateMessage, data func(*privateMessageContent), sender func(*senderData)) *PrivateMessage {
	m := g.members[by] // in the state before it sent the message
	var u use
	k, _ := m.Ratchets.reach(g.s, m.Leaf, &u).next(g.s, m.Leaf, Application, &u)
	p := *msg
	from := senderData{m.Leaf, k.gen, 0}
	plaintext, _ := g.s.Decrypt(k.key, k.guarded(g.s, g.s.shapes[g.s.shapes[msg.Ciphertext].args[1]].args[1]), p.aad(g.s), p.Ciphertext)
	content, _ := decode[privateMessageContent](g.s, plaintext)
	if data != nil {
		data(&content)
	}
	p.Ciphertext = g.s.Encrypt(k.key, k.guarded(g.s, 0), p.aad(g.s), encode(g.s, content))
	if sender != nil {
		sender(&from)
	}
	key, nonce := p.senderDataKeys(g.s, m.Secrets.SenderData)
	p.EncryptedSenderData = g.s.Encrypt(key, nonce, p.senderDataAAD(g.s), encode(g.s, from))
	return &p
}

// withParent returns the tree with a parent changed.
func (t Tree) withParent(x NodeIndex, f func(*ParentNode)) Tree {
	p := *t[x].Parent
	p.UnmergedLeaves = slices.Clone(p.UnmergedLeaves)
	f(&p)
	return t.with(x, Node{Parent: &p})
}
