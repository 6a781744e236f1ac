package impl

import (
	"testing"

	"mlssim/impl/schedule"
	"mlssim/spec"
)

// TestSamePSKTwice: a committer may name one PSK twice, because the nonces that it
// draws make two ids of it; of a proposal that two members have sent with the same
// nonce it covers the first.
func TestSamePSKTwice(t *testing.T) {
	r := settled(t)
	everyPSK(r.env)
	once := psksNamed(1)[0]
	_, staged, out, err := r.at("A").member.Commit(r.env, CommitOptions{PSKs: []schedule.PreSharedKeyID{once, once}, Format: spec.WirePublicMessage})
	r.ok(err)
	covered := out.Message.PublicMessage.Content.Commit.Proposals
	if len(covered) != 2 || covered[0].Proposal.PreSharedKey.Identifier() == covered[1].Proposal.PreSharedKey.Identifier() {
		t.Errorf("%d proposals, of different ids they are not two", len(covered))
	}
	after, _, err := r.at("B").member.Receive(r.env, out.Message)
	r.ok(err)
	if !after.Authenticator().Equal(staged.Next.Authenticator()) {
		t.Error("who receives it arrives at another epoch")
	}

	r.cached("B", psk(nil))
	second := r.cached("C", psk(nil))
	_, _, out, err = r.at("A").member.Commit(r.env, CommitOptions{Format: spec.WirePublicMessage})
	r.ok(err)
	refs := out.Message.PublicMessage.Content.Commit.Proposals
	if len(refs) != 1 || string(refs[0].Reference) == string(second.Reference) {
		t.Errorf("%d of two proposals with one id are covered", len(refs))
	}
	r.ok(r.give("D", out.Message))
}
