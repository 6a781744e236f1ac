package impl

import (
	"bytes"
	"fmt"
	"slices"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.4.2: Apply, Decrypt, Confirm, Enter. The first needs no
// secret and is the same for all; the second is the same for all who open the
// same ciphertext; the third depends on what all members share; only the last
// is a member's own.

// A Transition is a Commit applied to the public state of its epoch.
type Transition struct {
	from        *PublicGroup
	to          *PublicGroup // complete but for the proof that the confirmation tag is right
	committer   tree.LeafIndex
	list        *proposalList
	proposed    *applied
	path        *tree.UpdatePath // nil without a path
	provisional []byte           // encoded provisional GroupContext
}

// Apply checks all of a Commit that can be checked without a secret, and
// applies it. v must have been verified in this epoch.
func (g *PublicGroup) Apply(env *Env, v *message.Verified) (*Transition, error) {
	content := v.Content()
	if content.Content.ContentType != spec.ContentCommit {
		return nil, fmt.Errorf("not a commit: content type %d", content.Content.ContentType)
	}
	if err := g.checkPlace(env, content.Content.GroupID, content.Content.Epoch); err != nil {
		return nil, err
	}
	commit := content.Content.Commit
	t := &Transition{from: g, committer: content.Content.Sender.LeafIndex, path: commit.Path}
	var err error
	if t.list, err = g.resolve(env, commit, t.committer); err != nil {
		return nil, err
	}
	if err := g.validateList(env, t.list, false); err != nil {
		return nil, err
	}
	if t.proposed, err = g.apply(env, t.list); err != nil {
		return nil, err
	}
	if err := t.list.checkPath(env, commit.Path != nil); err != nil {
		return nil, err
	}
	merged, err := t.merge(env)
	if err != nil {
		return nil, err
	}
	context := g.provisional(merged)
	t.provisional = wire.Encode(&context)
	context.ConfirmedTranscriptHash = schedule.ConfirmedTranscriptHash(g.suite, g.interim, content.ConfirmedInput())
	t.to = newPublicGroup(g.suite, context, merged, content.Auth.ConfirmationTag)
	return t, nil
}

// resolve looks up what the Commit refers to (Section 12.4).
func (g *PublicGroup) resolve(env *Env, commit *message.Commit, committer tree.LeafIndex) (*proposalList, error) {
	l := &proposalList{committer: committer}
	for _, p := range commit.Proposals {
		if p.Type == spec.ByValue {
			if err := spec.Checkf(env.Rec, req.CommitUpdateByReference, p.Proposal.Type != spec.ProposalUpdate, "by leaf %d", committer); err != nil {
				return nil, err
			}
			l.proposals = append(l.proposals, byValue(*p.Proposal, committer))
			continue
		}
		known, ok := g.referred(p.Reference)
		if err := spec.Checkf(env.Rec, req.CommitRefsKnown, ok, "reference %x", p.Reference); err != nil {
			return nil, err
		}
		l.proposals = append(l.proposals, known)
	}
	return l, nil
}

// merge validates the path and merges it into the tree, if there is one.
func (t *Transition) merge(env *Env) (tree.Tree, error) {
	if t.path == nil {
		return t.proposed.tree, nil
	}
	g, after := t.from, t.proposed.tree
	if err := because(env, req.CommitLeaf, g.rules(env, false).CommitLeaf(after, t.committer, &t.path.LeafNode)); err != nil {
		return tree.Tree{}, err
	}
	return after.Merge(env.Rec, t.committer, t.path, t.proposed.newLeaves())
}

// Public returns the next epoch as the public sees it. Only members can tell
// whether its confirmation tag is right.
func (t *Transition) Public() *PublicGroup { return t.to }

// Path returns the Commit's path, or nil. Callers must not write to it.
func (t *Transition) Path() *tree.UpdatePath { return t.path }

// Provisional returns the encoded provisional GroupContext, to which the path's
// ciphertexts are bound (Section 12.4.1).
func (t *Transition) Provisional() []byte { return bytes.Clone(t.provisional) }

// Removes tells whether the Commit removes the member at a leaf.
func (t *Transition) Removes(leaf tree.LeafIndex) bool {
	return slices.ContainsFunc(t.list.proposals, func(p cached) bool {
		return p.proposal.Type == spec.ProposalRemove && p.proposal.Remove.Removed == leaf
	})
}

// Decrypt opens the path secret that is meant for the member at a leaf, and
// derives what lies above it. Without a path it returns nil.
func (t *Transition) Decrypt(env *Env, leaf tree.LeafIndex, keys tree.Keyring) (*tree.PathSecrets, error) {
	if t.path == nil {
		return nil, nil
	}
	return t.proposed.tree.OpenPath(env.Rec, t.committer, leaf, keys, t.path, t.provisional, t.proposed.newLeaves())
}

// Confirm runs the key schedule of the next epoch and checks the confirmation
// tag. p is what Decrypt returned.
func (t *Transition) Confirm(env *Env, from *Epoch, p *tree.PathSecrets) (*Epoch, *schedule.SecretTree, []Consumed, error) {
	s := t.from.suite
	commit := s.Zero()
	var used []Consumed
	if p != nil {
		commit = p.CommitSecret
		used = pathSecrets(nil, p.Index, p.Secrets, p.CommitSecret)
	}
	var stages stages
	secrets, encryption := stages.run(s, from.secrets.Init, commit, t.to.encoded)
	if err := spec.Checkf(env.Rec, req.CommitConfirmationTag,
		s.VerifyMAC(secrets.Confirmation, t.to.context.ConfirmedTranscriptHash, t.to.tag), "epoch %d", t.to.context.Epoch); err != nil {
		return nil, nil, nil, err
	}
	used = append(stages.consumed(used, false), Consumed{Kind: KindInitSecret, Secret: from.secrets.Init.Bytes()})
	return &Epoch{t.to, secrets}, schedule.NewSecretTree(s, encryption, t.to.tree.Size()), used, nil
}

// Enter returns the member's state in the next epoch.
func (m *Member) Enter(e *Epoch, ratchets *schedule.SecretTree, t *Transition, p *tree.PathSecrets) *Member {
	keys := m.keys
	if key := m.covered(t.list); key != nil {
		keys = keys.WithLeaf(key)
	}
	var learned []tree.PathKey
	if p != nil {
		learned = p.Keys
	}
	return &Member{
		Epoch:    e,
		identity: m.identity,
		leaf:     m.leaf,
		keys:     keys.With(e.tree, learned),
		ratchets: ratchets,
	}
}

// covered returns the private key of the own Update that a list covers, if any.
func (m *Member) covered(l *proposalList) *suite.HPKEPrivateKey {
	for _, p := range l.proposals {
		for _, u := range m.updates {
			if bytes.Equal(p.ref, u.ref) {
				return u.key
			}
		}
	}
	return nil
}

// Receive processes another member's message: a proposal, a Commit or
// application data. It returns the state after it, which shares memory with the
// message: nobody may write to that any more. The error is or wraps
// [spec.ErrOwn] for the client's own message, [spec.ErrEpoch] for one of another
// epoch, [spec.ErrRemoved] if the client is no longer a member; else it is a
// [spec.Violation]. A message that is refused uses up nothing: the client goes on
// with m.
func (m *Member) Receive(env *Env, msg *message.MLSMessage) (_ *Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "message.receive", &err)()
	v, ratchets, used, err := m.unprotect(env, msg)
	if err != nil {
		return nil, Output{}, err
	}
	after := *m
	after.ratchets = ratchets
	content := &v.Content().Content
	out := Output{Sender: content.Sender.LeafIndex, Consumed: used}
	switch content.ContentType {
	case spec.ContentApplication:
		out.Data = content.ApplicationData
		return &after, out, nil
	case spec.ContentProposal:
		return after.receiveProposal(env, v, out)
	default:
		return after.receiveCommit(env, v, out)
	}
}

