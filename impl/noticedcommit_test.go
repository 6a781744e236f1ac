package impl

import (
	"testing"

	"mlssim/impl/message"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Sections 12.2, 12.4 and 12.4.1: what a committer covers and tells, where its
// receivers follow whatever it is.

// removing lets some propose that a leaf be removed, and A hear it.
func removing(t *testing.T, leaf tree.LeafIndex, by ...string) (*room, *Member) {
	t.Helper()
	r := newRoom(t, spec.WirePublicMessage, "A", "B", "C", "D")
	a := r.parties[0].member
	for _, p := range r.parties {
		for _, name := range by {
			if p.name == name {
				_, out, err := p.member.ProposeRemove(r.env, leaf, r.format)
				r.ok(err)
				a, _, err = a.Receive(r.env, out.Message)
				r.ok(err)
			}
		}
	}
	return r, a
}

// TestCommitCoversWhatWaits is Section 12.4 of RFC 9420.
func TestCommitCoversWhatWaits(t *testing.T) {
	r, a := removing(t, 3, "B")
	_, staged, _, err := a.Commit(r.env, CommitOptions{Format: r.format})
	r.ok(err)
	if staged.Next.Tree().Leaf(3) != nil {
		t.Error("the proposal of B was left out")
	}
	spec.Shows(req.CommitProposalsAll)
}

// TestCommitCoversOneOfTwo: a list with both Removes would be invalid (RFC 9420,
// Section 12.2).
func TestCommitCoversOneOfTwo(t *testing.T) {
	r, a := removing(t, 3, "B", "C")
	_, staged, _, err := a.Commit(r.env, CommitOptions{Format: r.format})
	if err != nil {
		t.Fatal(err)
	}
	if staged.Next.Tree().Leaf(3) != nil {
		t.Error("neither was covered")
	}
	spec.Shows(req.CoverLeaf)
}

// TestWelcomeTellsTheExternalKey: a GroupInfo has the external public key if it is
// asked for, in a Welcome as well (RFC 9420, Section 12.4.1).
func TestWelcomeTellsTheExternalKey(t *testing.T) {
	r := newRoom(t, spec.WirePublicMessage, "A")
	keys, err := NewKeyPackage(r.env, r.party("B").id)
	r.ok(err)
	length := func(pub bool) int {
		o := CommitOptions{Add: []*message.KeyPackage{keys.Package}, Format: r.format}
		o.Welcome.GroupInfo.ExternalPub = pub
		_, staged, _, err := r.parties[0].member.Commit(r.env, o)
		r.ok(err)
		return len(staged.Welcomes[0].EncryptedGroupInfo)
	}
	const extension = 2 + 1 + 1 + 32 // type, two lengths, a key of X25519
	if with, without := length(true), length(false); with != without+extension {
		t.Errorf("%d bytes with it, %d without", with, without)
	}
}
