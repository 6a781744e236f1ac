package impl

import (
	"errors"
	"slices"

	"mlssim/impl/message"
	"mlssim/spec"
	"mlssim/spec/req"
)

// How an epoch of a random history ends, and the next begins.

// stage lets a member make a Commit. It goes on in the old epoch. A path is left
// out where that is asked for and possible.
func (h *history) stage(p *party, o CommitOptions) *Staged {
	after, staged, _, err := p.member.Commit(h.env, o)
	if o.NoPath && o.Identity != nil {
		if err == nil {
			h.t.Fatalf("%s has a new identity, and tells nobody", p.name)
		}
		o.NoPath = false
		after, staged, _, err = p.member.Commit(h.env, o)
	}
	if o.NoPath && spec.Violated(err) == req.CommitPathRequired {
		o.NoPath = false
		after, staged, _, err = p.member.Commit(h.env, o)
	}
	h.ok(err)
	p.member = after
	return staged
}

// commit lets a member commit and everybody follow.
func (h *history) commit(p *party, o CommitOptions, joining []*newcomer) {
	for _, n := range joining {
		o.Add = append(o.Add, n.keys.Package)
	}
	staged := h.stage(p, o)
	h.accept(p, staged, joining)
}

// accept ends the epoch by a Commit: all follow, and those join whom it adds.
func (h *history) accept(by *party, staged *Staged, joining []*newcomer) {
	before := slices.Clone(h.parties)
	h.last = before[0].member.PublicGroup
	h.notice(staged.Commit)
	other := h.anyone("other")
	keys := other.member.privateKeys()
	if h.rarely(4, "echo") {
		if _, _, err := by.member.Receive(h.env, h.over(staged.Commit)); !errors.Is(err, spec.ErrOwn) {
			h.t.Fatalf("%s got its own Commit back: %v", by.name, err)
		}
		h.did("commit: its echo before going on")
	}
	h.hand(by, staged.Commit)
	by.member = staged.Next
	h.left(before)
	h.welcomed(staged, append(h.waiting, joining...))
	h.began(staged.Commit)
	h.newcomersAreLeftOut(joining, staged.Commit)
	if other != by && slices.Contains(h.parties, other) {
		h.othersAreNot(keys, staged.Commit)
	}
}

// left notes who was removed.
func (h *history) left(before []*party) {
	for _, q := range before {
		if !slices.Contains(h.parties, q) {
			h.gone = append(h.gone, q)
		}
	}
	h.gone = h.gone[max(0, len(h.gone)-3):]
	for _, p := range h.late {
		p.to = slices.DeleteFunc(p.to, func(q *party) bool { return !slices.Contains(h.parties, q) })
	}
}

// welcomed lets those join whom a Welcome is for.
func (h *history) welcomed(staged *Staged, all []*newcomer) {
	h.waiting = nil
	for _, n := range all {
		for _, w := range staged.Welcomes {
			if w.Entry(n.keys.Package.Ref(n.id.Suite)) == nil {
				continue
			}
			m, _, err := Join(h.env, n.id, []*KeyPackageKeys{n.keys}, h.welcome(w), JoinOptions{})
			if errors.Is(err, spec.ErrMissing) {
				h.did("welcome: tree outside")
				m, _, err = Join(h.env, n.id, []*KeyPackageKeys{n.keys}, h.welcome(w), JoinOptions{RatchetTree: staged.Next.Tree().Extension()})
			} else {
				h.did("welcome: with the tree")
			}
			h.ok(err)
			n.member = m
			h.parties = append(h.parties, n.party)
		}
	}
	if len(staged.Welcomes) > 1 {
		h.did("welcome: several")
	}
}

// began looks at an epoch that a Commit has begun.
func (h *history) began(commit *message.MLSMessage) {
	h.release()
	h.sized()
	if h.parties[0].member.Ended() != nil {
		h.succeed()
		return
	}
	h.nobodyWhoIsGoneFollows(commit)
	if h.follower == nil && h.flip("follow") {
		h.follow()
	}
}

// sized counts epochs by how many members they have.
func (h *history) sized() {
	switch n := len(h.parties); {
	case n > 16:
		h.did("group: 17 to 32")
	case n > 8:
		h.did("group: 9 to 16")
	case n > 4:
		h.did("group: 5 to 8")
	case n > 1:
		h.did("group: 2 to 4")
	}
	h.did("suite: %v", h.suite().ID)
}

// notice counts what a Commit covers by reference, if that can be seen.
func (h *history) notice(commit *message.MLSMessage) {
	pm := commit.PublicMessage
	if pm == nil {
		h.did("commit: in a PrivateMessage")
		return
	}
	h.did("commit: in a PublicMessage")
	c := pm.Content.Content.Commit
	if c.Path == nil {
		h.did("commit: without a path")
	}
	for _, p := range c.Proposals {
		if known, ok := h.last.referred(p.Reference); p.Type == spec.ByReference && ok {
			h.did("covered: %s", kindOf(&known.proposal))
		}
	}
}

// kindOf names the type of a proposal in the tally.
func kindOf(p *message.Proposal) string {
	names := map[spec.ProposalType]string{
		spec.ProposalAdd: "Add", spec.ProposalUpdate: "Update", spec.ProposalRemove: "Remove", spec.ProposalPSK: "PSK",
		spec.ProposalReInit: "ReInit", spec.ProposalGroupContextExtensions: "GroupContextExtensions",
	}
	if name, ok := names[p.Type]; ok {
		return name
	}
	return "custom"
}