// receiveProposal caches a proposal that is valid by itself (Section 12.1).
func (m *Member) receiveProposal(env *Env, v *message.Verified, out Output) (_ *Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "proposal.receive", &err)()
	g, err := m.PublicGroup.Cache(env, v)
	if err != nil {
		return nil, Output{}, err
	}
	after := *m
	after.Epoch = &Epoch{g, m.secrets}
	return &after, out, nil
}

// Cache returns g with a proposal that a later Commit may refer to (Section
// 12.1). v must have been verified in this epoch.
func (g *PublicGroup) Cache(env *Env, v *message.Verified) (*PublicGroup, error) {
	content := v.Content()
	if content.Content.ContentType != spec.ContentProposal {
		return nil, fmt.Errorf("not a proposal: content type %d", content.Content.ContentType)
	}
	if err := g.checkPlace(env, content.Content.GroupID, content.Content.Epoch); err != nil {
		return nil, err
	}
	p := cached{ref: content.ProposalRef(g.suite), proposal: *content.Content.Proposal, sender: content.Content.Sender.LeafIndex}
	if err := g.validateProposal(env, p, false); err != nil {
		return nil, err
	}
	return g.with(p), nil
}

// receiveCommit is the four phases for one member alone.
func (m *Member) receiveCommit(env *Env, v *message.Verified, out Output) (_ *Member, _ Output, err error) {
	defer spec.Enter(env.Rec, "commit.receive", &err)()
	t, err := m.Apply(env, v)
	if err != nil {
		return nil, Output{}, err
	}
	if t.Removes(m.leaf) {
		return nil, out, spec.ErrRemoved
	}
	keys := m.keys
	if key := m.covered(t.list); key != nil {
		keys = keys.WithLeaf(key)
	}
	p, err := t.Decrypt(env, m.leaf, keys)
	if err != nil {
		return nil, Output{}, err
	}
	e, ratchets, used, err := t.Confirm(env, m.Epoch, p)
	if err != nil {
		return nil, Output{}, err
	}
	out.Consumed = append(out.Consumed, used...)
	return m.Enter(e, ratchets, t, p), out, nil
}
