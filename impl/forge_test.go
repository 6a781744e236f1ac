package impl

import (
	"bytes"
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

// What a member makes who keeps to no rule, as far as the tests inside of this
// package need it. Package forge does all of this and more, for everybody; but it
// imports this package, and so these tests cannot import it. What is here stands
// on the package's own steps, which forge has no access to.

// A forgery is what is wrong with a Commit; all that is nil is right.
type forgery struct {
	list   []message.ProposalOrRef
	noPath bool
	leaf   func(*tree.LeafNode) // of the path, before it is signed
}

// forge returns a Commit, and the state of the committer after it.
func (r *room) forge(by string, f forgery) (*message.MLSMessage, *Member) {
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
		leaf := m.identity.leaf()
		alter(f.leaf, &leaf)
		fresh, err := proposed.tree.NewPath(r.env.Rand, m.leaf, leaf, m.identity.Signer, m.context.GroupID)
		r.ok(err)
		c.tree, c.commit, c.fresh = fresh.Tree, fresh.CommitSecret, fresh
		c.keys = m.keys.WithLeaf(fresh.LeafKey).With(c.tree, fresh.Keys)
		context := m.provisional(c.tree, proposed.extensions)
		c.path, err = fresh.Seal(r.env.Rand, wire.Encode(&context), proposed.newLeaves())
		r.ok(err)
	}
	c.context = m.provisional(c.tree, proposed.extensions)
	ac, err := m.sign(message.Content{ContentType: spec.ContentCommit, Commit: &message.Commit{Proposals: f.list, Path: c.path}}, spec.WirePublicMessage, nil)
	r.ok(err)
	psks, err := lookup(r.env, req.PSKAvailable, l.pskIDs(), m.source(r.env))
	r.ok(err)
	next, err := m.committer(nil).confirm(r.env, c, psks, ac)
	r.ok(err)
	next.keys = c.keys
	return m.tagged(ac), next
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

// proposing returns a proposal by a member, made without looking at any rule.
func (r *room) proposing(by string, p message.Proposal) *message.MLSMessage {
	r.t.Helper()
	m := r.at(by).member
	ac, err := m.sign(message.Content{ContentType: spec.ContentProposal, Proposal: &p}, spec.WirePublicMessage, nil)
	r.ok(err)
	return m.tagged(ac)
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
	alter(change, &leaf)
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
	alter(body, &kp)
	kp, err = kp.Sign(r.suite(), id.Signer)
	r.ok(err)
	return kp
}

func packages(kps ...message.KeyPackage) []*message.KeyPackage {
	list := make([]*message.KeyPackage, len(kps))
	for i := range kps {
		list[i] = &kps[i]
	}
	return list
}

// An invitation is what is wrong with a Welcome; all that is nil is right. The
// joiner_secret is made up: nothing in a Welcome tells where it comes from.
type invitation struct {
	context func(*schedule.GroupContext)
	info    func(*message.GroupInfo) // before it is signed
	welcome func(*message.Welcome)
}

// invite lets a client outside join by a Welcome, in a group to which B, C and D
// were added with it.
func (r *room) invite(i invitation) error {
	r.t.Helper()
	id := r.stranger()
	k, err := NewKeyPackage(r.env, id)
	r.ok(err)
	first, _, err := Create(r.env, r.at("A").id, []byte("group"))
	r.ok(err)
	o := CommitOptions{NoPath: true, Format: spec.WirePublicMessage}
	for _, p := range r.parties[1:] {
		kp := r.packaged(p.id, nil, nil)
		o.Add = append(o.Add, &kp)
	}
	o.Add = append(o.Add, k.Package)
	_, staged, _, err := first.Commit(r.env, o)
	r.ok(err)
	_, _, err = Join(r.env, id, []*KeyPackageKeys{k}, r.welcome(r.welcoming(i, staged.Next, k)), JoinOptions{})
	return err
}

// welcoming makes the Welcome from inside out.
func (r *room) welcoming(i invitation, m *Member, k *KeyPackageKeys) *message.Welcome {
	r.t.Helper()
	context := m.context
	alter(i.context, &context)
	secrets := &message.GroupSecrets{JoinerSecret: r.suite().Hash([]byte("joiner"))}
	st := stages{joiner: schedule.NewJoinerSecret(m.suite, slices.Clone(secrets.JoinerSecret))}
	st.extract(m.suite.Zero())
	keys, _ := st.member.Epoch(wire.Encode(&context)).Derive()
	info := message.GroupInfo{
		GroupContext:    context,
		Extensions:      []tree.Extension{{Type: spec.ExtRatchetTree, Data: m.tree.Extension()}},
		ConfirmationTag: message.ConfirmationTag(m.suite, keys.Confirmation, context.ConfirmedTranscriptHash),
		Signer:          m.leaf,
	}
	alter(i.info, &info)
	info, err := info.Sign(m.suite, m.identity.Signer)
	r.ok(err)
	w := &message.Welcome{CipherSuite: m.suite.ID}
	w.EncryptedGroupInfo, err = st.welcome.Seal(wire.Encode(&info))
	r.ok(err)
	entry, err := message.SealGroupSecrets(r.env.Rand, m.suite, k.Package, secrets, w.EncryptedGroupInfo)
	r.ok(err)
	w.Secrets = []message.EncryptedGroupSecrets{entry}
	alter(i.welcome, w)
	return w
}

// alter carries out a change, if there is one.
func alter[T any](change func(*T), to *T) {
	if change != nil {
		change(to)
	}
}

// What a test gives to A, made by B unless something else is said.

// adding gives A an Add of a client outside.
func adding(leaf func(*tree.LeafNode), body func(*message.KeyPackage)) func(*room) error {
	return func(r *room) error { return r.give("A", r.proposing("B", add(r.packaged(r.stranger(), leaf, body)))) }
}

// updated gives A an Update with a changed leaf.
func updated(leaf func(*tree.LeafNode)) func(*room) error {
	return func(r *room) error { return r.give("A", r.proposing("B", r.updating("B", leaf, nil))) }
}

// covering gives A a Commit that covers what list returns.
func covering(list func(*room) []message.ProposalOrRef) func(*room) error {
	return func(r *room) error {
		msg, _ := r.forge("B", forgery{list: list(r)})
		return r.give("A", msg)
	}
}

// releafed gives A a Commit whose path has a changed leaf.
func releafed(change func(*tree.LeafNode)) func(*room) error {
	return func(r *room) error {
		msg, _ := r.forge("B", forgery{leaf: change})
		return r.give("A", msg)
	}
}

// joining gives the invitation to a client.
func joining(i invitation) func(*room) error { return func(r *room) error { return r.invite(i) } }

// inContext lets a client join a group with GroupContext extensions.
func inContext(extensions ...tree.Extension) func(*room) error {
	return joining(invitation{context: func(c *schedule.GroupContext) { c.Extensions = extensions }})
}

// ending lets A commit, with options that may depend on the group.
func ending(options func(*room) CommitOptions) func(*room) error {
	return func(r *room) error {
		o := options(r)
		o.Format = spec.WirePublicMessage
		_, _, _, err := r.at("A").member.Commit(r.env, o)
		return err
	}
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

func (r *room) suite() *suite.Suite { return r.parties[0].id.Suite }

// stranger returns the identity of a client outside.
func (r *room) stranger() *Identity { return r.party("E").id }

// keyOf returns the signature key of a member.
func (r *room) keyOf(name string) *suite.SignatureKey { return r.at(name).id.Signer }

// leafOf returns the leaf of a member.
func (r *room) leafOf(name string) *tree.LeafNode {
	m := r.at(name).member
	return m.tree.Leaf(m.leaf)
}

// sameClient returns a client of this name with keys of a suite.
func sameClient(r *room, name string, s *suite.Suite) *Identity {
	id, err := NewIdentity(r.env, s, []byte(name))
	r.ok(err)
	return id
}

// everyPSK is an application that has every PSK.
func everyPSK(e *Env) {
	e.PSK = func(id *schedule.PreSharedKeyID) suite.Secret { return suite.Secret("secret of " + string(id.ID)) }
}

// psk returns a PreSharedKey proposal, after a change.
func psk(change func(*schedule.PreSharedKeyID)) message.Proposal {
	id := schedule.ExternalPSK([]byte("psk"))
	id.Nonce = bytes.Repeat([]byte{0}, 32)
	alter(change, &id)
	return pskProposal(id)
}

func extended(extensions ...tree.Extension) message.Proposal { return extensionsProposal(extensions) }

func reinit(id string) *message.ReInit {
	return &message.ReInit{GroupID: []byte(id), Version: spec.MLS10, CipherSuite: 1}
}

// unknownExtension is one that no member lists, and customProposal of a type that
// RFC 9420 does not define.
var (
	unknownExtension = tree.Extension{Type: 0xf001}
	customProposal   = message.Proposal{Type: 0xf001, Custom: &message.CustomProposal{Data: []byte("custom")}}
)

// twoExtensions repeats an extension in a leaf.
func twoExtensions(l *tree.LeafNode) {
	l.Extensions = []tree.Extension{{Type: spec.ExtApplicationID}, {Type: spec.ExtApplicationID, Data: []byte{1}}}
}

// TestRepeatedExtensionsOfAKeyPackage: messages are searched for them as a whole,
// but a KeyPackage is also validated by itself (Section 10.1).
func TestRepeatedExtensionsOfAKeyPackage(t *testing.T) {
	r := settled(t)
	m := r.at("A").member
	kp := r.packaged(r.stranger(), twoExtensions, nil)
	if err := m.validateKeyPackage(r.env, m.rules(r.env, true), &kp); spec.Violated(err) != req.ExtensionUnique {
		t.Error(err)
	}
}

// TestUnknownProposalsAreRefused holds wherever they come in: as a proposal, by
// value, by reference, and when the client itself proposes them.
func TestUnknownProposalsAreRefused(t *testing.T) {
	r, p := settled(t), customProposal
	msg := r.proposing("B", p)
	if err := r.give("A", msg); spec.Violated(err) != req.ListTypeProcessed {
		t.Errorf("received: %v", err)
	}
	v, err := r.at("A").member.VerifyPublic(r.env, msg.PublicMessage)
	r.ok(err)
	if _, err := r.at("A").member.Cache(r.env, v); spec.Violated(err) != req.ListTypeProcessed {
		t.Errorf("cached by one who follows: %v", err)
	}
	if _, _, err := r.at("A").member.propose(r.env, p, nil, spec.WirePublicMessage); spec.Violated(err) != req.ListTypeProcessed {
		t.Errorf("proposed: %v", err)
	}
	byValue, _ := r.forge("B", forgery{list: values(p)})
	if err := r.give("A", byValue); spec.Violated(err) != req.ListTypeSupported {
		t.Errorf("by value: %v", err)
	}
	byReference, _ := r.forge("B", forgery{list: []message.ProposalOrRef{r.cached("C", p)}})
	if err := r.give("A", byReference); spec.Violated(err) != req.ListTypeSupported {
		t.Errorf("by reference, had it been cached: %v", err)
	}
}
