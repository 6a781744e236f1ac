package forge

import (
	"fmt"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/impl/wire"
	"mlssim/spec"
)

// RFC 9420, Sections 12.4.1 and 12.4.3.2, without looking at any rule.

// Covered is a proposal that a Commit covers.
type Covered struct {
	Ref      []byte // nil: by value
	Proposal message.Proposal
	Sender   message.Sender
}

// Values returns proposals by value.
func Values(proposals ...message.Proposal) []Covered {
	list := make([]Covered, len(proposals))
	for i, p := range proposals {
		list[i].Proposal = p
	}
	return list
}

// A Forgery is what is wrong with a Commit; all that is nil is right.
type Forgery struct {
	List    []Covered
	NoPath  bool
	Garbage []tree.LeafIndex             // members for whom the path holds nothing that opens
	Keys    func([]suite.HPKEPublicKey)  // of the path
	Leaf    func(*tree.LeafNode)         // of the path, before it is signed
	Signer  *suite.SignatureKey          // of the leaf
	Signed  func(*tree.LeafNode)         // after it is signed
	Context func(*schedule.GroupContext) // that the path is sealed in
	Sealed  func(*tree.UpdatePath)       // before the content is signed
	Commit  func(*message.Commit)        // before the content is signed
	Framing
}

// A Made commit is what its maker knows of it.
type Made struct {
	Message *message.MLSMessage
	Next    *Forger                   // in the epoch that the Commit begins
	Joiner  schedule.JoinerSecret     // of that epoch, for a Welcome
	Path    *tree.FreshPath           // nil without a path
	Added   []tree.LeafIndex          // leaves of the new members
	PSKs    []schedule.PreSharedKeyID // that were mixed in
	Init    schedule.InitSecret       // that it begins with: the epoch's, or what an external Commit brings
}

// Commit ends the epoch. It needs Identity and init_secret, and what
// [Forger.Message] needs; without Keys it can open nothing later.
func (f *Forger) Commit(v Forgery) (*Made, error) {
	if err := holds(f.Secrets != nil && f.Secrets.Init.Bytes() != nil, "init_secret"); err != nil {
		return nil, err
	}
	return f.commit(&v, &role{sender: message.Member(f.Leaf), leaf: f.Leaf, init: f.Secrets.Init})
}

// External makes a Commit by which f, who is outside, joins: it needs Identity and
// the external_pub of a GroupInfo. Before the list of v stands the ExternalInit; a
// change of list may drop it.
func (f *Forger) External(pub suite.HPKEPublicKey, v Forgery, list func(init Covered) []Covered) (*Made, error) {
	output, init, err := f.Suite.EncapsulateInit(f.Rand, pub)
	if err != nil {
		return nil, err
	}
	by := message.Sender{Type: spec.SenderNewMemberCommit}
	first := Covered{Proposal: message.Proposal{Type: spec.ProposalExternalInit, ExternalInit: &message.ExternalInit{KEMOutput: output}}}
	v.List = append([]Covered{first}, v.List...)
	if list != nil {
		v.List = list(first)
	}
	frame := v.Content
	v.Content = func(c *message.FramedContent) {
		c.Sender = by
		alter(frame, c)
	}
	return f.commit(&v, &role{sender: by, init: schedule.NewInitSecret(init), outside: true})
}

// A role is in which capacity a Commit is made.
type role struct {
	sender  message.Sender
	leaf    tree.LeafIndex
	init    schedule.InitSecret
	outside bool
}

// change is what a Commit does to the group before its path.
type change struct {
	tree       tree.Tree
	extensions []tree.Extension
	added      []tree.LeafIndex
	psks       []schedule.PreSharedKeyID
}

// apply applies a list in the order of RFC 9420, Section 12.3. Of what nobody can
// apply nothing comes.
func (f *Forger) apply(list []Covered) *change {
	c := &change{tree: f.Tree, extensions: f.Context.Extensions}
	steps := []func(*Covered){
		func(p *Covered) {
			if e := p.Proposal.GroupContextExtensions; e != nil {
				c.extensions = e.Extensions
			}
		},
		func(p *Covered) {
			if u := p.Proposal.Update; u != nil {
				c.tree = c.tree.Update(p.Sender.LeafIndex, u.LeafNode)
			}
		},
		func(p *Covered) {
			if r := p.Proposal.Remove; r != nil {
				c.tree = c.tree.Remove(r.Removed)
			}
		},
		func(p *Covered) {
			if a := p.Proposal.Add; a != nil {
				var leaf tree.LeafIndex
				c.tree, leaf = c.tree.Add(a.KeyPackage.LeafNode)
				c.added = append(c.added, leaf)
			}
		},
		func(p *Covered) {
			if psk := p.Proposal.PreSharedKey; psk != nil {
				c.psks = append(c.psks, psk.PSK)
			}
		},
	}
	for _, step := range steps {
		for i := range list {
			step(&list[i])
		}
	}
	return c
}

