package impl

import (
	"errors"
	"slices"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.4.1.

// CommitOptions say what a Commit covers and how it looks.
type CommitOptions struct {
	Omit  bool                   // leave out the proposals received in this epoch
	Cover *[]message.ProposalRef // of these, exactly the ones referred to, in this order; nil: all of which a valid list can be made

	Remove     []tree.LeafIndex          // by value, as are all that follow, in this order
	Add        []*message.KeyPackage     //
	PSKs       []schedule.PreSharedKeyID // their nonces are drawn here
	Extensions *[]tree.Extension         // of the GroupContext, all of them
	ReInit     *message.ReInit           //

	NoPath   bool            // no path, where Section 12.4 allows that
	Identity *Identity       // another credential or signature key for the own leaf, by the path; nil keeps the present ones
	Format   spec.WireFormat // WirePublicMessage or WirePrivateMessage
	Custom   []Custom        // of the application, by value; their Senders are ignored
	Data     []byte          // authenticated_data of the message (Section 6.1)

	Welcome WelcomeOptions

	linking bool // see proposalList
}

// A Staged commit is what a committer holds until it knows whether its Commit
// was accepted: if so it goes on with Next and sends the Welcomes, if not it
// drops the whole (RFC 9420, Section 14).
type Staged struct {
	Next     *Member
	Commit   *message.MLSMessage // as it was sent, to know it by when it comes back
	Added    []tree.LeafIndex    // of the new members
	Welcomes []*message.Welcome
}

// Commit ends the epoch. It returns the state to go on with if the Commit is
// *not* accepted (a PrivateMessage has moved the handshake ratchet), and the
// staged one. The Output's Consumed are the secrets of the new epoch that
// neither of the two holds.
func (m *Member) Commit(env *Env, o CommitOptions) (_ *Member, _ *Staged, _ Output, err error) {
	defer spec.Enter(env.Rec, "commit.send", &err)()
	if err := env.checkAuthenticated(o.Data); err != nil {
		return nil, nil, Output{}, err
	}
	if err := m.checkOpen(env); err != nil {
		return nil, nil, Output{}, err
	}
	if o.NoPath && o.Identity != nil {
		return nil, nil, Output{}, errors.New("a new credential or signature key takes a path")
	}
	spec.Branch(env.Rec, req.PathLeafChanges, o.Identity != nil)
	spec.Branch(env.Rec, req.CommitPathOmitted, o.NoPath)
	list, err := m.list(env, &o)
	if err != nil {
		return nil, nil, Output{}, err
	}
	if err := m.validateList(env, list, true); err != nil {
		return nil, nil, Output{}, err
	}
	spec.Branch(env.Rec, req.CommitEmpty, len(list.proposals) == 0)
	psks, err := lookup(env, req.PSKAvailable, list.pskIDs(), m.source(env))
	if err != nil {
		return nil, nil, Output{}, err
	}
	if err := list.checkPath(env, !o.NoPath); err != nil {
		return nil, nil, Output{}, err
	}
	proposed := m.apply(list)
	if err := proposed.validate(env, m.PublicGroup); err != nil {
		return nil, nil, Output{}, err
	}
	if err := list.checkOwn(env); err != nil {
		return nil, nil, Output{}, err
	}
	c := m.committer(o.Identity)
	step, err := c.newPath(env, proposed, o.NoPath)
	if err != nil {
		return nil, nil, Output{}, err
	}
	content, err := m.sign(message.Content{
		ContentType: spec.ContentCommit,
		Commit:      &message.Commit{Proposals: list.wire(), Path: step.path},
	}, o.Format, o.Data)
	if err != nil {
		return nil, nil, Output{}, err
	}
	next, err := c.confirm(env, step, psks, content)
	if err != nil {
		return nil, nil, Output{}, err
	}
	next.remember(env, m)
	under := *m
	if !spec.Step(env.Rec, req.CommitProtect) {
		under.Epoch, under.ratchets = next.Epoch, next.ratchets
	}
	after, out, err := under.protect(env, content)
	if err != nil {
		return nil, nil, Output{}, err
	}
	staged := &Staged{Next: next, Commit: out.Message, Added: proposed.newLeaves()}
	staged.Welcomes, err = next.welcomes(env, step, proposed, &o.Welcome)
	if err != nil {
		return nil, nil, Output{}, err
	}
	out.Custom = list.custom()
	out.Consumed = append(out.Consumed, step.consumed(len(proposed.added) > 0)...)
	return after, staged, out, nil
}

// wire returns the list as the Commit carries it.
func (l *proposalList) wire() []message.ProposalOrRef {
	w := make([]message.ProposalOrRef, len(l.proposals))
	for i, p := range l.proposals {
		if p.ref != nil {
			w[i] = message.ProposalOrRef{Type: spec.ByReference, Reference: p.ref}
		} else {
			w[i] = message.ProposalOrRef{Type: spec.ByValue, Proposal: &p.proposal}
		}
	}
	return w
}

// A committer is who makes a Commit: a member, or a client that joins by it.
type committer struct {
	*PublicGroup
	identity *Identity // of the new leaf
	keys     tree.Keyring
	init     schedule.InitSecret

	extensions   []tree.Extension   // of the new leaf, in place of those of the old one; none keeps these
	capabilities *tree.Capabilities // the same; nil keeps the old ones
}

func (m *Member) committer(id *Identity) *committer {
	if id == nil {
		id = m.identity
	}
	return &committer{PublicGroup: m.PublicGroup, identity: id, keys: m.keys, init: m.secrets.Init}
}

// committing is a Commit in the making: what it does to tree and secrets.
type committing struct {
	tree    tree.Tree
	context schedule.GroupContext // provisional
	reinit  *message.ReInit
	leaf    tree.LeafIndex
	keys    tree.Keyring
	path    *tree.UpdatePath
	fresh   *tree.FreshPath // nil without a path
	commit  suite.Secret    // commit_secret
	psks    []schedule.PSK
	stages  stages
}

// newPath makes the path, if there is to be one, and the provisional
// GroupContext that its ciphertexts are bound to. Without a path the committer
// keeps its leaf.
func (c *committer) newPath(env *Env, proposed *applied, noPath bool) (*committing, error) {
	step := &committing{tree: proposed.tree, leaf: proposed.committer, reinit: proposed.reinit, commit: spec.Derive(env.Rec, req.CommitPathSecretZero, c.suite.Zero())}
	var err error
	if !noPath {
		leaf, err := env.told(c.suite, c.leafAfter(env, c.identity, step.leaf), c.extensions, c.capabilities)
		if err != nil {
			return nil, err
		}
		if leaf, err = env.greasedLeaf(leaf, nil); err != nil {
			return nil, err
		}
		step.fresh, err = proposed.tree.NewPath(env.Rand, step.leaf, leaf, c.identity.Signer, c.context.GroupID)
		if err != nil {
			return nil, err
		}
		step.tree, step.commit = step.fresh.Tree, step.fresh.CommitSecret
	}
	step.context = c.provisional(step.tree, proposed.extensions)
	if step.fresh == nil {
		step.keys = c.keys.With(step.tree, nil)
		return step, nil
	}
	if err := c.validateOwn(env, proposed, step); err != nil {
		return nil, err
	}
	keys := c.keys
	if keys.Leaf() == nil {
		keys = tree.NewKeyring(step.leaf, step.fresh.LeafKey)
	}
	step.keys = keys.WithLeaf(step.fresh.LeafKey).With(step.tree, step.fresh.Keys)
	step.path, err = step.fresh.Seal(env.Rand, spec.Derive(env.Rec, req.CommitProvisional, wire.Encode(&step.context)), proposed.newLeaves())
	if err := spec.Checkf(env.Rec, req.SuitePublicKey, err == nil, "%w", err); err != nil {
		return nil, err
	}
	return step, nil
}

// validateOwn holds the committer's new leaf to what every receiver will ask of
// it (Section 7.3).
func (c *committer) validateOwn(env *Env, proposed *applied, step *committing) error {
	rules, err := c.rules(env, true).with(proposed.extensions)
	if err != nil {
		return err
	}
	return because(env, req.CommitLeaf, rules.CommitLeaf(proposed.tree, step.leaf, step.tree.Leaf(step.leaf)))
}

// provisional returns the GroupContext of the next epoch with the confirmed
// transcript hash of this one.
func (g *PublicGroup) provisional(t tree.Tree, extensions []tree.Extension) schedule.GroupContext {
	c := g.context
	if spec.Step(nil, req.ContextNext) {
		c.Epoch++
	}
	c.TreeHash = t.Hash()
	c.Extensions = extensions
	return c
}

// confirm runs the key schedule of the next epoch, puts the confirmation tag
// into content, and returns the committer's state in that epoch.
func (c *committer) confirm(env *Env, step *committing, psks []schedule.PSK, content *message.AuthenticatedContent) (*Member, error) {
	step.context.ConfirmedTranscriptHash = schedule.ConfirmedTranscriptHash(c.suite, c.interim, content.ConfirmedInput())
	psk, err := schedule.PSKSecret(env.Rec, c.suite, psks)
	if err != nil {
		return nil, err
	}
	step.psks = psks
	secrets, encryption := step.stages.run(c.suite, c.init, step.commit, psk, wire.Encode(&step.context))
	content.Auth.ConfirmationTag = message.ConfirmationTag(c.suite, secrets.Confirmation, step.context.ConfirmedTranscriptHash)
	g := newPublicGroup(c.suite, step.context, step.tree, content.Auth.ConfirmationTag)
	g.reinit = step.reinit
	return &Member{
		Epoch:    &Epoch{g, secrets},
		identity: c.identity,
		leaf:     step.leaf,
		keys:     step.keys,
		ratchets: schedule.NewSecretTree(c.suite, encryption, step.tree.Size()),
	}, nil
}

// consumed lists the secrets of the new epoch that are gone when the Commit is
// made.
func (c *committing) consumed(welcomed bool) []Consumed {
	var used []Consumed
	if c.fresh != nil {
		used = pathSecrets(used, 0, c.fresh.Secrets, c.fresh.CommitSecret)
	}
	return c.stages.consumed(used, welcomed)
}

func pathSecrets(used []Consumed, first int, secrets []suite.Secret, commit suite.Secret) []Consumed {
	for i, s := range secrets {
		used = append(used, Consumed{Kind: KindPathSecret, Index: uint32(first + i), Secret: s})
	}
	return append(used, Consumed{Kind: KindCommitSecret, Secret: commit})
}

// stages are the secrets between one epoch and the next (Section 8). They live
// as long as the step that runs them.
type stages struct {
	psk     suite.Secret
	joiner  schedule.JoinerSecret
	member  schedule.MemberSecret
	welcome schedule.WelcomeSecret
	epoch   schedule.EpochSecret
}

// run carries out the key schedule.
func (s *stages) run(cs *suite.Suite, init schedule.InitSecret, commit, psk suite.Secret, context []byte) (*schedule.Secrets, suite.Secret) {
	s.joiner = schedule.Joiner(cs, init, commit, context)
	s.extract(psk)
	s.epoch = s.member.Epoch(context)
	return s.epoch.Derive()
}

// extract mixes psk_secret in, which is as far as one gets who has no
// GroupContext yet.
func (s *stages) extract(psk suite.Secret) {
	s.psk = psk
	s.member = s.joiner.Member(psk)
	s.welcome = s.member.Welcome()
}

func (s *stages) consumed(used []Consumed, welcomed bool) []Consumed {
	used = append(slices.Clip(used),
		Consumed{Kind: KindJoinerSecret, Secret: s.joiner.Bytes()},
		Consumed{Kind: KindMemberSecret, Secret: s.member.Bytes()},
		Consumed{Kind: KindEpochSecret, Secret: s.epoch.Bytes()})
	if welcomed {
		used = append(used, Consumed{Kind: KindWelcomeSecret, Secret: s.welcome.Bytes()})
	}
	if slices.ContainsFunc(s.psk, func(b byte) bool { return b != 0 }) {
		used = append(used, Consumed{Kind: KindPSKSecret, Secret: s.psk})
	}
	return used
}
