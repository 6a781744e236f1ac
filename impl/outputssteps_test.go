package impl

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"mlssim/impl/message"
	"mlssim/impl/suite"
	"mlssim/impl/tree"
	"mlssim/spec"
	"mlssim/spec/req"
)

// What steps leave behind, looked at beside a state that they should not.

// TestCommitsTakeEffectWhenAccepted is Sections 12, 12.4.2 and 14 of RFC 9420: a proposal
// and a staged Commit change nothing, a Commit that is refused neither, and one that is
// accepted all.
func TestCommitsTakeEffectWhenAccepted(t *testing.T) {
	r := settled(t)
	same := func(a, b *Member) bool {
		return bytes.Equal(a.Context(), b.Context()) && bytes.Equal(a.tree.Hash(), b.tree.Hash())
	}
	a, b := r.at("A").member, r.at("B").member
	written := b.Encode()
	proposed, out, err := b.ProposeRemove(r.env, 3, spec.WirePublicMessage)
	r.ok(err)
	after, _, err := a.Receive(r.env, out.Message)
	r.ok(err)
	_, staged, sent, err := proposed.Commit(r.env, CommitOptions{Format: spec.WirePublicMessage})
	r.ok(err)
	followed, _, err := after.Receive(r.env, sent.Message)
	r.ok(err)
	output(t, req.ChangeSteps, "proposal.send", same(b, proposed), same(b, staged.Next))
	output(t, req.ChangeSteps, "commit.send", staged.Next.tree.Leaf(3) == nil, proposed.tree.Leaf(3) == nil)
	output(t, req.ChangeSteps, "commit.receive", followed.tree.Leaf(3) == nil, after.tree.Leaf(3) == nil)
	output(t, req.CommitPure, "commit.send", b.Encode().Equal(written), staged.Next.Encode().Equal(written))

	before := after.Encode()
	bad := *sent.Message.PublicMessage
	bad.Auth.ConfirmationTag = slices.Concat(bad.Auth.ConfirmationTag[1:], bad.Auth.ConfirmationTag[:1])
	none, _, err := after.Receive(r.env, proposed.tagged(&message.AuthenticatedContent{WireFormat: spec.WirePublicMessage, Content: bad.Content, Auth: bad.Auth}))
	if spec.Violated(err) != req.CommitConfirmationTag {
		t.Errorf("a wrong confirmation tag: %v", err)
	}
	output(t, req.CommitCurrent, "commit.receive", none == nil && after.Encode().Equal(before), followed.Encode().Equal(before))

	gone, _, err := r.at("D").member.Receive(r.env, out.Message)
	r.ok(err)
	left, _, err := gone.Receive(r.env, sent.Message)
	output(t, req.RemovedDelete, "commit.receive", errors.Is(err, spec.ErrRemoved) && left == nil, followed == nil)
}

// TestReInitStepByStep is Sections 11.2 and 12.4.2 of RFC 9420: first a ReInit, then its
// Commit, which ends the group, then the new group, in which members arrive by Welcome.
func TestReInitStepByStep(t *testing.T) {
	r := settled(t)
	kp := func(name string) (*party, *KeyPackageKeys) {
		p := r.party(name)
		k, err := NewKeyPackage(r.env, p.id)
		r.ok(err)
		return p, k
	}
	var kps []*message.KeyPackage
	b, own := kp("B")
	for _, name := range []string{"C", "D"} {
		_, k := kp(name)
		kps = append(kps, k.Package)
	}
	kps = append(kps, own.Package)
	founds := func(m *Member) (*Staged, bool) {
		staged, _, err := m.Reinitialize(r.env, r.at("A").id, kps, WelcomeOptions{})
		return staged, err == nil
	}
	open := func(m *Member) bool {
		_, _, err := m.Send(r.env, []byte("data"))
		return err == nil
	}
	a := r.at("A").member
	proposed, out, err := a.ProposeReInit(r.env, reinit("next"), spec.WirePublicMessage)
	r.ok(err)
	_, early := founds(a)
	_, tooEarly := founds(proposed)
	_, staged, commit, err := proposed.Commit(r.env, CommitOptions{Format: spec.WirePublicMessage})
	r.ok(err)
	next, ok := founds(staged.Next)
	output(t, req.ReinitSteps, "proposal.send", proposed.Pending() == 1 && proposed.Ended() == nil, a.Pending() == 1)
	output(t, req.ReinitSteps, "commit.send", staged.Next.Ended() != nil, proposed.Ended() != nil)
	output(t, req.ReinitSteps, "group.reinit", ok, early || tooEarly)
	output(t, req.ReinitCreate, "group.reinit", ok && string(next.Next.ID()) == "next", string(staged.Next.ID()) == "next")

	waiting, _, err := r.at("B").member.Receive(r.env, out.Message)
	r.ok(err)
	ended, _, err := waiting.Receive(r.env, commit.Message)
	r.ok(err)
	joins := func(w *message.Welcome) bool {
		parent := func([]byte, uint64) *Epoch { return ended.Epoch }
		m, _, err := Join(r.env, b.id, []*KeyPackageKeys{own}, r.welcome(w), JoinOptions{Parent: parent})
		return err == nil && string(m.ID()) == "next"
	}
	unwelcome := *next.Welcomes[0]
	unwelcome.Secrets = unwelcome.Secrets[:1]
	output(t, req.ReinitWait, "commit.receive", !open(ended), !open(r.at("B").member))
	output(t, req.ReinitWait, "welcome.join", joins(next.Welcomes[0]), joins(&unwelcome))
}

