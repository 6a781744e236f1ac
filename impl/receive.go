package impl

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
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
	if err := g.checkOpen(env); err != nil {
		return nil, err
	}
	commit := content.Content.Commit
	t := &Transition{from: g, path: commit.Path}
	spec.Ignore(env.Rec, req.CommitOmission, len(commit.Proposals) < len(g.proposals))
	var err error
	if t.list, err = g.resolve(env, commit, content.Content.Sender); err != nil {
		return nil, err
	}
	if err := g.validateList(env, t.list, false); err != nil {
		return nil, err
	}
	t.proposed = g.apply(t.list)
	if err := t.proposed.validate(env, g); err != nil {
		return nil, err
	}
	if err := t.list.checkPath(env, commit.Path != nil); err != nil {
		return nil, err
	}
	if t.list.external() {
		spec.Branch(env.Rec, req.ExternalPSKs, len(t.list.pskIDs()) > 0)
	}
	merged, err := t.merge(env)
	if err != nil {
		return nil, err
	}
	context := g.provisional(merged, t.proposed.extensions)
	t.provisional = spec.Derive(env.Rec, req.CommitProvisional, wire.Encode(&context))
	context.ConfirmedTranscriptHash = schedule.ConfirmedTranscriptHash(g.suite, g.interim, content.ConfirmedInput())
	t.to = newPublicGroup(g.suite, context, merged, content.Auth.ConfirmationTag)
	t.to.reinit = t.proposed.reinit
	return t, nil
}