func (f *Forger) commit(v *Forgery, as *role) (*Made, error) {
	if err := f.holdsSigner(); err != nil {
		return nil, err
	}
	list := make([]Covered, len(v.List))
	copy(list, v.List)
	for i := range list {
		if list[i].Ref == nil {
			list[i].Sender = as.sender
		}
	}
	c := f.apply(list)
	if as.outside {
		c.tree, as.leaf = c.tree.Vacancy()
	}
	p := &path{tree: c.tree, commit: f.Suite.Zero(), keys: f.Keys}
	if !v.NoPath {
		if err := p.make(f, c, v, as); err != nil {
			return nil, err
		}
	}
	commit := &message.Commit{Proposals: references(list), Path: p.update}
	alter(v.Commit, commit)
	framed := v.Framing
	ac, err := f.sign(message.Content{ContentType: spec.ContentCommit, Commit: commit}, &framed)
	if err != nil {
		return nil, err
	}
	made, err := f.confirm(c, p, as, ac)
	if err != nil {
		return nil, err
	}
	made.Message, err = f.protect(ac, &framed)
	return made, err
}

// references returns the list as a Commit carries it.
func references(list []Covered) []message.ProposalOrRef {
	var refs []message.ProposalOrRef
	for i := range list {
		if list[i].Ref != nil {
			refs = append(refs, message.ProposalOrRef{Type: spec.ByReference, Reference: list[i].Ref})
		} else {
			refs = append(refs, message.ProposalOrRef{Type: spec.ByValue, Proposal: &list[i].Proposal})
		}
	}
	return refs
}

// confirm runs the key schedule of the next epoch, and puts the confirmation tag
// into the Commit (RFC 9420, Sections 8 and 8.2).
func (f *Forger) confirm(c *change, p *path, as *role, ac *message.AuthenticatedContent) (*Made, error) {
	psks, err := f.lookup(c.psks)
	if err != nil {
		return nil, err
	}
	psk, err := schedule.PSKSecret(nil, f.Suite, psks)
	if err != nil {
		return nil, err
	}
	context := f.provisional(p.tree, c.extensions)
	interim := schedule.InterimTranscriptHash(f.Suite, f.Context.ConfirmedTranscriptHash, f.ConfirmationTag)
	context.ConfirmedTranscriptHash = schedule.ConfirmedTranscriptHash(f.Suite, interim, ac.ConfirmedInput())
	encoded := wire.Encode(&context)
	joiner := schedule.Joiner(f.Suite, as.init, p.commit, encoded)
	secrets, encryption := joiner.Member(psk).Epoch(encoded).Derive()
	ac.Auth.ConfirmationTag = message.ConfirmationTag(f.Suite, secrets.Confirmation, context.ConfirmedTranscriptHash)

	next := *f
	next.Context, next.Tree, next.ConfirmationTag = context, p.tree, append([]byte(nil), ac.Auth.ConfirmationTag...)
	next.Leaf, next.Keys, next.Secrets = as.leaf, p.keys, secrets
	next.Ratchets = schedule.NewSecretTree(f.Suite, encryption, p.tree.Size())
	return &Made{Next: &next, Joiner: joiner, Path: p.fresh, Added: c.added, PSKs: c.psks, Init: as.init}, nil
}

// provisional returns the GroupContext of the next epoch with the confirmed
// transcript hash of this one (RFC 9420, Section 12.4.1).
func (f *Forger) provisional(t tree.Tree, extensions []tree.Extension) schedule.GroupContext {
	context := f.Context
	context.Epoch++
	context.TreeHash = t.Hash()
	context.Extensions = extensions
	return context
}

// lookup returns PSKs: resumption PSKs of this epoch from Secrets, others from PSK.
func (f *Forger) lookup(ids []schedule.PreSharedKeyID) ([]schedule.PSK, error) {
	psks := make([]schedule.PSK, len(ids))
	for i := range ids {
		id := &ids[i]
		psks[i].ID = *id
		switch {
		case f.Secrets != nil && id.Type == spec.PSKResumption && id.Epoch == f.Context.Epoch && string(id.GroupID) == string(f.Context.GroupID):
			psks[i].Secret = f.Secrets.Resumption
		case f.PSK != nil:
			psks[i].Secret = f.PSK(id)
		}
		if psks[i].Secret == nil {
			return nil, fmt.Errorf("PSK %d: %w", i, spec.ErrMissing)
		}
	}
	return psks, nil
}
