package impl

import (
	"errors"
	"testing"

	"mlssim/impl/message"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// RFC 9420, Section 14: what arrives in which order.

var formats = []spec.WireFormat{spec.WirePublicMessage, spec.WirePrivateMessage}

func leaves(list ...tree.LeafIndex) []tree.LeafIndex { return list }

// begin lets a member stage a Commit; it goes on in the old epoch.
func (r *room) begin(name string, o CommitOptions) (*Staged, Output) {
	r.t.Helper()
	p := r.at(name)
	after, staged, out, err := p.member.Commit(r.env, o)
	r.ok(err)
	p.member = after
	return staged, out
}

// receive lets a member process a message.
func (r *room) receive(name string, msg *message.MLSMessage) error {
	r.t.Helper()
	p := r.at(name)
	after, _, err := p.member.Receive(r.env, r.over(msg))
	if err == nil {
		p.member = after
	}
	return err
}

// TestTwoCommitsRace: whichever is taken first ends the epoch for all, for the
// author of the other too, who drops what it had staged.
func TestTwoCommitsRace(t *testing.T) {
	base := settled(t)
	for _, format := range formats {
		for _, winner := range []string{"A", "B"} {
			r := base.copy(t)
			staged, out := map[string]*Staged{}, map[string]Output{}
			for _, n := range []string{"A", "B"} {
				staged[n], out[n] = r.begin(n, CommitOptions{Format: format})
			}
			loser := map[string]string{"A": "B", "B": "A"}[winner]
			for _, n := range []string{loser, "C", "D"} {
				r.ok(r.receive(n, out[winner].Message))
				if err := r.receive(n, out[loser].Message); !errors.Is(err, spec.ErrEpoch) {
					t.Errorf("%s, the second Commit: %v", n, err)
				}
			}
			r.at(winner).member = staged[winner].Next
			if err := r.receive(winner, out[loser].Message); !errors.Is(err, spec.ErrEpoch) {
				t.Errorf("%s, the second Commit: %v", winner, err)
			}
			r.agree()
			r.say(loser, "never mind")
			r.commit(loser, CommitOptions{})
		}
	}
}

// TestOwnCommitIsNotProcessed: it comes back from the delivery service, and its
// author goes on with what it staged.
func TestOwnCommitIsNotProcessed(t *testing.T) {
	base := settled(t)
	for _, format := range formats {
		r := base.copy(t)
		staged, out := r.begin("A", CommitOptions{Format: format})
		if err := r.receive("A", out.Message); !errors.Is(err, spec.ErrOwn) || spec.Violated(err) != req.CommitSenderSelf {
			t.Errorf("before it goes on: %v", err)
		}
		r.at("A").member = staged.Next
		if err := r.receive("A", out.Message); !errors.Is(err, spec.ErrEpoch) {
			t.Errorf("after: %v", err)
		}
		for _, n := range []string{"B", "C", "D"} {
			r.ok(r.receive(n, out.Message))
		}
		r.agree()
	}
}

func TestOwnMessagesAreTold(t *testing.T) {
	base := settled(t)
	for _, format := range formats {
		r := base.copy(t)
		a := r.at("A")
		for name, send := range map[string]func() (*Member, Output, error){
			"update": func() (*Member, Output, error) { return a.member.ProposeUpdate(r.env, format) },
			"remove": func() (*Member, Output, error) { return a.member.ProposeRemove(r.env, 2, format) },
			"data":   func() (*Member, Output, error) { return a.member.Send(r.env, []byte("to all")) },
		} {
			after, out, err := send()
			r.ok(err)
			if _, _, err := after.Receive(r.env, r.over(out.Message)); err != spec.ErrOwn {
				t.Errorf("%s in format %d: %v", name, format, err)
			}
		}
	}
}

// TestForgedInOwnName: what claims to be own and is not authentic is refused as
// such, and not taken for an echo.
func TestForgedInOwnName(t *testing.T) {
	r := settled(t)
	p := remove(2)
	msg := r.proposing("A", p)
	msg.PublicMessage.MembershipTag[0] ^= 1
	if err := r.give("A", msg); spec.Violated(err) != req.PublicMembershipTag {
		t.Error(err)
	}
}

// TestLateProposals: a proposal counts in its own epoch alone.
func TestLateProposals(t *testing.T) {
	base := settled(t)
	for _, format := range formats {
		r := base.copy(t)
		_, out, err := r.at("B").member.ProposeRemove(r.env, r.leaf("D"), format)
		r.ok(err)
		r.commit("C", CommitOptions{})
		if err := r.receive("A", out.Message); !errors.Is(err, spec.ErrEpoch) {
			t.Errorf("late: %v", err)
		}
		r.commit("A", CommitOptions{})
		if len(r.parties) != 4 {
			t.Error("D was removed by a proposal of another epoch")
		}
	}
}

func TestMessagesOfTheFutureAreKept(t *testing.T) {
	r := settled(t)
	late := r.at("D").member
	out := r.commit("A", CommitOptions{})
	_, sent, err := r.at("B").member.Send(r.env, []byte("early"))
	r.ok(err)
	if _, _, err := late.Receive(r.env, r.over(sent.Message)); !errors.Is(err, spec.ErrEpoch) {
		t.Fatalf("early: %v", err)
	}
	late, _, err = late.Receive(r.env, r.over(out.Message))
	r.ok(err)
	if _, got, err := late.Receive(r.env, r.over(sent.Message)); err != nil || string(got.Data) != "early" {
		t.Errorf("in its epoch: %q, %v", got.Data, err)
	}
}

func TestDuplicates(t *testing.T) {
	base := settled(t)
	for _, format := range formats {
		r := base.copy(t)
		_, out, err := r.at("B").member.ProposeRemove(r.env, r.leaf("D"), format)
		r.ok(err)
		r.ok(r.receive("A", out.Message))
		err = r.receive("A", out.Message)
		if want := map[spec.WireFormat]spec.ID{spec.WirePrivateMessage: req.RatchetKeyOnce}[format]; spec.Violated(err) != want {
			t.Errorf("proposal in format %d: %v", format, err)
		}
		if n := r.at("A").member.Pending(); n != 1 {
			t.Errorf("%d proposals", n)
		}
		staged, commit := r.begin("C", CommitOptions{Omit: true, Format: format})
		r.ok(r.receive("A", commit.Message))
		if err := r.receive("A", commit.Message); !errors.Is(err, spec.ErrEpoch) {
			t.Errorf("Commit in format %d: %v", format, err)
		}
		if !r.at("A").member.Authenticator().Equal(staged.Next.Authenticator()) {
			t.Error("another epoch")
		}
	}
}

// TestRemovedMember: it learns of it, and can follow no further.
func TestRemovedMember(t *testing.T) {
	base := settled(t)
	for _, format := range formats {
		r := base.copy(t)
		gone := r.at("D")
		staged, out := r.begin("A", CommitOptions{Remove: leaves(gone.member.Leaf()), Format: format})
		if _, _, err := gone.member.Receive(r.env, r.over(out.Message)); err != spec.ErrRemoved {
			t.Errorf("format %d: %v", format, err)
		}
		next := staged.Next
		_, sent, err := next.Send(r.env, []byte("among us"))
		r.ok(err)
		if _, _, err := gone.member.Receive(r.env, r.over(sent.Message)); !errors.Is(err, spec.ErrEpoch) {
			t.Errorf("data: %v", err)
		}
		if next.tree.Leaf(gone.member.Leaf()) != nil {
			t.Error("still in the tree")
		}
	}
}

// TestOwnUpdateTakesEffectWhenCovered, and is dropped if not.
func TestOwnUpdateTakesEffectWhenCovered(t *testing.T) {
	for _, covered := range []bool{true, false} {
		r := settled(t)
		r.update("B")
		r.update("B") // the newer one counts
		b := r.at("B").member
		old, newest := b.keys.Leaf(), b.updates[1].key
		r.commit("A", CommitOptions{Omit: !covered})
		got := r.at("B").member.keys.Leaf()
		if want := map[bool]any{true: newest, false: old}[covered]; got != want {
			t.Errorf("covered %v: leaf key %v, want %v", covered, got, want)
		}
		if n := len(r.at("B").member.updates); n != 0 {
			t.Errorf("%d keys in flight", n)
		}
		r.commit("C", CommitOptions{})
	}
}

// TestVerifiedBelongsToItsEpoch: what was verified in one epoch is neither
// applied nor cached in another.
func TestVerifiedBelongsToItsEpoch(t *testing.T) {
	r := newRoom(t, spec.WirePublicMessage, "A", "B")
	public := r.at("B").member.PublicGroup
	_, update, err := r.at("A").member.ProposeUpdate(r.env, r.format)
	r.ok(err)
	proposal, err := public.VerifyPublic(r.env, update.Message.PublicMessage)
	r.ok(err)
	_, _, out, err := r.at("A").member.Commit(r.env, CommitOptions{Format: r.format})
	r.ok(err)
	commit, err := public.VerifyPublic(r.env, out.Message.PublicMessage)
	r.ok(err)
	r.commit("B", CommitOptions{})
	later := r.at("B").member.PublicGroup
	if _, err := later.Apply(r.env, commit); spec.Violated(err) != req.FramingEpoch {
		t.Errorf("applied in the next epoch: %v", err)
	}
	if _, err := later.Cache(r.env, proposal); spec.Violated(err) != req.FramingEpoch {
		t.Errorf("cached in the next epoch: %v", err)
	}
}
