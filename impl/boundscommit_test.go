package impl

import (
	"fmt"
	"testing"

	"mlssim/impl/schedule"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// commitLimits are those of proposals and Commits.
var commitLimits = map[string]limit{
	"MaxCovered": {req.CommitProposalsCount, func(r *room, more int) error {
		r.env.MaxCovered = few
		_, out := r.enlarge("B", few+more)
		return r.give("A", out.Message)
	}},
	"MaxPSKs": {req.PSKLimit, func(r *room, more int) error {
		everyPSK(r.env)
		r.env.MaxPSKs = few
		_, _, out, err := r.at("B").member.Commit(r.unbounded(), CommitOptions{PSKs: psksNamed(few + more), Format: spec.WirePublicMessage})
		r.ok(err)
		return r.give("A", out.Message)
	}},
	"Proposals": {req.ProposalCount, func(r *room, more int) error {
		r.env.Proposals = few
		b := r.at("B").member
		for i := range few + more {
			after, out, err := b.ProposeRemove(r.unbounded(), 2+tree.LeafIndex(i%2), []spec.WireFormat{spec.WirePublicMessage, spec.WirePrivateMessage}[i/2])
			r.ok(err)
			a, _, err := r.at("A").member.Receive(r.env, out.Message)
			if err != nil {
				return err
			}
			b, r.at("A").member = after, a
		}
		return nil
	}},
}

// commitUses are others that run into the bounds of a Commit.
var commitUses = []use{
	{"PSKs of a Welcome", limit{req.PSKLimit, func(r *room, more int) error {
		everyPSK(r.env)
		k, err := NewKeyPackage(r.env, r.stranger())
		r.ok(err)
		_, staged, _, err := r.at("B").member.Commit(r.unbounded(), CommitOptions{
			Add: packages(*k.Package), PSKs: psksNamed(few + more), Format: spec.WirePublicMessage})
		r.ok(err)
		r.env.MaxPSKs = few
		_, _, err = Join(r.env, &Identity{Suite: r.suite(), Signer: r.stranger().Signer}, []*KeyPackageKeys{k}, staged.Welcomes[0], JoinOptions{})
		return err
	}}},
	{"PSKs of an external Commit", limit{req.PSKLimit, func(r *room, more int) error {
		everyPSK(r.env)
		r.env.MaxPSKs = few
		_, _, err := JoinExternal(r.env, r.stranger(), r.info(GroupInfoOptions{ExternalPub: true}), ExternalOptions{PSKs: psksNamed(few + more)})
		return err
	}}},
	{"proposals of an own Commit", limit{req.CommitProposalsCount, func(r *room, more int) error {
		everyPSK(r.env)
		r.env.MaxCovered = few
		_, _, _, err := r.at("B").member.Commit(r.env, CommitOptions{PSKs: psksNamed(few + more), Format: spec.WirePublicMessage})
		return err
	}}},
}

func psksNamed(n int) []schedule.PreSharedKeyID {
	var ids []schedule.PreSharedKeyID
	for i := range n {
		ids = append(ids, schedule.ExternalPSK(fmt.Appendf(nil, "psk %d", i)))
	}
	return ids
}

// TestCoverKeepsToTheBounds: of more proposals than a Commit may cover, a committer
// takes the first.
func TestCoverKeepsToTheBounds(t *testing.T) {
	for name, set := range map[string]func(*Bounds){
		"proposals": func(b *Bounds) { b.MaxCovered = few },
		"PSKs":      func(b *Bounds) { b.MaxPSKs = few },
	} {
		t.Run(name, func(t *testing.T) {
			r := settled(t)
			everyPSK(r.env)
			for _, id := range psksNamed(few + 2) {
				after, out, err := r.at("B").member.ProposePSK(r.env, id, r.format)
				r.ok(err)
				r.at("B").member = after
				r.deliver(r.at("B"), out.Message)
			}
			set(&r.env.Bounds)
			_, _, out, err := r.at("A").member.Commit(r.env, CommitOptions{Format: spec.WirePublicMessage})
			r.ok(err)
			if n := len(out.Message.PublicMessage.Content.Commit.Proposals); n != few {
				t.Errorf("%d proposals are covered, want %d", n, few)
			}
			r.ok(r.give("C", out.Message))
		})
	}
}