// resolve looks up what the Commit refers to (Section 12.4).
func (g *PublicGroup) resolve(env *Env, commit *message.Commit, committer message.Sender) (*proposalList, error) {
	if err := env.checkCovered(len(commit.Proposals)); err != nil {
		return nil, err
	}
	l := &proposalList{committer: committer, proposals: make([]cached, 0, len(commit.Proposals))}
	named := g.references(env, len(commit.Proposals))
	for _, p := range commit.Proposals {
		if err := spec.Check(env.Rec, req.ExternalByReference, !l.external() || p.Type == spec.ByValue); err != nil {
			return nil, err
		}
		if p.Type == spec.ByValue {
			if err := spec.Checkf(env.Rec, req.CommitUpdateByReference, p.Proposal.Type != spec.ProposalUpdate, "by leaf %d", committer.LeafIndex); err != nil {
				return nil, err
			}
			l.proposals = append(l.proposals, byValue(*p.Proposal, committer))
			continue
		}
		known, err := named(p.Reference)
		if err != nil {
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
	if err := t.validatePath(env); err != nil {
		return tree.Tree{}, err
	}
	return t.proposed.tree.Merge(env.Rec, t.proposed.committer, t.path, t.proposed.newLeaves())
}

// validatePath decides what is asked of the committer's new leaf (Section 7.3):
// with the extensions of the next epoch (Section 12.3), and of one who joins by
// the Commit what would be asked of an Add, and of an Update for the member
// that it replaces (Section 12.2).
func (t *Transition) validatePath(env *Env) error {
	rules, err := t.from.rules(env, false).with(t.proposed.extensions)
	if err != nil {
		return err
	}
	leaf := &t.path.LeafNode
	if err := because(env, req.CommitLeaf, rules.CommitLeaf(t.proposed.tree, t.proposed.committer, leaf)); err != nil {
		return err
	}
	if !t.list.external() {
		return nil
	}
	if err := rules.supports(leaf); err != nil {
		return err
	}
	return rules.replaces(t.from.tree, t.list, leaf)
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

// Custom returns what the Commit covers of the application's own proposals, in its
// order. Callers must not write to it.
func (t *Transition) Custom() []Custom { return t.list.custom() }

// Decrypt opens the path secret that is meant for the member at a leaf, and
// derives what lies above it. Without a path it returns nil.
func (t *Transition) Decrypt(env *Env, leaf tree.LeafIndex, keys tree.Keyring) (*tree.PathSecrets, error) {
	if t.path == nil {
		return nil, nil
	}
	return t.proposed.tree.OpenPath(env.Rec, t.proposed.committer, leaf, keys, t.path, t.provisional, t.proposed.newLeaves())
}

// KEMOutput returns what an external Commit brings its init_secret in (Section 8.3),
// or nil. Callers must not write to it.
func (t *Transition) KEMOutput() []byte { return t.proposed.init }

// PSKIDs names the PSKs that the Commit covers, in its order. Callers must not
// write to it.
func (t *Transition) PSKIDs() []schedule.PreSharedKeyID { return t.proposed.psks }

// PSKs looks up the PSKs that the Commit names (Section 12.4.2). The error wraps
// [spec.ErrMissing] if the member has not got one.
func (t *Transition) PSKs(env *Env, m *Member) ([]schedule.PSK, error) {
	return lookup(env, req.PSKAvailable, t.proposed.psks, m.source(env))
}

// init returns the init_secret that leads to the next epoch: that of the present
// one, or what a new member brings (Sections 8.3 and 12.3).
func (t *Transition) init(env *Env, from *Epoch) (schedule.InitSecret, error) {
	if t.proposed.init == nil {
		return from.secrets.Init, nil
	}
	secret, err := t.from.suite.DecapsulateInit(from.external(), t.proposed.init)
	return schedule.NewInitSecret(secret), spec.Checkf(env.Rec, req.ExternalInitKemOutput, err == nil, "%w", err)
}

// Confirm runs the key schedule of the next epoch and checks the confirmation
// tag. psks are what PSKs returned, p is what Decrypt returned.
func (t *Transition) Confirm(env *Env, from *Epoch, psks []schedule.PSK, p *tree.PathSecrets) (*Epoch, *schedule.SecretTree, []Consumed, error) {
	s := t.from.suite
	commit := spec.Derive(env.Rec, req.CommitPathSecretZero, s.Zero())
	var used []Consumed
	if p != nil {
		commit = p.CommitSecret
		used = pathSecrets(nil, p.Index, p.Secrets, p.CommitSecret)
	}
	psk, err := schedule.PSKSecret(env.Rec, s, psks)
	if err != nil {
		return nil, nil, nil, err
	}
	init, err := t.init(env, from)
	if err != nil {
		return nil, nil, nil, err
	}
	var stages stages
	secrets, encryption := stages.run(s, init, commit, psk, t.to.encoded)
	if err := spec.Checkf(env.Rec, req.CommitConfirmationTag,
		message.Confirms(s, secrets.Confirmation, t.to.context.ConfirmedTranscriptHash, t.to.tag), "epoch %d", t.to.context.Epoch); err != nil {
		return nil, nil, nil, err
	}
	used = append(stages.consumed(used, false), Consumed{Kind: KindInitSecret, Secret: from.secrets.Init.Bytes()})
	if t.proposed.init != nil {
		used = append(used, Consumed{Kind: KindInitSecret, Secret: init.Bytes()})
	}
	return &Epoch{t.to, secrets}, schedule.NewSecretTree(s, encryption, t.to.tree.Size()), used, nil
}

// Enter returns the member's state in the next epoch.
func (m *Member) Enter(env *Env, e *Epoch, ratchets *schedule.SecretTree, t *Transition, p *tree.PathSecrets) *Member {
	keys, id := m.updated(t)
	var learned []tree.PathKey
	if p != nil && spec.Step(env.Rec, req.PathKeysKept) {
		learned = p.Keys
	}
	next := &Member{
		Epoch:    e,
		identity: id,
		leaf:     m.leaf,
		keys:     keys.With(e.tree, learned),
		ratchets: ratchets,
	}
	next.remember(env, m)
	return next
}

// updated returns the member's keys and identity with what an own Update that
// the Commit covers makes of them.
func (m *Member) updated(t *Transition) (tree.Keyring, *Identity) {
	for p := range t.list.of(spec.ProposalUpdate) {
		for _, u := range m.updates {
			if bytes.Equal(p.ref, u.ref) {
				return m.keys.WithLeaf(u.key), u.identity
			}
		}
	}
	return m.keys, m.identity
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
	if err := env.admit(msg); err != nil {
		return nil, Output{}, err
	}
	v, ratchets, used, err := m.unprotect(env, msg)
	if errors.Is(err, spec.ErrEpoch) {
		return m.receiveLate(env, msg, err)
	}
	if err != nil {
		return nil, Output{}, err
	}
	if err := m.checkOpen(env); err != nil {
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
	g, ref, err := m.cache(env, v)
	if err != nil {
		return nil, Output{}, err
	}
	after := *m
	after.Epoch = &Epoch{g, m.secrets}
	out.Proposal = ref
	return &after, out, nil
}

// Cache returns g with a proposal that a later Commit may refer to (Section
// 12.1). v must have been verified in this epoch.
func (g *PublicGroup) Cache(env *Env, v *message.Verified) (*PublicGroup, error) {
	after, _, err := g.cache(env, v)
	return after, err
}

// cache is Cache, and returns the proposal's reference, too.
func (g *PublicGroup) cache(env *Env, v *message.Verified) (*PublicGroup, message.ProposalRef, error) {
	content := v.Content()
	if content.Content.ContentType != spec.ContentProposal {
		return nil, nil, fmt.Errorf("not a proposal: content type %d", content.Content.ContentType)
	}
	if err := g.checkPlace(env, content.Content.GroupID, content.Content.Epoch); err != nil {
		return nil, nil, err
	}
	if err := g.checkOpen(env); err != nil {
		return nil, nil, err
	}
	p := cached{ref: content.ProposalRef(g.suite), proposal: *content.Content.Proposal, sender: content.Content.Sender}
	if err := g.validateProposal(env, g.rules(env, false), p, false); err != nil {
		return nil, nil, err
	}
	after, err := g.with(env, p)
	return after, p.ref, err
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
	psks, err := t.PSKs(env, m)
	if err != nil {
		return nil, Output{}, err
	}
	keys, _ := m.updated(t)
	p, err := t.Decrypt(env, m.leaf, keys)
	if err != nil {
		return nil, Output{}, err
	}
	e, ratchets, used, err := t.Confirm(env, m.Epoch, psks, p)
	if err != nil {
		return nil, Output{}, err
	}
	out.Consumed = append(out.Consumed, used...)
	out.Custom = t.Custom()
	return m.Enter(env, e, ratchets, t, p), out, nil
}
