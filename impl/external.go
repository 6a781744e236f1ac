package impl

import (
	"iter"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 12.4.3.2.

// ExternalOptions is what a client brings to an external Commit beside the
// GroupInfo.
type ExternalOptions struct {
	RatchetTree []byte                    // of the ratchet_tree extension's form, if the GroupInfo carries none
	Groups      iter.Seq[[]byte]          // group_ids of the groups that the client is in; may be nil
	Remove      *tree.LeafIndex           // the client's own former leaf, if it comes back
	PSKs        []schedule.PreSharedKeyID // their nonces are drawn here
	Data        []byte                    // authenticated_data of the message

	LeafExtensions []tree.Extension   // of the new leaf, and of those that follow it in the group
	Capabilities   *tree.Capabilities // fewer than the client has; nil: all
}

// JoinExternal makes a Commit by which a client adds itself to a group (RFC
// 9420, Section 12.4.3.2). The Output's Message is for the group; the client goes
// on with the Staged state if the Commit is accepted.
func JoinExternal(env *Env, id *Identity, info *message.GroupInfo, o ExternalOptions) (_ *Staged, _ Output, err error) {
	defer spec.Enter(env.Rec, "external.join", &err)()
	if err := env.admit(info); err != nil {
		return nil, Output{}, err
	}
	if err := env.checkAuthenticated(o.Data); err != nil {
		return nil, Output{}, err
	}
	if err := info.CheckExtensions(env.Rec); err != nil {
		return nil, Output{}, err
	}
	reader := &infoReader{suite: id.Suite, version: spec.MLS10, tree: o.RatchetTree, groups: o.Groups}
	g, err := reader.read(env, info)
	if err != nil {
		return nil, Output{}, err
	}
	c := &committer{PublicGroup: g, identity: id, extensions: o.LeafExtensions, capabilities: o.Capabilities}
	list, err := c.externalList(env, info, &o)
	if err != nil {
		return nil, Output{}, err
	}
	if err := g.validateList(env, list, true); err != nil {
		return nil, Output{}, err
	}
	spec.Branch(env.Rec, req.ExternalPSKs, len(list.pskIDs()) > 0)
	psks, err := lookup(env, req.PSKAvailable, list.pskIDs(), env.held)
	if err != nil {
		return nil, Output{}, err
	}
	proposed := g.apply(list)
	step, err := c.newPath(env, proposed, false)
	if err != nil {
		return nil, Output{}, err
	}
	if err := c.validateJoiner(env, list, proposed, step); err != nil {
		return nil, Output{}, err
	}
	content, err := g.frame(id, list.committer, message.Content{
		ContentType: spec.ContentCommit,
		Commit:      &message.Commit{Proposals: list.wire(), Path: step.path},
	}, spec.WirePublicMessage, o.Data)
	if err != nil {
		return nil, Output{}, err
	}
	next, err := c.confirm(env, step, psks, content)
	if err != nil {
		return nil, Output{}, err
	}
	pm, err := message.ProtectPublic(env.Rec, g.suite, content, g.encoded, nil)
	if err != nil {
		return nil, Output{}, err
	}
	used := append(step.consumed(false), Consumed{Kind: KindInitSecret, Secret: c.init.Bytes()})
	msg := message.Public(pm)
	return &Staged{Next: next, Commit: msg}, Output{Message: msg, Consumed: used}, nil
}

// externalList draws the init_secret, and returns the list that brings it to the
// group.
func (c *committer) externalList(env *Env, info *message.GroupInfo, o *ExternalOptions) (*proposalList, error) {
	external, ok, err := message.ExternalPubOf(info.Extensions)
	if err != nil {
		return nil, err
	}
	if err := spec.Check(env.Rec, req.ExternalExternalPub, ok); err != nil {
		return nil, err
	}
	output, init, err := c.suite.EncapsulateInit(env.Rand, external)
	if err := spec.Checkf(env.Rec, req.SuitePublicKey, err == nil, "external_pub: %w", err); err != nil {
		return nil, err
	}
	c.init = schedule.NewInitSecret(init)
	by := message.Sender{Type: spec.SenderNewMemberCommit}
	values := CommitOptions{PSKs: o.PSKs}
	if o.Remove != nil {
		values.Remove = []tree.LeafIndex{*o.Remove}
	}
	list := &proposalList{committer: by}
	list.proposals, err = values.values(env, c.PublicGroup, by)
	first := message.Proposal{Type: spec.ProposalExternalInit, ExternalInit: &message.ExternalInit{KEMOutput: output}}
	list.proposals = append([]cached{byValue(first, by)}, list.proposals...)
	return list, err
}

// validateJoiner holds the joiner's leaf to what every member will ask of it.
func (c *committer) validateJoiner(env *Env, l *proposalList, proposed *applied, step *committing) error {
	rules, err := c.rules(env, true).with(proposed.extensions)
	if err != nil {
		return err
	}
	leaf := &step.path.LeafNode
	if err := rules.supports(leaf); err != nil {
		return err
	}
	return rules.replaces(c.tree, l, leaf)
}
