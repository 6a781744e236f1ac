package model

import (
	"slices"

	"mlssim/spec"
)

// What somebody makes who has a member's keys and keeps to no rule: everything is
// signed, tagged and sealed as Sections 6, 7.6, 8 and 12.4.1 say, and nothing is
// validated. Of a Member it takes Client, Leaf, the public Group and, for a Commit,
// Secrets.Init; Secrets.Membership for a PublicMessage by a member, Secrets.SenderData
// and Ratchets for a PrivateMessage. PSKs come from Env. What depends on a wrong secret
// is wrong.

// ForgeProposal returns a proposal by the member.
func (m Member) ForgeProposal(env *Env, p Proposal, f Framing) Output {
	_, msg, u := m.protect(env, m.sign(env, f, FramedContent{Type: spec.ContentProposal, Proposal: &p}))
	return Output{Send: msg, Secrets: u.made, MessageKey: u.key}
}

// ForgeUpdate returns an Update of the member's leaf, with a fresh key.
func (m Member) ForgeUpdate(env *Env, f Framing) Output {
	private := env.Store.Fresh(LeafKey, env.Step)
	leaf := m.Client.leaf(env.Store, spec.SourceUpdate, private).sign(env.Store, m.Client.SignatureKey, m.Context.GroupID, m.Leaf)
	out := m.ForgeProposal(env, Proposal{Type: spec.ProposalUpdate, LeafNode: &leaf}, f)
	out.Secrets = append([]Secret{makes(T7, LeafKey, private)}, out.Secrets...)
	return out
}

// A CommitForgery is a Commit by value, with a path.
type CommitForgery struct {
	Values []Proposal
	// Garbage are members for whom the path holds something else than the secret
	// that it should.
	Garbage []LeafIndex
	Framing
}

// ForgeCommit returns a Commit by the member. Output.Next is the state of its maker
// in the epoch that it begins.
func (m Member) ForgeCommit(env *Env, f CommitForgery) Output {
	d := m.begin(env, member(m.Leaf), orRefs(nil, withNonces(env, f.Values)))
	d.framing = f.Framing
	d.populatePath()
	d.sealPath()
	d.garble(f.Garbage)
	psks, _ := lookup(d.applied.psks, m.source(env))
	d.frame(psks)
	_, msg, u := m.protect(env, d.content)
	next := d.next()
	welcomes, made := d.welcomes(WelcomeOptions{})
	return Output{Send: msg, Welcomes: welcomes, Next: &next, Secrets: slices.Concat(u.made, d.made, made), MessageKey: u.key}
}

// HandshakeKeys returns the secret tree of the group's epoch of which a number of
// generations of a leaf's handshake ratchet are used (Sections 9 and 9.1), and the
// secrets on the way from encryption_secret to the next of its keys.
func (g *Group) HandshakeKeys(s *Store, encryption Term, i LeafIndex, used uint32) (SecretTree, []Secret) {
	var u use
	t := newSecretTree(encryption, g.Tree).reach(s, i, &u)
	for range used {
		_, t = t.next(s, i, Handshake, &u)
	}
	t.next(s, i, Handshake, &u)
	return t, u.made
}

// WithHandshakeRatchet returns the tree with another secret in the place of a leaf's
// handshake ratchet.
func (t SecretTree) WithHandshakeRatchet(i LeafIndex, secret Term) SecretTree {
	t.ratchets = slices.Clone(t.ratchets)
	t.ratchets[t.find(i, Handshake)].secret = secret
	return t
}

// garble replaces the ciphertexts that are meant for some members.
func (d *draft) garble(leaves []LeafIndex) {
	s := d.env.Store
	for j, x := range d.path.filtered {
		for k, y := range d.applied.tree.targets(x, d.m.Leaf, d.applied.added) {
			if slices.ContainsFunc(leaves, func(i LeafIndex) bool { return i.Node() == y || slices.Contains(d.tree.DirectPath(i), y) }) {
				d.commit.Path.Nodes[j].EncryptedPathSecret[k] = s.Bytes("garbage")
			}
		}
	}
}

