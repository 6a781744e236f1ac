package model

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"mlssim/spec"
)

// TestKeyScheduleIsTheFigureOfSection8 writes the figure out once more.
func TestKeyScheduleIsTheFigureOfSection8(t *testing.T) {
	s := NewStore()
	init, commit, psk := s.Fresh(InitSecret, 1), s.Fresh(CommitSecret, 1), s.Bytes("psk")
	context := GroupContext{GroupID: s.Bytes("group"), Epoch: 7}
	k := advance(s, K1, init, commit, psk, context)

	// The salt of Extract comes from above, the input keying material from the left.
	joiner := s.Expand(s.Extract(init, commit), "joiner", context.term(s))
	member := s.Extract(joiner, psk)
	epoch := s.Expand(member, "epoch", context.term(s))
	derive := func(label string) Term { return s.DeriveSecret(epoch, label) }
	if k.joiner != joiner || k.member != member || k.welcome != s.DeriveSecret(member, "welcome") || k.epoch != epoch ||
		k.encryption != derive("encryption") {
		t.Error("joiner_secret, welcome_secret, epoch_secret or encryption_secret")
	}
	want := Secrets{
		SenderData: derive("sender data"), Exporter: derive("exporter"), External: derive("external"),
		Confirmation: derive("confirm"), Membership: derive("membership"), Resumption: derive("resumption"),
		Authenticator: derive("authentication"), Init: derive("init"),
	}
	if d := cmp.Diff(want, k.secrets); d != "" {
		t.Errorf("Table 4 (-want +got):\n%s", d)
	}
	if again := fromJoiner(s, joiner, psk, context); again.secrets != k.secrets || again.encryption != k.encryption {
		t.Error("a new member arrives elsewhere")
	}
}

func TestCommitWithoutPathHasNoCommitSecretToKnow(t *testing.T) {
	s := NewStore()
	init := s.Fresh(InitSecret, 1)
	k := advance(s, K1, init, s.Zero(), s.Zero(), GroupContext{})
	if d := cmp.Diff([]Term{init}, k.made[0].From); d != "" {
		t.Errorf("premises of joiner_secret (-want +got):\n%s", d)
	}
}

// TestTranscriptHashesAreThoseOfSection82 writes the equations out once more.
func TestTranscriptHashesAreThoseOfSection82(t *testing.T) {
	g := inStep(t)
	before := g.members["B"]
	msg := g.forged("A", nil, true, nil, nil).message()
	g.do("B", Receive{msg})
	s, m := g.s, g.members["B"]
	cat := func(a, b Term) Term { return s.Hash(s.Tuple("concatenation", a, b)) }
	confirmed := cat(before.Interim, s.Tuple("ConfirmedTranscriptHashInput",
		s.Number(uint64(spec.WirePublicMessage)), msg.Content.term(s), msg.Signature))
	if m.Context.ConfirmedTranscriptHash != confirmed {
		t.Error("confirmed transcript hash")
	}
	if m.Interim != cat(confirmed, s.Tuple("InterimTranscriptHashInput", msg.ConfirmationTag)) {
		t.Error("interim transcript hash")
	}
	if msg.ConfirmationTag != s.MAC(m.Secrets.Confirmation, confirmed) {
		t.Error("confirmation tag")
	}
}