// TestSubgroupsBeginWithNewKeys is Section 11.3 of RFC 9420.
func TestSubgroupsBeginWithNewKeys(t *testing.T) {
	r := settled(t)
	kp := r.packaged(r.at("B").id, nil, nil)
	staged, _, err := r.at("A").member.Branch(r.env, []byte("branch"), packages(kp), WelcomeOptions{})
	r.ok(err)
	fresh := func(l *tree.LeafNode) bool {
		for i := range tree.LeafIndex(r.at("A").member.tree.Size()) {
			if old := r.at("A").member.tree.Leaf(i); old != nil && bytes.Equal(old.EncryptionKey, l.EncryptionKey) {
				return false
			}
		}
		return true
	}
	output(t, req.BranchKeyPackages, "group.branch", fresh(staged.Next.tree.Leaf(1)), fresh(r.leafOf("B")))
}

// TestCredentialsRunOut is Section 5.3.2 of RFC 9420, with an Authentication Service that
// does not vouch for a credential any more.
func TestCredentialsRunOut(t *testing.T) {
	base := settled(t)
	for at, gives := range map[string]func(func(*tree.LeafNode)) func(*room) error{"proposal.receive": updated, "commit.receive": releafed} {
		accepted := func(leaf func(*tree.LeafNode)) bool {
			r := base.copy(t)
			r.env.Auth = &clerk{unknown: "B"}
			return gives(leaf)(r) == nil
		}
		output(t, req.CredentialExpiredReplaced, at, accepted(renamed), accepted(nil))
	}
	r := base.copy(t)
	_, out, err := r.at("B").member.Send(r.env, []byte("data"))
	r.ok(err)
	r.env.Auth = &clerk{unknown: "B"}
	read := func(p message.PrivateMessage) bool {
		_, got, err := r.at("A").member.Receive(r.env, &message.MLSMessage{WireFormat: spec.WirePrivateMessage, PrivateMessage: &p})
		return err == nil && string(got.Data) == "data"
	}
	forged := *out.Message.PrivateMessage
	forged.Ciphertext = slices.Concat(forged.Ciphertext[1:], forged.Ciphertext[:1])
	output(t, req.CredentialExpiredPast, "message.receive", read(*out.Message.PrivateMessage), read(forged))
}

// TestRatchetsOutliveACrash is Section 6.3.1 of RFC 9420: what was written after a message
// sends the next one under another key, and what was written before it would not.
func TestRatchetsOutliveACrash(t *testing.T) {
	r := settled(t)
	b := r.at("B").member
	after, out, err := b.Send(r.env, []byte("one"))
	r.ok(err)
	r.at("A").member, _, err = r.at("A").member.Receive(r.env, out.Message)
	r.ok(err)
	usable := func(m *Member) bool {
		_, out, err := r.reread(m).Send(r.env, []byte("two"))
		r.ok(err)
		return r.give("A", out.Message) == nil
	}
	for _, at := range []string{"message.send", "state.store"} {
		output(t, req.RatchetPersistent, at, usable(after), usable(b))
	}
}

// TestAtTheLimitNewKeysComeFirst is Section 15.2 of RFC 9420.
func TestAtTheLimitNewKeysComeFirst(t *testing.T) {
	r := settled(t)
	r.env.MaxSent = 4
	sends := func() bool {
		after, _, err := r.at("B").member.Send(r.env, []byte("data"))
		if err == nil {
			r.at("B").member = after
		}
		return err == nil
	}
	first, atTheLimit := sends(), sends()
	r.commit("A", CommitOptions{})
	output(t, req.ApplicationAeadLimitChange, "application.send", first && sends(), atTheLimit)
}

// TestMandatorySuite is Section 17.1 of RFC 9420.
func TestMandatorySuite(t *testing.T) {
	has := func(id spec.CipherSuite, add ...string) bool {
		s, err := suite.Get(id)
		if err != nil {
			return false
		}
		return len(newRoomOf(t, s, spec.WirePublicMessage, append([]string{"A"}, add...)...).parties) == 1+len(add)
	}
	output(t, req.SuiteMandatory, "group.create", has(1), has(0xf0f0))
	output(t, req.SuiteMandatory, "welcome.join", has(1, "B"), has(0xf0f0, "B"))
}

// TestSecretsThatAreGone is Sections 7.5 and 9.2 of RFC 9420: the state after a step leads
// to nothing that the step used up or replaced, as that before it did.
func TestSecretsThatAreGone(t *testing.T) {
	r := settled(t)
	without := func(m *Member, secrets []Held) bool {
		found := false
		w := walk{bytes: func(_ string, b []byte) {
			found = found || slices.ContainsFunc(secrets, func(h Held) bool { return bytes.Contains(b, h.Secret) })
		}}
		w.from(m)
		return !found
	}
	a, b := r.at("A").member, r.at("B").member
	_, staged, out, err := b.Commit(r.env, CommitOptions{Format: spec.WirePublicMessage})
	r.ok(err)
	followed, received, err := a.Receive(r.env, out.Message)
	r.ok(err)
	for _, id := range []spec.ID{req.PathDelete, req.SecretDelete} {
		output(t, id, "commit.receive", without(followed, append(ended(a, followed), received.Consumed...)), without(a, ended(a, followed)))
	}
	output(t, req.PathDelete, "commit.send", without(staged.Next, append(ended(b, staged.Next), out.Consumed...)), without(b, ended(b, staged.Next)))
	after, sent, err := b.Send(r.env, []byte("data"))
	r.ok(err)
	read, opened, err := a.Receive(r.env, sent.Message)
	r.ok(err)
	output(t, req.SecretDelete, "message.send", without(after, sent.Consumed), without(b, sent.Consumed))
	output(t, req.SecretDelete, "message.receive", without(read, opened.Consumed), without(a, opened.Consumed))
}