// ForgeWelcome returns a Welcome to an epoch that there is not: that of the group
// with the client of a KeyPackage in it, and a joiner_secret that is drawn. Who joins
// can see nothing wrong with it (Section 12.4.3.1). Of the member it takes Client and
// Leaf. Output.Next is who has made it, in that epoch.
func (m Member) ForgeWelcome(env *Env, kp KeyPackage) Output {
	s := env.Store
	d := m.begin(env, member(m.Leaf), orRefs(nil, []Proposal{Add(kp)}))
	d.context = d.provisional()
	joiner := s.Fresh(JoinerSecret, env.Step)
	d.schedule = fromJoiner(s, joiner, s.Zero(), d.context)
	d.content.ConfirmationTag = d.schedule.confirmationTag(s, d.context)
	next := d.next()
	info, _ := next.groupInfo(s, GroupInfoOptions{})
	return Output{
		Welcomes: d.welcomesWith(info, 0), Next: &next,
		Secrets: append([]Secret{makes("", JoinerSecret, joiner)}, d.schedule.made...),
	}
}

// ForgeExternal returns an external Commit in a client's name (Section 12.4.3.2), made
// of a GroupInfo that brings its tree. remove is the leaf that it takes the place of.
func ForgeExternal(env *Env, c Client, info *GroupInfo, remove *LeafIndex) Output {
	s := env.Store
	init := s.Fresh(ExternalInitSecret, env.Step)
	j := ExternalJoining{Client: c, Info: info, Remove: remove}
	g := newGroup(s, info.Context, info.RatchetTree.tree(), info.ConfirmationTag)
	d := Member{Client: c, Group: g, Secrets: Secrets{Init: init}}.begin(env, Sender{Type: spec.SenderNewMemberCommit}, orRefs(nil, j.proposals(env, init)))
	d.m.Leaf = d.applied.committer
	d.populatePath()
	d.sealPath()
	d.frame(nil)
	next := d.next()
	return Output{Send: d.m.protectPublic(env, d.content), Next: &next, Secrets: append([]Secret{makes(K11, ExternalInitSecret, init)}, d.made...)}
}

// ForgeGroupInfo returns a GroupInfo of the present epoch (Section 12.4.3.2) in which
// the member's leaf and the key for external Commits are fresh. Those outside cannot
// tell: the confirmation tag is that of the epoch.
func (m Member) ForgeGroupInfo(env *Env) Output {
	s := env.Store
	leafKey, external := s.Fresh(LeafKey, env.Step), s.Fresh(ExternalPriv, env.Step)
	leaf := m.Client.leaf(s, spec.SourceUpdate, leafKey).sign(s, m.Client.SignatureKey, m.Context.GroupID, m.Leaf)
	t := m.Tree.Update(m.Leaf, leaf)
	context := m.Context
	context.TreeHash = t.Hash(s)
	info := GroupInfo{
		Context: context, RatchetTree: t.Extension(), ExternalPub: s.Public(external), ConfirmationTag: m.Tag, Signer: m.Leaf,
	}.sign(s, m.Client.SignatureKey)
	return Output{GroupInfo: &info, Secrets: []Secret{makes(T7, LeafKey, leafKey), makes(K5, ExternalPriv, external)}}
}

// ForgeOutside returns a proposal of the sender at a place of the group's
// external_senders (Section 12.1.8.1).
func (g *Group) ForgeOutside(env *Env, c Client, place uint32, p Proposal) Output {
	content := FramedContent{Type: spec.ContentProposal, Proposal: &p}
	a := g.sign(env.Store, c.SignatureKey, Sender{Type: spec.SenderExternal, Index: place}, Framing{}, content)
	return Output{Send: &Message{Public: &PublicMessage{AuthenticatedContent: a}}}
}
