package impl

import (
	"math"
	"testing"

	"mlssim/impl/message"
	"mlssim/impl/schedule"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// TestCommitCoversExactly: of the proposals of an epoch a Commit covers those that
// it was told to, and in that order.
func TestCommitCoversExactly(t *testing.T) {
	for _, format := range formats {
		r := newRoom(t, format, "A", "B", "C", "D")
		everyPSK(r.env)
		var refs []message.ProposalRef
		propose := func(who string, m *Member, out Output, err error) {
			t.Helper()
			r.ok(err)
			r.at(who).member = m
			r.deliver(r.at(who), out.Message)
			refs = append(refs, out.Proposal)
		}
		for _, psk := range []string{"one", "two"} {
			m, out, err := r.at("A").member.ProposePSK(r.env, schedule.ExternalPSK([]byte(psk)), format)
			propose("A", m, out, err)
		}
		m, out, err := r.at("B").member.ProposeRemove(r.env, r.leaf("D"), format)
		propose("B", m, out, err)
		m, out, err = r.at("C").member.ProposeUpdate(r.env, format)
		propose("C", m, out, err)

		for name, wrong := range map[string]struct {
			refs []message.ProposalRef
			want spec.ID
		}{
			"unknown": {[]message.ProposalRef{refs[0], message.ProposalRef("none")}, req.CommitRefsKnown},
			"own":     {refs[3:], req.ListNoUpdateByCommitter},
		} {
			_, _, _, err := r.at("C").member.Commit(r.env, CommitOptions{Cover: &wrong.refs, Format: format})
			if got := spec.Violated(err); got != wrong.want {
				t.Errorf("%s: %v, want %v", name, err, wrong.want)
			}
		}

		_, staged, _, err := r.at("A").member.Commit(r.env, CommitOptions{Cover: &[]message.ProposalRef{}, Format: format})
		r.ok(err)
		if n := staged.Next.Tree().Members(); n != 4 {
			t.Errorf("told to cover nothing: %d members", n)
		}
		list, err := r.at("A").member.list(r.env, &CommitOptions{Cover: &[]message.ProposalRef{refs[2], refs[1]}})
		r.ok(err)
		if len(list.proposals) != 2 || list.count(spec.ProposalPSK) != 1 || list.proposals[0].proposal.Type != spec.ProposalRemove {
			t.Errorf("covers %v", list.proposals)
		}
	}
}

// TestReferencesAreTheSameForAll: who made a proposal and who received it name it
// alike.
func TestReferencesAreTheSameForAll(t *testing.T) {
	for _, format := range formats {
		r := newRoom(t, format, "A", "B")
		_, made, err := r.at("A").member.ProposeUpdate(r.env, format)
		r.ok(err)
		_, received, err := r.at("B").member.Receive(r.env, r.over(made.Message))
		r.ok(err)
		if len(made.Proposal) == 0 || string(made.Proposal) != string(received.Proposal) {
			t.Errorf("%x and %x", made.Proposal, received.Proposal)
		}
	}
}

// TestBranchWithOtherExtensions, and without a path.
func TestBranchWithOtherExtensions(t *testing.T) {
	r := settled(t)
	p := r.party("B")
	keys, err := NewKeyPackage(r.env, p.id)
	r.ok(err)
	extensions := []tree.Extension{{Type: spec.ExtRequiredCapabilities, Data: []byte{0, 0, 0}}}
	m := r.at("A").member
	for _, noPath := range []bool{false, true} {
		staged, _, err := m.BranchWith(r.env, []byte("sub"), extensions, []*message.KeyPackage{keys.Package}, WelcomeOptions{NoPath: noPath})
		r.ok(err)
		joined, _, err := Join(r.env, p.id, []*KeyPackageKeys{keys}, r.welcome(staged.Welcomes[0]),
			JoinOptions{Parent: func([]byte, uint64) *Epoch { return r.at("B").member.Epoch }})
		r.ok(err)
		if !joined.Authenticator().Equal(staged.Next.Authenticator()) || !sameExtensions(joined.Extensions(), extensions) {
			t.Error("the members of the subgroup differ")
		}
		if blank := joined.Tree().EncryptionKey(tree.Root(joined.Tree().Size())) == nil; blank != noPath {
			t.Errorf("without a path: %v, the root is blank: %v", noPath, blank)
		}
	}
}

// TestLifetimes: however long a lifetime the client accepts, its own leaves are
// valid, and as long as it says.
func TestLifetimes(t *testing.T) {
	const now = 1_700_000_000
	for _, c := range []struct{ bound, own, until uint64 }{
		{0, 0, now - clockSkew + DefaultMaxLifetime},
		{math.MaxUint64, 0, math.MaxUint64},
		{math.MaxUint64, 1000, now + 1000},
		{0, 1000, now + 1000},
	} {
		r := newRoom(t, formats[0], "A")
		env := *r.env
		env.Now, env.MaxLifetime, env.Lifetime = now, c.bound, c.own
		keys, err := NewKeyPackage(&env, r.at("A").id)
		r.ok(err)
		m, _, err := Create(&env, r.at("A").id, []byte("group"))
		r.ok(err)
		for _, leaf := range []*tree.LeafNode{&keys.Package.LeafNode, m.Tree().Leaf(0)} {
			if l := leaf.Lifetime; l.NotBefore != now-clockSkew || l.NotAfter != c.until || !l.Contains(now) {
				t.Errorf("%+v: from %d to %d", c, l.NotBefore, l.NotAfter)
			}
		}
	}
}
