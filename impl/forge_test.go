package impl

import (
	"slices"
	"testing"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// What a member makes who keeps to no rule: everything is signed, sealed and
// tagged as if it were right, so that only what is wrong can be refused.

// entry is Node of a ratchet_tree extension (RFC 9420, Section 12.4.3.3), open
// to any change.
type entry struct {
	kind   spec.NodeType
	leaf   *tree.LeafNode
	parent *tree.ParentNode
}

func (e *entry) Wire(c *wire.Coder) {
	wire.Uint8(c, &e.kind)
	if e.kind == spec.NodeLeaf {
		if c.Decoding() {
			e.leaf = new(tree.LeafNode)
		}
		e.leaf.Wire(c)
		return
	}
	if c.Decoding() {
		e.parent = new(tree.ParentNode)
	}
	e.parent.Wire(c)
}

type entries []*entry

func (l *entries) Wire(c *wire.Coder) {
	wire.Vector(c, (*[]*entry)(l), func(c *wire.Coder, e **entry) { wire.Optional(c, e, wire.Of[entry]) })
}

// edited returns the ratchet_tree extension of a tree with changed nodes.
func (r *room) edited(from tree.Tree, change func(*entries)) []byte {
	r.t.Helper()
	var all entries
	r.ok(wire.Decode(from.Extension(), &all))
	change(&all)
	return wire.Encode(&all)
}

func (r *room) parsed(extension []byte) tree.Tree {
	r.t.Helper()
	t, err := tree.Parse(r.suite(), nil, extension, DefaultMaxLeaves)
	r.ok(err)
	return t
}

func (r *room) suite() *suite.Suite { return r.parties[0].id.Suite }

// parentHashInput is ParentHashInput (Section 7.9).
type parentHashInput struct {
	key         suite.HPKEPublicKey
	parentHash  []byte
	siblingHash []byte
}

func (p *parentHashInput) Wire(c *wire.Coder) {
	wire.Opaque(c, &p.key)
	wire.Opaque(c, &p.parentHash)
	wire.Opaque(c, &p.siblingHash)
}

// reparented returns the parents that a path from a leaf gives to the nodes of
// its filtered direct path, and the parent hash for the leaf. t is the tree
// before the path; new parents have no unmerged leaves to leave out.
func reparented(s *suite.Suite, t tree.Tree, from tree.LeafIndex, keys []suite.HPKEPublicKey) ([]*tree.ParentNode, []byte) {
	path := t.FilteredDirectPath(from)
	parents := make([]*tree.ParentNode, len(path))
	var hash []byte
	for k := len(path) - 1; k >= 0; k-- {
		sibling := path[k].Left()
		if from.Node().Below(sibling) {
			sibling = path[k].Right()
		}
		parents[k] = &tree.ParentNode{EncryptionKey: keys[k], ParentHash: hash}
		hash = s.Hash(wire.Encode(&parentHashInput{keys[k], hash, t.NodeHash(sibling)}))
	}
	return parents, hash
}

// A forgery is what is wrong with a Commit; all that is nil is right.
type forgery struct {
	list    []message.ProposalOrRef
	noPath  bool
	keys    func([]suite.HPKEPublicKey)         // of the path
	leaf    func(*tree.LeafNode)                // of the path, before it is signed
	signer  *suite.SignatureKey                 // of the leaf
	signed  func(*tree.LeafNode)                // after it is signed
	context func(*schedule.GroupContext)        // that the path is sealed in
	sealed  func(*tree.UpdatePath)              // before the content is signed
	content func(*message.FramedContent)        // before it is signed
	auth    func(*message.AuthenticatedContent) // before it is protected
}

// forge returns a Commit, and the state of the committer after it.
func (r *room) forge(by string, f forgery) (*message.MLSMessage, *Member) {
	r.t.Helper()
	msg, next, _ := r.forged(by, f)
	return msg, next
}

// forged is forge that also returns what went into it.
func (r *room) forged(by string, f forgery) (*message.MLSMessage, *Member, *committing) {
	r.t.Helper()
	m := r.at(by).member
	l := &proposalList{committer: message.Member(m.leaf)}
	for _, p := range f.list {
		if p.Type == spec.ByValue {
			l.proposals = append(l.proposals, byValue(*p.Proposal, message.Member(m.leaf)))
		} else if known, ok := m.referred(p.Reference); ok {
			l.proposals = append(l.proposals, known)
		}
	}
	proposed := m.apply(l)
	c := &committing{tree: proposed.tree, leaf: m.leaf, reinit: proposed.reinit, commit: m.suite.Zero()}
	if !f.noPath {
		r.forgePath(m, c, proposed, f)
	}
	c.context = m.provisional(c.tree, proposed.extensions)
	framed := message.FramedContent{
		GroupID: m.context.GroupID, Epoch: m.context.Epoch, Sender: message.Member(m.leaf),
		Content: message.Content{ContentType: spec.ContentCommit, Commit: &message.Commit{Proposals: f.list, Path: c.path}},
	}
	if f.content != nil {
		f.content(&framed)
	}
	ac, err := message.Sign(m.suite, m.identity.Signer, spec.WirePublicMessage, framed, m.encoded)
	r.ok(err)
	psks, err := lookup(r.env, req.PSKAvailable, l.pskIDs(), m.source(r.env))
	r.ok(err)
	next, err := m.committer(nil).confirm(r.env, c, psks, ac)
	r.ok(err)
	next.keys = c.keys
	if f.auth != nil {
		f.auth(ac)
	}
	return m.tagged(ac), next, c
}

// forgePath makes the path and the tree that has it.
func (r *room) forgePath(m *Member, c *committing, proposed *applied, f forgery) {
	r.t.Helper()
	fresh, err := proposed.tree.NewPath(r.env.Rand, m.leaf, m.identity.leaf(), m.identity.Signer, m.context.GroupID)
	r.ok(err)
	keys := make([]suite.HPKEPublicKey, len(fresh.Keys))
	for k := range keys {
		keys[k] = fresh.Keys[k].Key.Public()
	}
	if f.keys != nil {
		f.keys(keys)
	}
	parents, hash := reparented(m.suite, proposed.tree, m.leaf, keys)
	leaf := *fresh.Tree.Leaf(m.leaf)
	leaf.ParentHash = hash
	if f.leaf != nil {
		f.leaf(&leaf)
	}
	signer := f.signer
	if signer == nil {
		signer = m.identity.Signer
	}
	leaf, err = leaf.Sign(m.suite, signer, m.context.GroupID, m.leaf)
	r.ok(err)
	if f.signed != nil {
		f.signed(&leaf)
	}
	c.tree = r.parsed(r.edited(fresh.Tree, func(all *entries) {
		(*all)[m.leaf.Node()].leaf = &leaf
		for k, x := range proposed.tree.FilteredDirectPath(m.leaf) {
			(*all)[x].parent = parents[k]
		}
	}))
	c.commit, c.fresh = fresh.CommitSecret, fresh
	c.keys = m.keys.WithLeaf(fresh.LeafKey).With(c.tree, fresh.Keys)
	context := m.provisional(c.tree, proposed.extensions)
	if f.context != nil {
		f.context(&context)
	}
	c.path, err = fresh.Seal(r.env.Rand, wire.Encode(&context), proposed.newLeaves())
	r.ok(err)
	c.path.LeafNode = leaf
	for k := range keys {
		c.path.Nodes[k].EncryptionKey = keys[k]
	}
	if f.sealed != nil {
		f.sealed(c.path)
	}
}

// tbm is AuthenticatedContentTBM (Section 6.2).
type tbm struct {
	ac      *message.AuthenticatedContent
	context []byte
}

func (t *tbm) Wire(c *wire.Coder) {
	version := spec.MLS10
	wire.Uint16(c, &version)
	wire.Uint16(c, &t.ac.WireFormat)
	t.ac.Content.Wire(c)
	wire.Fixed(c, t.context)
	wire.Opaque(c, &t.ac.Auth.Signature)
	if t.ac.Content.ContentType == spec.ContentCommit {
		wire.Opaque(c, &t.ac.Auth.ConfirmationTag)
	}
}

// tagged returns the PublicMessage of a content whatever it is.
func (m *Member) tagged(ac *message.AuthenticatedContent) *message.MLSMessage {
	return message.Public(&message.PublicMessage{
		Content:       ac.Content,
		Auth:          ac.Auth,
		MembershipTag: m.suite.MAC(m.secrets.Membership, wire.Encode(&tbm{ac, m.encoded})),
	})
}

// framed returns a PublicMessage by a member with a changed content.
func (r *room) framed(by string, content message.Content, change func(*message.FramedContent)) *message.MLSMessage {
	r.t.Helper()
	m := r.at(by).member
	f := message.FramedContent{GroupID: m.context.GroupID, Epoch: m.context.Epoch, Sender: message.Member(m.leaf), Content: content}
	if change != nil {
		change(&f)
	}
	ac, err := message.Sign(m.suite, m.identity.Signer, spec.WirePublicMessage, f, m.encoded)
	r.ok(err)
	return m.tagged(ac)
}

// proposing returns a proposal by a member, made without looking at any rule.
func (r *room) proposing(by string, p message.Proposal) *message.MLSMessage {
	r.t.Helper()
	return r.framed(by, message.Content{ContentType: spec.ContentProposal, Proposal: &p}, nil)
}

// cached lets everybody cache a proposal and returns the reference to it.
func (r *room) cached(by string, p message.Proposal) message.ProposalOrRef {
	r.t.Helper()
	msg := r.proposing(by, p)
	ac := &message.AuthenticatedContent{WireFormat: spec.WirePublicMessage, Content: msg.PublicMessage.Content, Auth: msg.PublicMessage.Auth}
	ref := ac.ProposalRef(r.suite())
	for _, q := range r.parties {
		after := *q.member
		g, err := after.PublicGroup.with(r.env, cached{ref, p, message.Member(r.leaf(by))})
		r.ok(err)
		after.Epoch = &Epoch{g, after.secrets}
		q.member = &after
	}
	return message.ProposalOrRef{Type: spec.ByReference, Reference: ref}
}

func values(proposals ...message.Proposal) []message.ProposalOrRef {
	var list []message.ProposalOrRef
	for _, p := range proposals {
		list = append(list, message.ProposalOrRef{Type: spec.ByValue, Proposal: &p})
	}
	return list
}

func add(kp message.KeyPackage) message.Proposal {
	return message.Proposal{Type: spec.ProposalAdd, Add: &message.Add{KeyPackage: kp}}
}

func remove(leaf tree.LeafIndex) message.Proposal {
	return message.Proposal{Type: spec.ProposalRemove, Remove: &message.Remove{Removed: leaf}}
}

// updating returns an Update of a member with a changed leaf.
func (r *room) updating(by string, change func(*tree.LeafNode), signer *suite.SignatureKey) message.Proposal {
	r.t.Helper()
	p := r.at(by)
	key, err := r.suite().GenerateKeyPair(r.env.Rand)
	r.ok(err)
	leaf := p.id.leaf()
	leaf.Source, leaf.EncryptionKey = spec.SourceUpdate, key.Public()
	if change != nil {
		change(&leaf)
	}
	if signer == nil {
		signer = p.id.Signer
	}
	leaf, err = leaf.Sign(r.suite(), signer, p.member.context.GroupID, p.member.leaf)
	r.ok(err)
	return message.Proposal{Type: spec.ProposalUpdate, Update: &message.Update{LeafNode: leaf}}
}

// packaged returns a KeyPackage of a client outside, with a leaf and a body
// changed before each is signed.
func (r *room) packaged(id *Identity, leaf func(*tree.LeafNode), body func(*message.KeyPackage)) message.KeyPackage {
	r.t.Helper()
	k, err := NewKeyPackage(r.env, id)
	r.ok(err)
	kp := *k.Package
	if leaf != nil {
		leaf(&kp.LeafNode)
		kp.LeafNode, err = kp.LeafNode.Sign(r.suite(), id.Signer, nil, 0)
		r.ok(err)
	}
	if body != nil {
		body(&kp)
	}
	kp, err = kp.Sign(r.suite(), id.Signer)
	r.ok(err)
	return kp
}

// settled returns a group of A, B, C, D whose tree is full. Its members are
// values: a copy of the room is a room of its own.
func settled(t testing.TB) *room {
	t.Helper()
	r := newRoom(t, spec.WirePublicMessage, "A", "B", "C", "D")
	for _, n := range []string{"B", "C", "D"} {
		r.commit(n, CommitOptions{})
	}
	return r
}

func (r *room) copy(t testing.TB) *room {
	c := *r
	c.t = t
	env := *r.env
	c.env = &env
	c.parties = slices.Clone(r.parties)
	for i, p := range c.parties {
		q := *p
		c.parties[i] = &q
	}
	return &c
}

// give lets a member receive a message, and returns the error.
func (r *room) give(to string, msg *message.MLSMessage) error {
	r.t.Helper()
	_, _, err := r.at(to).member.Receive(r.env, r.over(msg))
	return err
}
