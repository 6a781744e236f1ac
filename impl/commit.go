package impl

import (
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
	Remove []tree.LeafIndex      // by value, in this order
	Add    []*message.KeyPackage // by value, in this order
	Omit   bool                  // leave out the proposals received in this epoch
	NoPath bool                  // no path, where Section 12.4 allows that
	Format spec.WireFormat       // WirePublicMessage or WirePrivateMessage
}

// A Staged commit is what a committer holds until it knows whether its Commit
// was accepted: if so it goes on with Next, if not it drops the whole.
type Staged struct {
	Next  *Member
	Added []tree.LeafIndex // of the new members
}

// Commit ends the epoch. It returns the state to go on with if the Commit is
// *not* accepted (a PrivateMessage has moved the handshake ratchet), and the
// staged one. The Output's Consumed are the secrets of the new epoch that
// neither of the two holds.
func (m *Member) Commit(env *Env, o CommitOptions) (_ *Member, _ *Staged, _ Output, err error) {
	defer spec.Enter(env.Rec, "commit.send", &err)()
	list := m.list(o)
	if err := m.validateList(env, list, true); err != nil {
		return nil, nil, Output{}, err
	}
	if err := list.checkPath(env, !o.NoPath); err != nil {
		return nil, nil, Output{}, err
	}
	proposed, err := m.apply(env, list)
	if err != nil {
		return nil, nil, Output{}, err
	}
	step, err := m.newPath(env, proposed, o.NoPath)
	if err != nil {
		return nil, nil, Output{}, err
	}
	content, err := m.sign(message.Content{
		ContentType: spec.ContentCommit,
		Commit:      &message.Commit{Proposals: list.wire(), Path: step.path},
	}, o.Format)
	if err != nil {
		return nil, nil, Output{}, err
	}
	next := m.confirm(step, content)
	after, out, err := m.protect(env, content)
	if err != nil {
		return nil, nil, Output{}, err
	}
	if len(proposed.added) > 0 {
		out.Welcome, err = next.welcome(env, step, proposed)
		if err != nil {
			return nil, nil, Output{}, err
		}
	}
	out.Consumed = append(out.Consumed, step.consumed(len(proposed.added) > 0)...)
	return after, &Staged{Next: next, Added: proposed.newLeaves()}, out, nil
}

// list collects what the Commit covers: by reference first, then by value.
func (m *Member) list(o CommitOptions) *proposalList {
	l := &proposalList{committer: m.leaf}
	if !o.Omit {
		l.proposals = m.cover(m.leaf, o.Remove)
	}
	for _, leaf := range o.Remove {
		p := message.Proposal{Type: spec.ProposalRemove, Remove: &message.Remove{Removed: leaf}}
		l.proposals = append(l.proposals, byValue(p, m.leaf))
	}
	for _, kp := range o.Add {
		p := message.Proposal{Type: spec.ProposalAdd, Add: &message.Add{KeyPackage: *kp}}
		l.proposals = append(l.proposals, byValue(p, m.leaf))
	}
	return l
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

// committing is a Commit in the making: what it does to tree and secrets.
type committing struct {
	tree    tree.Tree
	context schedule.GroupContext // provisional
	keys    tree.Keyring
	path    *tree.UpdatePath
	fresh   *tree.FreshPath // nil without a path
	commit  suite.Secret    // commit_secret
	stages  stages
}

// newPath makes the path, if there is to be one, and the provisional
// GroupContext that its ciphertexts are bound to.
func (m *Member) newPath(env *Env, proposed *applied, noPath bool) (*committing, error) {
	c := &committing{tree: proposed.tree, commit: m.suite.Zero()}
	var err error
	if !noPath {
		c.fresh, err = proposed.tree.NewPath(env.Rand, m.leaf, m.identity.leaf(), m.identity.Signer, m.context.GroupID)
		if err != nil {
			return nil, err
		}
		c.tree, c.commit = c.fresh.Tree, c.fresh.CommitSecret
	}
	c.context = m.provisional(c.tree)
	c.keys = m.keys.With(c.tree, nil)
	if c.fresh != nil {
		c.keys = m.keys.WithLeaf(c.fresh.LeafKey).With(c.tree, c.fresh.Keys)
		c.path, err = c.fresh.Seal(env.Rand, wire.Encode(&c.context), proposed.newLeaves())
		if err := spec.Checkf(env.Rec, req.SuitePublicKey, err == nil, "%w", err); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// provisional returns the GroupContext of the next epoch with the confirmed
// transcript hash of this one.
func (g *PublicGroup) provisional(t tree.Tree) schedule.GroupContext {
	c := g.context
	c.Epoch++
	c.TreeHash = t.Hash()
	return c
}

// confirm runs the key schedule of the next epoch, puts the confirmation tag
// into content, and returns the committer's state in that epoch.
func (m *Member) confirm(c *committing, content *message.AuthenticatedContent) *Member {
	c.context.ConfirmedTranscriptHash = schedule.ConfirmedTranscriptHash(m.suite, m.interim, content.ConfirmedInput())
	secrets, encryption := c.stages.run(m.suite, m.secrets.Init, c.commit, wire.Encode(&c.context))
	content.Auth.ConfirmationTag = message.ConfirmationTag(m.suite, secrets.Confirmation, c.context.ConfirmedTranscriptHash)
	return &Member{
		Epoch:    &Epoch{newPublicGroup(m.suite, c.context, c.tree, content.Auth.ConfirmationTag), secrets},
		identity: m.identity,
		leaf:     m.leaf,
		keys:     c.keys,
		ratchets: schedule.NewSecretTree(m.suite, encryption, c.tree.Size()),
	}
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
	joiner  schedule.JoinerSecret
	member  schedule.MemberSecret
	welcome schedule.WelcomeSecret
	epoch   schedule.EpochSecret
}

// run carries out the key schedule; without PSKs psk_secret is zero.
func (s *stages) run(cs *suite.Suite, init schedule.InitSecret, commit suite.Secret, context []byte) (*schedule.Secrets, suite.Secret) {
	s.joiner = schedule.Joiner(cs, init, commit, context)
	return s.fromJoiner(cs, context)
}

// fromJoiner is run for one who is given the joiner_secret.
func (s *stages) fromJoiner(cs *suite.Suite, context []byte) (*schedule.Secrets, suite.Secret) {
	s.member = s.joiner.Member(cs.Zero())
	s.welcome = s.member.Welcome()
	s.epoch = s.member.Epoch(context)
	return s.epoch.Derive()
}

func (s *stages) consumed(used []Consumed, welcomed bool) []Consumed {
	used = append(slices.Clip(used),
		Consumed{Kind: KindJoinerSecret, Secret: s.joiner.Bytes()},
		Consumed{Kind: KindMemberSecret, Secret: s.member.Bytes()},
		Consumed{Kind: KindEpochSecret, Secret: s.epoch.Bytes()})
	if welcomed {
		used = append(used, Consumed{Kind: KindWelcomeSecret, Secret: s.welcome.Bytes()})
	}
	return used
}
